use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Paths, Wise};
use crate::facetec::{export, exported, submit};

async fn change(wise: &Wise, customer: &Customer, factors: Value) {
    let path = format!("customers/{}/factors", customer.user);
    wise.control(Method::PATCH, &path, factors).await;
}

#[tokio::test]
async fn the_control_api_changes_single_factors() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"pin": null, "phone": null})).await;
    let none = wise.inspect(&customer).await;
    assert_eq!(none["pinSet"], false);
    assert_eq!(none["deviceFingerprints"], json!([]));
    assert_eq!(none["faceMapSet"], false);
    assert_eq!(none["phone"], Value::Null);

    let all = json!({"pin": "4321", "phone": "+6588888888", "deviceFingerprints": ["one", "two"], "face": "oliver"});
    change(&wise, &customer, all).await;
    change(&wise, &customer, json!({})).await;
    let all = wise.inspect(&customer).await;
    assert_eq!(all["pinSet"], true);
    assert_eq!(all["deviceFingerprints"].as_array().unwrap().len(), 2);
    assert_eq!(all["faceMapSet"], true);
    assert_eq!(all["phone"]["phoneNumber"], "+6588888888");

    change(&wise, &customer, json!({"pin": null, "face": null})).await;
    let some = wise.inspect(&customer).await;
    assert_eq!(some["pinSet"], false);
    assert_eq!(some["faceMapSet"], false);
    assert_eq!(some["deviceFingerprints"], all["deviceFingerprints"]);
    assert_eq!(some["phone"], all["phone"]);

    for (user, body, status) in [
        (1, json!({}), StatusCode::NOT_FOUND),
        (
            customer.user,
            json!({"fingerprints": []}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (customer.user, json!({"phone": "1"}), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let path = format!("customers/{user}/factors");
        let refused = wise.try_control(Method::PATCH, &path, body.clone()).await;
        assert_eq!(refused.status(), status, "{body}");
    }
}

#[tokio::test]
async fn a_token_asks_for_all_factors_in_any_order() {
    let wise = Wise::start().await;
    let customer = wise
        .customer(json!({
            "deviceFingerprints": ["device"], "face": "oliver",
            "behaviour": {"challenges": ["face", "device", "pin", "phone"], "delivery": "sequential"},
        }))
        .await;
    submit(
        &wise,
        "/enrollment-3d",
        "oliver",
        &json!({"person": "oliver", "live": true}),
    )
    .await;
    let key = wise.facetec_public_key(&customer).await;
    let face_map = exported(export(&wise, "oliver", &key).await).await;

    let token = wise.refused_statement(&customer, Paths::First).await;
    let next = async || {
        let status = wise.status(&customer, token).await;
        let challenges = &status["oneTimeTokenProperties"]["challenges"];
        challenges[0]["primaryChallenge"]["type"].clone()
    };
    assert_eq!(next().await, "FACE_MAP");
    let device = wise.prove_device(&customer, token, "device", Paths::Second).await;
    assert_eq!(device.response.status(), StatusCode::OK);
    assert_eq!(next().await, "FACE_MAP");
    let face = wise.prove_face(&customer, token, &face_map, Paths::Second).await;
    assert_eq!(face.status(), StatusCode::OK);
    assert_eq!(next().await, "PIN");
    wise.clear(&customer, token).await;
    assert_eq!(wise.statement_with(&customer, token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_session_asks_for_the_same_factors() {
    let wise = Wise::start().await;
    let customer = wise
        .customer(json!({"deviceFingerprints": ["device"], "behaviour": {"challenges": ["device"]}}))
        .await;
    let path = format!("/v2/profiles/{}/sca-sessions/authorise", customer.profile);
    let session = wise.user_call(&customer, Method::POST, &path).send().await.unwrap();
    let session: Value = session.json().await.unwrap();
    let properties = &session["oneTimeTokenProperties"];
    assert_eq!(
        properties["challenges"],
        json!([{"primaryChallenge": {"type": "PARTNER_DEVICE_FINGERPRINT"}, "passed": false}])
    );
    let token = properties["oneTimeToken"].as_str().unwrap().parse().unwrap();
    let device = wise.prove_device(&customer, token, "device", Paths::Calendar).await;
    assert_eq!(device.response.status(), StatusCode::OK);
    let statement = wise.user_call(&customer, Method::GET, &Paths::First.statement(&customer));
    assert_eq!(statement.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn faults_are_injected_into_the_new_endpoints() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"face": "oliver"})).await;
    let fault = json!({"endpoint": "face-map-delete", "userId": customer.user, "when": "after",
                       "fault": {"kind": "serverError"}});
    wise.control(Method::POST, "faults", fault).await;
    let path = Paths::Second.face_maps(customer.profile);
    let lost = wise.user_call(&customer, Method::DELETE, &path).send().await.unwrap();
    assert_eq!(lost.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(wise.inspect(&customer).await["faceMapSet"], false);
    let fault = json!({"endpoint": "device-fingerprint-create", "fault": {"kind": "tooManyRequests"}});
    wise.control(Method::POST, "faults", fault).await;
    let limited = wise.register_device(&customer, "device", Paths::First).await.response;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    let log = wise.log(&format!("userId={}", customer.user)).await;
    let endpoints: Vec<&Value> = log.iter().map(|call| &call["endpoint"]).collect();
    assert_eq!(endpoints, ["face-map-delete", "device-fingerprint-create"]);
}
