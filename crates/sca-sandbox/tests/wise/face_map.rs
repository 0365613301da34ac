use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Paths, Wise, error_code};
use crate::facetec::{export, exported, submit};

/// Enrols a person at the partner's FaceTec server and exports the face map for Wise.
async fn face_map_of(wise: &Wise, customer: &Customer, person: &str) -> String {
    let reference = format!("{person}-{}", customer.user);
    let content = json!({"person": person, "live": true});
    submit(wise, "/enrollment-3d", &reference, &content).await;
    exported(export(wise, &reference, &wise.facetec_public_key(customer).await).await).await
}

async fn remove(wise: &Wise, customer: &Customer, paths: Paths) -> RequestBuilder {
    match paths {
        Paths::First => {
            let path = format!("/v1/users/{}/facemap/enrol", customer.user);
            wise.call(Method::DELETE, &path).bearer_auth(wise.client_token().await)
        }
        Paths::Second | Paths::Calendar => wise.user_call(customer, Method::DELETE, &paths.face_maps(customer.profile)),
    }
}

async fn with_face(wise: &Wise, behaviour: Value) -> Customer {
    wise.customer(json!({"face": "oliver", "behaviour": behaviour})).await
}

#[tokio::test]
async fn from_the_scan_to_the_protected_call_in_each_generation() {
    let wise = Wise::start().await;
    for paths in Paths::ALL {
        let customer = wise.customer(json!({"behaviour": {"challenges": ["face"]}})).await;
        let reference = format!("oliver-{}", customer.user);
        let scan = json!({"person": "oliver", "live": true});

        // The partner's FaceTec server enrols the face, and exports it for Wise.
        let enrolled = submit(&wise, "/enrollment-3d", &reference, &scan).await;
        assert_eq!(enrolled["success"], true);
        let key = wise.user_call(&customer, Method::GET, &paths.facetec_public_key());
        let key = key.send().await.unwrap();
        assert_eq!(key.status(), StatusCode::OK);
        assert_eq!(key.headers()["content-type"], "text/plain;charset=UTF-8");
        let key = key.text().await.unwrap();
        assert!(key.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{key}");
        let first = exported(export(&wise, &reference, &key).await).await;
        for status in [StatusCode::NO_CONTENT, StatusCode::CONFLICT] {
            assert_eq!(
                wise.enrol_face(&customer, &first, paths).await.status(),
                status,
                "{paths:?}"
            );
        }
        assert_eq!(wise.inspect(&customer).await["faceMapSet"], true);

        // Wise refuses the protected call. The customer scans again.
        let token = wise.refused_statement(&customer, paths).await;
        let status = wise.status(&customer, token).await;
        let challenge = &status["oneTimeTokenProperties"]["challenges"][0];
        assert_eq!(challenge["primaryChallenge"]["type"], "FACE_MAP");
        let matched = submit(&wise, "/match-3d-3d", &reference, &scan).await;
        assert_eq!(matched["success"], true);
        let second = exported(export(&wise, &reference, &key).await).await;
        assert_ne!(first, second, "two exports differ");
        let verified = wise.prove_face(&customer, token, &second, paths).await;
        assert_eq!(verified.status(), StatusCode::OK);
        assert_eq!(verified.headers()["content-type"], "application/json");
        let verified: Value = verified.json().await.unwrap();
        let properties = match paths {
            Paths::First => &verified["oneTimeTokenProperties"],
            Paths::Second | Paths::Calendar => &verified,
        };
        assert_eq!(properties["oneTimeToken"], token.to_string());
        assert_eq!(properties["challenges"][0]["passed"], true);
        if paths == Paths::First {
            assert_eq!(properties["actionType"], Value::Null);
            assert_eq!(properties["userId"], Value::Null);
        }

        let repeated = wise
            .user_call(&customer, Method::GET, &paths.statement(&customer))
            .header("x-2fa-approval", token.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(repeated.status(), StatusCode::OK);
        assert_eq!(repeated.headers()["x-2fa-approval-result"], "APPROVED");
    }
}

#[tokio::test]
async fn a_face_map_is_removed_in_each_generation() {
    let wise = Wise::start().await;
    for paths in Paths::ALL {
        let customer = with_face(&wise, json!({})).await;
        let removed = remove(&wise, &customer, paths).await.send().await.unwrap();
        assert_eq!(removed.status(), StatusCode::NO_CONTENT, "{paths:?}");
        let again = remove(&wise, &customer, paths).await.send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
        assert_eq!(error_code(again).await, "facemap.not.setup");
    }
    let customer = with_face(&wise, json!({})).await;
    let by_user = format!("/v1/users/{}/facemap/enrol", customer.user);
    let by_user = wise
        .user_call(&customer, Method::DELETE, &by_user)
        .send()
        .await
        .unwrap();
    assert_eq!(by_user.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_persons_face_is_400_and_the_fifth_blocks() {
    let wise = Wise::start().await;
    let customer = with_face(&wise, json!({"challenges": ["face"]})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let (other, own) = (
        face_map_of(&wise, &customer, "mallory").await,
        face_map_of(&wise, &customer, "oliver").await,
    );
    for _ in 0..5 {
        let wrong = wise.prove_face(&customer, token, &other, Paths::Second).await;
        assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
        assert_eq!(wrong.text().await.unwrap(), "");
    }
    let blocked = wise.prove_face(&customer, token, &own, Paths::Second).await;
    assert_eq!(error_code(blocked).await, "facemap.blocked");
    let refused = wise.user_call(&customer, Method::GET, &Paths::First.statement(&customer));
    assert_eq!(refused.send().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    wise.advance(&customer, 900).await;
    let after = wise.prove_face(&customer, token, &own, Paths::First).await;
    assert_eq!(after.status(), StatusCode::OK);
}

#[tokio::test]
async fn without_an_enrolled_face_the_status_is_a_switch() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let face_map = face_map_of(&wise, &customer, "oliver").await;
    for (setting, status) in [
        ("badRequest", StatusCode::BAD_REQUEST),
        ("notFound", StatusCode::NOT_FOUND),
    ] {
        wise.behave(&customer, json!({"challenges": ["face"], "missingFaceMap": setting}))
            .await;
        let token = wise.refused_statement(&customer, Paths::First).await;
        let missing = wise.prove_face(&customer, token, &face_map, Paths::Calendar).await;
        assert_eq!(missing.status(), status);
        assert_eq!(error_code(missing).await, "facemap.not.setup");
    }
    wise.behave(&customer, json!({"challenges": ["pin"]})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let not_asked = wise.prove_face(&customer, token, &face_map, Paths::First).await;
    assert_eq!(error_code(not_asked).await, "challenge.not.applicable");
}

#[tokio::test]
async fn what_is_no_face_map_is_refused_and_is_no_attempt() {
    let wise = Wise::start().await;
    let customer = with_face(&wise, json!({"challenges": ["face"]})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let body = |body: &'static str| {
        wise.user_call(&customer, Method::POST, &Paths::First.face_map_verify(customer.profile))
            .header("One-Time-Token", token.to_string())
            .body(body)
            .send()
    };
    for malformed in ["", "{", "{}", r#"{"faceMap":7}"#, r#"{"faceMap":"not base64!"}"#] {
        let refused = body(malformed).await.unwrap();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{malformed}");
        assert_eq!(error_code(refused).await, "facemap.invalid");
    }
    let unreadable = body(r#"{"faceMap":"bm90aGluZw=="}"#).await.unwrap();
    assert_eq!(error_code(unreadable).await, "facemap.undecryptable");
    assert_eq!(wise.inspect(&customer).await["faceMapFailures"], 0);
}

#[tokio::test]
async fn the_key_can_be_rotated_and_a_face_map_for_an_old_key_is_refused() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let first = wise.facetec_public_key(&customer).await;
    let for_first = face_map_of(&wise, &customer, "oliver").await;
    assert_eq!(
        wise.facetec_public_key(&customer).await,
        first,
        "it does not change by itself"
    );

    let rotated = wise
        .control(Method::POST, "keys/facetec/rotate", json!({"keepOld": true}))
        .await;
    let second = wise.facetec_public_key(&customer).await;
    assert_eq!(rotated["publicKey"], second);
    assert_ne!(second, first);
    let kept = wise.enrol_face(&customer, &for_first, Paths::First).await;
    assert_eq!(kept.status(), StatusCode::NO_CONTENT);

    wise.control(Method::POST, "keys/facetec/rotate", json!({})).await;
    let gone = wise.enrol_face(&customer, &for_first, Paths::First).await;
    assert_eq!(gone.status(), StatusCode::BAD_REQUEST);
    assert_eq!(error_code(gone).await, "facemap.undecryptable");
}

#[tokio::test]
async fn the_key_endpoint_can_be_made_to_serve_wrong_weak_and_invalid_keys() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let content = json!({"person": "oliver", "live": true});
    submit(&wise, "/enrollment-3d", "oliver", &content).await;
    let real = wise.facetec_public_key(&customer).await;
    for (kind, usable) in [("wrongKey", true), ("weakKey", false), ("invalidPem", false)] {
        let fault = json!({"endpoint": "facetec-public-key", "fault": {"kind": kind}});
        wise.control(Method::POST, "faults", fault).await;
        let served = wise.facetec_public_key(&customer).await;
        assert_ne!(served, real, "{kind}");
        assert!(served.starts_with("-----BEGIN PUBLIC KEY-----"), "{served}");
        let response = export(&wise, "oliver", &served).await;
        if usable {
            let face_map = exported(response).await;
            let refused = wise.enrol_face(&customer, &face_map, Paths::First).await;
            assert_eq!(error_code(refused).await, "facemap.undecryptable");
        } else {
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{kind}");
        }
    }
    assert_eq!(wise.facetec_public_key(&customer).await, real);

    let impossible = json!({"endpoint": "facetec-public-key", "fault": {"kind": "keyArray"}});
    let refused = wise.try_control(Method::POST, "faults", impossible).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_key_is_for_users_only() {
    let wise = Wise::start().await;
    let path = Paths::Calendar.facetec_public_key();
    let by_client = wise.call(Method::GET, &path).bearer_auth(wise.client_token().await);
    assert_eq!(by_client.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let by_nobody = wise.call(Method::GET, &path).send().await.unwrap();
    assert_eq!(by_nobody.status(), StatusCode::UNAUTHORIZED);
}
