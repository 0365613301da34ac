//! A customer's devices are enrolled and removed at Wise, whether or not the backend can read Wise's answer.

use std::sync::Arc;

use sca_backend::gate::GateAnswer;
use sca_runtime::clock::SystemClock;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, TestCustomer, TestEnv, Widget, assert_problem, assert_verified, encrypt_json,
    enrolment::{EnrolmentWidget, begin, order, state},
    repeat,
};

async fn env(paths: &str) -> TestEnv {
    TestEnv::with(paths, Arc::new(SystemClock), |config| {
        config.enrolment.partner_step_up = true
    })
    .await
}

/// A customer to whom Wise answers in plain JSON.
async fn plainly(env: &TestEnv) -> TestCustomer {
    env.customer(json!({"behaviour": {"verifyAnswer": "plainJson"}})).await
}

/// The ids of the devices that Wise has.
async fn at_wise(env: &TestEnv, customer: &TestCustomer) -> Vec<String> {
    let state = env.state_of(customer).await;
    let registered = state["deviceFingerprints"].as_array().unwrap();
    registered
        .iter()
        .map(|device| device.text("deviceFingerprintId").into())
        .collect()
}

fn names(enrolment: &Value) -> Vec<&str> {
    let devices = enrolment["devices"].as_array().unwrap();
    devices.iter().map(|device| device.text("name")).collect()
}

async fn devices_from_beginning_to_end(paths: &str) {
    let env = env(paths).await;
    let customer = plainly(&env).await;
    let widget = env.enrolment(&customer).await;
    for name in ["Laptop", "Phone", "Tablet"] {
        let enrolled = widget.enrol_device(name, name).await.ok();
        assert_eq!(enrolled.text("verdict"), "enrolled");
        assert!(enrolled["relayed"].is_null());
    }
    let snapshot = widget.snapshot().await;
    assert_eq!(names(&snapshot), ["Laptop", "Phone", "Tablet"]);
    assert_eq!(state(&snapshot, "device"), "enrolled");
    let ids: Vec<&str> = snapshot["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device.text("id"))
        .collect();
    assert_eq!(at_wise(&env, &customer).await, ids);
    assert!(!snapshot.to_string().contains("ingerprint"));

    let again = widget.enrol_device("Phone", "Phone").await.ok();
    assert_eq!(again.text("verdict"), "already-enrolled");
    let fourth = widget.enrol_device("Watch", "Watch").await.ok();
    assert_eq!(fourth.text("verdict"), "limit-reached");
    assert_eq!(names(&fourth["enrolment"]), ["Laptop", "Phone", "Tablet"]);

    // A later enrolment of the same customer knows them, and one of another customer does not.
    let later = env.enrolment(&customer).await;
    let remove = format!("/devices/{}/remove", ids[1]);
    let stranger = env.enrolment(&env.customer(json!({})).await).await;
    assert_problem(&stranger.post(&remove, &json!({})).await, 404, "not-found");
    let removed = later.post(&remove, &json!({})).await.ok();
    assert_eq!(removed.text("verdict"), "removed");
    assert_eq!(names(&removed["enrolment"]), ["Laptop", "Tablet"]);
    assert_eq!(at_wise(&env, &customer).await, [ids[0], ids[2]]);
    assert_problem(&later.post(&remove, &json!({})).await, 404, "not-found");
    assert_eq!(names(&later.snapshot().await), ["Laptop", "Tablet"]);
    env.sandbox.stop().await;
}

#[tokio::test]
async fn devices_are_enrolled_and_removed_on_v1_paths() {
    devices_from_beginning_to_end("v1").await;
}

#[tokio::test]
async fn devices_are_enrolled_and_removed_on_v2_paths() {
    devices_from_beginning_to_end("v2").await;
}

#[tokio::test]
async fn devices_are_enrolled_and_removed_on_calendar_paths() {
    devices_from_beginning_to_end("2026Q3").await;
}

/// Only the widget holds the key of an encrypted answer. It tells the backend the id in it.
#[tokio::test]
async fn a_device_whose_id_only_the_widget_can_read_is_recorded_by_the_widget() {
    let env = env("v2").await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    assert_problem(
        &widget.post("/devices/device-0001/record", &json!({})).await,
        404,
        "not-found",
    );
    let enrolled = widget.enrol_device("Laptop", "Laptop").await.ok();
    assert_eq!(enrolled.text("verdict"), "enrolled");
    assert_eq!(enrolled.text("relayed").matches('.').count(), 4);
    assert_eq!(names(&enrolled["enrolment"]), Vec::<&str>::new());
    assert_eq!(state(&enrolled["enrolment"], "device"), "enrolled");

    let [id] = at_wise(&env, &customer).await.try_into().unwrap();
    for malformed in ["..", "short", "device-0001%2e", "device-0001%3f"] {
        let reply = widget.post(&format!("/devices/{malformed}/record"), &json!({})).await;
        assert_problem(&reply, 404, "not-found");
    }
    let recorded = widget.post(&format!("/devices/{id}/record"), &json!({})).await.ok();
    assert_eq!(names(&recorded), ["Laptop"]);
    // Once.
    let again = widget.post(&format!("/devices/{id}/record"), &json!({})).await;
    assert_problem(&again, 404, "not-found");
    let removed = widget.post(&format!("/devices/{id}/remove"), &json!({})).await.ok();
    assert_eq!(removed.text("verdict"), "removed");
    assert!(at_wise(&env, &customer).await.is_empty());
}

#[tokio::test]
async fn a_device_that_wise_no_longer_has_leaves_the_list() {
    let env = env("v2").await;
    let customer = plainly(&env).await;
    let widget = env.enrolment(&customer).await;
    let enrolled = widget.enrol_device("Laptop", "Laptop").await.ok();
    let id = enrolled["enrolment"]["devices"][0].text("id");
    let path = format!("/customers/{}/factors", customer.user);
    env.control(axum::http::Method::PATCH, &path, json!({"deviceFingerprints": []}))
        .await;
    let removed = widget.post(&format!("/devices/{id}/remove"), &json!({})).await.ok();
    assert_eq!(removed.text("verdict"), "not-enrolled");
    assert_eq!(names(&removed["enrolment"]), Vec::<&str>::new());
    assert_eq!(state(&removed["enrolment"], "device"), "unknown");
}

#[tokio::test]
async fn a_device_has_a_short_plain_name() {
    let env = env("v2").await;
    let customer = plainly(&env).await;
    let begun = begin(&env.app, API_KEY, &order(&customer, &json!("partner")))
        .await
        .ok();
    let widget = EnrolmentWidget::new(&env.app, &begun);
    for name in [String::new(), "\u{202e}".into(), "é".repeat(61)] {
        assert_problem(&widget.enrol_device("x", &name).await, 400, "invalid-request");
    }
    assert!(env.calls("device-fingerprint-create").await.is_empty());
    let enrolled = widget
        .enrol_device("x", &format!("\u{202e}{}", "é".repeat(60)))
        .await
        .ok();
    assert_eq!(names(&enrolled["enrolment"]), ["é".repeat(60)]);
}

/// A verification attempt with a fingerprint.
async fn verify_device(widget: &Widget, challenge: &str, fingerprint: &str) -> Value {
    let key = widget.get("/encryption-key").await.ok();
    let jwe = encrypt_json(key.text("spki"), &json!({"deviceFingerprint": fingerprint}));
    let body = json!({"challenge": challenge, "factor": "device", "entry": {"jwe": jwe}});
    widget.post("/verify", &body).await.ok()
}

async fn pay_with_pin_and_device(paths: &str) {
    let env = env(paths).await;
    let behaviour = json!({"verifyAnswer": "plainJson", "challenges": ["pin", "device"]});
    let customer = env.customer(json!({ "behaviour": behaviour })).await;
    let enrolment = env.enrolment(&customer).await;
    let enrolled = enrolment.enrol_device("laptop", "Laptop").await.ok();

    let widget = env.approval_for(env.fund(&customer)).await;
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot["browserKey"], enrolled["enrolment"]["browserKey"]);
    assert_eq!(widget.pin("1", "1234").await.ok().verdict(), "accepted");
    let wrong = verify_device(&widget, "2", "another browser").await;
    assert_verified(&wrong, "refused", "pending");
    assert_eq!(wrong.approval().number("attemptsLeft"), 4);
    let right = verify_device(&widget, "2", "laptop").await;
    assert_verified(&right, "accepted", "approved");
    assert!(right.approval()["browserKey"].is_null());
    let answer = repeat(&env.gate(), env.fund(&customer), &widget).await.unwrap();
    assert!(matches!(answer, GateAnswer::Provider { status, .. } if status.is_success()));
    env.assert_funded_once(&customer).await;
    env.sandbox.stop().await;
}

#[tokio::test]
async fn an_enrolled_device_clears_a_challenge_on_v1_paths() {
    pay_with_pin_and_device("v1").await;
}

#[tokio::test]
async fn an_enrolled_device_clears_a_challenge_on_v2_paths() {
    pay_with_pin_and_device("v2").await;
}

#[tokio::test]
async fn an_enrolled_device_clears_a_challenge_on_calendar_paths() {
    pay_with_pin_and_device("2026Q3").await;
}

#[tokio::test]
async fn a_customer_without_a_device_is_told_that_none_is_set_up() {
    let env = env("v2").await;
    let customer = env.customer(json!({"behaviour": {"challenges": ["device"]}})).await;
    let widget = env.approval_for(env.fund(&customer)).await;
    assert_eq!(verify_device(&widget, "1", "laptop").await.verdict(), "not-set-up");
}
