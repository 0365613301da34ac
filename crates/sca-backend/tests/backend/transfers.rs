//! Held transfers: what the partner may post, what each session result means, and what each party receives.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use sca_core::secret::Secret;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, OTHER_API_KEY, assert_ended, assert_status,
    facesign_env::{FaceSignEnv, transfer},
};

/// The URL of the face session that is open for an approval.
fn session_url(approval: &Value) -> String {
    approval.challenge(0).face().unwrap().text("url").to_owned()
}

#[tokio::test]
async fn a_transfer_above_the_threshold_is_held_and_one_below_is_exempt() {
    let env = FaceSignEnv::start().await;
    let reply = env.post_transfer(&transfer("txn-1")).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let held = reply.ok();
    assert_eq!(held.text("decision"), "held");
    let approval = held.approval();
    assert_eq!(approval["action"]["payments"][0]["amount"].number("minor"), 5_000_000);
    assert_eq!(approval.challenge(0)["primary"].text("factor"), "face");

    for (minor, currency, status, decision) in [
        (1_000_000, "USD", StatusCode::OK, "exempt"),
        (1_000_001, "USD", StatusCode::CREATED, "held"),
        (1, "EUR", StatusCode::CREATED, "held"),
    ] {
        let mut body = transfer(&format!("txn-{minor}-{currency}"));
        body["amount"] = json!({"minor": minor, "currency": currency});
        let reply = env.post_transfer(&body).await;
        assert_eq!(reply.status, status, "{minor} {currency}");
        assert_eq!(reply.ok().text("decision"), decision, "{minor} {currency}");
    }
}

#[tokio::test]
async fn a_version_of_a_transfer_is_held_once_and_cannot_change() {
    let env = FaceSignEnv::start().await;
    let first = env.post_transfer(&transfer("txn-1")).await.ok();
    let again = env.post_transfer(&transfer("txn-1")).await;
    assert_eq!(again.status, StatusCode::OK);
    let again = again.ok();
    assert_eq!(again.text("id"), first.text("id"));
    assert!(
        again.get("clientSecret").is_none_or(|secret| secret.is_null()),
        "{again}"
    );

    for (member, other) in [
        ("amount", json!({"minor": 5_000_001, "currency": "USD"})),
        ("amount", json!({"minor": 5_000_000, "currency": "EUR"})),
        // An amount below the threshold: the version is held all the same.
        ("amount", json!({"minor": 1, "currency": "USD"})),
        ("payee", json!("Acme Corp Ltd")),
        ("accountTail", json!("7891")),
        ("reference", json!("Invoice 8")),
        ("user", json!("user-4422")),
        ("email", json!("b@example.com")),
        ("region", json!("NG")),
    ] {
        let mut body = transfer("txn-1");
        body[member] = other;
        let reply = env.post_transfer(&body).await;
        assert_eq!(reply.problem(), (409, "transfer-changed"), "{member}");
    }
    let mut next = transfer("txn-1");
    next["version"] = json!(2);
    next["amount"]["minor"] = json!(6_000_000);
    let next = env.post_transfer(&next).await;
    assert_eq!(next.status, StatusCode::CREATED);
    assert_ne!(next.ok().text("id"), first.text("id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_posts_of_a_transfer_hold_it_once() {
    let env = FaceSignEnv::start().await;
    let body = transfer("txn-1");
    let replies = futures_util::future::join_all((0..20).map(|_| env.post_transfer(&body))).await;
    let created = replies
        .iter()
        .filter(|reply| reply.status == StatusCode::CREATED)
        .count();
    assert_eq!(created, 1);
    let ids: BTreeSet<String> = replies
        .into_iter()
        .map(|reply| reply.ok().text("id").to_owned())
        .collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn invalid_transfers_are_rejected() {
    let env = FaceSignEnv::start().await;
    for (member, value) in [
        ("transfer", json!("")),
        ("transfer", json!("txn 1")),
        ("transfer", json!("x".repeat(65))),
        ("version", json!(0)),
        ("version", json!(-1)),
        ("version", json!(9_007_199_254_740_992_u64)),
        ("user", json!("")),
        ("user", json!("user\u{202E}4421")),
        ("user", json!("u".repeat(129))),
        ("email", json!("nobody")),
        ("email", json!("a@b@example.com")),
        ("email", json!("a@example.com, b@example.com")),
        ("email", json!("a@example.com\r\nBcc: b@example.com")),
        ("email", json!("***@example.com")),
        ("amount", json!({"minor": 0, "currency": "USD"})),
        ("amount", json!({"minor": -1, "currency": "USD"})),
        ("amount", json!({"minor": 9_007_199_254_740_992_u64, "currency": "USD"})),
        ("amount", json!({"minor": 5_000_000, "currency": "usd"})),
        ("amount", json!({"minor": 5_000_000.5, "currency": "USD"})),
        ("amount", json!("50000.00")),
        ("payee", json!("\u{200B}")),
        ("region", json!("us")),
        ("region", json!("USA")),
        ("acountTail", json!("7890")),
    ] {
        let mut body = transfer("txn-1");
        body[member] = value.clone();
        let reply = env.post_transfer(&body).await;
        assert_eq!(reply.code(), "invalid-request", "{member}: {value}");
        assert!(!reply.text.contains("example.com"), "{}", reply.text);
    }
    assert_eq!(env.get_transfer("appr_none", API_KEY).await.code(), "not-found");
}

#[tokio::test]
async fn a_transfer_is_readable_only_with_the_api_key_that_posted_it() {
    let env = FaceSignEnv::start().await;
    let widget = env.hold("txn-1").await;
    let read = env.get_transfer(&widget.id, API_KEY).await.ok();
    assert_eq!((read.text("transfer"), read.version()), ("txn-1", 1));
    assert_eq!(env.get_transfer(&widget.id, OTHER_API_KEY).await.code(), "not-found");
    assert_eq!(
        env.get_transfer(&widget.id, &widget.secret).await.code(),
        "unauthorized"
    );
}

#[tokio::test]
async fn without_facesign_no_transfer_is_held_and_no_webhook_is_accepted() {
    let env = FaceSignEnv::with(|config| config.facesign = None).await;
    assert_eq!(env.post_transfer(&transfer("txn-1")).await.code(), "not-found");
    // Not even a transfer below the threshold is answered.
    let mut small = transfer("txn-2");
    small["amount"]["minor"] = json!(1);
    assert_eq!(env.post_transfer(&small).await.code(), "not-found");
    env.send_webhooks(json!({})).await;
    let event = env.event("session.status", "s1").await;
    assert_eq!(env.deliver_copies(&event, 1).await, [404]);
}

/// Every session script of the simulator, found by polling.
#[tokio::test(flavor = "multi_thread")]
async fn every_session_result_maps_to_its_documented_decision() {
    let env = FaceSignEnv::start().await;
    for (script, status, reason, step_failure) in [
        ("verified", "approved", None, None),
        ("suspicious", "approved", None, None),
        ("looped", "approved", None, None),
        ("extraReport", "approved", None, None),
        ("deepfake", "declined", Some("not-verified"), None),
        ("deepfakeVerdict", "declined", Some("not-verified"), None),
        ("loopedBad", "declined", Some("not-verified"), None),
        ("denied", "declined", Some("denied"), None),
        ("stalled", "declined", Some("unclear"), None),
        ("codeFailed", "declined", Some("code-failed"), None),
        ("codeCancelled", "cancelled", None, None),
        ("noFace", "pending", None, Some("no-face")),
        ("inconclusive", "pending", None, Some("inconclusive")),
        ("unknownOutcome", "pending", None, Some("inconclusive")),
        ("missingReport", "pending", None, Some("inconclusive")),
        ("codeNotDelivered", "pending", None, Some("code-not-delivered")),
        ("codeError", "pending", None, Some("code-not-delivered")),
        ("abandoned", "pending", None, Some("abandoned")),
        ("expired", "pending", None, Some("session-expired")),
        ("unknownStatus", "pending", None, None),
    ] {
        let id = format!("txn-{script}");
        let (widget, session) = env.hold_with_session(&id).await;
        env.play(&session, script).await;
        env.poll().await;
        let snapshot = widget.snapshot().await;
        assert_eq!(snapshot.status(), status, "{script}");
        assert_eq!(snapshot.reason(), reason, "{script}");
        // A settled approval lists no challenges.
        let challenge = snapshot["challenges"].get(0);
        assert_eq!(challenge.is_some(), status == "pending", "{script}");
        assert_eq!(
            challenge.and_then(|challenge| challenge.step_failure()),
            step_failure,
            "{script}"
        );
        let executions = env.executions(&id).await;
        assert_eq!(executions, u64::from(status == "approved"), "{script}");
        let in_progress = script == "unknownStatus";
        assert_eq!(
            challenge.and_then(|challenge| challenge.face()).is_some(),
            in_progress,
            "{script}"
        );
    }
}

/// The bank receives the frozen transfer, and the partner learns what to escalate.
#[tokio::test(flavor = "multi_thread")]
async fn the_partner_and_the_bank_receive_the_result() {
    let env = FaceSignEnv::start().await;
    for (script, reason, escalate) in [
        ("deepfake", "not-verified", true),
        ("denied", "denied", false),
        ("stalled", "unclear", false),
    ] {
        let id = format!("txn-{script}");
        let (widget, session) = env.hold_with_session(&id).await;
        env.play(&session, script).await;
        env.poll().await;
        let webhooks = env.partner_webhooks(&id).await;
        let kinds: Vec<&str> = webhooks.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["approval.settled", "transfer.blocked"], "{script}");
        let (settled, blocked) = (&webhooks[0].1, &webhooks[1].1);
        assert_eq!((settled.text("id"), settled.status()), (widget.id.as_str(), "declined"));
        assert_eq!(
            (blocked.text("reason"), &blocked["escalate"]),
            (reason, &json!(escalate)),
            "{script}"
        );
    }
    let (widget, session) = env.hold_with_session("txn-good").await;
    env.play(&session, "verified").await;
    env.poll().await;
    assert_eq!(env.executions("txn-good").await, 1);
    let executed = env.control(Method::GET, "/bank/wires", json!({})).await;
    let data = &executed[0]["body"]["data"];
    let expected = json!({
        "id": widget.id, "owner": "shop", "transfer": "txn-good", "version": 1, "user": "user-4421", "region": "US",
        "amount": {"minor": 5_000_000, "currency": "USD"},
        "payee": "Acme Corp", "accountTail": "7890", "reference": "Invoice 7",
    });
    assert_eq!(*data, expected);
    let webhooks = env.partner_webhooks("txn-good").await;
    assert_eq!(webhooks.len(), 1);
    // Neither party receives the customer's email address.
    assert!(!format!("{executed} {webhooks:?}").contains("example.com"));
}

#[tokio::test]
async fn the_third_failed_face_session_is_the_last() {
    let env = FaceSignEnv::start().await;
    let (widget, mut session) = env.hold_with_session("txn-1").await;
    for left in [2, 1, 0] {
        env.play(&session, "noFace").await;
        env.poll().await;
        let snapshot = widget.snapshot().await;
        if left == 0 {
            assert_ended(&snapshot, "declined", "too-many-attempts");
            assert_eq!(widget.start("1", "face").await.code(), "approval-settled");
        } else {
            assert_eq!(snapshot.challenge(0).step_failure(), Some("no-face"));
            let next = env.open_session(&widget, "txn-1").await;
            assert_ne!(next, session);
            session = next;
            // A new session clears the step_failure of the one before.
            assert_eq!(widget.snapshot().await.challenge(0).step_failure(), None);
        }
    }
    assert_eq!(env.executions("txn-1").await, 0);
}

#[tokio::test]
async fn only_the_widget_gets_the_session_url_and_only_while_the_session_is_open() {
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    let face = widget.snapshot().await.challenge(0).face().unwrap().clone();
    let url = face.text("url");
    assert!(url.starts_with(&env.sandbox.facesign_pages_url()), "{url}");
    assert!(face.number("expiresAt") > env.backend.now().0 + 7_000_000);
    let partner = env.get_transfer(&widget.id, API_KEY).await;
    assert!(!partner.text.contains("cs="), "{}", partner.text);
    env.play(&session, "denied").await;
    env.poll().await;
    let after = widget.get("").await;
    assert!(!after.text.contains("cs="), "{}", after.text);
}

#[tokio::test]
async fn a_session_url_outside_the_allowed_frame_origins_is_rejected() {
    let env = FaceSignEnv::with(|config| {
        if let Some(facesign) = &mut config.facesign {
            facesign.frame_origins = vec!["https://session.facesign.ai".into()];
        }
    })
    .await;
    let widget = env.hold("txn-1").await;
    assert_eq!(widget.start("1", "face").await.code(), "provider-error");
    let snapshot = widget.get("").await;
    assert!(!snapshot.text.contains("cs="), "{}", snapshot.text);
}

#[tokio::test]
async fn starting_again_reuses_the_session_and_renews_a_url_that_expires_soon() {
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    let first = session_url(&widget.snapshot().await);
    let again = widget.start("1", "face").await.ok();
    assert_eq!(session_url(&again), first);
    assert_eq!(env.sessions("txn-1").await.len(), 1);
    assert_eq!(env.calls("refresh").await, 0);

    env.behave(json!({"secretSeconds": 30})).await;
    let (widget, _) = env.hold_with_session("txn-2").await;
    let first = session_url(&widget.snapshot().await);
    let again = widget.start("1", "face").await.ok();
    assert_ne!(session_url(&again), first);
    assert_eq!(env.sessions("txn-2").await.len(), 1);
    assert_eq!(env.calls("refresh").await, 1);

    // Once the page was opened, its URL cannot open it again after a reload.
    env.open_page(&session).await;
    let (widget, third) = env.hold_with_session("txn-3").await;
    env.open_page(&third).await;
    let before = session_url(&widget.snapshot().await);
    let after = widget.start("1", "face").await.ok();
    assert_ne!(session_url(&after), before);
}

/// The first session expired, and no webhook came.
#[tokio::test]
async fn an_expired_session_is_replaced_at_the_next_start() {
    let env = FaceSignEnv::start().await;
    let (widget, first) = env.hold_with_session("txn-1").await;
    env.play(&first, "expired").await;
    let started = widget.start("1", "face").await.ok();
    assert_status(&started, "pending");
    assert!(started.challenge(0).face().is_some(), "{started}");
    let sessions = env.sessions("txn-1").await;
    assert_eq!(sessions.len(), 2);
}

#[tokio::test]
async fn the_session_is_encrypted_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("approvals.sqlite");
    let env = FaceSignEnv::with(|config| {
        config.database = Some(file.clone().into());
        config.encryption_keys = vec![Secret::new("A".repeat(43) + "=")];
    })
    .await;
    let (widget, _) = env.hold_with_session("txn-canary").await;
    let url = session_url(&widget.snapshot().await);
    let secret = url.split("cs=").nth(1).unwrap().to_owned();
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    // The transfer's id is stored in clear, so these are the right files.
    assert!(holds("txn-canary"));
    assert!(!holds(&secret) && !holds("a@example.com"));
}

#[tokio::test]
async fn a_cancelled_transfer_is_not_executed_when_its_session_ends_verified() {
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    assert_status(&widget.cancel().await.ok(), "cancelled");
    env.play(&session, "verified").await;
    env.poll().await;
    assert_status(&widget.snapshot().await, "cancelled");
    assert_eq!(env.executions("txn-1").await, 0);
}

#[tokio::test]
async fn a_held_transfer_accepts_only_the_face_factor() {
    let env = FaceSignEnv::start().await;
    let widget = env.hold("txn-1").await;
    for factor in ["sms", "pin", "push"] {
        assert_eq!(
            widget.start("1", factor).await.code(),
            "factor-not-available",
            "{factor}"
        );
    }
    assert_eq!(widget.start("2", "face").await.code(), "factor-not-available");
    assert_eq!(widget.code("1", "sms", "111111").await.code(), "factor-not-available");
    assert_eq!(widget.code("1", "face", "111111").await.code(), "factor-not-available");
}
