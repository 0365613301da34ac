//! A customer's phone number is verified by the bank's code and registered at Wise, on each generation of its paths.

use std::{sync::Arc, time::Duration};

use sca_backend::routes;
use sca_runtime::clock::{ManualClock, SystemClock};
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{
    API_KEY, ContractJson, Reply, TestEnv, assert_problem,
    enrolment::{EnrolmentWidget, begin, order, state},
    idempotency_key, manual_clock,
    phone_and_face::{env, env_with},
    raw_connection,
    stub::{Stub, StubResponse},
    use_shared_database, wise_configuration,
};

const TYPED: &str = "(0171) 123-4567";
const NUMBER: &str = "+491711234567";
const OTHER_TYPED: &str = "0171 7654321";
const OTHER: &str = "+491717654321";

/// The answer has this verdict, and the phone number is in this state.
#[track_caller]
fn assert_phone(reply: Reply, verdict: &str, phone: &str) -> Value {
    let answer = reply.ok();
    assert_eq!(
        (answer.text("verdict"), state(&answer["enrolment"], "sms")),
        (verdict, phone)
    );
    answer["enrolment"].clone()
}

/// Has a code sent to a number and enters it.
async fn verified(env: &TestEnv, widget: &EnrolmentWidget, path: &str, typed: &str, number: &str) -> Reply {
    let sent = widget.send_phone_code("DE", typed).await.ok();
    assert_eq!(sent.text("verdict"), "code-sent");
    let code = env.phone_code(number).await;
    widget.phone_code(path, "DE", typed, &code).await
}

async fn number_from_beginning_to_end(paths: &str) {
    let clock = manual_clock();
    let env = env_with(paths, clock.clone(), |_| {}).await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    let snapshot = widget.snapshot().await;
    assert_eq!(state(&snapshot, "sms"), "unknown");
    assert!(snapshot["phone"].is_null() && snapshot["phoneCode"].is_null());

    let sent = widget.send_phone_code("DE", TYPED).await.ok();
    assert_eq!(sent.text("verdict"), "code-sent");
    let pending = &sent["enrolment"]["phoneCode"];
    assert_eq!(
        (pending.text("number"), pending.number("checksLeft")),
        ("*********4567", 5)
    );
    assert_eq!(pending["verified"], false);
    assert!(
        env.phone_at_wise(&customer).await.is_null(),
        "registered without a code"
    );
    let code = env.phone_code(NUMBER).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let refused = widget.phone_code("verify", "DE", TYPED, wrong).await.ok();
    assert_eq!(refused.text("verdict"), "code-wrong");
    assert_eq!(refused["enrolment"]["phoneCode"].number("checksLeft"), 4);
    assert!(env.phone_at_wise(&customer).await.is_null());

    let enrolled = widget.phone_code("verify", "DE", TYPED, &code).await;
    let enrolment = assert_phone(enrolled, "enrolled", "enrolled");
    assert_eq!(enrolment["phone"].text("number"), "*********4567");
    assert!(enrolment["phone"]["createdAt"].is_u64() && enrolment["phoneCode"].is_null());
    assert_eq!(env.phone_at_wise(&customer).await, NUMBER);
    assert!(!widget.snapshot().await.to_string().contains("1711234567"));

    // A second number is not added, and replaces the first one.
    clock.advance(Duration::from_secs(31));
    let second = verified(&env, &widget, "verify", OTHER_TYPED, OTHER).await;
    assert_phone(second, "already-enrolled", "enrolled");
    let code = env.phone_code(OTHER).await;
    clock.advance(Duration::from_secs(31));
    let replaced = widget.phone_code("change", "DE", OTHER_TYPED, &code).await.ok();
    assert_eq!(replaced.text("verdict"), "code-expired", "the code is used up");
    let replaced = verified(&env, &widget, "change", OTHER_TYPED, OTHER).await;
    let enrolment = assert_phone(replaced, "enrolled", "enrolled");
    assert_eq!(enrolment["phone"].text("number"), "*********4321");
    assert_eq!(env.phone_at_wise(&customer).await, OTHER);

    // A later enrolment knows it, and removes it.
    let later = env.enrolment(&customer).await;
    let snapshot = later.snapshot().await;
    assert_eq!(state(&snapshot, "sms"), "enrolled");
    assert_eq!(snapshot["phone"].text("number"), "*********4321");
    let removed = later.post("/phone/remove", &json!({})).await;
    let enrolment = assert_phone(removed, "removed", "not-enrolled");
    assert!(enrolment["phone"].is_null() && env.phone_at_wise(&customer).await.is_null());
    env.sandbox.stop().await;
}

#[tokio::test]
async fn a_number_is_added_replaced_and_removed_on_v1_paths() {
    number_from_beginning_to_end("v1").await;
}

#[tokio::test]
async fn a_number_is_added_replaced_and_removed_on_v2_paths() {
    number_from_beginning_to_end("v2").await;
}

#[tokio::test]
async fn a_number_is_added_replaced_and_removed_on_calendar_paths() {
    number_from_beginning_to_end("2026Q3").await;
}

/// Generations with a list find a number that the backend did not register. The calendar generation does not, and says so.
#[tokio::test]
async fn a_number_that_was_registered_elsewhere_is_removed_where_wise_lists_it() {
    for (paths, is_listed) in [("v1", true), ("v2", true), ("2026Q3", false)] {
        let env = env(paths).await;
        let customer = env.customer(json!({"phone": "+4915112345678"})).await;
        let widget = env.enrolment(&customer).await;
        let added = verified(&env, &widget, "verify", TYPED, NUMBER).await;
        let enrolment = assert_phone(added, "already-enrolled", "enrolled");
        assert_eq!(env.phone_at_wise(&customer).await, "+4915112345678", "{paths}");
        let removed = widget.post("/phone/remove", &json!({})).await;
        if is_listed {
            assert_eq!(enrolment["phone"].text("number"), "**********5678");
            assert!(enrolment["phone"]["createdAt"].is_null());
            assert_phone(removed, "removed", "not-enrolled");
            assert_phone(
                widget.post("/phone/remove", &json!({})).await,
                "not-enrolled",
                "not-enrolled",
            );
        } else {
            assert!(enrolment["phone"].is_null());
            assert_problem(&removed, 404, "not-found");
        }
        env.sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_number_of_another_customer_is_said_to_be_repeated_and_costs_no_old_number() {
    for paths in ["v1", "v2", "2026Q3"] {
        let clock = manual_clock();
        let env = env_with(paths, clock.clone(), |_| {}).await;
        env.customer(json!({ "phone": NUMBER })).await;
        let customer = env.customer(json!({"phone": null})).await;
        let widget = env.enrolment(&customer).await;
        let repeated = verified(&env, &widget, "verify", TYPED, NUMBER).await;
        assert!(
            !repeated.text.contains("wise.com"),
            "it names the other customer: {}",
            repeated.text
        );
        assert_eq!(repeated.ok().text("verdict"), "number-repeated");
        clock.advance(Duration::from_secs(31));
        assert_phone(
            verified(&env, &widget, "verify", OTHER_TYPED, OTHER).await,
            "enrolled",
            "enrolled",
        );
        clock.advance(Duration::from_secs(31));
        let repeated = verified(&env, &widget, "change", TYPED, NUMBER).await;
        assert_phone(repeated, "number-repeated", "enrolled");
        assert_eq!(env.phone_at_wise(&customer).await, OTHER, "{paths}");
        env.sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_text_that_is_no_number_reaches_nobody() {
    let env = env("v1").await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    for (country, text, verdict) in [
        ("US", "(201) 555-012", "number-too-short"),
        // Some German numbers have eight digits, mobile ones have more.
        ("DE", "0171 12345", "number-invalid"),
        ("DE", "0171 1234567890123", "number-too-long"),
        ("DE", &"0".repeat(41), "number-too-long"),
        ("DE", "call me", "number-invalid"),
        ("DE", "", "number-invalid"),
        ("DE", "0900 1 234567", "number-invalid"),
        ("DE", "+44 7400 123456", "number-of-other-country"),
        ("XK", "+377 44 123 456", "number-of-other-country"),
    ] {
        for reply in [
            widget.send_phone_code(country, text).await,
            widget.phone_code("verify", country, text, "123456").await,
        ] {
            assert_eq!(reply.ok().text("verdict"), verdict, "{country} {text}");
        }
    }
    assert_problem(&widget.send_phone_code("de", TYPED).await, 400, "invalid-request");
    assert_problem(&widget.send_phone_code("ZZ", TYPED).await, 400, "invalid-request");
    for code in ["", "123", "12345678901", "12a456", "12\"456"] {
        let refused = widget.phone_code("verify", "DE", TYPED, code).await;
        assert_problem(&refused, 400, "invalid-request");
    }
    assert_eq!(env.codes_sent().await, 0);
}

#[tokio::test]
async fn a_code_is_for_one_number_for_a_while_and_for_a_few_tries() {
    let clock = manual_clock();
    let env = env_with("v1", clock.clone(), |_| {}).await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    let verdict = async |number: &str, code: &str| {
        let answer = widget.phone_code("verify", "DE", number, code).await.ok();
        answer.text("verdict").to_owned()
    };
    // No code was sent yet.
    assert_eq!(verdict(TYPED, "123456").await, "code-expired");
    widget.send_phone_code("DE", TYPED).await.ok();
    let code = env.phone_code(NUMBER).await;
    // The code of one's own number registers no other.
    assert_eq!(verdict(OTHER_TYPED, &code).await, "code-expired");
    // Too early for another one.
    let early = widget.send_phone_code("DE", OTHER_TYPED).await;
    assert_problem(&early, 429, "too-many-requests");
    assert!((1..=30).contains(&early.retry_after()));
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(verdict(TYPED, wrong).await, "code-wrong");
    }
    assert_eq!(verdict(TYPED, &code).await, "code-expired");
    // The same number written in another way, after the code has expired.
    clock.advance(Duration::from_secs(31));
    widget.send_phone_code("DE", "+49 171 1234567").await.ok();
    let code = env.phone_code(NUMBER).await;
    clock.advance(Duration::from_secs(600));
    assert_eq!(verdict(TYPED, &code).await, "code-expired");
    assert!(env.phone_at_wise(&customer).await.is_null());
    // A new enrolment; an old secret opens nothing.
    clock.advance(Duration::from_secs(600));
    assert_problem(&widget.send_phone_code("DE", TYPED).await, 401, "unauthorized");
    let widget = env.enrolment(&customer).await;
    for _ in 0..5 {
        widget.send_phone_code("DE", TYPED).await.ok();
        clock.advance(Duration::from_secs(31));
    }
    let limited = widget.send_phone_code("DE", TYPED).await.ok();
    assert_eq!(limited.text("verdict"), "code-limit-reached");
    assert_eq!(env.codes_sent().await, 7);
}

#[tokio::test]
async fn an_unreachable_number_and_a_forgotten_code_are_told_apart() {
    let env = env("v1").await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    env.control(
        axum::http::Method::PUT,
        "/bank/unreachable-numbers",
        json!({"numbers": [OTHER]}),
    )
    .await;
    let unreachable = widget.send_phone_code("DE", OTHER_TYPED).await.ok();
    assert_eq!(unreachable.text("verdict"), "number-unreachable");
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    widget.send_phone_code("DE", TYPED).await.ok();
    let code = env.phone_code(NUMBER).await;
    env.control(axum::http::Method::DELETE, "/bank/phone-codes", json!({}))
        .await;
    let forgotten = widget.phone_code("verify", "DE", TYPED, &code).await.ok();
    assert_eq!(forgotten.text("verdict"), "code-expired");
}

/// The bank's server is down, slow, or answers with nonsense. The provider is not called, and a code that may have been sent counts.
#[tokio::test]
async fn the_banks_failures_register_nothing() {
    let env = env("v1").await;
    for (fault, status, code) in [
        (json!({"kind": "reset"}), 502, "provider-error"),
        (json!({"kind": "slow", "milliseconds": 1500}), 504, "provider-timeout"),
        (json!({"kind": "status", "status": 503}), 502, "provider-error"),
        (json!({"kind": "html"}), 502, "provider-error"),
        (json!({"kind": "truncatedJson"}), 502, "provider-error"),
        (json!({"kind": "redirect"}), 502, "provider-error"),
        (json!({"kind": "hugeBody", "bytes": 20_000}), 502, "provider-error"),
        (
            json!({"kind": "tooManyRequests", "retryAfter": 7}),
            429,
            "too-many-requests",
        ),
    ] {
        let customer = env.customer(json!({"phone": null})).await;
        let widget = env.enrolment(&customer).await;
        env.bank_fault("phoneCode", "before", fault.clone()).await;
        assert_problem(&widget.send_phone_code("DE", TYPED).await, status, code);
        assert!(widget.snapshot().await["phoneCode"].is_null(), "{fault}");

        let widget = env.enrolment(&customer).await;
        widget.send_phone_code("DE", TYPED).await.ok();
        let right = env.phone_code(NUMBER).await;
        env.bank_fault("phoneCheck", "before", fault.clone()).await;
        assert_problem(&widget.phone_code("verify", "DE", TYPED, &right).await, status, code);
        let left = if status == 429 { 5 } else { 4 };
        assert_eq!(
            widget.snapshot().await["phoneCode"].number("checksLeft"),
            left,
            "{fault}"
        );
        assert!(env.phone_at_wise(&customer).await.is_null(), "{fault}");
        assert_phone(
            widget.phone_code("verify", "DE", TYPED, &right).await,
            "enrolled",
            "enrolled",
        );
        // The next customer registers the same number.
        widget.post("/phone/remove", &json!({})).await.ok();
    }
}

#[tokio::test]
async fn the_bank_knows_the_backend_by_its_secret() {
    let env = env_with("v1", Arc::new(SystemClock), |config| {
        let secret = sca_core::secret::Secret::new("another-secret-of-24-characters".into());
        config.phone.as_mut().unwrap().secret = secret;
    })
    .await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    assert_problem(&widget.send_phone_code("DE", TYPED).await, 502, "provider-error");
    // Nothing was sent, so the customer need not wait.
    assert_problem(&widget.send_phone_code("DE", TYPED).await, 502, "provider-error");
    assert_eq!(env.codes_sent().await, 0);
}

/// Wise executes the registration and its answer is lost. Where Wise lists numbers, the backend finds it; elsewhere it is unknown.
#[tokio::test]
async fn a_lost_answer_of_wise_is_looked_up_or_unknown() {
    for (paths, is_listed) in [("v1", true), ("2026Q3", false)] {
        let env = env(paths).await;
        let customer = env.customer(json!({"phone": null})).await;
        let widget = env.enrolment(&customer).await;
        env.wise_fault("phone-create", "after", json!({"kind": "reset"})).await;
        let lost = verified(&env, &widget, "verify", TYPED, NUMBER).await;
        if is_listed {
            assert_phone(lost, "enrolled", "enrolled");
            assert_phone(
                widget.post("/phone/remove", &json!({})).await,
                "removed",
                "not-enrolled",
            );
        } else {
            assert_problem(&lost, 502, "provider-error");
            let snapshot = widget.snapshot().await;
            assert_eq!(state(&snapshot, "sms"), "unknown");
            assert_eq!(snapshot["phoneCode"]["verified"], true);
            // The bank is not asked again, and Wise says that there is a number.
            let again = widget.phone_code("verify", "DE", TYPED, "000000").await;
            assert_phone(again, "already-enrolled", "enrolled");
        }
        env.sandbox.stop().await;
    }
}

/// A number whose code was accepted is registered later without another code, and only that number.
#[tokio::test]
async fn a_failed_registration_is_repeated_without_another_code() {
    let env = env("v1").await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    env.wise_fault("phone-create", "before", json!({"kind": "tooManyRequests"}))
        .await;
    let limited = verified(&env, &widget, "verify", TYPED, NUMBER).await;
    assert_problem(&limited, 429, "too-many-requests");
    assert_eq!(widget.snapshot().await["phoneCode"]["verified"], true);
    let other = widget.phone_code("verify", "DE", OTHER_TYPED, "000000").await.ok();
    assert_eq!(other.text("verdict"), "code-expired");
    let again = widget.phone_code("verify", "DE", TYPED, "000000").await;
    assert_phone(again, "enrolled", "enrolled");
    assert_eq!(env.phone_at_wise(&customer).await, NUMBER);
}

/// A Wise that answers as its test says, a bank that accepts every code, and an enrolment.
struct Stubbed {
    stub: Stub,
    widget: EnrolmentWidget,
    clock: Arc<ManualClock>,
}

impl Stubbed {
    async fn start(paths: &str) -> Self {
        let (stub, bank) = (Stub::start().await, Stub::start().await);
        let mut config = wise_configuration(&stub.base, paths);
        config.wise.as_mut().unwrap().timeout = Duration::from_secs(1);
        config.enrolment.partner_step_up = true;
        let mut section = sca_backend::config::PhoneConfig::new(
            format!("{}/start", bank.base),
            format!("{}/check", bank.base),
            sca_core::secret::Secret::new("secret-of-24-characters-or-more".into()),
        );
        section.resend_after = Duration::from_secs(1);
        config.phone = Some(section);
        bank.respond("POST /start", StubResponse::json(201, r#"{"verification":"ver_1"}"#));
        bank.respond("POST /check", StubResponse::json(200, r#"{"result":"correct"}"#));
        let clock = manual_clock();
        let app = routes::router(config.backend_with(clock.clone()).await.unwrap());
        let order = json!({
            "customer": "ann", "accessToken": "canary-access-token", "profileId": "16605", "userId": "7", "authorization": "partner",
        });
        let widget = EnrolmentWidget::new(&app, &begin(&app, API_KEY, &order).await.ok());
        Self { stub, widget, clock }
    }
}

/// Wise lists several numbers. The one that the backend registered is meant, wherever it is in the list.
#[tokio::test]
async fn of_several_listed_numbers_the_one_that_was_registered_here_is_replaced_and_removed() {
    const NUMBERS: &str = "/v1/application/users/7/phone-numbers";
    let (create, list) = (format!("POST {NUMBERS}"), format!("GET {NUMBERS}"));
    let one = |id: u32, number: &str| json!({"id": id, "phoneNumber": number});
    let Stubbed { stub, widget, clock } = Stubbed::start("v1").await;
    stub.respond_once(&create, StubResponse::json(200, one(42, NUMBER).to_string()));
    widget.send_phone_code("DE", TYPED).await.ok();
    assert_phone(
        widget.phone_code("verify", "DE", TYPED, "123456").await,
        "enrolled",
        "enrolled",
    );
    let listed = json!([one(41, "+4915112345678"), one(42, NUMBER)]).to_string();
    stub.respond(&list, StubResponse::json(200, listed));
    stub.respond(&create, StubResponse::json(409, "{}"));
    clock.advance(Duration::from_secs(2));
    widget.send_phone_code("DE", OTHER_TYPED).await.ok();
    let again = widget.phone_code("verify", "DE", OTHER_TYPED, "123456").await;
    let enrolment = assert_phone(again, "already-enrolled", "enrolled");
    assert_eq!(enrolment["phone"].text("number"), "*********4567");

    let change = format!("PUT {NUMBERS}/42");
    stub.respond(&change, StubResponse::json(200, one(42, OTHER).to_string()));
    clock.advance(Duration::from_secs(2));
    widget.send_phone_code("DE", OTHER_TYPED).await.ok();
    let changed = widget.phone_code("change", "DE", OTHER_TYPED, "123456").await;
    let enrolment = assert_phone(changed, "enrolled", "enrolled");
    assert_eq!(enrolment["phone"].text("number"), "*********4321");

    let listed = json!([one(41, "+4915112345678"), one(42, OTHER)]).to_string();
    stub.respond(&list, StubResponse::json(200, listed));
    let (this, other) = (format!("DELETE {NUMBERS}/42"), format!("DELETE {NUMBERS}/41"));
    stub.respond(&this, StubResponse::json(204, ""));
    let removed = widget.post("/phone/remove", &json!({})).await;
    assert_phone(removed, "removed", "not-enrolled");
    assert_eq!((stub.calls(&this), stub.calls(&other)), (1, 0));
}

const CREATE: &str = "POST /2026Q3/application/users/7/phone-numbers";
const DELETE: &str = "DELETE /2026Q3/application/users/7/phone-numbers/41";

/// The calendar generation has no call that changes a number: the first call finds the old one, the second removes it, the third registers
/// the new one or fails.
#[tokio::test]
async fn a_replacement_whose_second_half_fails_says_that_the_old_number_is_gone() {
    let registered = |id: u32| StubResponse::json(200, format!(r#"{{"id":{id},"phoneNumber":"{NUMBER}"}}"#));
    for (second, removal, third, verdict, phone) in [
        (
            StubResponse::json(409, "{}"),
            StubResponse::json(204, ""),
            registered(42),
            "enrolled",
            "enrolled",
        ),
        (
            StubResponse::json(409, "{}"),
            StubResponse::json(204, ""),
            StubResponse::json(422, "{}"),
            "replacement-failed",
            "not-enrolled",
        ),
        // Another call has removed it meanwhile.
        (
            StubResponse::json(409, "{}"),
            StubResponse::json(404, ""),
            StubResponse::json(422, "{}"),
            "replacement-failed",
            "not-enrolled",
        ),
        (
            StubResponse::json(409, "{}"),
            StubResponse::json(204, ""),
            StubResponse::json(503, "{}"),
            "replacement-unknown",
            "unknown",
        ),
        (
            StubResponse::json(409, "{}"),
            StubResponse::json(204, ""),
            StubResponse::never(),
            "replacement-unknown",
            "unknown",
        ),
        (
            StubResponse::json(409, "{}"),
            StubResponse::json(400, "{}"),
            registered(42),
            "rejected",
            "enrolled",
        ),
        // A Wise that takes a second number.
        (
            registered(42),
            StubResponse::json(204, ""),
            registered(43),
            "enrolled",
            "enrolled",
        ),
        (
            registered(42),
            StubResponse::json(503, ""),
            registered(43),
            "old-number-unknown",
            "enrolled",
        ),
    ] {
        let Stubbed { stub, widget, clock } = Stubbed::start("2026Q3").await;
        stub.respond_once(CREATE, registered(41));
        widget.send_phone_code("DE", TYPED).await.ok();
        let first = widget.phone_code("verify", "DE", TYPED, "123456").await;
        assert_phone(first, "enrolled", "enrolled");
        stub.respond_once(CREATE, second);
        stub.respond(DELETE, removal);
        stub.respond(CREATE, third);
        clock.advance(Duration::from_secs(2));
        widget.send_phone_code("DE", OTHER_TYPED).await.ok();
        let key = idempotency_key();
        let body = json!({"number": OTHER_TYPED, "country": "DE", "code": "123456"});
        let changed = widget.post_as(&key, "/phone/change", &body).await;
        let calls = (stub.calls(CREATE), stub.calls(DELETE));
        // A repetition gets the same answer and makes no call.
        let again = widget.post_as(&key, "/phone/change", &body).await;
        assert_eq!((changed.status, &changed.text), (again.status, &again.text));
        assert_eq!((stub.calls(CREATE), stub.calls(DELETE)), calls);
        let enrolment = assert_phone(changed, verdict, phone);
        let shown = &enrolment["phone"];
        let expected = match verdict {
            "enrolled" | "old-number-unknown" => json!("*********4321"),
            "rejected" => json!("*********4567"),
            _ => Value::Null,
        };
        assert_eq!(shown["number"], expected, "{verdict}");
    }
}

/// Each change is reported to the partner, without the number.
#[tokio::test]
async fn each_change_has_a_message_for_the_partner_and_no_row_has_the_number() {
    let folder = tempfile::tempdir().unwrap();
    let clock = manual_clock();
    let env = env_with("v1", clock.clone(), |config| use_shared_database(config, folder.path())).await;
    let customer = env.customer(json!({"phone": null})).await;
    let widget = env.enrolment(&customer).await;
    verified(&env, &widget, "verify", TYPED, NUMBER).await.ok();
    clock.advance(Duration::from_secs(31));
    verified(&env, &widget, "change", OTHER_TYPED, OTHER).await.ok();
    widget.post("/phone/remove", &json!({})).await.ok();
    let mut connection = raw_connection(&env.config).await;
    let rows = sqlx::query("SELECT kind, payload FROM outbox ORDER BY created_at, id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut reported: Vec<(String, String)> = Vec::new();
    for row in &rows {
        let payload: Value = serde_json::from_str(row.get("payload")).unwrap();
        let customer = format!("customer-{}", customer.user);
        assert_eq!(
            (
                payload.text("factor"),
                payload.text("customer"),
                payload["device"].is_null()
            ),
            ("sms", &*customer, true)
        );
        reported.push((row.get("kind"), payload.text("phone").into()));
    }
    reported.sort();
    let expected = [
        ("factor.enrolled", "*********4321"),
        ("factor.enrolled", "*********4567"),
        ("factor.removed", "*********4321"),
        ("factor.removed", "*********4567"),
    ];
    assert_eq!(
        reported,
        expected.map(|(kind, phone)| (kind.to_owned(), phone.to_owned()))
    );
    // What is open in a row is readable, what is sealed is not: the number is in neither.
    for table in ["enrolments", "enrolled_phones", "outbox", "idempotency_keys"] {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for row in &rows {
            for column in 0..row.len() {
                let bytes: Vec<u8> = row
                    .try_get::<Vec<u8>, _>(column)
                    .or_else(|_| row.try_get::<String, _>(column).map(String::into_bytes))
                    .unwrap_or_default();
                for number in ["1711234567", "1717654321"] {
                    let found = bytes.windows(number.len()).any(|window| window == number.as_bytes());
                    assert!(!found, "{table} {column}");
                }
            }
        }
    }
}

#[tokio::test]
async fn without_a_verification_or_a_user_id_no_number_is_offered() {
    let plain = TestEnv::with("v2", Arc::new(SystemClock), |config| {
        config.enrolment.partner_step_up = true
    })
    .await;
    let customer = plain.customer(json!({})).await;
    let widget = plain.enrolment(&customer).await;
    let factors = widget.snapshot().await["factors"].as_array().unwrap().len();
    assert_eq!(factors, 2);
    assert_problem(&widget.send_phone_code("DE", TYPED).await, 422, "factor-not-available");
    let env = env("v2").await;
    let customer = env.customer(json!({})).await;
    let mut order = order(&customer, &json!("partner"));
    order["userId"] = Value::Null;
    let widget = EnrolmentWidget::new(&env.app, &begin(&env.app, API_KEY, &order).await.ok());
    for reply in [
        widget.send_phone_code("DE", TYPED).await,
        widget.phone_code("verify", "DE", TYPED, "123456").await,
        widget.post("/phone/remove", &json!({})).await,
    ] {
        assert_problem(&reply, 422, "factor-not-available");
    }
    assert_eq!(env.codes_sent().await, 0);
}
