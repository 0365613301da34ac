//! A customer's PIN is set, changed and removed at Wise, on each generation of its paths.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use sca_backend::{config::PartnerWebhookConfig, gate::GateAnswer};
use sca_core::secret::Secret;
use sca_runtime::clock::SystemClock;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{
    API_KEY, ContractJson, OTHER_API_KEY, TestCustomer, TestEnv, assert_problem,
    control::status_and_json,
    enrolment::{EnrolmentWidget, assert_pin, begin, open_session, order, state},
    facesign_env::BANK_SECRET,
    raw_connection, read_approval, repeat, send, use_shared_database, waiting,
};

async fn env(paths: &str) -> TestEnv {
    TestEnv::with(paths, Arc::new(SystemClock), |config| {
        config.enrolment.partner_step_up = true
    })
    .await
}

async fn has_pin(env: &TestEnv, customer: &TestCustomer) -> bool {
    env.state_of(customer).await["pinSet"] == true
}

/// Whether the customer passes a challenge with a PIN.
async fn is_pin(env: &TestEnv, customer: &TestCustomer, pin: &str) -> bool {
    let widget = env.approval_for(env.fund(customer)).await;
    widget.pin("1", pin).await.ok()["verdict"] == "accepted"
}

async fn pin_from_beginning_to_end(paths: &str) {
    let env = env(paths).await;
    let customer = env.customer(json!({"pin": null})).await;
    let widget = env.enrolment(&customer).await;
    assert_eq!(state(&widget.snapshot().await, "pin"), "unknown");
    assert_pin(widget.set_pin("4321").await, "enrolled", "enrolled");
    assert!(is_pin(&env, &customer, "4321").await);
    assert_pin(widget.set_pin("1111").await, "already-enrolled", "enrolled");
    assert!(is_pin(&env, &customer, "4321").await);
    assert_pin(widget.change_pin("2468").await, "enrolled", "enrolled");
    assert!(!is_pin(&env, &customer, "4321").await && is_pin(&env, &customer, "2468").await);
    assert_pin(widget.remove_pin().await, "removed", "not-enrolled");
    assert!(!has_pin(&env, &customer).await);
    assert_pin(widget.remove_pin().await, "not-enrolled", "not-enrolled");
    assert_pin(widget.change_pin("1357").await, "enrolled", "enrolled");
    assert!(is_pin(&env, &customer, "1357").await);
    env.sandbox.stop().await;
}

#[tokio::test]
async fn a_pin_is_set_changed_and_removed_on_v1_paths() {
    pin_from_beginning_to_end("v1").await;
}

#[tokio::test]
async fn a_pin_is_set_changed_and_removed_on_v2_paths() {
    pin_from_beginning_to_end("v2").await;
}

#[tokio::test]
async fn a_pin_is_set_changed_and_removed_on_calendar_paths() {
    pin_from_beginning_to_end("2026Q3").await;
}

/// An approval of the customer's own, from the SCA session to the enrolment.
async fn approved_enrolment(paths: &str) {
    let env = TestEnv::with(paths, Arc::new(SystemClock), |_| {}).await;
    let customer = env.customer(json!({})).await;
    let approval = open_session(&env.app, &customer, "security").await;
    assert_eq!(approval.snapshot().await["action"], json!({"access": "security"}));
    approval.approve().await;
    let by_approval = order(&customer, &json!({"approval": approval.id}));
    let begun = begin(&env.app, API_KEY, &by_approval).await;
    assert_eq!(begun.status, 201);
    let begun = begun.ok();
    let widget = EnrolmentWidget::new(&env.app, &begun);
    assert!(widget.secret.starts_with(&format!("{}_secret_", widget.id)) && widget.id.starts_with("enr_"));
    let enrolment = &begun["enrolment"];
    assert_eq!((enrolment.text("id"), enrolment.text("status")), (&*widget.id, "open"));
    assert_eq!(
        enrolment["factors"],
        json!([
            // The approval was given with it.
            {"factor": "pin", "kind": "knowledge", "state": "enrolled"},
            {"factor": "device", "kind": "possession", "state": "unknown"},
        ])
    );
    assert_eq!(enrolment["devices"], json!([]));
    assert_pin(widget.change_pin("9753").await, "enrolled", "enrolled");
    assert!(is_pin(&env, &customer, "9753").await);
    env.sandbox.stop().await;
}

#[tokio::test]
async fn an_approval_begins_an_enrolment_on_v1_paths() {
    approved_enrolment("v1").await;
}

#[tokio::test]
async fn an_approval_begins_an_enrolment_on_v2_paths() {
    approved_enrolment("v2").await;
}

#[tokio::test]
async fn an_approval_begins_an_enrolment_on_calendar_paths() {
    approved_enrolment("2026Q3").await;
}

/// Wise asks for no approval of a low-risk call for five minutes.
#[tokio::test]
async fn an_approved_session_opens_the_account_for_a_while() {
    let env = TestEnv::with("v2", Arc::new(SystemClock), |_| {}).await;
    let customer = env.customer(json!({})).await;
    let approval = open_session(&env.app, &customer, "account").await;
    assert_eq!(approval.snapshot().await["action"], json!({"access": "account"}));
    approval.approve().await;
    match env.gate().send(env.statement(&customer)).await.unwrap() {
        GateAnswer::Provider { status, .. } => assert!(status.is_success(), "{status}"),
        GateAnswer::ApprovalRequired(_) | GateAnswer::NotDescribed { .. } => {
            panic!("the statement needs another approval")
        }
    }
    // It repeats no call.
    assert!(repeat(&env.gate(), env.fund(&customer), &approval).await.is_err());
    // A payment needs an approval of its own all the same, and after five minutes a statement does, too.
    for (seconds, request) in [(299, env.fund(&customer)), (1, env.statement(&customer))] {
        let advance = json!({"seconds": seconds, "userId": customer.user});
        env.control(Method::POST, "/clock/advance", advance).await;
        let answer = env.gate().send(request).await.unwrap();
        assert!(matches!(answer, GateAnswer::ApprovalRequired(_)), "{seconds}");
    }
    assert_eq!(
        read_approval(&env.app, API_KEY, &approval.id).await.ok()["action"],
        json!({"access": "account"})
    );
}

#[tokio::test]
async fn a_repeated_idempotency_key_gets_the_same_answer_and_one_call() {
    let env = env("v2").await;
    let customer = env.customer(json!({"pin": null})).await;
    let widget = env.enrolment(&customer).await;
    let body = widget.pin_body("4321").await;
    let key = "attempt-of-the-customer-1";
    let first = widget.post_as(key, "/pin", &body).await;
    let second = widget.post_as(key, "/pin", &body).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_pin(first, "enrolled", "enrolled");
    assert_eq!(env.calls("pin-create").await.len(), 1);
    let other = widget.post_as(key, "/pin/change", &body).await;
    assert_problem(&other, 422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_body_of_another_form_reaches_no_provider() {
    let env = env("v2").await;
    let customer = env.customer(json!({"pin": null})).await;
    let widget = env.enrolment(&customer).await;
    for body in [
        json!({}),
        json!({"jwe": 7}),
        json!({"jwe": ""}),
        json!({"jwe": "4321"}),
        json!({"jwe": "a.b.c.d.e"}),
        json!({"pin": "4321"}),
    ] {
        for path in ["/pin", "/pin/change"] {
            assert_problem(&widget.post(path, &body).await, 400, "invalid-request");
        }
    }
    assert_problem(
        &widget.post("/pin/remove", &json!({"pin": "1"})).await,
        400,
        "invalid-request",
    );
    assert!(env.calls("pin-create").await.is_empty() && env.calls("pin-delete").await.is_empty());

    for (change, code) in [
        (json!({"customer": ""}), "invalid-request"),
        (json!({"customer": "a\u{202e}b"}), "invalid-request"),
        (json!({"customer": "a".repeat(129)}), "invalid-request"),
        (json!({"accessToken": ""}), "invalid-request"),
        (json!({"profileId": null}), "invalid-request"),
        (json!({"profileId": "1/2"}), "invalid-request"),
        (json!({"userId": "1/2"}), "invalid-request"),
        (json!({"authorization": "none"}), "invalid-request"),
        (json!({"authorization": null}), "invalid-request"),
        (json!({"provider": "unknown"}), "invalid-request"),
        (json!({"more": 1}), "invalid-request"),
    ] {
        let mut body = order(&customer, &json!("partner"));
        let members = body.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        assert_eq!(begin(&env.app, API_KEY, &body).await.code(), code, "{change}");
    }
}

/// Each change is reported to the partner, in the transaction that records it.
#[tokio::test]
async fn each_change_has_a_message_for_the_partner() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::with("v2", Arc::new(SystemClock), |config| {
        config.enrolment.partner_step_up = true;
        use_shared_database(config, folder.path());
    })
    .await;
    let customer = env.customer(json!({"pin": null})).await;
    let widget = env.enrolment(&customer).await;
    widget.set_pin("4321").await.ok();
    widget.set_pin("4321").await.ok();
    widget.change_pin("2468").await.ok();
    widget.remove_pin().await.ok();
    let rows = sqlx::query("SELECT kind, payload FROM outbox ORDER BY created_at, id")
        .fetch_all(&mut raw_connection(&env.config).await)
        .await
        .unwrap();
    let mut kinds: Vec<&str> = rows.iter().map(|row| row.get::<&str, _>("kind")).collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["factor.enrolled", "factor.enrolled", "factor.removed", "factor.removed"]
    );
    for row in &rows {
        let payload: Value = serde_json::from_str(row.get("payload")).unwrap();
        let expected = json!({
            "enrolment": widget.id, "owner": "shop", "provider": "wise", "customer": format!("customer-{}", customer.user),
            "factor": "pin", "device": null, "phone": null,
        });
        assert_eq!(payload, expected);
    }
}

/// From the customer's approval to the mail that tells the customer what has changed.
#[tokio::test]
async fn after_a_step_up_each_change_reaches_the_bank_which_would_mail_the_customer() {
    let env = TestEnv::with("v1", Arc::new(SystemClock), |config| {
        let base = &config.wise.as_ref().unwrap().base;
        config.partner_webhook = Some(PartnerWebhookConfig {
            url: format!("{base}/bank/notices"),
            secrets: vec![Secret::new(BANK_SECRET.into())],
            timeout: Duration::from_secs(5),
        });
    })
    .await;
    let customer = env.customer(json!({})).await;
    let approval = open_session(&env.app, &customer, "security").await;
    assert_eq!(approval.snapshot().await["action"], json!({"access": "security"}));
    approval.approve().await;
    let begun = begin(&env.app, API_KEY, &order(&customer, &json!({"approval": approval.id}))).await;
    let widget = EnrolmentWidget::new(&env.app, &begun.ok());
    widget.change_pin("2468").await.ok();
    widget.remove_pin().await.ok();
    env.backend.worker().dispatch_due().await.unwrap();

    let url = format!("{}/bank/mail/customer-{}", env.sandbox.base_url(), customer.user);
    let (status, mail) = status_and_json(waiting::client().get(url)).await;
    assert_eq!(status, 200);
    let mail: Vec<_> = mail
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| (mail.text("type"), mail.text("factor"), mail.text("enrolment")))
        .collect();
    let about = |kind| (kind, "pin", widget.id.as_str());
    assert_eq!(
        mail,
        [
            about("factor.removed"),
            about("factor.enrolled"),
            about("factor.removed")
        ]
    );
}

#[tokio::test]
async fn the_partner_reads_its_own_enrolments() {
    let env = env("v2").await;
    let customer = env.customer(json!({"pin": null})).await;
    let widget = env.enrolment(&customer).await;
    widget.set_pin("4321").await.ok();
    let read = async |key: &str, id: &str| {
        let request = axum::http::Request::builder()
            .method(Method::GET)
            .uri(format!("/v1/enrolments/{id}"))
            .header("x-api-key", key);
        send(&env.app, request.body(axum::body::Body::empty()).unwrap()).await
    };
    let enrolment = read(API_KEY, &widget.id).await.ok();
    assert_eq!(
        (enrolment.text("status"), state(&enrolment, "pin")),
        ("open", "enrolled")
    );
    assert_problem(&read(OTHER_API_KEY, &widget.id).await, 404, "not-found");
    assert_problem(&read(API_KEY, "enr_none").await, 404, "not-found");
    assert_eq!(widget.end().await.ok().text("status"), "ended");
    // The partner still reads it.
    assert_eq!(read(API_KEY, &widget.id).await.ok().text("status"), "ended");
}
