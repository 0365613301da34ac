use std::collections::HashSet;

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{FaceSign, wire};
use crate::receiver::{Message, Receiver};

fn hex_hmac(secret: &str, message: &[u8]) -> String {
    let key = PKey::hmac(secret.as_bytes()).unwrap();
    let signature = Signer::new(MessageDigest::sha256(), &key)
        .unwrap()
        .sign_oneshot_to_vec(message)
        .unwrap();
    signature.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn signed(secret: &str, t: &str, body: &[u8]) -> String {
    hex_hmac(secret, &[t.as_bytes(), b".", body].concat())
}

/// The time and the signatures of a message.
fn parts(message: &Message) -> (String, Vec<String>) {
    let header = message.header("x-facesign-signature").unwrap();
    let (t, rest) = header.strip_prefix("t=").unwrap().split_once(',').unwrap();
    let signatures = rest
        .split(',')
        .map(|part| part.strip_prefix("v1=").unwrap().to_owned())
        .collect();
    (t.to_owned(), signatures)
}

/// The types of the events received, in their order.
fn types(receiver: &Receiver) -> Vec<String> {
    let type_of = |message: &Message| message.json()["type"].as_str().unwrap().to_owned();
    receiver.messages().iter().map(type_of).collect()
}

#[tokio::test]
async fn every_transition_emits_a_signed_event_without_the_verdict() {
    let facesign = FaceSign::start().await;
    let receiver = Receiver::start(&[]).await;
    facesign.register(&receiver.url, json!({})).await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.idle().await;
    facesign.run_script(&created.id, "verified").await;
    assert_eq!(facesign.idle().await, 0);

    let mut types = types(&receiver);
    types.sort();
    let expected = [
        "analysis.video",
        "media.user_photo",
        "media.user_video",
        "session.status",
        "session.status",
        "session.status",
    ];
    assert_eq!(types, expected);
    let mut ids = HashSet::new();
    for message in receiver.messages() {
        assert_eq!(message.path, "/webhook");
        let body = message.json();
        assert_eq!(body["sessionId"], created.id.as_str());
        assert!(body["createdAt"].as_i64().unwrap() > 1_000_000_000_000);
        assert!(body.get("status").is_none());
        ids.insert(body["id"].as_str().unwrap().to_owned());
        let (t, signatures) = parts(&message);
        assert_eq!(t.len(), 10, "seconds");
        assert_eq!(signatures, [signed("whsec_sandbox", &t, &message.body)]);
    }
    assert_eq!(ids.len(), 6);
}

#[tokio::test]
async fn signatures_have_every_observed_form() {
    let facesign = FaceSign::start().await;
    let receiver = Receiver::start(&[]).await;
    let next = async |webhook: Value| {
        facesign.register(&receiver.url, webhook).await;
        facesign
            .control(
                Method::POST,
                "facesign/events",
                json!({"type": "session.status", "sessionId": "unknown"}),
            )
            .await;
        facesign.idle().await;
        receiver.messages().pop().unwrap()
    };

    let rotated = next(json!({"secret": "whsec_new", "oldSecret": "whsec_old"})).await;
    let (t, signatures) = parts(&rotated);
    assert_eq!(
        signatures,
        ["whsec_old", "whsec_new"].map(|secret| signed(secret, &t, &rotated.body))
    );

    let (t, _) = parts(&next(json!({"timestamp": "milliseconds"})).await);
    assert_eq!(t.len(), 13);

    let (now, _) = parts(&next(json!({})).await);
    let (stale, _) = parts(&next(json!({"timestampShift": -600})).await);
    let age = now.parse::<i64>().unwrap() - stale.parse::<i64>().unwrap();
    assert!((595..=600).contains(&age), "{age}");

    let wrong = next(json!({"signature": "wrong"})).await;
    let (t, signatures) = parts(&wrong);
    assert_ne!(signatures, [signed("whsec_sandbox", &t, &wrong.body)]);

    assert!(
        next(json!({"signature": "unsigned"}))
            .await
            .header("x-facesign-signature")
            .is_none()
    );
    let bare = next(json!({"signature": "bareHex"})).await;
    assert_eq!(
        bare.header("x-facesign-signature"),
        Some(hex_hmac("whsec_sandbox", &bare.body).as_str())
    );
    let legacy = next(json!({"signature": "legacy"})).await;
    assert!(
        legacy
            .header("facesign-signature")
            .unwrap()
            .ends_with(&hex_hmac("whsec_sandbox", &legacy.body))
    );

    let changed = next(json!({"crlf": true})).await;
    let (t, signatures) = parts(&changed);
    let text = String::from_utf8(changed.body.to_vec()).unwrap();
    assert!(text.contains("\r\n"));
    assert_ne!(signatures, [signed("whsec_sandbox", &t, text.as_bytes())]);
    assert_eq!(
        signatures,
        [signed("whsec_sandbox", &t, text.replace("\r\n", "\n").as_bytes())]
    );
}

#[tokio::test]
async fn failed_deliveries_are_retried_on_the_simulated_clock() {
    let facesign = FaceSign::start().await;
    let receiver = Receiver::start(&[500, 404, 302]).await;
    facesign.register(&receiver.url, json!({})).await;
    let event = facesign
        .control(
            Method::POST,
            "facesign/events",
            json!({"type": "session.status", "sessionId": "unknown"}),
        )
        .await["id"]
        .take();
    for (sent, wait) in [(1, 5), (2, 30), (3, 120)] {
        assert_eq!(facesign.idle().await, 1, "one retry waits");
        assert_eq!(receiver.messages().len(), sent);
        facesign.advance(wait).await;
    }
    assert_eq!(facesign.idle().await, 0);
    let messages = receiver.messages();
    assert_eq!(messages.len(), 4);
    assert!(
        messages.iter().all(|message| message.json()["id"] == event),
        "the same event each time"
    );
}

#[tokio::test]
async fn after_five_retries_the_delivery_has_failed() {
    let facesign = FaceSign::start().await;
    let receiver = Receiver::start(&[503; 20]).await;
    facesign
        .register(&receiver.url, json!({"retrySeconds": [0, 0, 0, 0, 0]}))
        .await;
    facesign
        .control(
            Method::POST,
            "facesign/events",
            json!({"type": "session.status", "sessionId": "s"}),
        )
        .await;
    facesign.idle().await;
    let events = facesign.events("s").await;
    assert_eq!(events[0]["state"], "failed");
    assert_eq!(events[0]["attempts"].as_array().unwrap().len(), 6);
    assert_eq!(receiver.messages().len(), 6);
}

#[tokio::test]
async fn deliveries_can_be_late_missing_copied_and_reordered() {
    let facesign = FaceSign::start().await;
    let receiver = Receiver::start(&[]).await;
    facesign.register(&receiver.url, json!({})).await;

    facesign.behave(json!({"events": {"deliver": "never"}})).await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.run_script(&created.id, "verified").await;
    facesign.idle().await;
    assert!(receiver.messages().is_empty());
    assert_eq!(facesign.session(&created.id).await["status"], "complete");

    facesign
        .behave(json!({"events": {"delaySeconds": 3600, "copies": 3}}))
        .await;
    facesign.create(&wire("txn-2")).await;
    facesign.idle().await;
    assert!(receiver.messages().is_empty());
    facesign.advance(3600).await;
    facesign.idle().await;
    assert_eq!(types(&receiver), ["session.status"; 3]);

    facesign
        .behave(json!({"events": {"deliver": "held"}, "mediaEvents": false}))
        .await;
    let created = facesign.create(&wire("txn-3")).await;
    facesign.run_script(&created.id, "verified").await;
    facesign.session(&created.id).await;
    let released = facesign
        .control(
            Method::POST,
            "facesign/events/release",
            json!({"sessionId": created.id, "order": "reversed"}),
        )
        .await;
    assert_eq!(released["statuses"], json!([200, 200, 200, 200]));
    let all = receiver.messages();
    let times: Vec<i64> = all[3..]
        .iter()
        .map(|message| message.json()["createdAt"].as_i64().unwrap())
        .collect();
    assert!(times.is_sorted_by(|earlier, later| earlier >= later), "{times:?}");
    assert_eq!(all[3].json()["type"], "analysis.video");
}

#[tokio::test]
async fn a_thousand_copies_are_sent_at_once() {
    let facesign = FaceSign::start().await;
    let receiver = Receiver::start(&[]).await;
    facesign.register(&receiver.url, json!({})).await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.idle().await;
    let event = facesign.events(&created.id).await[0]["id"].as_str().unwrap().to_owned();
    let answers = facesign
        .control(
            Method::POST,
            &format!("facesign/events/{event}/deliver"),
            json!({"copies": 1000}),
        )
        .await;
    assert_eq!(answers["statuses"], json!(vec![200; 1000]));
    assert_eq!(receiver.messages().len(), 1001);
}

#[tokio::test]
async fn webhooks_are_sent_to_loopback_addresses_only() {
    let facesign = FaceSign::start().await;
    for url in [
        "https://127.0.0.1/",
        "http://example.com/",
        "http://10.0.0.1/",
        "ftp://localhost/",
        "nothing",
    ] {
        let refused = facesign
            .try_control(Method::PUT, "facesign/webhook", json!({"url": url}))
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{url}");
    }
    let typo = facesign
        .try_control(Method::PUT, "facesign/webhook", json!({"ulr": null}))
        .await;
    assert!(typo.status().is_client_error());
}
