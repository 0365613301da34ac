use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::client::{Paths, Wise, error_code};

/// The partner's call about a user's phone numbers.
async fn partner(wise: &Wise, method: Method, path: &str, body: Value) -> Response {
    wise.call(method, path)
        .bearer_auth(wise.client_token().await)
        .json(&body)
        .send()
        .await
        .unwrap()
}

fn number(number: &str) -> Value {
    json!({"phoneNumber": number})
}

#[tokio::test]
async fn a_number_is_registered_changed_and_removed_and_codes_go_to_it() {
    let wise = Wise::start().await;
    let customer = wise
        .customer(json!({"phone": null, "behaviour": {"challenges": ["phone"]}}))
        .await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let phones = Paths::First.phone_numbers(customer.user);
    let none: Value = partner(&wise, Method::GET, &phones, Value::Null)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(none, json!([]));

    let created = partner(&wise, Method::POST, &phones, number("+6588888881")).await;
    assert_eq!(created.status(), StatusCode::OK);
    let created: Value = created.json().await.unwrap();
    let id = created["id"].as_u64().unwrap();
    assert_eq!(
        created,
        json!({"id": id, "phoneNumber": "+6588888881", "type": "PRIMARY", "verified": true, "clientId": "sandbox-client"})
    );
    let sent: Value = wise.send_code(&customer, token, "sms").await.json().await.unwrap();
    assert_eq!(sent["obfuscatedPhoneNo"], "*******8881");

    let updated = partner(&wise, Method::PUT, &format!("{phones}/{id}"), number("+6588888882")).await;
    assert_eq!(updated.status(), StatusCode::OK);
    let updated: Value = updated.json().await.unwrap();
    assert_eq!(updated["id"], id);
    assert_eq!(updated["phoneNumber"], "+6588888882");
    let listed: Value = partner(&wise, Method::GET, &phones, Value::Null)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(listed, json!([updated]));
    assert_eq!(wise.inspect(&customer).await["phone"], updated);
    wise.send_code(&customer, token, "voice").await;
    assert_eq!(
        wise.inspect(&customer).await["codesSentTo"],
        json!(["+6588888881", "+6588888882"])
    );

    let removed = partner(&wise, Method::DELETE, &format!("{phones}/{id}"), Value::Null).await;
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    let again = partner(&wise, Method::DELETE, &format!("{phones}/{id}"), Value::Null).await;
    assert_eq!(error_code(again).await, "phone.number.not.found");
    let no_phone = wise.send_code(&customer, token, "sms").await;
    assert_eq!(error_code(no_phone).await, "phone.not.setup");
}

#[tokio::test]
async fn calendar_versions_only_register_and_remove() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"phone": null})).await;
    let phones = Paths::Calendar.phone_numbers(customer.user);
    let created = partner(&wise, Method::POST, &phones, number("+6588888883")).await;
    let created: Value = created.json().await.unwrap();
    let one = format!("{phones}/{}", created["id"]);
    for (method, path) in [(Method::GET, &phones), (Method::PUT, &one)] {
        let absent = partner(&wise, method, path, number("+6588888884")).await;
        assert_eq!(absent.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    let removed = partner(&wise, Method::DELETE, &one, Value::Null).await;
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_number_belongs_to_one_customer_and_a_customer_has_one_number() {
    let wise = Wise::start().await;
    let first = wise.customer(json!({"phone": "+6588888885"})).await;
    let second = wise.customer(json!({"phone": null})).await;
    let phones = Paths::First.phone_numbers(second.user);
    let repeated = partner(&wise, Method::POST, &phones, number("+6588888885")).await;
    assert_eq!(repeated.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(error_code(repeated).await, "phone.number.repeated");

    let own: Value = partner(&wise, Method::POST, &phones, number("+6588888886"))
        .await
        .json()
        .await
        .unwrap();
    let one = format!("{phones}/{}", own["id"]);
    let repeated = partner(&wise, Method::PUT, &one, number("+6588888885")).await;
    assert_eq!(repeated.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let unchanged = partner(&wise, Method::PUT, &one, number("+6588888886")).await;
    assert_eq!(unchanged.status(), StatusCode::OK, "one's own number is not repeated");
    let another = partner(&wise, Method::POST, &phones, number("+6588888887")).await;
    assert_eq!(another.status(), StatusCode::CONFLICT);
    assert_eq!(error_code(another).await, "phone.number.exists");

    let phones = Paths::First.phone_numbers(first.user);
    let foreign = partner(&wise, Method::DELETE, &format!("{phones}/{}", own["id"]), Value::Null).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn refuses_what_is_no_number_an_unknown_user_and_a_user_token() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"phone": null})).await;
    let phones = Paths::First.phone_numbers(customer.user);
    for body in [
        json!({}),
        number("6588888888"),
        number("+65"),
        number("+65 8888 8888"),
        json!(7),
    ] {
        let refused = partner(&wise, Method::POST, &phones, body.clone()).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(error_code(refused).await, "phone.number.invalid");
    }
    let unknown = partner(
        &wise,
        Method::POST,
        &Paths::First.phone_numbers(1),
        number("+6588888888"),
    )
    .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let by_user = wise.user_call(&customer, Method::POST, &phones);
    let by_user = by_user.json(&number("+6588888888")).send().await.unwrap();
    assert_eq!(by_user.status(), StatusCode::FORBIDDEN);
}
