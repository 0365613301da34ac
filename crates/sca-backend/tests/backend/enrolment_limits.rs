//! What one enrolment may do: it is the customer's only one, makes a limited number of calls, and takes the id of a device from the page once.

use std::{sync::Arc, time::Duration};

use sca_backend::{config::Config, routes};
use sca_core::MAX_CALLS_PER_FACTOR;
use sca_runtime::clock::ManualClock;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, ENCRYPTED_PIN, OTHER_API_KEY, TestEnv, assert_problem,
    enrolment::{EnrolmentWidget, begin, order},
    manual_clock, phone_and_face, raw_connection,
    stub::{Stub, StubResponse},
    use_shared_database, wise_configuration,
};

async fn env(clock: &Arc<ManualClock>, adjust: impl FnOnce(&mut Config)) -> TestEnv {
    TestEnv::with("v2", clock.clone(), |config| {
        config.enrolment.partner_step_up = true;
        adjust(config);
    })
    .await
}

#[tokio::test]
async fn a_new_enrolment_ends_the_open_one_of_the_same_customer() {
    let folder = tempfile::tempdir().unwrap();
    let env = env(&manual_clock(), |config| use_shared_database(config, folder.path())).await;
    let customer = env.customer(json!({})).await;
    let stranger = env.enrolment(&env.customer(json!({})).await).await;
    let of_other_partner = begin(&env.app, OTHER_API_KEY, &order(&customer, &json!("partner"))).await;
    let of_other_partner = EnrolmentWidget::new(&env.app, &of_other_partner.ok());
    let first = env.enrolment(&customer).await;
    first.snapshot().await;
    let second = env.enrolment(&customer).await;
    assert_problem(&first.get("").await, 401, "unauthorized");
    assert_problem(&first.remove_pin().await, 401, "unauthorized");
    for open in [&second, &stranger, &of_other_partner] {
        assert_eq!(open.snapshot().await.text("status"), "open");
    }
    let query = sqlx::query_scalar("SELECT COUNT(access_token) FROM enrolments");
    let tokens: i64 = query.fetch_one(&mut raw_connection(&env.config).await).await.unwrap();
    assert_eq!(tokens, 3);
    // A refused one ends nothing.
    let by_approval = order(&customer, &json!({"approval": "appr_none"}));
    assert_problem(&begin(&env.app, API_KEY, &by_approval).await, 409, "step-up-required");
    assert_eq!(second.snapshot().await.text("status"), "open");
    assert!(env.calls("pin-delete").await.is_empty());
}

#[tokio::test]
async fn an_enrolment_makes_a_limited_number_of_calls_about_each_factor() {
    const PIN: &str = "POST /v2/profiles/16605/pin";
    const DEVICE: &str = "POST /v2/profiles/16605/device-fingerprints";
    let stub = Stub::start().await;
    let mut config = wise_configuration(&stub.base, "v2");
    config.enrolment.partner_step_up = true;
    let app = routes::router(config.backend().await.unwrap());
    let order = json!({"customer": "ann", "accessToken": "token", "profileId": "16605", "authorization": "partner"});
    let begin = async || EnrolmentWidget::new(&app, &begin(&app, API_KEY, &order).await.ok());
    let widget = begin().await;
    stub.respond(PIN, StubResponse::json(422, "{}"));
    stub.respond(DEVICE, StubResponse::json(400, "{}"));
    let pin = json!({"jwe": ENCRYPTED_PIN});
    for _ in 0..MAX_CALLS_PER_FACTOR {
        assert_eq!(widget.post("/pin", &pin).await.ok().text("verdict"), "rejected");
    }
    for path in ["/pin", "/pin/change"] {
        let refused = widget.post(path, &pin).await;
        assert_problem(&refused, 429, "enrolment-limit-reached");
        // A retry does not help, so that none is suggested. The partner's server has to act, and the title says so.
        assert!(refused.body["retryAfter"].is_null() && !refused.headers.contains_key("retry-after"));
        assert!(
            refused.body.text("title").contains("partner's server"),
            "{}",
            refused.text
        );
    }
    assert_eq!(stub.calls(PIN), usize::from(MAX_CALLS_PER_FACTOR));
    let device = json!({"jwe": ENCRYPTED_PIN, "name": "Laptop"});
    assert_eq!(
        widget.post("/devices", &device).await.ok().text("verdict"),
        "limit-reached"
    );
    assert_eq!(begin().await.post("/pin", &pin).await.ok().text("verdict"), "rejected");
}

/// Codes and removals are about the phone number as well as its registration. A face has a limit of its own.
#[tokio::test]
async fn an_enrolment_makes_a_limited_number_of_calls_about_the_phone_number_and_the_face() {
    let env = phone_and_face::env("v1").await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    let nothing = json!({});
    widget.send_phone_code("DE", "0171 1234567").await.ok();
    for _ in 1..MAX_CALLS_PER_FACTOR {
        let removed = widget.post("/phone/remove", &nothing).await.ok();
        assert_eq!(removed.text("verdict"), "not-enrolled");
    }
    assert_problem(
        &widget.post("/phone/remove", &nothing).await,
        429,
        "enrolment-limit-reached",
    );
    let code = env.phone_code("+491711234567").await;
    let registered = widget.phone_code("verify", "DE", "0171 1234567", &code).await;
    assert_problem(&registered, 429, "enrolment-limit-reached");
    for _ in 0..MAX_CALLS_PER_FACTOR {
        widget.post("/face/remove", &nothing).await.ok();
    }
    let scan = phone_and_face::scan_of("oliver", true, "");
    assert_problem(&widget.enrol_face(&scan).await, 429, "enrolment-limit-reached");
    let calls = env.control(axum::http::Method::GET, "/facetec/calls", json!({})).await;
    assert!(calls.as_array().unwrap().is_empty());
    // A code that could not be checked is not used up.
    assert_eq!(widget.snapshot().await["phoneCode"].number("checksLeft"), 5);
}

fn names(enrolment: &Value) -> Vec<&str> {
    let devices = enrolment["devices"].as_array().unwrap();
    devices.iter().map(|device| device.text("name")).collect()
}

/// The page names the id of a device only where Wise told it to the page alone, and the backend cannot check it against anything.
#[tokio::test]
async fn the_id_of_a_device_is_taken_from_the_page_once_and_soon() {
    const ID: &str = "0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a11";
    const OTHER: &str = "0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a12";
    let clock = manual_clock();
    let env = env(&clock, |_| {}).await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let record =
        async |widget: &EnrolmentWidget, id: &str| widget.post(&format!("/devices/{id}/record"), &json!({})).await;
    let refused = async |widget: &EnrolmentWidget, id: &str| {
        assert_problem(&record(widget, id).await, 404, "not-found");
    };
    refused(&widget, ID).await;
    widget.enrol_device("Laptop", "Laptop").await.ok();
    for malformed in [
        "device-0001",
        "0b8e6a0c0a434d5b8f3f0d7a0b6c1a11",
        "0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a1g",
        "0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a11-",
    ] {
        refused(&widget, malformed).await;
    }
    assert_eq!(names(&record(&widget, ID).await.ok()), ["Laptop"]);
    refused(&widget, OTHER).await;
    // The next one can have no id that is known, and cannot have one later.
    widget.enrol_device("Phone", "Phone").await.ok();
    refused(&widget, ID).await;
    clock.advance(Duration::from_secs(120));
    refused(&widget, OTHER).await;
    let snapshot = widget.snapshot().await;
    assert_eq!(names(&snapshot), ["Laptop"]);
    // Another enrolment takes none that was enrolled here.
    widget.enrol_device("Tablet", "Tablet").await.ok();
    refused(&env.enrolment(&customer).await, OTHER).await;
}
