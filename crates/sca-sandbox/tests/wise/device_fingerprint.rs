use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Paths, Wise, error_code};

const FINGERPRINT: &str = "3207da22-a0d3-4b6b-a591-6297e646fe32";

async fn with_device(wise: &Wise) -> Customer {
    wise.customer(json!({"deviceFingerprints": [FINGERPRINT], "behaviour": {"challenges": ["device"]}}))
        .await
}

async fn registered_ids(wise: &Wise, customer: &Customer) -> Vec<String> {
    let fingerprints = &wise.inspect(customer).await["deviceFingerprints"];
    fingerprints
        .as_array()
        .unwrap()
        .iter()
        .map(|fingerprint| fingerprint["deviceFingerprintId"].as_str().unwrap().to_owned())
        .collect()
}

/// The first generation removes with the client's token, the others with the user's.
async fn remove(wise: &Wise, customer: &Customer, id: &str, paths: Paths) -> RequestBuilder {
    match paths {
        Paths::First => {
            let path = format!("/v1/users/{}/partner-device-fingerprints/{id}", customer.user);
            wise.call(Method::DELETE, &path).bearer_auth(wise.client_token().await)
        }
        Paths::Second | Paths::Calendar => {
            let path = format!("{}/{id}", paths.device_fingerprints(customer.profile));
            wise.user_call(customer, Method::DELETE, &path)
        }
    }
}

#[tokio::test]
async fn a_device_is_registered_verified_and_removed_in_each_generation() {
    let wise = Wise::start().await;
    for paths in Paths::ALL {
        let customer = wise
            .customer(json!({"behaviour": {"challenges": ["device", "phone"]}}))
            .await;
        let token = wise.refused_statement(&customer, paths).await;
        let missing = wise.prove_device(&customer, token, FINGERPRINT, paths).await.response;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{paths:?}");
        assert_eq!(error_code(missing).await, "device.fingerprint.not.setup");

        let created = wise.register_device(&customer, FINGERPRINT, paths).await.open().await;
        let id = created["deviceFingerprintId"].as_str().unwrap();
        let created_at = created["createdAt"].as_str().unwrap();
        created_at.parse::<jiff::Timestamp>().unwrap();
        assert_eq!(created_at.len(), "2024-05-24T07:27:58.273205554Z".len(), "nanoseconds");
        assert_eq!(wise.inspect(&customer).await["deviceFingerprints"], json!([created]));
        let again = wise.register_device(&customer, FINGERPRINT, paths).await.response;
        assert_eq!(again.status(), StatusCode::CONFLICT);
        assert_eq!(error_code(again).await, "device.fingerprint.already.setup");

        let answer = wise
            .prove_device(&customer, token, FINGERPRINT, paths)
            .await
            .open()
            .await;
        let properties = match paths {
            Paths::First => &answer["oneTimeTokenProperties"],
            Paths::Second | Paths::Calendar => &answer,
        };
        let challenge = &properties["challenges"][0];
        assert_eq!(challenge["primaryChallenge"]["type"], "PARTNER_DEVICE_FINGERPRINT");
        assert_eq!(challenge["passed"], true, "{paths:?}");
        wise.clear_phone(&customer, token).await;
        assert_eq!(
            wise.user_call(&customer, Method::GET, &paths.statement(&customer))
                .header("x-2fa-approval", token.to_string())
                .send()
                .await
                .unwrap()
                .status(),
            StatusCode::OK
        );

        for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
            let removed = remove(&wise, &customer, id, paths).await.send().await.unwrap();
            assert_eq!(removed.status(), status, "{paths:?}");
        }
    }
}

#[tokio::test]
async fn a_customer_has_at_most_three_devices() {
    let wise = Wise::start().await;
    let (customer, other) = (wise.customer(json!({})).await, wise.customer(json!({})).await);
    for device in ["phone", "tablet", "laptop"] {
        let created = wise.register_device(&customer, device, Paths::Second).await;
        assert_eq!(created.response.status(), StatusCode::OK);
    }
    let fourth = wise.register_device(&customer, "watch", Paths::Second).await.response;
    assert_eq!(fourth.status(), StatusCode::BAD_REQUEST);
    assert_eq!(error_code(fourth).await, "device.fingerprint.maximum.reached");
    let duplicate = wise.register_device(&customer, "phone", Paths::Second).await.response;
    assert_eq!(duplicate.status(), StatusCode::CONFLICT);
    let shared = wise.register_device(&other, "phone", Paths::Second).await.response;
    assert_eq!(shared.status(), StatusCode::OK, "two customers may share a device");

    let ids = registered_ids(&wise, &customer).await;
    let foreign = remove(&wise, &other, &ids[1], Paths::Second).await;
    assert_eq!(foreign.send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let removed = remove(&wise, &customer, &ids[1], Paths::Calendar).await;
    assert_eq!(removed.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let now = wise.register_device(&customer, "watch", Paths::Second).await.response;
    assert_eq!(now.status(), StatusCode::OK);
    assert_eq!(registered_ids(&wise, &customer).await.len(), 3);
}

#[tokio::test]
async fn only_the_first_generation_lists_and_only_the_partner() {
    let wise = Wise::start().await;
    let customer = with_device(&wise).await;
    let client_token = wise.client_token().await;
    let path = |user: u64| format!("/v1/users/{user}/partner-device-fingerprints");
    let list = |user: u64| wise.call(Method::GET, &path(user)).bearer_auth(&client_token).send();
    let listed: Value = list(customer.user).await.unwrap().json().await.unwrap();
    assert_eq!(listed, wise.inspect(&customer).await["deviceFingerprints"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(list(1).await.unwrap().status(), StatusCode::NOT_FOUND);

    let by_user = wise.user_call(&customer, Method::GET, &path(customer.user));
    assert_eq!(by_user.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    for paths in [Paths::Second, Paths::Calendar] {
        let request = wise.user_call(&customer, Method::GET, &paths.device_fingerprints(customer.profile));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn a_wrong_fingerprint_is_400_and_the_fifth_blocks_new_tokens() {
    let wise = Wise::start().await;
    let customer = wise
        .customer(json!({"deviceFingerprints": [FINGERPRINT], "behaviour": {"challenges": ["device", "pin"]}}))
        .await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    for failures in 1..=5 {
        let wrong = wise
            .prove_device(&customer, token, "another", Paths::Calendar)
            .await
            .response;
        assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
        assert_eq!(wrong.text().await.unwrap(), "");
        assert_eq!(wise.inspect(&customer).await["deviceFingerprintFailures"], failures % 5);
    }
    let blocked = wise
        .prove_device(&customer, token, FINGERPRINT, Paths::First)
        .await
        .response;
    assert_eq!(blocked.status(), StatusCode::BAD_REQUEST);
    assert_eq!(error_code(blocked).await, "device.fingerprint.blocked");
    let refused = wise.user_call(&customer, Method::GET, &Paths::First.statement(&customer));
    assert_eq!(refused.send().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);

    // The PIN is not blocked, and neither are its attempts counted together with those at the device.
    assert_eq!(wise.inspect(&customer).await["pinBlockedUntil"], Value::Null);
    let pin = wise.enter_pin(&customer, token, "1234", Paths::First).await.response;
    assert_eq!(pin.status(), StatusCode::OK);

    wise.advance(&customer, 900).await;
    let after = wise
        .prove_device(&customer, token, FINGERPRINT, Paths::First)
        .await
        .response;
    assert_eq!(after.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_fingerprint_can_have_an_error_code() {
    let wise = Wise::start().await;
    let customer = with_device(&wise).await;
    wise.behave(&customer, json!({"challenges": ["device"], "wrongPinBody": "coded"}))
        .await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let wrong = wise
        .prove_device(&customer, token, "another", Paths::First)
        .await
        .response;
    assert_eq!(error_code(wrong).await, "device.fingerprint.verification.failed");
}

#[tokio::test]
async fn a_fingerprint_is_a_text_and_proves_only_what_is_asked_for() {
    let wise = Wise::start().await;
    let customer = with_device(&wise).await;
    for payload in [
        json!({"deviceFingerprint": ""}),
        json!({"deviceFingerprint": 7}),
        json!({}),
    ] {
        let request = wise.user_call(
            &customer,
            Method::POST,
            &Paths::Second.device_fingerprints(customer.profile),
        );
        let refused = wise.send_encrypted(request, &payload).await.response;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{payload}");
        assert_eq!(error_code(refused).await, "device.fingerprint.invalid");
    }
    wise.behave(&customer, json!({"challenges": ["pin"]})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let not_asked = wise
        .prove_device(&customer, token, FINGERPRINT, Paths::First)
        .await
        .response;
    assert_eq!(error_code(not_asked).await, "challenge.not.applicable");
}

#[tokio::test]
async fn neither_the_log_nor_the_control_api_has_a_fingerprint() {
    let wise = Wise::start().await;
    let customer = with_device(&wise).await;
    wise.register_device(&customer, "a-second-device", Paths::First).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    wise.prove_device(&customer, token, FINGERPRINT, Paths::First).await;
    let log = wise.log("endpoint=device-fingerprint-verify").await;
    assert_eq!(log[0]["encryption"], "decrypted");
    let everything = json!([wise.log("").await, wise.inspect(&customer).await]).to_string();
    for secret in [FINGERPRINT, "a-second-device"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_code_passes_instead_of_the_device() {
    let wise = Wise::start().await;
    let customer = wise
        .customer(json!({"behaviour": {"challenges": ["device"], "deviceAlternatives": "phone"}}))
        .await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let status = wise.status(&customer, token).await;
    let challenge = &status["oneTimeTokenProperties"]["challenges"][0];
    assert_eq!(challenge["primaryChallenge"]["type"], "PARTNER_DEVICE_FINGERPRINT");
    let types: Vec<&Value> = challenge["alternatives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alternative| &alternative["type"])
        .collect();
    assert_eq!(types, ["SMS", "WHATSAPP", "VOICE"]);
    wise.clear_phone(&customer, token).await;
    assert_eq!(wise.statement_with(&customer, token).await.status(), StatusCode::OK);
}
