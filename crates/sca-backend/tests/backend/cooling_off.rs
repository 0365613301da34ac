//! A newly enrolled factor waits before it clears anything: whoever takes an account over cannot use a factor of their own at once.

use std::{path::Path, sync::Arc, time::Duration};

use axum::Router;
use sca_backend::{config::Config, routes};
use sca_protocol::Timestamp;
use sca_runtime::clock::{Clock, ManualClock};
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, ENCRYPTED_PIN, OTHER_API_KEY, Reply, TestCustomer, TestEnv, Widget, assert_problem, create,
    creation,
    enrolment::{EnrolmentWidget, assert_pin, begin, open_session, order},
    manual_clock, phone_and_face, raw_connection, read_approval,
    stub::{Stub, StubResponse},
    use_shared_database, wise_configuration,
};

const DAY: Duration = Duration::from_secs(86_400);

async fn env(paths: &str, clock: &Arc<ManualClock>) -> TestEnv {
    TestEnv::with(paths, clock.clone(), |config| {
        config.enrolment.partner_step_up = true;
        config.enrolment.cooling_off = DAY;
    })
    .await
}

/// From when on a factor can be used, as the enrolment reports it.
fn usable_from(enrolment: &Value, factor: &str) -> Option<Timestamp> {
    let factors = enrolment["factors"].as_array().unwrap();
    let report = factors.iter().find(|known| known.text("factor") == factor).unwrap();
    report["usableFrom"].as_u64().map(Timestamp)
}

async fn assert_too_new(env: &TestEnv, approval: &Widget) {
    let snapshot = approval.snapshot().await;
    assert_eq!(
        (snapshot.text("status"), snapshot.text("reason")),
        ("failed", "factor-cooling-off")
    );
    let read = read_approval(&env.app, API_KEY, &approval.id).await.ok();
    assert_eq!(read.text("reason"), "factor-cooling-off");
}

/// A new PIN approves neither a payment nor the next enrolment until the day is over.
async fn a_new_pin_waits(paths: &str, named: impl Fn(&mut Value)) {
    let clock = manual_clock();
    let env = env(paths, &clock).await;
    let customer = env.customer(json!({})).await;
    let mut order = order(&customer, &json!("partner"));
    named(&mut order);
    let widget = EnrolmentWidget::new(&env.app, &begin(&env.app, API_KEY, &order).await.ok());
    assert_eq!(usable_from(&widget.snapshot().await, "pin"), None);
    let from = clock.now().plus(DAY);
    let changed = widget.change_pin("2468").await.ok();
    assert_eq!(changed.text("verdict"), "enrolled");
    assert_eq!(usable_from(&changed["enrolment"], "pin"), Some(from));
    assert_eq!(usable_from(&widget.snapshot().await, "pin"), Some(from));
    assert_eq!(usable_from(&widget.snapshot().await, "device"), None);

    assert_too_new(&env, &env.approval_for(env.fund(&customer)).await).await;
    assert_too_new(&env, &env.approval_for(env.statement(&customer)).await).await;
    assert_too_new(&env, &open_session(&env.app, &customer, "security").await).await;
    assert!(env.calls("pin-verify").await.is_empty());
    // It is the customer's PIN, and nobody else's.
    let other = env.approval_for(env.fund(&env.customer(json!({})).await)).await;
    assert_eq!(other.snapshot().await.status(), "pending");

    clock.advance(DAY.checked_sub(Duration::from_millis(1)).unwrap());
    assert_too_new(&env, &env.approval_for(env.fund(&customer)).await).await;
    clock.advance(Duration::from_millis(1));
    let approval = env.approval_for(env.fund(&customer)).await;
    assert_eq!(approval.pin("1", "2468").await.ok()["verdict"], "accepted");
    env.sandbox.stop().await;
}

#[tokio::test]
async fn a_new_pin_waits_on_v1_paths() {
    a_new_pin_waits("v1", |_| {}).await;
}

/// The first generation needs no profile: the user, whom Wise reports, is who waits.
#[tokio::test]
async fn a_new_pin_waits_on_v1_paths_without_a_profile() {
    a_new_pin_waits("v1", |order| order["profileId"] = json!(null)).await;
}

#[tokio::test]
async fn a_new_pin_waits_on_v2_paths() {
    a_new_pin_waits("v2", |order| order["userId"] = json!(null)).await;
}

#[tokio::test]
async fn a_new_pin_waits_on_calendar_paths() {
    a_new_pin_waits("2026Q3", |_| {}).await;
}

/// The backend cannot tell which device answers a challenge, so all of them wait for the newest.
#[tokio::test]
async fn a_new_device_makes_all_devices_wait() {
    let clock = manual_clock();
    let env = env("v2", &clock).await;
    let customer = env.customer(json!({"behaviour": {"verifyAnswer": "plainJson"}})).await;
    let widget = env.enrolment(&customer).await;
    let waits = |enrolment: &Value| -> Vec<Option<u64>> {
        let devices = enrolment["devices"].as_array().unwrap();
        devices.iter().map(|device| device["usableFrom"].as_u64()).collect()
    };
    let first = widget.enrol_device("Laptop", "Laptop").await.ok();
    let from = clock.now().plus(DAY);
    assert_eq!(waits(&first["enrolment"]), [Some(from.0)]);
    assert_eq!(usable_from(&first["enrolment"], "device"), Some(from));
    clock.advance(DAY);
    let widget = env.enrolment(&customer).await;
    assert_eq!(waits(&widget.snapshot().await), [None]);
    let second = widget.enrol_device("Phone", "Phone").await.ok();
    let from = clock.now().plus(DAY);
    assert_eq!(waits(&second["enrolment"]), [Some(from.0); 2]);
    // Neither a device that is there already nor a removal makes anything wait.
    clock.advance(Duration::from_secs(60));
    let again = widget.enrol_device("Phone", "Phone").await.ok();
    assert_eq!(again.text("verdict"), "already-enrolled");
    let id = again["enrolment"]["devices"][1].text("id").to_owned();
    let removed = widget.post(&format!("/devices/{id}/remove"), &json!({})).await.ok();
    assert_eq!(waits(&removed["enrolment"]), [Some(from.0)]);
}

const TYPED: &str = "0171 1234567";
const NUMBER: &str = "+491711234567";

async fn phone_and_face_env(paths: &str, clock: &Arc<ManualClock>) -> TestEnv {
    phone_and_face::env_with(paths, clock.clone(), |config| config.enrolment.cooling_off = DAY).await
}

/// Codes go to the number by text message, WhatsApp and voice call, so none of the three is offered.
#[tokio::test]
async fn a_new_phone_number_waits_in_every_way_of_a_code() {
    let clock = manual_clock();
    let env = phone_and_face_env("v1", &clock).await;
    let behaviour = json!({"challenges": ["phone"]});
    let customer = env.customer(json!({"phone": null, "behaviour": behaviour})).await;
    let widget = env.enrolment(&customer).await;
    let open = env.approval_for(env.fund(&customer)).await;
    let sent = widget.send_phone_code("DE", TYPED).await.ok();
    assert_eq!(usable_from(&sent["enrolment"], "sms"), None, "a code enrols nothing");
    let code = env.phone_code(NUMBER).await;
    // A wrong code excludes a new number.
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let refused = widget.phone_code("verify", "DE", TYPED, wrong).await.ok();
    assert_eq!(usable_from(&refused["enrolment"], "sms"), None);
    assert_eq!(open.snapshot().await.status(), "pending");
    let from = clock.now().plus(DAY);
    let enrolled = widget.phone_code("verify", "DE", TYPED, &code).await.ok();
    assert_eq!(enrolled.text("verdict"), "enrolled");
    assert_eq!(usable_from(&enrolled["enrolment"], "sms"), Some(from));
    for channel in ["sms", "whatsapp", "voice"] {
        assert_problem(&open.start("1", channel).await, 409, "approval-settled");
    }
    assert_too_new(&env, &open).await;
    assert_too_new(&env, &env.approval_for(env.fund(&customer)).await).await;
    assert!(env.calls("code-trigger").await.is_empty());
    clock.advance(DAY);
    let approval = env.approval_for(env.fund(&customer)).await;
    approval.start("1", "voice").await.ok();
    assert_eq!(approval.code("1", "voice", "111111").await.ok()["verdict"], "accepted");
}

#[tokio::test]
async fn a_new_face_waits() {
    let clock = manual_clock();
    let env = phone_and_face_env("v2", &clock).await;
    let behaviour = json!({"challenges": ["face", "pin"]});
    let customer = env.customer(json!({"behaviour": behaviour})).await;
    let widget = env.enrolment(&customer).await;
    let open = env.approval_for(env.fund(&customer)).await;
    let from = clock.now().plus(DAY);
    let enrolled = widget.enrol_person("oliver").await.ok();
    assert_eq!(enrolled.text("verdict"), "enrolled");
    assert_eq!(usable_from(&enrolled["enrolment"], "face-scan"), Some(from));
    // A scan that is no match, or the same face again, makes nothing wait longer.
    clock.advance(Duration::from_secs(60));
    for person in ["mallory", "oliver"] {
        let again = widget.enrol_person(person).await.ok();
        assert_eq!(usable_from(&again["enrolment"], "face-scan"), Some(from), "{person}");
    }
    // The approval that was open is refused before the face server compares anything.
    let matches = async || {
        let calls = env
            .control(axum::http::Method::GET, "/facetec/calls?endpoint=match", json!({}))
            .await;
        calls.as_array().unwrap().len()
    };
    let compared = matches().await;
    assert_problem(&open.person("1", "oliver").await, 409, "approval-settled");
    assert_too_new(&env, &open).await;
    assert_too_new(&env, &env.approval_for(env.fund(&customer)).await).await;
    assert_eq!(matches().await, compared);
    assert!(env.calls("face-map-verify").await.is_empty());
    clock.advance(DAY);
    let approval = env.approval_for(env.fund(&customer)).await;
    assert_eq!(approval.person("1", "oliver").await.ok()["verdict"], "accepted");
}

/// Only an answer that excludes a new factor ends the wait, whichever server failed.
#[tokio::test]
async fn a_number_or_a_face_that_may_have_been_enrolled_waits_too() {
    let clock = manual_clock();
    // Wise has no list of numbers on these paths, so that a lost answer stays lost.
    let env = phone_and_face_env("2026Q3", &clock).await;
    let reset = || json!({"kind": "reset"});
    for (fault, when, waits) in [
        ("phoneCheck", "before", false),
        ("phone-create", "after", true),
        ("enroll", "after", false),
        ("export", "before", false),
        ("face-map-enrol", "after", true),
    ] {
        let customer = env.customer(json!({"phone": null})).await;
        let widget = env.enrolment(&customer).await;
        let from = clock.now().plus(DAY);
        let (factor, failed) = if fault.starts_with("phone") {
            widget.send_phone_code("DE", TYPED).await.ok();
            let code = env.phone_code(NUMBER).await;
            if fault == "phoneCheck" {
                env.bank_fault(fault, when, reset()).await;
            } else {
                env.wise_fault(fault, when, reset()).await;
            }
            ("sms", widget.phone_code("verify", "DE", TYPED, &code).await)
        } else {
            if fault == "face-map-enrol" {
                env.wise_fault(fault, when, reset()).await;
            } else {
                env.facetec_fault(fault, when, reset()).await;
            }
            ("face-scan", widget.enrol_person("oliver").await)
        };
        assert_problem(&failed, 502, "provider-error");
        let waiting = usable_from(&widget.snapshot().await, factor);
        assert_eq!(waiting, waits.then_some(from), "{fault}");
    }
}

const SMS_OR_PIN: &str = r#"{"challenges":[{"primaryChallenge":{"type":"SMS"},"alternatives":[{"type":"PIN"}],"required":true,"passed":false}]}"#;
const CREATE: &str = "POST /v2/profiles/16605/pin";
const VERIFY: &str = "POST /v2/profiles/16605/pin/verify";

/// A Wise that asks for a code or the PIN, a backend, and an enrolment of the customer.
struct Stubbed {
    stub: Stub,
    app: Router,
    enrolment: EnrolmentWidget,
    config: Config,
    clock: Arc<ManualClock>,
}

impl Stubbed {
    async fn start(folder: Option<&Path>, cooling_off: Duration) -> Self {
        let stub = Stub::start().await;
        stub.respond("GET /v1/one-time-token/status", StubResponse::json(200, SMS_OR_PIN));
        let mut config = wise_configuration(&stub.base, "v2");
        config.wise.as_mut().unwrap().timeout = Duration::from_secs(1);
        config.enrolment.partner_step_up = true;
        config.enrolment.cooling_off = cooling_off;
        if let Some(folder) = folder {
            use_shared_database(&mut config, folder);
        }
        let clock = manual_clock();
        let app = routes::router(config.backend_with(clock.clone()).await.unwrap());
        let order = json!({
            "customer": "ann", "accessToken": "canary-access-token", "profileId": "16605", "authorization": "partner",
        });
        let enrolment = EnrolmentWidget::new(&app, &begin(&app, API_KEY, &order).await.ok());
        Self {
            stub,
            app,
            enrolment,
            config,
            clock,
        }
    }

    async fn set_pin(&self, answer: StubResponse) -> Reply {
        self.stub.respond(CREATE, answer);
        self.enrolment.post("/pin", &json!({"jwe": ENCRYPTED_PIN})).await
    }

    async fn approval(&self, api_key: &str) -> Widget {
        Widget::new(&self.app, &create(&self.app, api_key, &creation()).await.ok())
    }

    /// Whether the PIN is offered, by a new approval.
    async fn pin_availability(&self) -> String {
        let snapshot = self.approval(API_KEY).await.snapshot().await;
        assert_eq!(snapshot["challenges"][0]["primary"]["availability"], "available");
        snapshot["challenges"][0]["alternatives"][0].text("availability").into()
    }
}

#[tokio::test]
async fn a_challenge_does_not_offer_a_new_factor_and_refuses_it() {
    let wise = Stubbed::start(None, DAY).await;
    // Open before the factor is set up, and afterwards; for this partner and another one with the same customer.
    let before = wise.approval(API_KEY).await;
    assert_pin(wise.set_pin(StubResponse::json(200, "")).await, "enrolled", "enrolled");
    let after = wise.approval(API_KEY).await;
    let elsewhere = wise.approval(OTHER_API_KEY).await;
    for approval in [&before, &after, &elsewhere] {
        assert_problem(&approval.jwe("1", ENCRYPTED_PIN).await, 422, "factor-cooling-off");
        let snapshot = approval.snapshot().await;
        let challenge = &snapshot["challenges"][0];
        assert_eq!(challenge["alternatives"][0].text("availability"), "cooling-off");
        assert!(snapshot["attemptsLeft"].is_null());
        // The other factor is as it was.
        approval.start("1", "sms").await.ok();
    }
    assert_eq!(wise.stub.calls(VERIFY), 0);
    wise.clock.advance(DAY);
    let later = wise.approval(API_KEY).await;
    wise.stub.respond(VERIFY, StubResponse::json(400, ""));
    assert_eq!(later.jwe("1", ENCRYPTED_PIN).await.ok()["verdict"], "refused");
}

/// Only an answer that excludes that the PIN is new lets it be used.
#[tokio::test]
async fn what_may_have_been_enrolled_waits_too() {
    for (answer, expected) in [
        (StubResponse::json(200, ""), "cooling-off"),
        (StubResponse::json(409, "{}"), "available"),
        (StubResponse::json(422, "{}"), "available"),
        (StubResponse::json(401, "{}"), "available"),
        (StubResponse::json(429, "{}"), "available"),
        (StubResponse::json(503, "{}"), "cooling-off"),
        (StubResponse::json(200, "<html>"), "cooling-off"),
        (
            StubResponse::json(500, r#"{"message":"An unexpected error occurred","request_id":"7"}"#),
            "cooling-off",
        ),
        (StubResponse::never(), "cooling-off"),
    ] {
        let wise = Stubbed::start(None, DAY).await;
        wise.set_pin(answer.clone()).await;
        assert_eq!(wise.pin_availability().await, expected, "{answer:?}");
    }
}

/// The wait begins before the call, so that a backend that stops in the middle of it leaves no way around.
#[tokio::test(flavor = "multi_thread")]
async fn a_factor_waits_while_its_call_is_in_flight() {
    let wise = Stubbed::start(None, DAY).await;
    let approval = wise.approval(API_KEY).await;
    wise.stub.respond(CREATE, StubResponse::never());
    let enrolment = wise.enrolment.clone();
    let calling = tokio::spawn(async move { enrolment.post("/pin", &json!({"jwe": ENCRYPTED_PIN})).await });
    crate::support::waiting::until("the call to reach Wise", async || wise.stub.calls(CREATE) == 1).await;
    assert_problem(&approval.jwe("1", ENCRYPTED_PIN).await, 422, "factor-cooling-off");
    assert_problem(&calling.await.unwrap(), 504, "provider-timeout");
    assert_eq!(wise.pin_availability().await, "cooling-off");
}

#[tokio::test]
async fn without_the_setting_nothing_waits() {
    let wise = Stubbed::start(None, Duration::ZERO).await;
    let answer = wise.set_pin(StubResponse::json(200, "")).await.ok();
    assert_eq!(usable_from(&answer["enrolment"], "pin"), None);
    assert_eq!(wise.pin_availability().await, "available");
}

/// If the store cannot read the waits, the view of the enrolment is an error: without them it would name a factor as usable. The answer to a
/// provider call is given without them.
#[tokio::test]
async fn an_enrolment_whose_waits_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let wise = Stubbed::start(Some(folder.path()), DAY).await;
    assert_pin(wise.set_pin(StubResponse::json(200, "")).await, "enrolled", "enrolled");
    let mut connection = raw_connection(&wise.config).await;
    sqlx::query("ALTER TABLE factor_waits RENAME TO factor_waits_gone")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_problem(&wise.enrolment.get("").await, 500, "internal");
    wise.stub
        .respond("DELETE /v2/profiles/16605/pin", StubResponse::json(204, ""));
    assert_pin(wise.enrolment.remove_pin().await, "removed", "not-enrolled");
}

/// An operator who switches the waits off releases what waits now, in the approvals that are open as well.
#[tokio::test]
async fn a_wait_ends_when_the_setting_is_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let wise = Stubbed::start(Some(folder.path()), DAY).await;
    assert_pin(wise.set_pin(StubResponse::json(200, "")).await, "enrolled", "enrolled");
    let approval = wise.approval(API_KEY).await;
    assert_problem(&approval.jwe("1", ENCRYPTED_PIN).await, 422, "factor-cooling-off");
    let mut config = wise.config.clone();
    config.enrolment.cooling_off = Duration::ZERO;
    let second = config.backend_with(wise.clock.clone()).await.unwrap();
    wise.stub.respond(VERIFY, StubResponse::json(400, ""));
    let answer = approval.at(&second).jwe("1", ENCRYPTED_PIN).await.ok();
    assert_eq!(answer["verdict"], "refused");
    let challenge = &answer["approval"]["challenges"][0];
    assert_eq!(challenge["alternatives"][0].text("availability"), "available");
}

/// A wait is the database's, not the process's.
#[tokio::test]
async fn a_wait_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let clock = manual_clock();
    let mut env = TestEnv::with("v2", clock.clone(), |config| {
        config.enrolment.partner_step_up = true;
        config.enrolment.cooling_off = DAY;
        use_shared_database(config, folder.path());
    })
    .await;
    let customer: TestCustomer = env.customer(json!({})).await;
    env.enrolment(&customer).await.change_pin("2468").await.ok();
    env.backend.stop().await;
    env.backend = env.config.backend_with(clock).await.unwrap();
    env.app = routes::router(env.backend.clone());
    env.backend.sweep().await.unwrap();
    assert_too_new(&env, &env.approval_for(env.fund(&customer)).await).await;
}
