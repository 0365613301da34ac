//! A customer's face is enrolled at the FaceTec server and at Wise, and removed, on each generation of Wise's paths.

use std::sync::Arc;

use axum::http::Method;
use sca_backend::config::FaceTecConfig;
use sca_core::secret::Secret;
use sca_runtime::clock::SystemClock;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{
    ContractJson, Reply, TestCustomer, TestEnv, assert_problem,
    enrolment::state,
    idempotency_key,
    phone_and_face::{env, env_with, scan_of},
    raw_connection, use_shared_database,
};

/// The answer has this verdict, and the face is in this state.
#[track_caller]
fn assert_face(reply: Reply, verdict: &str, face: &str) -> Value {
    let answer = reply.ok();
    assert_eq!(
        (answer.text("verdict"), state(&answer["enrolment"], "face-scan")),
        (verdict, face)
    );
    answer
}

async fn has_face(env: &TestEnv, customer: &TestCustomer) -> bool {
    env.state_of(customer).await["faceMapSet"] == true
}

async fn face_from_beginning_to_end(paths: &str) {
    let env = env(paths).await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let snapshot = widget.snapshot().await;
    let face = snapshot["factors"].as_array().unwrap().last().unwrap();
    assert_eq!(
        *face,
        json!({"factor": "face-scan", "kind": "inherence", "state": "unknown"})
    );
    let enrolled = assert_face(widget.enrol_person("oliver").await, "enrolled", "enrolled");
    assert!(!enrolled.text("scanResult").is_empty());
    assert!(has_face(&env, &customer).await);
    let faces = env.faces().await;
    assert_eq!((faces.len(), faces[0].text("person")), (1, "oliver"));
    let reference = faces[0].text("externalDatabaseRefID");
    assert!(
        !reference.contains(&customer.user.to_string()),
        "{reference} names the customer"
    );
    // Again: the same person is known, another one is not taken.
    assert_face(widget.enrol_person("oliver").await, "already-enrolled", "enrolled");
    assert_face(widget.enrol_person("mallory").await, "no-match", "enrolled");
    assert_eq!(env.faces().await.len(), 1);
    // A later enrolment knows it, and removes it in both places.
    let later = env.enrolment(&customer).await;
    assert_eq!(state(&later.snapshot().await, "face-scan"), "enrolled");
    assert_face(later.post("/face/remove", &json!({})).await, "removed", "not-enrolled");
    assert!(!has_face(&env, &customer).await && env.faces().await.is_empty());
    assert_face(
        later.post("/face/remove", &json!({})).await,
        "not-enrolled",
        "not-enrolled",
    );
    assert_face(later.enrol_person("oliver").await, "enrolled", "enrolled");
    env.sandbox.stop().await;
}

#[tokio::test]
async fn a_face_is_enrolled_and_removed_on_v1_paths() {
    face_from_beginning_to_end("v1").await;
}

#[tokio::test]
async fn a_face_is_enrolled_and_removed_on_v2_paths() {
    face_from_beginning_to_end("v2").await;
}

#[tokio::test]
async fn a_face_is_enrolled_and_removed_on_calendar_paths() {
    face_from_beginning_to_end("2026Q3").await;
}

#[tokio::test]
async fn a_face_that_was_enrolled_elsewhere_stays_and_none_is_left_behind() {
    let env = env("v2").await;
    let customer = env.customer(json!({"face": "oliver"})).await;
    let widget = env.enrolment(&customer).await;
    assert_face(widget.enrol_person("oliver").await, "already-enrolled", "enrolled");
    assert!(env.faces().await.is_empty(), "nothing refers to it");
    assert_face(widget.post("/face/remove", &json!({})).await, "removed", "not-enrolled");
    assert!(!has_face(&env, &customer).await);
}

#[tokio::test]
async fn a_scan_that_shows_no_living_person_enrols_nothing() {
    let env = env("v2").await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let token = widget.face_token().await;
    let dead = widget.enrol_face(&scan_of("oliver", false, &token)).await;
    let rejected = assert_face(dead, "scan-rejected", "unknown");
    assert!(!rejected.text("scanResult").is_empty(), "the capture shows why");
    // A replay of a used token.
    let replayed = widget.enrol_face(&scan_of("oliver", true, &token)).await;
    assert_face(replayed, "scan-rejected", "unknown");
    // A text that the server cannot read.
    let mut unreadable = scan_of("oliver", true, "");
    unreadable["faceScan"] = json!("bm90IGEgc2Nhbg==");
    assert_face(widget.enrol_face(&unreadable).await, "scan-rejected", "unknown");
    assert!(env.faces().await.is_empty() && !has_face(&env, &customer).await);
    // Not more than ten in one enrolment.
    for _ in 3..10 {
        widget.enrol_face(&unreadable).await.ok();
    }
    let limited = widget.enrol_face(&unreadable).await;
    assert_problem(&limited, 422, "factor-not-available");
}

/// The FaceTec server is down, refuses, is slow, or answers with nonsense. Wise is not called.
#[tokio::test]
async fn the_face_servers_failures_enrol_nothing() {
    let env = env("v2").await;
    for endpoint in ["enroll", "export"] {
        for (fault, status, code) in [
            (json!({"kind": "reset"}), 502, "provider-error"),
            (json!({"kind": "status", "status": 503}), 502, "provider-error"),
            (json!({"kind": "status", "status": 403}), 502, "provider-error"),
            (json!({"kind": "html"}), 502, "provider-error"),
            (json!({"kind": "truncatedJson"}), 502, "provider-error"),
            (json!({"kind": "redirect"}), 502, "provider-error"),
            (json!({"kind": "hugeBody", "bytes": 4_000_000}), 502, "provider-error"),
            (json!({"kind": "slow", "milliseconds": 1500}), 504, "provider-timeout"),
        ] {
            let customer = env.customer(json!({})).await;
            let widget = env.enrolment(&customer).await;
            env.facetec_fault(endpoint, "before", fault.clone()).await;
            let failed = widget.enrol_person("oliver").await;
            assert_problem(&failed, status, code);
            assert!(!has_face(&env, &customer).await, "{endpoint} {fault}");
            assert_eq!(state(&widget.snapshot().await, "face-scan"), "unknown");
            assert!(
                env.faces().await.is_empty(),
                "{endpoint} {fault}: a face is left behind"
            );
            assert_face(widget.enrol_person("oliver").await, "enrolled", "enrolled");
            widget.post("/face/remove", &json!({})).await.ok();
        }
    }
    assert_eq!(
        env.calls("face-map-enrol").await.len(),
        16,
        "only the scans without a failure"
    );
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    env.facetec_fault("sessionToken", "before", json!({"kind": "status", "status": 503}))
        .await;
    let session = widget.post("/face/session", &json!({})).await;
    assert_problem(&session, 502, "provider-error");
}

#[tokio::test]
async fn a_server_that_is_not_there_or_does_not_know_the_key_is_an_error_of_the_backends() {
    for (base, key) in [("http://127.0.0.1:9", "sandbox-device-key"), ("", "another-key")] {
        let env = env_with("v2", Arc::new(SystemClock), |config| {
            let facetec = config.facetec.as_mut().unwrap();
            let base = if base.is_empty() {
                facetec.base.clone()
            } else {
                base.into()
            };
            *facetec = FaceTecConfig::new(base, Secret::new(key.into()));
        })
        .await;
        let customer = env.customer(json!({})).await;
        let widget = env.enrolment(&customer).await;
        let session = widget.post("/face/session", &json!({})).await;
        assert_problem(&session, 502, "provider-error");
        let scan = widget.enrol_face(&scan_of("oliver", true, "")).await;
        assert_problem(&scan, 502, "provider-error");
    }
}

/// Wise's key for the export is wrong: a text that is no key, a weak key, a page. It is not cached, so that the next scan succeeds.
#[tokio::test]
async fn a_wrong_key_exports_nothing_and_is_not_kept() {
    let env = env("v2").await;
    for fault in [
        json!({"kind": "invalidPem"}),
        json!({"kind": "weakKey"}),
        json!({"kind": "html"}),
        json!({"kind": "hugeBody", "bytes": 10_000}),
        json!({"kind": "reset"}),
    ] {
        let customer = env.customer(json!({})).await;
        let widget = env.enrolment(&customer).await;
        env.wise_fault("facetec-public-key", "before", fault.clone()).await;
        assert_problem(&widget.enrol_person("oliver").await, 502, "provider-error");
        assert!(env.faces().await.is_empty(), "{fault}");
        let exports = env
            .control(Method::GET, "/facetec/calls?endpoint=export", json!({}))
            .await;
        assert_eq!(exports.as_array().unwrap().len(), 0, "{fault}");
    }
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    assert_face(widget.enrol_person("oliver").await, "enrolled", "enrolled");
    // From now on the key is cached.
    let fetched = env.calls("facetec-public-key").await.len();
    widget.enrol_person("oliver").await.ok();
    assert_eq!(env.calls("facetec-public-key").await.len(), fetched);
}

/// A key of another one's, or one that was rotated: Wise cannot decrypt, the key is fetched again, once.
#[tokio::test]
async fn a_rotated_key_is_fetched_again_without_another_scan() {
    let env = env("v2").await;
    let first = env.customer(json!({})).await;
    let widget = env.enrolment(&first).await;
    env.wise_fault("facetec-public-key", "before", json!({"kind": "wrongKey"}))
        .await;
    assert_face(widget.enrol_person("oliver").await, "enrolled", "enrolled");
    assert_eq!(env.calls("facetec-public-key").await.len(), 2);
    assert_eq!(env.calls("face-map-enrol").await.len(), 2);
}

/// Wise enrols the face and its answer is lost. The state is unknown until a later scan of the same person shows it.
#[tokio::test]
async fn a_lost_answer_of_wise_leaves_the_face_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let env = env_with("2026Q3", Arc::new(SystemClock), |config| {
        use_shared_database(config, folder.path());
    })
    .await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    env.wise_fault("face-map-enrol", "after", json!({"kind": "reset"}))
        .await;
    assert_problem(&widget.enrol_person("oliver").await, 502, "provider-error");
    assert_eq!(state(&widget.snapshot().await, "face-scan"), "unknown");
    // A later enrolment does not claim it either.
    let later = env.enrolment(&customer).await;
    assert_eq!(state(&later.snapshot().await, "face-scan"), "unknown");
    assert_face(later.enrol_person("mallory").await, "no-match", "unknown");
    assert_face(later.enrol_person("oliver").await, "already-enrolled", "enrolled");
    let last = env.enrolment(&customer).await;
    assert_eq!(state(&last.snapshot().await, "face-scan"), "enrolled");
    let rows = sqlx::query("SELECT kind, payload FROM outbox")
        .fetch_all(&mut raw_connection(&env.config).await)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    let payload: Value = serde_json::from_str(rows[0].get("payload")).unwrap();
    assert_eq!(
        (rows[0].get::<&str, _>("kind"), payload.text("factor")),
        ("factor.enrolled", "face-scan")
    );
}

#[tokio::test]
async fn a_face_that_the_face_server_keeps_is_removed_by_the_next_removal() {
    let folder = tempfile::tempdir().unwrap();
    let env = env_with("v2", Arc::new(SystemClock), |config| {
        use_shared_database(config, folder.path());
    })
    .await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    widget.enrol_person("oliver").await.ok();
    env.facetec_fault("deleteEnrollment", "before", json!({"kind": "status", "status": 503}))
        .await;
    assert_face(widget.post("/face/remove", &json!({})).await, "removed", "not-enrolled");
    assert_eq!(env.faces().await.len(), 1);
    assert_face(
        widget.post("/face/remove", &json!({})).await,
        "not-enrolled",
        "not-enrolled",
    );
    assert!(env.faces().await.is_empty());
    let stored = sqlx::query("SELECT customer FROM enrolled_faces")
        .fetch_all(&mut raw_connection(&env.config).await)
        .await
        .unwrap();
    assert!(stored.is_empty(), "a reference to no face is left behind");
}

/// A comparison that fails has left nothing at the face server, which is asked to remove nothing then.
#[tokio::test]
async fn only_a_face_that_may_have_been_enrolled_is_discarded() {
    let env = env("v2").await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let discarded = async || {
        let calls = env
            .control(Method::GET, "/facetec/calls?endpoint=deleteEnrollment", json!({}))
            .await;
        calls.as_array().unwrap().len()
    };
    for (endpoint, expected) in [("enroll", 1), ("match", 1)] {
        env.facetec_fault(endpoint, "before", json!({"kind": "status", "status": 503}))
            .await;
        assert_problem(&widget.enrol_person("oliver").await, 502, "provider-error");
        assert_eq!(discarded().await, expected, "{endpoint}");
        widget.enrol_person("oliver").await.ok();
    }
}

#[tokio::test]
async fn a_body_of_another_form_reaches_no_server() {
    let env = env("v2").await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let good = scan_of("oliver", true, "");
    for (member, value) in [
        ("faceScan", json!("")),
        ("faceScan", json!("<scan>")),
        ("faceScan", json!("a\"b=")),
        ("faceScan", Value::Null),
        ("auditTrailImage", json!("===")),
        ("lowQualityAuditTrailImage", json!(7)),
        ("userAgent", json!("a\r\nx-device-key: b")),
        ("userAgent", json!("x".repeat(513))),
    ] {
        let mut scan = good.clone();
        scan[member] = value;
        assert_problem(&widget.enrol_face(&scan).await, 400, "invalid-request");
    }
    let mut large = good.clone();
    large["auditTrailImage"] = json!("YWJj".repeat(800_000));
    assert_problem(&widget.enrol_face(&large).await, 413, "payload-too-large");
    // A scan may be larger than other bodies.
    let mut allowed = scan_of("oliver", true, &widget.face_token().await);
    allowed["auditTrailImage"] = json!("YWJj".repeat(500_000));
    assert_face(widget.enrol_face(&allowed).await, "enrolled", "enrolled");
    let calls = env.control(Method::GET, "/facetec/calls", json!({})).await;
    let calls: Vec<_> = calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call.text("endpoint"))
        .collect();
    assert_eq!(calls, ["sessionToken", "enroll", "export"]);
}

#[tokio::test]
async fn a_repeated_key_gets_the_same_answer_and_one_call() {
    let env = env("v2").await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let key = idempotency_key();
    let body = json!({"scan": scan_of("oliver", true, &widget.face_token().await)});
    let first = widget.post_as(&key, "/face", &body).await;
    let second = widget.post_as(&key, "/face", &body).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_face(first, "enrolled", "enrolled");
    assert_eq!(env.calls("face-map-enrol").await.len(), 1);
}

#[tokio::test]
async fn without_a_face_server_no_face_is_offered() {
    let env = env_with("v2", Arc::new(SystemClock), |config| config.facetec = None).await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    assert!(!widget.snapshot().await.to_string().contains("face-scan"));
    for (path, body) in [
        ("/face/session", json!({})),
        ("/face", json!({"scan": scan_of("oliver", true, "")})),
        ("/face/remove", json!({})),
    ] {
        assert_problem(&widget.post(path, &body).await, 422, "factor-not-available");
    }
}
