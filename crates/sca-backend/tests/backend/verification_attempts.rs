use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::json;

use crate::support::{ENTRY, Widget, World, stub::Says, stubbed, waiting::within};

/// Hands the same entry in again and again until the provider has judged it or the approval has ended; gives the verdict.
async fn insist(widget: Widget, pin: &'static str) -> String {
    let jwe = widget.encrypt(pin).await;
    within("a verdict", async {
        loop {
            let reply = widget.jwe("1", &jwe).await;
            match reply.code() {
                "request-in-progress" => tokio::task::yield_now().await,
                "none" => return reply.body["verdict"].as_str().unwrap().into(),
                other => return other.into(),
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_wrong_entries_at_once_five_are_judged() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let entries: Vec<_> = (0..100).map(|_| tokio::spawn(insist(widget.clone(), "9999"))).collect();
    let mut verdicts = Vec::new();
    for entry in entries {
        verdicts.push(entry.await.unwrap());
    }
    assert_eq!(verdicts.iter().filter(|verdict| *verdict == "refused").count(), 5);
    assert_eq!(
        verdicts.iter().filter(|verdict| *verdict == "approval-settled").count(),
        95
    );
    assert_eq!(world.calls("pin-verify").await.len(), 5);
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("declined"), &json!("too-many-attempts"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn right_and_wrong_entries_at_once_never_have_more_than_five_judged_wrong() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let pins = (0..100).map(|place| if place == 50 { "1234" } else { "9999" });
    let entries: Vec<_> = pins.map(|pin| tokio::spawn(insist(widget.clone(), pin))).collect();
    let mut refused = 0;
    for entry in entries {
        let verdict = entry.await.unwrap();
        refused += u32::from(verdict == "refused");
        assert!(
            ["refused", "accepted", "approval-settled", "factor-not-available"].contains(&verdict.as_str()),
            "{verdict}"
        );
    }
    assert!(refused <= 5, "{refused}");
}

#[tokio::test]
async fn the_sixth_entry_is_refused_even_when_it_is_right() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    for left in [4, 3, 2, 1] {
        let verified = widget.pin("1", "0000").await.ok();
        assert_eq!(verified["verdict"], "refused");
        assert_eq!(verified["approval"]["attemptsLeft"], left);
    }
    let fifth = widget.pin("1", "0000").await.ok();
    assert_eq!(fifth["verdict"], "refused");
    assert_eq!(fifth["approval"]["status"], "declined");
    assert_eq!(fifth["approval"]["action"], json!(null));
    assert_eq!(widget.pin("1", "1234").await.code(), "approval-settled");
}

#[tokio::test]
async fn a_right_entry_starts_the_count_again_and_resends_and_channels_do_not() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    assert_eq!(widget.snapshot().await["attemptsLeft"], json!(null));
    for _ in 0..4 {
        widget.pin("1", "0000").await.ok();
    }
    assert_eq!(widget.pin("1", "1234").await.ok()["verdict"], "accepted");
    assert_eq!(widget.snapshot().await["attemptsLeft"], json!(null));
    widget.start("2", "sms").await.ok();
    widget.code("2", "sms", "000000").await.ok();
    widget.code("2", "sms", "000000").await.ok();
    widget.start("2", "voice").await.ok();
    widget.code("2", "voice", "000000").await.ok();
    assert_eq!(
        widget.code("2", "voice", "000000").await.ok()["approval"]["attemptsLeft"],
        1
    );
    assert_eq!(
        widget.code("2", "voice", "000000").await.ok()["approval"]["status"],
        "declined"
    );
    assert_eq!(widget.code("2", "voice", "111111").await.code(), "approval-settled");
}

#[tokio::test]
async fn a_blocked_pin_and_a_missing_pin_end_the_approval_with_their_own_reasons() {
    let world = World::start().await;
    let without = world.customer(json!({"pin": null})).await;
    let widget = world.refused(world.fund(&without)).await;
    let verified = widget.pin("1", "1234").await.ok();
    assert_eq!(verified["verdict"], "not-set-up");
    assert_eq!(verified["approval"]["reason"], "factor-not-set-up");

    let (customer, first) = world.approval().await;
    let second = world.refused(world.fund(&customer)).await;
    for _ in 0..5 {
        first.pin("1", "0000").await.ok();
    }
    let verified = second.pin("1", "1234").await.ok();
    assert_eq!(verified["verdict"], "blocked");
    assert_eq!(verified["approval"]["reason"], "factor-blocked");
}

/// Wise may name a step by another of its factors, or not at all, after a wrong code: it was wrong all the same.
#[tokio::test]
async fn a_wrong_code_stays_wrong_whatever_wise_calls_the_step() {
    let step = |primary: &str, other: &str, passed: bool| json!({"primaryChallenge": {"type": primary}, "alternatives": [{"type": other}], "required": true, "passed": passed});
    let status = |steps: Vec<serde_json::Value>| {
        let properties = json!({"oneTimeToken": "token", "challenges": steps, "validity": 3600});
        Says::json(200, json!({"oneTimeTokenProperties": properties}).to_string())
    };
    let pin = || step("PIN", "FACE_MAP", true);
    for other_names in [
        vec![step("VOICE", "SMS", false)],
        vec![step("SMS", "VOICE", false)],
        vec![step("FACE_MAP", "PARTNER_DEVICE_FINGERPRINT", false)],
    ] {
        let stub = crate::support::stub::Stub::start().await;
        let named = |steps: Vec<serde_json::Value>| stub.says("GET /v1/one-time-token/status", status(steps));
        named(vec![pin(), step("SMS", "VOICE", false)]);
        let app = sca_backend::routes::router(crate::support::configuration(&stub.base, "v1").backend().await.unwrap());
        let made = crate::support::create(&app, crate::support::API_KEY, &crate::support::creation())
            .await
            .ok();
        let widget = Widget {
            app,
            secret: made["clientSecret"].as_str().unwrap().into(),
            id: made["id"].as_str().unwrap().into(),
        };
        widget.start("2", "sms").await.ok();
        stub.says("POST /v1/one-time-token/sms/verify", Says::json(400, "{}"));
        named([vec![pin()], other_names.clone()].concat());
        let verified = widget.code("2", "sms", "123456").await.ok();
        assert_eq!(verified["verdict"], "refused", "{other_names:?}");
        assert_eq!(verified["approval"]["attemptsLeft"], 4, "{other_names:?}");
    }
}

#[tokio::test]
async fn an_undecryptable_pin_is_not_counted_and_the_new_key_works() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let stale = widget.encrypt("1234").await;
    world
        .control(axum::http::Method::POST, "/keys/rotate", json!({"keepOld": false}))
        .await;
    let verified = widget.jwe("1", &stale).await.ok();
    assert_eq!(verified["verdict"], "key-stale");
    assert_eq!(verified["approval"]["attemptsLeft"], json!(null));
    assert_eq!(widget.pin("1", "1234").await.ok()["verdict"], "accepted");
}

/// Wise's answer to what it cannot decrypt is the one to whatever it stumbles over, so nobody may try without end.
#[tokio::test]
async fn the_third_pin_that_cannot_be_decrypted_ends_the_approval() {
    let (stub, widget) = stubbed().await;
    let verify = "POST /v1/one-time-token/pin/verify";
    stub.says(verify, Says::json(500, r#"{"message":"Internal Server Error"}"#));
    let looks = stub.calls("GET /v1/one-time-token/status");
    assert_eq!(widget.jwe("1", ENTRY).await.ok()["verdict"], "key-stale");
    // Wise may have judged it all the same: the next look asks.
    assert_eq!(widget.snapshot().await["status"], "pending");
    assert_eq!(stub.calls("GET /v1/one-time-token/status"), looks + 1);
    for _ in 0..2 {
        assert_eq!(widget.jwe("1", ENTRY).await.code(), "provider-error");
    }
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("failed"), &json!("provider-refused"))
    );
    assert_eq!(widget.jwe("1", ENTRY).await.code(), "approval-settled");
    assert_eq!(stub.calls(verify), 3);
}

#[tokio::test]
async fn only_entries_encrypted_as_agreed_are_put_before_wise() {
    let (stub, widget) = stubbed().await;
    let with_header = |header: &str| {
        let (_, rest) = ENTRY.split_once('.').unwrap();
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
        ENTRY.replace("a2V5", ""),
        ENTRY.replace(".AAAAAAAAAAAAAAAA.", ".AAAA."),
        ENTRY.replace(".AAAAAAAAAAAAAAAAAAAAAA", ".AAAA"),
        "a.b.c.d.e".into(),
    ] {
        assert_eq!(widget.jwe("1", &jwe).await.code(), "invalid-request", "{jwe}");
    }
    assert_eq!(stub.calls("POST /v1/one-time-token/pin/verify"), 0);
    stub.says("POST /v1/one-time-token/pin/verify", Says::json(400, "{}"));
    let named = with_header(r#"{"enc":"A256GCM","alg":"RSA-OAEP-256","kid":"k1"}"#);
    assert_eq!(widget.jwe("1", &named).await.ok()["verdict"], "refused");
}

#[tokio::test]
async fn a_pin_that_cannot_be_decrypted_twice_is_one_clear_problem() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    world
        .fault(&customer, "pin-verify", 2, "before", json!({"kind": "serverError"}))
        .await;
    assert_eq!(widget.pin("1", "1234").await.ok()["verdict"], "key-stale");
    assert_eq!(widget.pin("1", "1234").await.code(), "provider-error");
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["attemptsLeft"]),
        (&json!("pending"), &json!(null))
    );
    assert_eq!(widget.pin("1", "1234").await.ok()["verdict"], "accepted");
}
