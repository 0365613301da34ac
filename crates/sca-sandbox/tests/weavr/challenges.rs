use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Weavr};

/// The responses to these codes.
async fn answers(weavr: &Weavr, customer: &Customer, challenge: &str, codes: &[&str]) -> Vec<String> {
    let mut responses = Vec::new();
    for code in codes {
        responses.push(weavr.verify(customer, challenge, code).await.summary());
    }
    responses
}

#[tokio::test]
async fn one_code_confirms_several_payments_at_once() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let (first, second) = (weavr.pending_wire(&ann).await, weavr.pending_wire(&ann).await);
    let other = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&first, &second]).await;
    assert!(challenge.len() == 18 && challenge.bytes().all(|byte| byte.is_ascii_digit()));
    let shown = weavr.request(&challenge).await;
    assert_eq!(shown["subject"]["resourceIds"], json!([first, second]));
    assert_eq!(weavr.verify(&ann, &challenge, "123456").await.summary(), "204");
    assert_eq!(weavr.state(&ann, &first).await, "COMPLETED");
    assert_eq!(weavr.state(&ann, &second).await, "COMPLETED");
    assert_eq!(weavr.state(&ann, &other).await, "PENDING_CHALLENGE", "untouched");
    assert_eq!(
        weavr.verify(&ann, &challenge, "123456").await.summary(),
        "409 STATE_INVALID"
    );
    assert_eq!(
        weavr
            .issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[&first])
            .await
            .summary(),
        "409 STATE_INVALID"
    );
}

#[tokio::test]
async fn wrong_codes_are_counted_up_to_every_limit() {
    let weavr = Weavr::start().await;
    let invalid = "409 VERIFICATION_CODE_INVALID";
    let one_left = "409 ONE_CHALLENGE_LIMIT_REMAINING";
    let over = "409 CHALLENGE_LIMIT_EXCEEDED";
    let limits: [(u32, Vec<&str>); 6] = [
        (1, vec![over]),
        (2, vec![one_left, over]),
        (3, vec![invalid, one_left, over]),
        (4, vec![invalid, invalid, one_left, over]),
        (5, vec![invalid, invalid, invalid, one_left, over]),
        // A number outside the range means the default.
        (6, vec![invalid, invalid, invalid, one_left, over]),
    ];
    for (limit, expected) in limits {
        let ann = weavr.customer_with(json!({"attemptLimit": limit})).await;
        let wire = weavr.pending_wire(&ann).await;
        let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
        let codes = vec!["000000"; expected.len()];
        assert_eq!(
            answers(&weavr, &ann, &challenge, &codes).await,
            expected,
            "limit {limit}"
        );
        assert_eq!(weavr.state(&ann, &wire).await, "REJECTED");
        let read = weavr.get(&ann.token, &format!("outgoing_wire_transfers/{wire}")).await;
        assert_eq!(read.body["rejectedInfo"], "USER");
        let after = answers(&weavr, &ann, &challenge, &["000000", "123456"]).await;
        assert_eq!(after, ["409 STATE_INVALID"; 2], "even the right one");
        let again = weavr.issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[&wire]).await;
        assert_eq!(again.summary(), "409 STATE_INVALID");
    }
}

#[tokio::test]
async fn the_last_attempt_can_succeed() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"attemptLimit": 2})).await;
    let wire = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    assert_eq!(
        answers(&weavr, &ann, &challenge, &["000000", "123456"]).await,
        ["409 ONE_CHALLENGE_LIMIT_REMAINING", "204"]
    );
}

#[tokio::test]
async fn the_error_code_after_the_limit_is_a_switch() {
    let weavr = Weavr::start().await;
    let ann = weavr
        .customer_with(json!({"attemptLimit": 1, "afterLimit": "limitExceeded", "rejectedInfo": "SYSTEM"}))
        .await;
    let wire = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    assert_eq!(
        answers(&weavr, &ann, &challenge, &["000000", "123456"]).await,
        ["409 CHALLENGE_LIMIT_EXCEEDED"; 2]
    );
    let read = weavr.get(&ann.token, &format!("outgoing_wire_transfers/{wire}")).await;
    assert_eq!(read.body["rejectedInfo"], "SYSTEM");

    let ben = weavr
        .customer_with(json!({"attemptLimit": 1, "spelling": "prose"}))
        .await;
    let wire = weavr.pending_wire(&ben).await;
    let challenge = weavr.issued(&ben, "otp/SMS", &[&wire]).await;
    let early = weavr.issue(&ben, "otp/SMS", "outgoing_wire_transfers", &[&wire]).await;
    assert_eq!(early.summary(), "409 RETRY_IN_15_SECS");
    assert_eq!(
        answers(&weavr, &ben, &challenge, &["000000"]).await,
        ["409 CHALLENGE_LIMIT_EXCEED"]
    );
}

#[tokio::test]
async fn without_a_limit_every_wrong_code_is_invalid() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"attemptLimit": null})).await;
    let wire = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    let responses = answers(&weavr, &ann, &challenge, &["000000"; 8]).await;
    assert_eq!(responses, ["409 VERIFICATION_CODE_INVALID"; 8]);
    assert_eq!(weavr.verify(&ann, &challenge, "123456").await.summary(), "204");
}

#[tokio::test]
async fn a_malformed_code_does_not_count_as_an_attempt() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"attemptLimit": 1})).await;
    let wire = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    for code in ["12345", "1234567", "abcdef", "", "12 456"] {
        assert_eq!(
            weavr.verify(&ann, &challenge, code).await.status,
            StatusCode::BAD_REQUEST,
            "{code:?}"
        );
    }
    assert_eq!(weavr.verify(&ann, &challenge, "123456").await.summary(), "204");
}

#[tokio::test]
async fn a_second_code_is_sent_after_the_cool_down_and_replaces_the_first() {
    let weavr = Weavr::start().await;
    for id in ["new", "same"] {
        let ann = weavr
            .customer_with(json!({"codes": "fresh", "resendId": id, "attemptLimit": 3}))
            .await;
        let wire = weavr.pending_wire(&ann).await;
        let first = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
        let old_code = weavr.request(&first).await["code"].as_str().unwrap().to_owned();
        let issue = async || weavr.issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[&wire]).await;
        assert_eq!(issue().await.summary(), "409 RETRY_IN_15SEC");
        weavr.verify(&ann, &first, "000000").await;
        assert_eq!(issue().await.summary(), "409 RETRY_IN_15SEC", "also after a wrong code");
        weavr.advance(&ann, 15).await;
        let second = issue().await.body["scaChallengeId"].as_str().unwrap().to_owned();
        assert_eq!(second == first, id == "same");
        let new_code = weavr.request(&second).await["code"].as_str().unwrap().to_owned();
        assert_ne!(new_code, old_code);

        if id == "new" {
            assert_eq!(
                weavr.verify(&ann, &first, &old_code).await.summary(),
                "409 STATE_INVALID"
            );
            assert_eq!(
                weavr.verify(&ann, &first, &new_code).await.summary(),
                "409 STATE_INVALID"
            );
        }
        let old = weavr.verify(&ann, &second, &old_code).await;
        assert_eq!(old.summary(), "409 ONE_CHALLENGE_LIMIT_REMAINING", "no new attempts");
        weavr.advance(&ann, 15).await;
        assert_eq!(issue().await.summary(), "409 CHALLENGE_LIMIT_EXCEEDED", "a third");
        assert_eq!(weavr.verify(&ann, &second, &new_code).await.summary(), "204");
    }
}

#[tokio::test]
async fn the_cool_down_is_a_switch() {
    let weavr = Weavr::start().await;
    let ann = weavr
        .customer_with(json!({"coolDownSeconds": 1000, "codeSeconds": 3600, "idleSeconds": 3600}))
        .await;
    let wire = weavr.pending_wire(&ann).await;
    weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    weavr.advance(&ann, 800).await;
    let early = weavr.issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[&wire]).await;
    assert_eq!(early.summary(), "409 RETRY_IN_15SEC");
    weavr.advance(&ann, 200).await;
    weavr.issued(&ann, "otp/SMS", &[&wire]).await;
}

#[tokio::test]
async fn without_resends_a_second_code_is_refused() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"legacyIssue": true})).await;
    let wire = weavr.pending_wire(&ann).await;
    weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    weavr.advance(&ann, 60).await;
    let again = weavr.issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[&wire]).await;
    assert_eq!(again.summary(), "409 STATE_INVALID");
}

#[tokio::test]
async fn an_expired_code_does_not_change_the_payment() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"idleSeconds": 3600})).await;
    let wire = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    weavr.advance(&ann, 301).await;
    assert_eq!(
        weavr.verify(&ann, &challenge, "123456").await.summary(),
        "409 VERIFICATION_CODE_EXPIRED"
    );
    assert_eq!(weavr.state(&ann, &wire).await, "PENDING_CHALLENGE");
    let second = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    assert_eq!(weavr.verify(&ann, &second, "123456").await.summary(), "204");
}

#[tokio::test]
async fn no_challenge_is_issued_when_one_id_is_unknown() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let stranger = weavr.customer(json!({})).await;
    let mine = weavr.pending_wire(&ann).await;
    let foreign = weavr.pending_wire(&stranger).await;
    let send = weavr.send(&ann, "EUR", 250_000).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for wrong in ["115999999999999999", &foreign, &send] {
        let refused = weavr
            .issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[&mine, wrong])
            .await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    let refused = weavr.issue(&ann, "otp/SMS", "sends", &[&mine]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "of the other type");
    let requests = weavr
        .control(Method::GET, &format!("requests?user={}", ann.user), Value::Null)
        .await;
    assert_eq!(requests, json!([]), "no SMS was sent");
}

#[tokio::test]
async fn a_malformed_request_is_refused() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let bodies = [
        json!({}),
        json!({"resourceType": "outgoing_wire_transfers"}),
        json!({"resourceType": "outgoing_wire_transfers", "resourceIds": []}),
        json!({"resourceType": "outgoing_wire_transfers", "resourceIds": ["abc"]}),
        json!({"resourceType": "something_else", "resourceIds": ["1"]}),
        json!({"resourceIds": ["1"]}),
    ];
    for body in bodies {
        let refused = weavr.post(&ann.token, "challenges/otp/SMS", body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(
            refused.body["syntaxErrors"]["invalidFields"][0]["error"].is_string(),
            "{body}"
        );
    }
    for (form, pointer) in [("message", "/message"), ("embedded", "/_embedded/errors/0/message")] {
        weavr.behave(&ann, json!({"badRequest": form})).await;
        let refused = weavr.post(&ann.token, "challenges/otp/SMS", json!({})).await;
        assert!(refused.body.pointer(pointer).is_some_and(Value::is_string), "{form}");
        assert!(refused.body.get("syntaxErrors").is_none());
    }
}

#[tokio::test]
async fn the_channel_has_to_be_known_and_active() {
    let weavr = Weavr::start().await;
    let ann = weavr
        .customer(json!({"factors": {"SMS": "PENDING_VERIFICATION", "AUTHY": "INACTIVE"}}))
        .await;
    let wire = weavr.pending_wire(&ann).await;
    for (way, code) in [
        ("otp/SMS", "CHANNEL_NOT_REGISTERED"),
        ("push/AUTHY", "CHANNEL_NOT_REGISTERED"),
        ("push/BIOMETRIC", "CHANNEL_NOT_REGISTERED"),
        ("push/BIOMETRICS", "CHANNEL_NOT_SUPPORTED"),
        ("push/SMS", "CHANNEL_NOT_SUPPORTED"),
        ("otp/AUTHY", "CHANNEL_NOT_SUPPORTED"),
        ("otp/EMAIL", "CHANNEL_NOT_SUPPORTED"),
    ] {
        let refused = weavr.issue(&ann, way, "outgoing_wire_transfers", &[&wire]).await;
        assert_eq!(refused.summary(), format!("409 {code}"), "{way}");
    }
}

#[tokio::test]
async fn a_colleague_confirms_with_a_challenge_of_their_own() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let ben = weavr.customer(json!({"colleagueOf": ann.user})).await;
    let wire = weavr.pending_wire(&ann).await;
    let hers = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    assert_eq!(weavr.verify(&ben, &hers, "123456").await.status, StatusCode::NOT_FOUND);
    let his = weavr.issued(&ben, "otp/SMS", &[&wire]).await;
    assert_eq!(weavr.verify(&ben, &his, "123456").await.summary(), "204");
    assert_eq!(weavr.verify(&ann, &hers, "123456").await.summary(), "409 STATE_INVALID");
}

#[tokio::test]
async fn a_repeated_idempotency_reference_gets_the_same_response() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let (wire, other) = (weavr.pending_wire(&ann).await, weavr.pending_wire(&ann).await);
    let issue = async |reference: &str, id: &str| {
        let call = weavr.call(&ann.token, Method::POST, "challenges/otp/SMS");
        let body = json!({"resourceType": "outgoing_wire_transfers", "resourceIds": [id]});
        crate::client::reply(
            call.header("idempotency-ref", reference)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    };
    let first = issue("ref-1", &wire).await;
    let replayed = issue("ref-1", &wire).await;
    assert_eq!(replayed.body, first.body);
    let request = weavr.request(first.body["scaChallengeId"].as_str().unwrap()).await;
    assert_eq!(request["issues"], 1, "one SMS");
    assert_eq!(issue("ref-1", &other).await.status, StatusCode::CONFLICT);
    assert_eq!(issue("ref-2", &wire).await.summary(), "409 RETRY_IN_15SEC");
}
