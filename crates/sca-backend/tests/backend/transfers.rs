//! Transfers that are held: what is taken, what each end of a session means, and what nobody is told.

use axum::http::{Method, StatusCode};
use sca_core::secret::Secret;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, OTHER_API_KEY,
    facesign_env::{Faces, wire},
};

#[tokio::test]
async fn a_transfer_above_the_threshold_is_held_and_one_below_need_not_be() {
    let faces = Faces::start().await;
    let reply = faces.post_wire(&wire("txn-1")).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let held = reply.ok();
    assert_eq!(held["decision"], "held");
    let approval = &held["approval"];
    assert_eq!(approval["action"]["payments"][0]["amount"]["minor"], 5_000_000);
    assert_eq!(approval["challenges"][0]["primary"]["factor"], "face");

    for (value, currency, status, decision) in [
        (1_000_000, "USD", StatusCode::OK, "exempt"),
        (1_000_001, "USD", StatusCode::CREATED, "held"),
        (1, "EUR", StatusCode::CREATED, "held"),
    ] {
        let mut body = wire(&format!("txn-{value}-{currency}"));
        body["amount"] = json!({"minor": value, "currency": currency});
        let reply = faces.post_wire(&body).await;
        assert_eq!(reply.status, status, "{value} {currency}");
        assert_eq!(reply.ok()["decision"], decision, "{value} {currency}");
    }
}

#[tokio::test]
async fn one_version_of_a_transfer_is_held_once_and_is_one_thing() {
    let faces = Faces::start().await;
    let first = faces.post_wire(&wire("txn-1")).await.ok();
    let again = faces.post_wire(&wire("txn-1")).await;
    assert_eq!(again.status, StatusCode::OK);
    let again = again.ok();
    assert_eq!((&again["id"], &again["clientSecret"]), (&first["id"], &Value::Null));

    for (member, other) in [
        ("amount", json!({"minor": 5_000_001, "currency": "USD"})),
        ("amount", json!({"minor": 5_000_000, "currency": "EUR"})),
        // Small enough not to be held, had it not been held before.
        ("amount", json!({"minor": 1, "currency": "USD"})),
        ("payee", json!("Acme Corp Ltd")),
        ("accountTail", json!("7891")),
        ("reference", json!("Invoice 8")),
        ("user", json!("user-4422")),
        ("email", json!("b@example.com")),
        ("region", json!("NG")),
    ] {
        let mut body = wire("txn-1");
        body[member] = other;
        let reply = faces.post_wire(&body).await;
        assert_eq!(
            (reply.status, reply.code()),
            (StatusCode::CONFLICT, "transfer-changed"),
            "{member}"
        );
    }
    let mut next = wire("txn-1");
    next["version"] = json!(2);
    next["amount"]["minor"] = json!(6_000_000);
    let next = faces.post_wire(&next).await;
    assert_eq!(next.status, StatusCode::CREATED);
    assert_ne!(next.ok()["id"], first["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_posted_many_times_at_once_is_held_once() {
    let faces = Faces::start().await;
    let body = wire("txn-1");
    let replies = futures_util::future::join_all((0..20).map(|_| faces.post_wire(&body))).await;
    let secrets = replies
        .iter()
        .filter(|reply| reply.status == StatusCode::CREATED)
        .count();
    assert_eq!(secrets, 1);
    let ids: std::collections::BTreeSet<String> =
        replies.into_iter().map(|reply| reply.ok()["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn what_is_not_as_described_is_not_held() {
    let faces = Faces::start().await;
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
        let mut body = wire("txn-1");
        body[member] = value.clone();
        let reply = faces.post_wire(&body).await;
        assert_eq!(reply.code(), "invalid-request", "{member}: {value}");
        assert!(!reply.text.contains("example.com"), "{}", reply.text);
    }
    assert_eq!(faces.get_wire("appr_none", API_KEY).await.code(), "not-found");
}

#[tokio::test]
async fn transfers_belong_to_whoever_had_them_held() {
    let faces = Faces::start().await;
    let widget = faces.hold("txn-1").await;
    let read = faces.get_wire(&widget.id, API_KEY).await.ok();
    assert_eq!((&read["transfer"], &read["version"]), (&json!("txn-1"), &json!(1)));
    assert_eq!(faces.get_wire(&widget.id, OTHER_API_KEY).await.code(), "not-found");
    assert_eq!(faces.get_wire(&widget.id, &widget.secret).await.code(), "unauthorized");
}

#[tokio::test]
async fn without_facesign_nothing_is_held_and_no_event_is_believed() {
    let faces = Faces::with(|config| config.facesign = None).await;
    assert_eq!(faces.post_wire(&wire("txn-1")).await.code(), "not-found");
    // Not even one that need not be held: nobody has said so.
    let mut small = wire("txn-2");
    small["amount"]["minor"] = json!(1);
    assert_eq!(faces.post_wire(&small).await.code(), "not-found");
    faces.tell(json!({})).await;
    let event = faces
        .control(
            Method::POST,
            "/facesign/events",
            json!({"type": "session.status", "sessionId": "s1"}),
        )
        .await;
    let path = format!("/facesign/events/{}/deliver", event["id"].as_str().unwrap());
    let sent = faces.control(Method::POST, &path, json!({"copies": 1})).await;
    assert_eq!(sent["statuses"], json!([401]));
}

/// Every row of the matrix, by asking FaceSign.
#[tokio::test(flavor = "multi_thread")]
async fn each_end_of_a_session_means_what_was_agreed() {
    let faces = Faces::start().await;
    for (row, status, reason, setback) in [
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
        let transfer = format!("txn-{row}");
        let (widget, session) = faces.opened(&transfer).await;
        faces.play(&session, row).await;
        faces.poll().await;
        let snapshot = widget.snapshot().await;
        assert_eq!(snapshot["status"], status, "{row}");
        assert_eq!(snapshot["reason"].as_str(), reason, "{row}");
        assert_eq!(snapshot["challenges"][0]["setback"].as_str(), setback, "{row}");
        let executions = faces.executions(&transfer).await;
        assert_eq!(executions, u64::from(status == "approved"), "{row}");
        let goes_on = row == "unknownStatus";
        assert_eq!(snapshot["challenges"][0]["face"].is_object(), goes_on, "{row}");
    }
}

/// Whoever carries transfers out gets all that was frozen, and fraud people hear where somebody may be deceiving.
#[tokio::test(flavor = "multi_thread")]
async fn the_partners_servers_are_told_how_it_ended() {
    let faces = Faces::start().await;
    for (row, reason, escalate) in [
        ("deepfake", "not-verified", true),
        ("denied", "denied", false),
        ("stalled", "unclear", false),
    ] {
        let transfer = format!("txn-{row}");
        let (widget, session) = faces.opened(&transfer).await;
        faces.play(&session, row).await;
        faces.poll().await;
        let told = faces.notices(&transfer).await;
        let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["approval.settled", "transfer.blocked"], "{row}");
        let (settled, blocked) = (&told[0].1, &told[1].1);
        assert_eq!(
            (&settled["id"], &settled["status"]),
            (&json!(widget.id), &json!("declined"))
        );
        assert_eq!(
            (&blocked["reason"], &blocked["escalate"]),
            (&json!(reason), &json!(escalate)),
            "{row}"
        );
    }
    let (widget, session) = faces.opened("txn-good").await;
    faces.play(&session, "verified").await;
    faces.poll().await;
    assert_eq!(faces.executions("txn-good").await, 1);
    let executed = faces.control(Method::GET, "/bank/wires", json!({})).await;
    let data = &executed[0]["body"]["data"];
    let expected = json!({
        "id": widget.id, "owner": "shop", "transfer": "txn-good", "version": 1, "user": "user-4421", "region": "US",
        "amount": {"minor": 5_000_000, "currency": "USD"},
        "payee": "Acme Corp", "accountTail": "7890", "reference": "Invoice 7",
    });
    assert_eq!(*data, expected);
    let told = faces.notices("txn-good").await;
    assert_eq!(told.len(), 1);
    // Where the customer's codes go is nobody's business.
    assert!(!format!("{executed} {told:?}").contains("example.com"));
}

#[tokio::test]
async fn the_third_try_is_the_last() {
    let faces = Faces::start().await;
    let (widget, mut session) = faces.opened("txn-1").await;
    for left in [2, 1, 0] {
        faces.play(&session, "noFace").await;
        faces.poll().await;
        let snapshot = widget.snapshot().await;
        if left == 0 {
            assert_eq!(
                (&snapshot["status"], &snapshot["reason"]),
                (&json!("declined"), &json!("too-many-attempts"))
            );
            assert_eq!(widget.start("1", "face").await.code(), "approval-settled");
        } else {
            assert_eq!(snapshot["challenges"][0]["setback"], "no-face");
            let next = faces.open(&widget, "txn-1").await;
            assert_ne!(next, session);
            session = next;
            // What came to nothing before is no longer told.
            assert_eq!(widget.snapshot().await["challenges"][0]["setback"], json!(null));
        }
    }
    assert_eq!(faces.executions("txn-1").await, 0);
}

#[tokio::test]
async fn only_the_widget_is_told_the_way_into_a_session_and_only_while_it_is_open() {
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    let face = widget.snapshot().await["challenges"][0]["face"].clone();
    let url = face["url"].as_str().unwrap();
    assert!(url.starts_with(&faces.sandbox.facesign_pages_url()), "{url}");
    assert!(face["expiresAt"].as_u64().unwrap() > faces.backend.now().0 + 7_000_000);
    let partner = faces.get_wire(&widget.id, API_KEY).await;
    assert!(!partner.text.contains("cs="), "{}", partner.text);
    faces.play(&session, "denied").await;
    faces.poll().await;
    let after = widget.get("").await;
    assert!(!after.text.contains("cs="), "{}", after.text);
}

#[tokio::test]
async fn a_page_that_is_somewhere_else_is_never_shown() {
    let faces = Faces::with(|config| {
        if let Some(facesign) = &mut config.facesign {
            facesign.frame_origins = vec!["https://session.facesign.ai".into()];
        }
    })
    .await;
    let widget = faces.hold("txn-1").await;
    assert_eq!(widget.start("1", "face").await.code(), "provider-error");
    let snapshot = widget.get("").await;
    assert!(!snapshot.text.contains("cs="), "{}", snapshot.text);
}

#[tokio::test]
async fn starting_again_gives_the_same_session_and_one_that_runs_out_a_fresh_way_in() {
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    let first = widget.snapshot().await["challenges"][0]["face"]["url"].clone();
    let again = widget.start("1", "face").await.ok();
    assert_eq!(again["challenges"][0]["face"]["url"], first);
    assert_eq!(faces.sessions("txn-1").await.len(), 1);
    assert_eq!(faces.calls("refresh").await, 0);

    faces.behave(json!({"secretSeconds": 30})).await;
    let (widget, _) = faces.opened("txn-2").await;
    let first = widget.snapshot().await["challenges"][0]["face"]["url"].clone();
    let again = widget.start("1", "face").await.ok();
    assert_ne!(again["challenges"][0]["face"]["url"], first);
    assert_eq!(faces.sessions("txn-2").await.len(), 1);
    assert_eq!(faces.calls("refresh").await, 1);

    // Somebody was in it, and the page was loaded again: what opened it once may not open it twice.
    let path = format!("/facesign/sessions/{session}/open");
    faces.control(Method::POST, &path, json!({})).await;
    let (widget, _) = (faces.opened("txn-3").await.0, ());
    let third = faces.sessions("txn-3").await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/facesign/sessions/{third}/open");
    faces.control(Method::POST, &path, json!({})).await;
    let before = widget.snapshot().await["challenges"][0]["face"]["url"].clone();
    let after = widget.start("1", "face").await.ok();
    assert_ne!(after["challenges"][0]["face"]["url"], before);
}

/// The customer let the first session run out, and nothing was heard of it.
#[tokio::test]
async fn a_session_that_ran_out_is_followed_by_another() {
    let faces = Faces::start().await;
    let (widget, first) = faces.opened("txn-1").await;
    faces.play(&first, "expired").await;
    let started = widget.start("1", "face").await.ok();
    assert_eq!(started["status"], "pending");
    assert!(started["challenges"][0]["face"].is_object(), "{started}");
    let sessions = faces.sessions("txn-1").await;
    assert_eq!(sessions.len(), 2);
}

#[tokio::test]
async fn the_session_lies_sealed_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("approvals.sqlite");
    let faces = Faces::with(|config| {
        config.database = Some(file.clone().into());
        config.encryption_key = Some(Secret::new("A".repeat(43) + "="));
    })
    .await;
    let (widget, _) = faces.opened("txn-canary").await;
    let url = widget.snapshot().await["challenges"][0]["face"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let secret = url.split("cs=").nth(1).unwrap().to_owned();
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        seen.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |text: &str| seen.windows(text.len()).any(|window| window == text.as_bytes());
    // The transfer's name is there, so the right bytes are looked at.
    assert!(holds("txn-canary"));
    assert!(!holds(&secret) && !holds("a@example.com"));
}

#[tokio::test]
async fn a_customer_who_stops_ends_the_session_too() {
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    assert_eq!(widget.cancel().await.ok()["status"], "cancelled");
    faces.play(&session, "verified").await;
    faces.poll().await;
    assert_eq!(widget.snapshot().await["status"], "cancelled");
    assert_eq!(faces.executions("txn-1").await, 0);
}

/// Codes and PINs are for other approvals.
#[tokio::test]
async fn a_held_transfer_takes_a_face_and_nothing_else() {
    let faces = Faces::start().await;
    let widget = faces.hold("txn-1").await;
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
