//! What FaceSign tells by itself: forged, doubled, late, in any order, too early.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::{Value, json};

use crate::support::{
    facesign_env::{Faces, is_settled, until},
    send,
    waiting::until_so,
};

/// Delivers an event once, in whatever way is said, and gives the answer's status.
async fn deliver(faces: &Faces, event: &str, how: Value) -> u64 {
    let mut body = json!({"copies": 1});
    for (name, value) in how.as_object().unwrap() {
        body[name] = value.clone();
    }
    let path = format!("/facesign/events/{event}/deliver");
    let sent = faces.control(Method::POST, &path, body).await;
    sent["statuses"][0].as_u64().unwrap()
}

/// An event about a session, made but not sent.
async fn event(faces: &Faces, kind: &str, session: &str) -> String {
    let body = json!({"type": kind, "sessionId": session});
    let made = faces.control(Method::POST, "/facesign/events", body).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn idle(faces: &Faces) {
    faces
        .control(Method::POST, "/facesign/events/idle", json!({"seconds": 10}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_the_session_looked_at_and_the_transfer_carried_out_once() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.play(&session, "verified").await;
    assert_eq!(until(&widget, is_settled).await["status"], "approved");
    idle(&faces).await;
    assert_eq!(faces.executions("txn-1").await, 1);
    assert_eq!(faces.executions("txn-1").await, 1);
    assert_eq!(faces.metric("sca_face_sessions_opened_total"), 1);
    assert_eq!(faces.metric("sca_face_session_polls_total{decision=\"authorise\"}"), 1);
}

/// `created` and `inProgress` are told too. They decide nothing.
#[tokio::test(flavor = "multi_thread")]
async fn events_before_the_end_change_nothing() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    let (widget, session) = faces.opened("txn-1").await;
    let open = format!("/facesign/sessions/{session}/open");
    faces.control(Method::POST, &open, json!({})).await;
    idle(&faces).await;
    for _ in 0..3 {
        let early = event(&faces, "session.status", &session).await;
        assert_eq!(deliver(&faces, &early, json!({})).await, 200);
    }
    let looked_three_times = |_: &Value| faces.metric("sca_face_session_polls_total{decision=\"pending\"}") >= 3;
    let snapshot = until(&widget, looked_three_times).await;
    assert_eq!(snapshot["status"], "pending");
    assert!(snapshot["challenges"][0]["face"].is_object());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_copies_at_once_are_one_decision_and_one_execution() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    faces
        .behave(json!({"events": {"deliver": "held", "copies": 1, "delaySeconds": 0}}))
        .await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.play(&session, "verified").await;
    let listed = faces.control(Method::GET, "/facesign/events", json!({})).await;
    let last = listed
        .as_array()
        .unwrap()
        .iter()
        .rfind(|event| event["type"] == "session.status");
    let path = format!("/facesign/events/{}/deliver", last.unwrap()["id"].as_str().unwrap());
    let sent = faces.control(Method::POST, &path, json!({"copies": 1000})).await;
    let statuses = sent["statuses"].as_array().unwrap();
    assert_eq!(statuses.len(), 1000);
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(until(&widget, is_settled).await["status"], "approved");
    assert_eq!(
        faces.metric("sca_webhook_events_received_total{provider=\"facesign\",result=\"accepted\"}"),
        1
    );
    assert_eq!(
        faces.metric("sca_webhook_events_received_total{provider=\"facesign\",result=\"duplicate\"}"),
        999
    );
    assert_eq!(faces.executions("txn-1").await, 1);
    // What is under way comes to its end: it counts after it has told the others.
    faces.backend.stop().await;
    assert_eq!(faces.metric("sca_approvals_settled_total"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_events_and_looks_makes_no_difference() {
    for order in ["created", "reversed"] {
        let faces = Faces::start().await;
        faces.tell(json!({})).await;
        faces
            .behave(json!({"events": {"deliver": "held", "copies": 2, "delaySeconds": 0}}))
            .await;
        let (widget, session) = faces.opened("txn-1").await;
        faces.play(&session, "denied").await;
        let polled = order == "reversed";
        if polled {
            faces.poll().await;
        }
        let release = json!({ "order": order });
        let sent = faces.control(Method::POST, "/facesign/events/release", release).await;
        let statuses = sent["statuses"].as_array().unwrap();
        assert!(
            statuses.len() >= 3 && statuses.iter().all(|status| *status == 200),
            "{sent}"
        );
        assert_eq!(until(&widget, is_settled).await["reason"], "denied");
        assert_eq!(faces.executions("txn-1").await, 0);
        // What is under way comes to its end: it counts after it has told the others.
        faces.backend.stop().await;
        assert_eq!(faces.metric("sca_approvals_settled_total"), 1);
    }
}

/// FaceSign is faster than our store: the event is about a session that is not written down yet, and comes again.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_a_session_that_is_not_known_yet_is_asked_for_again() {
    let faces = Faces::start().await;
    faces.tell(json!({"retrySeconds": [5, 30]})).await;
    let slow = json!({"kind": "slow", "milliseconds": 700});
    faces.fault("create", 1, "after", slow).await;
    let widget = faces.hold("txn-1").await;
    let refused = until_so("an event that was refused", async || {
        let events = faces.control(Method::GET, "/facesign/events", json!({})).await;
        let mut events = events.as_array().unwrap().iter();
        events.any(|event| event["attempts"][0]["status"] == 404)
    });
    let (started, ()) = tokio::join!(widget.start("1", "face"), refused);
    started.ok();
    let seconds = json!({"seconds": 6});
    faces.control(Method::POST, "/clock/advance", seconds).await;
    idle(&faces).await;
    let events = faces.control(Method::GET, "/facesign/events", json!({})).await;
    let created = &events[0];
    assert_eq!(
        (&created["state"], &created["attempts"][1]["status"]),
        (&json!("delivered"), &json!(200))
    );
    let never = event(&faces, "session.status", "never-heard-of").await;
    assert_eq!(deliver(&faces, &never, json!({})).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_facesign_signed_just_now_is_believed() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    faces
        .behave(json!({"events": {"deliver": "never", "copies": 1, "delaySeconds": 0}}))
        .await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.play(&session, "verified").await;
    let told = event(&faces, "session.status", &session).await;
    // The ordinary way has told it once, which settled it; all below is about what is answered to further copies.
    for (how, status) in [
        (json!({"signature": "unsigned"}), 401),
        (json!({"signature": "wrong"}), 401),
        (json!({"signature": "legacy"}), 401),
        (json!({"signature": "bareHex"}), 401),
        (json!({"timestampShift": -310}), 401),
        (json!({"timestampShift": 310}), 401),
        (json!({"timestampShift": -290}), 200),
        (json!({"timestampShift": 290}), 200),
        (json!({"timestamp": "milliseconds"}), 200),
        (json!({"timestamp": "milliseconds", "timestampShift": -310}), 401),
    ] {
        assert_eq!(deliver(&faces, &told, how.clone()).await, status, "{how}");
    }
    until(&widget, is_settled).await;
    faces.tell(json!({"crlf": true})).await;
    assert_eq!(deliver(&faces, &told, json!({})).await, 401);
    // While FaceSign moves from one secret to the other it signs with both.
    faces.tell(json!({"oldSecret": "whsec_of_last_year"})).await;
    assert_eq!(deliver(&faces, &told, json!({})).await, 200);
}

/// A forged event has nothing looked at, and leaves nothing behind that would be handled later.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_event_has_no_effect_at_all() {
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.play(&session, "verified").await;
    faces.tell(json!({"signature": "wrong", "retrySeconds": []})).await;
    let told = event(&faces, "session.status", &session).await;
    assert_eq!(deliver(&faces, &told, json!({})).await, 401);
    assert_eq!(faces.calls("get").await, 0);
    assert_eq!(widget.snapshot().await["status"], "pending");
    assert_eq!(
        faces.metric("sca_webhook_events_received_total{provider=\"facesign\",result=\"accepted\"}"),
        0
    );
}

async fn post(faces: &Faces, body: Vec<u8>, header: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::post("/webhooks/facesign").header("content-type", "application/json");
    if let Some(header) = header {
        request = request.header("x-facesign-signature", header);
    }
    let reply = send(&faces.app, request.body(Body::from(body)).unwrap()).await;
    (reply.status, reply.code().to_owned())
}

#[tokio::test]
async fn bodies_are_bounded_and_read_only_after_the_signature() {
    let faces = Faces::start().await;
    let huge = vec![b' '; 64 * 1024 + 1];
    let reply = post(&faces, huge.clone(), Some("t=1,v1=0")).await;
    assert_eq!(reply.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(&faces, huge, None).await.0, StatusCode::UNAUTHORIZED);
    for body in [&b"not json"[..], b"", b"\xFF\xFE", b"{}"] {
        let (status, code) = post(&faces, body.to_vec(), None).await;
        assert_eq!((status, code.as_str()), (StatusCode::UNAUTHORIZED, "unauthorized"));
    }
}

/// What a signature covers may still be no event.
#[tokio::test]
async fn a_signed_body_that_is_no_event_is_malformed_and_one_that_decides_nothing_is_passed_over() {
    let faces = Faces::start().await;
    let now = faces.backend.now().0 / 1000;
    for (body, status) in [
        ("not json", 400),
        ("{}", 400),
        (r#"{"id":"evt_1","type":"session.status"}"#, 400),
        (r#"{"id":"evt_1","type":"session.status","sessionId":"../x"}"#, 400),
        (
            r#"{"id":"evt_1","type":"session.status","sessionId":"never-heard-of"}"#,
            404,
        ),
        (r#"{"id":"evt_1","type":"settings.avatars"}"#, 200),
        (
            r#"{"id":"evt_1","type":"media.user_photo","sessionId":"never-heard-of"}"#,
            200,
        ),
        (r#"{"id":"evt_1","type":"invented.later"}"#, 200),
    ] {
        let header = signed(now, body.as_bytes());
        let (answered, _) = post(&faces, body.into(), Some(&header)).await;
        assert_eq!(answered.as_u16(), status, "{body}");
    }
    let body = br#"{"id":"evt_1","type":"settings.avatars"}"#.to_vec();
    for header in [
        signed(now, &body).replace("v1=", "v0="),
        format!("{},t=1", signed(now, &body)),
        "x".repeat(2000),
    ] {
        let (status, _) = post(&faces, body.clone(), Some(&header)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{header}");
    }
}

fn signed(seconds: u64, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac =
        Hmac::<sha2::Sha256>::new_from_slice(crate::support::facesign_env::WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={seconds},v1={hex}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_another_transfer_and_one_that_was_changed_approve_nothing() {
    for patch in [
        json!({"settings": {"clientReferenceId": "appr_another"}}),
        json!({"settings": {"clientReferenceId": null}}),
        json!({"settings": {"metadata": {"transfer": "txn-2"}}}),
        json!({"settings": {"metadata": {"transferAmount": "1.00"}}}),
        json!({"settings": {"metadata": {"transferCurrency": "EUR"}}}),
        json!({"settings": {"metadata": {"recipientName": "Another"}}}),
        json!({"settings": {"metadata": {"recipientAccount": "****0000"}}}),
        json!({"settings": {"metadata": {"user": "user-1"}}}),
        json!({"settings": {"metadata": {"transferVersion": "2"}}}),
        json!({"settings": {"metadata": null}}),
        json!({"settings": null}),
    ] {
        let faces = Faces::start().await;
        let (widget, session) = faces.opened("txn-1").await;
        faces.play(&session, "verified").await;
        faces.tamper(&session, patch.clone()).await;
        faces.poll().await;
        let snapshot = widget.snapshot().await;
        assert_eq!(
            (&snapshot["status"], &snapshot["reason"]),
            (&json!("declined"), &json!("changed")),
            "{patch}"
        );
        assert_eq!(faces.executions("txn-1").await, 0, "{patch}");
    }
    // FaceSign tells of another session under this one's name.
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.play(&session, "verified").await;
    faces.tamper(&session, json!({"id": "another"})).await;
    faces.poll().await;
    assert_eq!(widget.snapshot().await["status"], "pending");
}

/// An event about one transfer's session says nothing about another's.
#[tokio::test(flavor = "multi_thread")]
async fn transfers_do_not_decide_about_each_other() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    let (first, session) = faces.opened("txn-1").await;
    let (second, _) = faces.opened("txn-2").await;
    faces.play(&session, "verified").await;
    until(&first, is_settled).await;
    idle(&faces).await;
    assert_eq!(second.snapshot().await["status"], "pending");
    assert_eq!(faces.executions("txn-2").await, 0);
}
