use std::collections::HashSet;

use base64ct::{Base64, Encoding};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Weavr};
use crate::receiver::{Message, Receiver};

fn hmac(key: &str, message: &[u8]) -> String {
    let key = PKey::hmac(key.as_bytes()).unwrap();
    let signature = Signer::new(MessageDigest::sha256(), &key)
        .unwrap()
        .sign_oneshot_to_vec(message)
        .unwrap();
    Base64::encode_string(&signature)
}

/// The two expected signatures of a message.
fn signatures(key: &str, message: &Message) -> (String, String) {
    let at = message.header("published-timestamp").unwrap().as_bytes();
    let call_ref = message.header("call-ref").unwrap_or_default().as_bytes();
    (hmac(key, at), hmac(key, &[call_ref, &message.body, at].concat()))
}

fn is_signed(key: &str, message: &Message) -> bool {
    let (first, second) = signatures(key, message);
    message.header("signature") == Some(&first) && message.header("signature-v2") == Some(&second)
}

/// The states of wires in the events received, in their order.
fn states(receiver: &Receiver) -> Vec<String> {
    receiver
        .messages()
        .iter()
        .map(|message| {
            message.json()["transfer"]["state"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

async fn made_up(weavr: &Weavr) -> String {
    let body = json!({"path": "/outgoing_wire_transfers/watch", "body": {"eventType": "COMPLETED"}});
    let made = weavr.control(Method::POST, "events", body).await;
    made["callRef"].as_str().unwrap().to_owned()
}

async fn confirm(weavr: &Weavr, customer: &Customer) -> String {
    let wire = weavr.pending_wire(customer).await;
    let challenge = weavr.issued(customer, "otp/SMS", &[&wire]).await;
    assert_eq!(weavr.verify(customer, &challenge, "123456").await.summary(), "204");
    wire
}

#[tokio::test]
async fn every_state_of_a_wire_emits_a_signed_event() {
    let weavr = Weavr::start().await;
    let receiver = Receiver::start(&[]).await;
    weavr.register(&receiver.url, json!({})).await;
    let ann = weavr.customer(json!({})).await;
    let wire = confirm(&weavr, &ann).await;
    assert_eq!(weavr.idle().await, 0);

    let received: HashSet<String> = states(&receiver).into_iter().collect();
    let expected = ["PENDING_CHALLENGE", "SUBMITTED", "COMPLETED"];
    assert_eq!(received, expected.map(str::to_owned).into());
    let mut references = HashSet::new();
    for message in receiver.messages() {
        assert!(message.path.ends_with("/outgoing_wire_transfers/watch"));
        let body = message.json();
        assert_eq!(body["eventType"], body["transfer"]["state"]);
        assert_eq!(body["owner"]["type"], "corporates");
        let transfer = &body["transfer"];
        assert_eq!(transfer["id"], json!({"type": "outgoing_wire_transfers", "id": wire}));
        assert_eq!(
            transfer["transferAmount"],
            json!({"currency": "EUR", "amount": "250000"})
        );
        assert_eq!(transfer["destination"]["beneficiaryName"], "Acme");
        assert_eq!(transfer["destination"]["sepa"]["iban"], "DE89370400440532013000");
        assert!(body["publishedTimestamp"].as_str().unwrap().len() == 13);
        assert!(is_signed("weavr_sandbox_key", &message));
        references.insert(message.header("call-ref").unwrap().to_owned());
    }
    assert_eq!(references.len(), 3);
}

#[tokio::test]
async fn a_send_has_no_event_for_its_rejection() {
    let weavr = Weavr::start().await;
    let receiver = Receiver::start(&[]).await;
    weavr.register(&receiver.url, json!({})).await;
    let ann = weavr
        .customer_with(json!({"eventIds": "text", "amounts": "swapped"}))
        .await;
    let send = weavr.send(&ann, "EUR", 250_000).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    weavr.idle().await;
    let issued = weavr.issue(&ann, "push/AUTHY", "sends", &[&send]).await;
    weavr
        .on_phone(issued.body["scaChallengeId"].as_str().unwrap(), "reject")
        .await;
    weavr.idle().await;
    let messages = receiver.messages();
    assert_eq!(messages.len(), 2);
    assert!(messages[1].path.ends_with("/send/watch"));
    let event = messages[1].json();
    assert_eq!(
        (&event["eventType"], &event["send"]["state"]),
        (&json!("FAILED"), &json!("REJECTED"))
    );
    assert_eq!(event["send"]["id"], send.as_str());
    assert_eq!(event["send"]["destinationAmount"]["amount"], 250_000);
}

#[tokio::test]
async fn step_up_factors_and_payees_emit_events() {
    let weavr = Weavr::start().await;
    let receiver = Receiver::start(&[]).await;
    weavr.register(&receiver.url, json!({})).await;
    let ann = weavr.customer_with(json!({"idleSeconds": 3600})).await;
    let last = async || {
        weavr.idle().await;
        let message = receiver.messages().pop().unwrap();
        (message.path.trim_start_matches("/webhook").to_owned(), message.json())
    };
    for (answer, status) in [("reject", "DECLINED"), ("expire", "EXPIRED"), ("approve", "VERIFIED")] {
        let made = weavr
            .post(&ann.token, "stepup/challenges/push/AUTHY", Value::Null)
            .await;
        let id = made.body["id"].as_str().unwrap();
        weavr.on_phone(id, answer).await;
        let (path, body) = last().await;
        assert_eq!((path.as_str(), &body["status"]), ("/stepup/watch", &json!(status)));
        assert_eq!(
            (&body["challengeId"], &body["credential"]["id"]),
            (&json!(id), &json!(ann.user))
        );
        assert!(body.get("authToken").is_none());
    }
    assert_eq!(
        weavr
            .delete(&ann.token, "authentication_factors/push/AUTHY")
            .await
            .summary(),
        "204"
    );
    let (path, body) = last().await;
    assert_eq!(path, "/authentication_factors/watch");
    assert_eq!((&body["type"], &body["status"]), (&json!("PUSH"), &json!("INACTIVE")));

    let payees = json!({"beneficiaries": [{"trustLevel": "TRUSTED", "beneficiaryInformation": {"fullName": "Eve"},
        "beneficiaryDetails": {"bankAccountDetails": {"iban": "DE89370400440532013000"}}}]});
    weavr.post(&ann.token, "beneficiaries", payees).await;
    let (path, body) = last().await;
    assert_eq!(path, "/beneficiaries/batch/watch");
    assert_eq!(body["eventType"], "PENDING_CHALLENGE");
}

#[tokio::test]
async fn signatures_can_be_missing_or_wrong() {
    let weavr = Weavr::start().await;
    let receiver = Receiver::start(&[]).await;
    let next = async |webhook: Value| {
        weavr.register(&receiver.url, webhook).await;
        made_up(&weavr).await;
        weavr.idle().await;
        receiver.messages().pop().unwrap()
    };
    assert!(is_signed("another", &next(json!({"key": "another"})).await));
    let old = next(json!({"signature": "v1Only"})).await;
    assert_eq!(
        old.header("signature"),
        Some(signatures("weavr_sandbox_key", &old).0.as_str())
    );
    assert!(old.header("signature-v2").is_none());
    assert!(
        next(json!({"signature": "unsigned"}))
            .await
            .header("signature")
            .is_none()
    );
    assert!(!is_signed(
        "weavr_sandbox_key",
        &next(json!({"signature": "wrong"})).await
    ));
    let nameless = next(json!({"callRef": false})).await;
    assert!(nameless.header("call-ref").is_none());
    assert!(is_signed("weavr_sandbox_key", &nameless), "as if it were empty");
    let at = |message: &Message| message.header("published-timestamp").unwrap().parse::<i64>().unwrap();
    let stale = at(&next(json!({"timestampShift": -600})).await);
    let age = at(&next(json!({})).await) - stale;
    assert!((600_000..660_000).contains(&age), "{age}");
}

#[tokio::test]
async fn retryable_failures_are_retried_with_increasing_delays() {
    let weavr = Weavr::start().await;
    let receiver = Receiver::start(&[408, 409, 425, 500, 503, 502]).await;
    weavr.register(&receiver.url, json!({"retryTimestamp": "first"})).await;
    let call_ref = made_up(&weavr).await;
    for (sent, wait) in [(1, 10), (2, 60), (3, 360), (4, 2160), (5, 12_960)] {
        assert_eq!(weavr.idle().await, 1, "one retry waits");
        assert_eq!(receiver.messages().len(), sent);
        weavr.advance_clock(wait / 2).await;
        weavr.idle().await;
        assert_eq!(receiver.messages().len(), sent, "not yet");
        weavr.advance_clock(wait - wait / 2).await;
    }
    assert_eq!(weavr.idle().await, 0);
    let messages = receiver.messages();
    assert_eq!(messages.len(), 6);
    for message in &messages {
        assert_eq!(message.header("call-ref"), Some(call_ref.as_str()));
        assert_eq!(
            message.header("published-timestamp"),
            messages[0].header("published-timestamp")
        );
        assert_eq!(message.body, messages[0].body);
    }
    let events = weavr.control(Method::GET, "events", Value::Null).await;
    assert_eq!(events[0]["state"], "failed");
}

#[tokio::test]
async fn other_failures_are_not_retried() {
    let weavr = Weavr::start().await;
    for status in [400, 401, 404, 410, 422, 429] {
        let receiver = Receiver::start(&[status]).await;
        weavr.register(&receiver.url, json!({})).await;
        made_up(&weavr).await;
        assert_eq!(weavr.idle().await, 0, "{status}");
        weavr.advance_clock(13_000).await;
        weavr.idle().await;
        assert_eq!(receiver.messages().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn deliveries_can_be_late_missing_copied_and_reordered() {
    let weavr = Weavr::start().await;
    let receiver = Receiver::start(&[]).await;
    weavr.register(&receiver.url, json!({})).await;
    let ann = weavr
        .customer_with(json!({"events": {"deliver": "never"}, "completesAfterSeconds": null}))
        .await;
    confirm(&weavr, &ann).await;
    weavr.idle().await;
    assert!(receiver.messages().is_empty());

    let ben = weavr
        .customer_with(json!({"events": {"delaySeconds": 3600, "copies": 3}}))
        .await;
    weavr.pending_wire(&ben).await;
    weavr.idle().await;
    assert!(receiver.messages().is_empty());
    weavr.advance_clock(3600).await;
    weavr.idle().await;
    assert_eq!(states(&receiver), ["PENDING_CHALLENGE"; 3]);

    let carla = weavr
        .customer_with(json!({"events": {"deliver": "held"}, "completesAfterSeconds": null}))
        .await;
    let wire = confirm(&weavr, &carla).await;
    let released = weavr
        .control(
            Method::POST,
            "events/release",
            json!({"resource": wire, "order": "reversed"}),
        )
        .await;
    assert_eq!(released["statuses"], json!([200, 200]));
    assert_eq!(states(&receiver)[3..], ["SUBMITTED", "PENDING_CHALLENGE"]);
    let call_ref = receiver.messages()[3].header("call-ref").unwrap().to_owned();
    let copies = weavr
        .control(
            Method::POST,
            &format!("events/{call_ref}/deliver"),
            json!({"copies": 50}),
        )
        .await;
    assert_eq!(copies["statuses"], json!(vec![200; 50]));
    assert_eq!(receiver.messages().len(), 55);
}

#[tokio::test]
async fn an_event_can_be_sent_before_the_response_to_the_call_that_caused_it() {
    let weavr = Weavr::start().await;
    let receiver = Receiver::start(&[]).await;
    weavr.register(&receiver.url, json!({})).await;
    let ann = weavr
        .customer_with(json!({"events": {"deliver": "beforeResponse"}, "completesAfterSeconds": null}))
        .await;
    let wire = weavr.pending_wire(&ann).await;
    assert_eq!(states(&receiver), ["PENDING_CHALLENGE"], "there already");
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    weavr.verify(&ann, &challenge, "123456").await;
    assert_eq!(states(&receiver), ["PENDING_CHALLENGE", "SUBMITTED"]);
}

#[tokio::test]
async fn webhooks_are_sent_to_loopback_addresses_only() {
    let weavr = Weavr::start().await;
    for url in [
        "https://127.0.0.1/",
        "http://example.com/",
        "http://10.0.0.1/",
        "nothing",
    ] {
        let refused = weavr.try_control(Method::POST, "webhooks", json!({"url": url})).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{url}");
    }
    let typo = weavr.try_control(Method::POST, "webhooks", json!({"ulr": null})).await;
    assert!(typo.status().is_client_error());
}
