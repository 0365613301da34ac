//! A face clears a challenge of Wise's: the FaceTec server compares the scan, and Wise verifies the export.

use std::sync::Arc;

use axum::http::Method;
use sca_runtime::clock::SystemClock;
use serde_json::{Value, json};

use crate::support::{
    ContractJson, Reply, TestCustomer, TestEnv, Widget, assert_problem, assert_verified, idempotency_key,
    phone_and_face::{env, env_with, scan_of},
    repeat,
};

/// A customer whose face is enrolled, and whose payments ask for it and for the PIN.
async fn enrolled(env: &TestEnv, challenges: &[&str]) -> TestCustomer {
    let customer = env.customer(json!({"behaviour": {"challenges": challenges}})).await;
    let enrolled = env.enrolment(&customer).await.enrol_person("oliver").await.ok();
    assert_eq!(enrolled.text("verdict"), "enrolled");
    customer
}

async fn approval(env: &TestEnv, challenges: &[&str]) -> (TestCustomer, Widget) {
    let customer = enrolled(env, challenges).await;
    let widget = env.approval_for(env.fund(&customer)).await;
    (customer, widget)
}

fn verdict(reply: Reply) -> String {
    reply.ok().text("verdict").to_owned()
}

async fn verified_at_wise(env: &TestEnv) -> usize {
    env.calls("face-map-verify").await.len()
}

async fn face_and_pin(paths: &str) {
    let env = env(paths).await;
    let (customer, widget) = approval(&env, &["face", "pin"]).await;
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot.challenge(0)["primary"]["factor"], "face-scan");
    let mallory = widget.person("1", "mallory").await.ok();
    assert_verified(&mallory, "refused", "pending");
    assert!(!mallory.text("scanResult").is_empty());
    assert_eq!(mallory["approval"].number("attemptsLeft"), 4);
    assert_eq!(verified_at_wise(&env).await, 0, "exported without a match");
    let oliver = widget.person("1", "oliver").await.ok();
    assert_verified(&oliver, "accepted", "pending");
    assert!(!oliver.text("scanResult").is_empty());
    assert_verified(&widget.pin("2", "1234").await.ok(), "accepted", "approved");
    repeat(&env.gate(), env.fund(&customer), &widget).await.unwrap();
    env.assert_funded_once(&customer).await;
    env.sandbox.stop().await;
}

#[tokio::test]
async fn a_face_and_a_pin_approve_on_v1_paths() {
    face_and_pin("v1").await;
}

#[tokio::test]
async fn a_face_and_a_pin_approve_on_v2_paths() {
    face_and_pin("v2").await;
}

#[tokio::test]
async fn a_face_and_a_pin_approve_on_calendar_paths() {
    face_and_pin("2026Q3").await;
}

#[tokio::test]
async fn only_a_living_and_matching_person_is_exported() {
    let env = env("v2").await;
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    let token = widget.face_token().await;
    let dead = widget.face("1", &scan_of("oliver", false, &token)).await.ok();
    assert_verified(&dead, "refused", "pending");
    // A captured scan with a used token.
    assert_eq!(
        verdict(widget.face("1", &scan_of("oliver", true, &token)).await),
        "refused"
    );
    // A level below the one that is required, although the server calls it the same person.
    env.control(Method::PUT, "/facetec/behaviour", json!({"matchLevel": 14}))
        .await;
    assert_eq!(verdict(widget.person("1", "oliver").await), "refused");
    let exports = env
        .control(Method::GET, "/facetec/calls?endpoint=export", json!({}))
        .await;
    assert_eq!(exports.as_array().unwrap().len(), 1, "of the enrolment");
    assert_eq!(verified_at_wise(&env).await, 0);
}

#[tokio::test]
async fn the_fifth_failure_declines() {
    let env = env("v2").await;
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    for _ in 0..4 {
        assert_verified(&widget.person("1", "mallory").await.ok(), "refused", "pending");
    }
    let last = widget.person("1", "mallory").await.ok();
    assert_eq!(
        (last["approval"].status(), last["approval"].text("reason")),
        ("declined", "too-many-attempts")
    );
    assert_problem(&widget.person("1", "oliver").await, 409, "approval-settled");
}

/// What comes before Wise fails: the attempt is given back, and the approval stays open for the face and for the other factors.
#[tokio::test]
async fn the_face_servers_failures_cost_no_attempt() {
    let env = env("v2").await;
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    for endpoint in ["match", "export"] {
        for (fault, status, code) in [
            (json!({"kind": "reset"}), 502, "provider-error"),
            (json!({"kind": "status", "status": 503}), 502, "provider-error"),
            (json!({"kind": "status", "status": 401}), 502, "provider-error"),
            (json!({"kind": "html"}), 502, "provider-error"),
            (json!({"kind": "slow", "milliseconds": 1500}), 504, "provider-timeout"),
        ] {
            env.facetec_fault(endpoint, "before", fault.clone()).await;
            assert_problem(&widget.person("1", "oliver").await, status, code);
            let snapshot = widget.snapshot().await;
            assert_eq!(snapshot.status(), "pending", "{endpoint} {fault}");
            assert!(
                snapshot["attemptsLeft"].is_null(),
                "{endpoint} {fault}: an attempt was counted"
            );
        }
    }
    assert_eq!(verified_at_wise(&env).await, 0);
    assert_verified(&widget.person("1", "oliver").await.ok(), "accepted", "pending");
}

#[tokio::test]
async fn a_wrong_key_costs_no_attempt_and_a_rotated_one_is_fetched_again() {
    let env = env("v2").await;
    // The key of the enrolment is cached; after a rotation Wise cannot decrypt, and the new key is fetched.
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    let fetched = env.calls("facetec-public-key").await.len();
    env.control(Method::POST, "/keys/facetec/rotate", json!({"keepOld": false}))
        .await;
    env.wise_fault("facetec-public-key", "before", json!({"kind": "invalidPem"}))
        .await;
    assert_problem(&widget.person("1", "oliver").await, 502, "provider-error");
    assert!(widget.snapshot().await["attemptsLeft"].is_null());
    assert_eq!(verdict(widget.person("1", "oliver").await), "accepted");
    assert_eq!(env.calls("facetec-public-key").await.len(), fetched + 2);
}

/// Wise verifies and its answer is lost: the token's status decides.
#[tokio::test]
async fn a_lost_answer_of_wise_is_read_from_the_token() {
    let env = env("v2").await;
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    env.wise_fault("face-map-verify", "after", json!({"kind": "reset"}))
        .await;
    assert_verified(&widget.person("1", "oliver").await.ok(), "accepted", "pending");
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    env.wise_fault("face-map-verify", "before", json!({"kind": "serverError"}))
        .await;
    assert_problem(&widget.person("1", "oliver").await, 502, "provider-error");
    // It may have counted at Wise.
    assert_eq!(widget.snapshot().await.number("attemptsLeft"), 4);
    assert_verified(&widget.person("1", "oliver").await.ok(), "accepted", "pending");
}

#[tokio::test]
async fn a_face_that_the_backend_does_not_know_is_not_set_up() {
    let env = env("v2").await;
    // Wise has a face of the customer, the FaceTec server has none.
    let behaviour = json!({"challenges": ["face", "pin"]});
    let customer = env.customer(json!({"face": "oliver", "behaviour": behaviour})).await;
    let widget = env.approval_for(env.fund(&customer)).await;
    let unknown = widget.person("1", "oliver").await.ok();
    assert_eq!(unknown.text("verdict"), "not-set-up");
    assert_eq!(
        (unknown["approval"].status(), unknown["approval"].text("reason")),
        ("failed", "factor-not-set-up")
    );
    // The FaceTec server has lost it.
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    env.control(Method::DELETE, "/facetec/enrollments", json!({})).await;
    assert_eq!(verdict(widget.person("1", "oliver").await), "not-set-up");
    // Wise has removed it.
    let (customer, widget) = approval(&env, &["face", "pin"]).await;
    let factors = format!("/customers/{}/factors", customer.user);
    env.control(Method::PATCH, &factors, json!({"face": null})).await;
    assert_eq!(verdict(widget.person("1", "oliver").await), "not-set-up");
    assert_eq!(verified_at_wise(&env).await, 1);
}

/// A face belongs to one customer of one partner: another customer's approval never uses it.
#[tokio::test]
async fn a_face_of_another_customer_is_not_used() {
    let env = env("v2").await;
    enrolled(&env, &["face", "pin"]).await;
    let behaviour = json!({"challenges": ["face", "pin"]});
    let other = env.customer(json!({"face": "oliver", "behaviour": behaviour})).await;
    let widget = env.approval_for(env.fund(&other)).await;
    assert_eq!(verdict(widget.person("1", "oliver").await), "not-set-up");
    assert_eq!(verified_at_wise(&env).await, 0);
}

#[tokio::test]
async fn a_scan_is_for_the_open_challenge_and_its_factor() {
    let env = env("v2").await;
    let (_, widget) = approval(&env, &["pin", "face"]).await;
    assert_problem(&widget.person("1", "oliver").await, 422, "factor-not-available");
    assert_problem(&widget.person("2", "oliver").await, 422, "factor-not-available");
    // A PIN does not pass for a face, nor a text for a scan.
    widget.pin("1", "1234").await.ok();
    assert_problem(&widget.pin("2", "1234").await, 422, "factor-not-available");
    let code = json!({"challenge": "2", "factor": "face-scan", "entry": {"code": "123456"}});
    assert_problem(&widget.post("/verify", &code).await, 422, "factor-not-available");
    let start = widget.start("2", "face-scan").await;
    assert_problem(&start, 422, "factor-not-available");
    let malformed = json!({"faceScan": "", "auditTrailImage": "", "lowQualityAuditTrailImage": ""});
    assert_problem(&widget.face("2", &malformed).await, 400, "invalid-request");
    let mut shown = widget.shown().await;
    shown["digest"] = json!("0".repeat(64));
    let body = json!({"challenge": "2", "scan": scan_of("oliver", true, ""), "shown": shown});
    let other = widget.post_as(&idempotency_key(), "/face", &body.to_string()).await;
    assert_problem(&other, 409, "shown-mismatch");
    assert_verified(&widget.person("2", "oliver").await.ok(), "accepted", "approved");
}

#[tokio::test]
async fn a_repeated_key_gets_the_same_answer_and_one_attempt() {
    let env = env("v2").await;
    let (_, widget) = approval(&env, &["face", "pin"]).await;
    let scan = scan_of("oliver", true, &widget.face_token().await);
    let body = json!({"challenge": "1", "scan": scan}).to_string();
    let key = idempotency_key();
    let first = widget.post_as(&key, "/face", &body).await;
    let second = widget.post_as(&key, "/face", &body).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_verified(&first.ok(), "accepted", "pending");
    assert_eq!(verified_at_wise(&env).await, 1);
}

/// Where the partner has no FaceTec server, Wise's challenge keeps its own name, and no route takes a scan.
#[tokio::test]
async fn without_a_face_server_the_challenge_is_not_known() {
    let env = env_with("v2", Arc::new(SystemClock), |config| config.facetec = None).await;
    let behaviour = json!({"challenges": ["face", "pin"]});
    let customer = env.customer(json!({"face": "oliver", "behaviour": behaviour})).await;
    let widget = env.approval_for(env.fund(&customer)).await;
    let snapshot: Value = widget.snapshot().await;
    assert_eq!(snapshot.challenge(0)["primary"]["factor"], "FACE_MAP");
    for (path, body) in [
        ("/face/session", json!({})),
        ("/face", json!({"challenge": "1", "scan": scan_of("oliver", true, "")})),
    ] {
        assert_problem(&widget.post(path, &body).await, 422, "factor-not-available");
    }
}
