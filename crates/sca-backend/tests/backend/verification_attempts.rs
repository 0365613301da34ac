//! Verification attempts: how many there are, how they are counted, and what reaches Wise.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, ENCRYPTED_PIN, TestEnv, Widget, assert_ended, assert_status, assert_verified, create,
    creation,
    stub::{Stub, StubResponse},
    stub_app, stubbed,
    waiting::within,
};

/// Submits the same PIN until it was verified or the approval has ended. The verdict, or the code of the problem.
async fn submit_until_answered(widget: Widget, pin: &'static str) -> String {
    let jwe = widget.encrypt(pin).await;
    within("a verdict", async {
        loop {
            let reply = widget.jwe("1", &jwe).await;
            match reply.code() {
                "request-in-progress" => tokio::task::yield_now().await,
                "none" => return reply.body.verdict().into(),
                other => return other.into(),
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_concurrent_wrong_pins_five_are_verified() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let attempts: Vec<_> = (0..100)
        .map(|_| tokio::spawn(submit_until_answered(widget.clone(), "9999")))
        .collect();
    let mut verdicts = Vec::new();
    for attempt in attempts {
        verdicts.push(attempt.await.unwrap());
    }
    assert_eq!(verdicts.iter().filter(|verdict| *verdict == "refused").count(), 5);
    assert_eq!(
        verdicts.iter().filter(|verdict| *verdict == "approval-settled").count(),
        95
    );
    assert_eq!(env.calls("pin-verify").await.len(), 5);
    let snapshot = widget.snapshot().await;
    assert_ended(&snapshot, "declined", "too-many-attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_right_and_wrong_pins_never_exceed_five_failed_attempts() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let pins = (0..100).map(|place| if place == 50 { "1234" } else { "9999" });
    let attempts: Vec<_> = pins
        .map(|pin| tokio::spawn(submit_until_answered(widget.clone(), pin)))
        .collect();
    let mut refused = 0;
    for attempt in attempts {
        let verdict = attempt.await.unwrap();
        refused += u32::from(verdict == "refused");
        assert!(
            ["refused", "accepted", "approval-settled", "factor-not-available"].contains(&verdict.as_str()),
            "{verdict}"
        );
    }
    assert!(refused <= 5, "{refused}");
}

#[tokio::test]
async fn a_right_pin_after_five_failed_attempts_is_refused() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    for left in [4, 3, 2, 1] {
        let verified = widget.pin("1", "0000").await.ok();
        assert_eq!(verified.verdict(), "refused");
        assert_eq!(verified.approval().attempts_left(), Some(left));
    }
    let fifth = widget.pin("1", "0000").await.ok();
    assert_verified(&fifth, "refused", "declined");
    assert!(fifth.approval().get("action").is_none());
    assert_eq!(widget.pin("1", "1234").await.code(), "approval-settled");
}

#[tokio::test]
async fn an_accepted_attempt_resets_the_count_and_resends_and_channel_switches_do_not() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    assert_eq!(widget.snapshot().await.attempts_left(), None);
    for _ in 0..4 {
        widget.pin("1", "0000").await.ok();
    }
    assert_eq!(widget.pin("1", "1234").await.ok().verdict(), "accepted");
    assert_eq!(widget.snapshot().await.attempts_left(), None);
    widget.start("2", "sms").await.ok();
    widget.code("2", "sms", "000000").await.ok();
    widget.code("2", "sms", "000000").await.ok();
    widget.start("2", "voice").await.ok();
    widget.code("2", "voice", "000000").await.ok();
    assert_eq!(
        widget
            .code("2", "voice", "000000")
            .await
            .ok()
            .approval()
            .attempts_left(),
        Some(1)
    );
    assert_eq!(
        widget.code("2", "voice", "000000").await.ok().approval().status(),
        "declined"
    );
    assert_eq!(widget.code("2", "voice", "111111").await.code(), "approval-settled");
}

#[tokio::test]
async fn a_blocked_pin_and_a_missing_pin_fail_the_approval_with_their_own_reasons() {
    let env = TestEnv::start().await;
    let without_pin = env.customer(json!({"pin": null})).await;
    let widget = env.approval_for(env.fund(&without_pin)).await;
    let verified = widget.pin("1", "1234").await.ok();
    assert_eq!(verified.verdict(), "not-set-up");
    assert_eq!(verified.approval().reason(), Some("factor-not-set-up"));

    let (customer, first) = env.approval().await;
    let second = env.approval_for(env.fund(&customer)).await;
    for _ in 0..5 {
        first.pin("1", "0000").await.ok();
    }
    let verified = second.pin("1", "1234").await.ok();
    assert_eq!(verified.verdict(), "blocked");
    assert_eq!(verified.approval().reason(), Some("factor-blocked"));
}

/// After a wrong code, Wise may name the challenge by another of its factors, or leave it out.
#[tokio::test]
async fn a_wrong_code_is_counted_whatever_factor_wise_names_for_the_challenge() {
    let challenge = |primary: &str, other: &str, passed: bool| json!({"primaryChallenge": {"type": primary}, "alternatives": [{"type": other}], "required": true, "passed": passed});
    let status = |challenges: Vec<Value>| {
        let properties = json!({"oneTimeToken": "token", "challenges": challenges, "validity": 3600});
        StubResponse::json(200, json!({"oneTimeTokenProperties": properties}).to_string())
    };
    let pin = || challenge("PIN", "FACE_MAP", true);
    for other_names in [
        vec![challenge("VOICE", "SMS", false)],
        vec![challenge("SMS", "VOICE", false)],
        vec![challenge("FACE_MAP", "PARTNER_DEVICE_FINGERPRINT", false)],
    ] {
        let stub = Stub::start().await;
        let list = |challenges: Vec<Value>| stub.respond("GET /v1/one-time-token/status", status(challenges));
        list(vec![pin(), challenge("SMS", "VOICE", false)]);
        let app = stub_app(&stub).await;
        let created = create(&app, API_KEY, &creation()).await.ok();
        let widget = Widget::new(&app, &created);
        widget.start("2", "sms").await.ok();
        stub.respond("POST /v1/one-time-token/sms/verify", StubResponse::json(400, "{}"));
        list([vec![pin()], other_names.clone()].concat());
        let verified = widget.code("2", "sms", "123456").await.ok();
        assert_eq!(verified.verdict(), "refused", "{other_names:?}");
        assert_eq!(verified.approval().attempts_left(), Some(4), "{other_names:?}");
    }
}

#[tokio::test]
async fn an_undecryptable_pin_is_not_counted_and_the_new_key_works() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let stale = widget.encrypt("1234").await;
    env.control(axum::http::Method::POST, "/keys/rotate", json!({"keepOld": false}))
        .await;
    let verified = widget.jwe("1", &stale).await.ok();
    assert_eq!(verified.verdict(), "key-stale");
    assert_eq!(verified.approval().attempts_left(), None);
    assert_eq!(widget.pin("1", "1234").await.ok().verdict(), "accepted");
}

/// Wise answers an undecryptable PIN with a general 500, so such attempts are limited too.
#[tokio::test]
async fn the_third_undecryptable_pin_fails_the_approval() {
    let (stub, widget) = stubbed().await;
    let verify = "POST /v1/one-time-token/pin/verify";
    stub.respond(
        verify,
        StubResponse::json(500, r#"{"message":"Internal Server Error"}"#),
    );
    let polls = stub.calls("GET /v1/one-time-token/status");
    assert_eq!(widget.jwe("1", ENCRYPTED_PIN).await.ok().verdict(), "key-stale");
    // Wise may have verified it all the same, so the next read polls the status.
    assert_status(&widget.snapshot().await, "pending");
    assert_eq!(stub.calls("GET /v1/one-time-token/status"), polls + 1);
    for _ in 0..2 {
        assert_eq!(widget.jwe("1", ENCRYPTED_PIN).await.code(), "provider-error");
    }
    let snapshot = widget.snapshot().await;
    assert_ended(&snapshot, "failed", "provider-refused");
    assert_eq!(widget.jwe("1", ENCRYPTED_PIN).await.code(), "approval-settled");
    assert_eq!(stub.calls(verify), 3);
}

#[tokio::test]
async fn only_pins_in_the_agreed_jwe_form_are_sent_to_wise() {
    let (stub, widget) = stubbed().await;
    let with_header = |header: &str| {
        let (_, rest) = ENCRYPTED_PIN.split_once('.').unwrap();
        format!("{}.{rest}", Base64UrlUnpadded::encode_string(header.as_bytes()))
    };
    for jwe in [
        with_header(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#),
        with_header(r#"{"alg":"dir","enc":"A256GCM"}"#),
        with_header(r#"{"alg":"RSA-OAEP-256","enc":"A128GCM"}"#),
        with_header(r#"{"alg":"RSA-OAEP-256","enc":"A256CBC-HS512"}"#),
        with_header(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","enc":"A128GCM"}"#),
        with_header(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"}"#),
        with_header(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":null}"#),
        with_header(r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","crit":["b64"]}"#),
        with_header(r#"{"alg":"RSA-OAEP-256"}"#),
        with_header("[]"),
        ENCRYPTED_PIN.replace("a2V5", ""),
        ENCRYPTED_PIN.replace(".AAAAAAAAAAAAAAAA.", ".AAAA."),
        ENCRYPTED_PIN.replace(".AAAAAAAAAAAAAAAAAAAAAA", ".AAAA"),
        "a.b.c.d.e".into(),
    ] {
        assert_eq!(widget.jwe("1", &jwe).await.code(), "invalid-request", "{jwe}");
    }
    assert_eq!(stub.calls("POST /v1/one-time-token/pin/verify"), 0);
    stub.respond("POST /v1/one-time-token/pin/verify", StubResponse::json(400, "{}"));
    let with_key_id = with_header(r#"{"enc":"A256GCM","alg":"RSA-OAEP-256","kid":"k1"}"#);
    assert_eq!(widget.jwe("1", &with_key_id).await.ok().verdict(), "refused");
}

#[tokio::test]
async fn a_pin_that_is_undecryptable_twice_is_a_provider_error() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    env.fault(&customer, "pin-verify", 2, "before", json!({"kind": "serverError"}))
        .await;
    assert_eq!(widget.pin("1", "1234").await.ok().verdict(), "key-stale");
    assert_eq!(widget.pin("1", "1234").await.code(), "provider-error");
    let snapshot = widget.snapshot().await;
    assert_eq!((snapshot.status(), snapshot.attempts_left()), ("pending", None));
    assert_eq!(widget.pin("1", "1234").await.ok().verdict(), "accepted");
}
