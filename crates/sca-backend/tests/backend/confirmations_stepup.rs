//! Step-ups of a session at Weavr, batches of trusted payees, and the factors that a customer has enrolled.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    ContractJson, Widget, assert_ended, assert_problem, assert_status, assert_verified,
    weavr_env::{CODE, DESTINATION, TestCustomer, WIRES, WRONG, WeavrEnv},
    weavr_payments,
};

/// Has an approval created that steps a customer's session up.
async fn step_up(env: &WeavrEnv, customer: &TestCustomer) -> Widget {
    let body = json!({
        "accessToken": customer.token,
        "action": {"statement": {"account": "EUR account", "from": "2026-01-01", "to": "2026-01-31"}},
        "destination": DESTINATION,
    });
    let created = env.post("/v1/stepups", &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    env.widget(&created.ok())
}

/// The status with which Weavr answers a call that needs a stepped-up session.
async fn statement_status(env: &WeavrEnv, customer: &TestCustomer) -> u16 {
    let path = format!("/managed_accounts/{}/statement", customer.eur);
    env.multi(Method::GET, &path, &customer.token, json!({})).await.0
}

/// Makes a batch with one payee to trust. Weavr's id of it.
async fn batch(env: &WeavrEnv, customer: &TestCustomer) -> String {
    let created = env
        .create(customer, "/beneficiaries", weavr_payments::payee_batch())
        .await;
    created["operationBatchId"].text("batchId").to_owned()
}

fn batch_request(customer: &TestCustomer, batch: &str) -> Value {
    json!({
        "accessToken": customer.token,
        "batchId": batch,
        "action": {"payees": [{"name": "Acme Corp", "accountTail": "3000"}]},
        "destination": DESTINATION,
    })
}

async fn batch_state(env: &WeavrEnv, customer: &TestCustomer, batch: &str) -> String {
    let path = format!("/beneficiaries/batch/{batch}");
    env.multi(Method::GET, &path, &customer.token, json!({}))
        .await
        .1
        .text("state")
        .to_owned()
}

#[tokio::test]
async fn a_code_steps_the_session_up() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    assert_eq!(statement_status(&env, &customer).await, 403);
    let widget = step_up(&env, &customer).await;
    assert_eq!(
        widget.snapshot().await["action"]["statement"].text("account"),
        "EUR account"
    );
    widget.start("1", "sms").await.ok();
    assert_eq!(widget.code("1", "sms", WRONG).await.ok().verdict(), "refused");
    assert_eq!(statement_status(&env, &customer).await, 403);
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_verified(&verified, "accepted", "approved");
    assert_eq!(statement_status(&env, &customer).await, 200);
}

#[tokio::test]
async fn a_step_up_on_the_phone_is_settled_by_webhook() {
    let env = WeavrEnv::start().await;
    env.send_webhooks(json!({})).await;
    for (answer, status, reason, reads) in [
        ("approve", "approved", None, 200),
        ("reject", "declined", Some("denied"), 403),
    ] {
        let customer = env.customer().await;
        let widget = step_up(&env, &customer).await;
        widget.start("1", "push").await.ok();
        env.answer(&customer, answer).await;
        let snapshot = widget.settled().await;
        assert_eq!((snapshot.status(), snapshot.reason()), (status, reason));
        assert_eq!(statement_status(&env, &customer).await, reads);
    }
    let customer = env.customer().await;
    let widget = step_up(&env, &customer).await;
    widget.start("1", "biometric").await.ok();
    env.answer(&customer, "expire").await;
    let expired = |snapshot: &Value| snapshot.challenge(0).step_failure() == Some("request-expired");
    assert_status(&widget.snapshot_when(expired).await, "pending");
    // The next request can be sent at once.
    widget.start("1", "biometric").await.ok();
}

#[tokio::test]
async fn a_step_up_webhook_may_arrive_before_the_response_that_names_its_challenge() {
    let env = WeavrEnv::start().await;
    env.send_webhooks(json!({})).await;
    let customer = env.customer().await;
    let widget = step_up(&env, &customer).await;
    // Weavr answers the call only after the customer has approved and the webhook has arrived.
    env.fault("stepUpPush", 1, "after", json!({"kind": "slow", "milliseconds": 1_500}))
        .await;
    let starting = tokio::spawn({
        let widget = widget.clone();
        async move { widget.start("1", "push").await.ok() }
    });
    let request = env.request_on_phone(&customer).await;
    assert_eq!(env.answer_request(&request, "approve").await, 200);
    env.webhooks_delivered().await;
    assert_eq!(starting.await.unwrap().status(), "approved");
    assert_eq!(statement_status(&env, &customer).await, 200);
}

#[tokio::test]
async fn a_repeated_code_is_accepted_once_the_session_is_stepped_up() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    let widget = step_up(&env, &customer).await;
    widget.start("1", "sms").await.ok();
    env.fault("stepUpVerify", 1, "after", json!({"kind": "reset"})).await;
    let lost = widget.code("1", "sms", CODE).await;
    assert_problem(&lost, 502, "provider-error");
    let again = widget.code("1", "sms", CODE).await.ok();
    assert_verified(&again, "accepted", "approved");
}

#[tokio::test]
async fn the_third_step_up_code_of_a_session_is_refused_in_both_documented_forms() {
    for third in ["limitExceeded", "invalidRequest"] {
        let env = WeavrEnv::start().await;
        let customer = env
            .customer_with(json!({"factors": {"SMS": "ACTIVE"}, "behaviour": {"thirdStepUp": third}}))
            .await;
        let widget = step_up(&env, &customer).await;
        for _ in 0..2 {
            widget.start("1", "sms").await.ok();
            env.advance(16).await;
        }
        let refused = widget.start("1", "sms").await;
        assert_eq!(refused.code(), "too-many-requests", "{third}");
        assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");
    }
}

#[tokio::test]
async fn a_payee_batch_is_confirmed_with_a_code_or_on_the_phone() {
    let env = WeavrEnv::start().await;
    env.send_webhooks(json!({})).await;
    for factor in ["sms", "push"] {
        let customer = env.customer().await;
        let batch = batch(&env, &customer).await;
        let created = env.post("/v1/payee-batches", &batch_request(&customer, &batch)).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let created = created.ok();
        assert_eq!(created.approval()["action"]["payees"][0].text("name"), "Acme Corp");
        let widget = env.widget(&created);
        widget.start("1", factor).await.ok();
        if factor == "sms" {
            assert_eq!(widget.code("1", "sms", CODE).await.ok().verdict(), "accepted");
        } else {
            env.answer(&customer, "approve").await;
        }
        assert_eq!(widget.settled().await.status(), "approved", "{factor}");
        assert_eq!(batch_state(&env, &customer, &batch).await, "COMPLETED");
        let again = env.post("/v1/payee-batches", &batch_request(&customer, &batch)).await;
        assert_problem(&again, 409, "no-pending-payment");
    }
}

#[tokio::test]
async fn a_rejected_or_invalid_payee_batch_is_not_confirmed() {
    let env = WeavrEnv::start().await;
    // No webhook comes: the backend polls the batch.
    let customer = env.customer().await;
    let id = batch(&env, &customer).await;
    let widget = env.widget(&env.post("/v1/payee-batches", &batch_request(&customer, &id)).await.ok());
    widget.start("1", "push").await.ok();
    env.answer(&customer, "reject").await;
    env.poll().await;
    let snapshot = widget.snapshot().await;
    assert_ended(&snapshot, "declined", "denied");

    let stranger = env.customer().await;
    let id = batch(&env, &customer).await;
    let foreign = env.post("/v1/payee-batches", &batch_request(&stranger, &id)).await;
    assert_problem(&foreign, 404, "not-found");
    let mut other_action = batch_request(&customer, &id);
    other_action["action"] = json!({"statement": {"account": "a", "from": "b", "to": "c"}});
    assert_eq!(
        env.post("/v1/payee-batches", &other_action).await.code(),
        "invalid-request"
    );
    let mut invalid_id = batch_request(&customer, "abc");
    invalid_id["batchId"] = json!("abc");
    assert_eq!(
        env.post("/v1/payee-batches", &invalid_id).await.code(),
        "invalid-request"
    );
}

#[tokio::test]
async fn factors_are_listed_enrolled_and_unlinked() {
    let env = WeavrEnv::start().await;
    let customer = env.customer_with(json!({"factors": {}})).await;
    let factors = async || {
        let listed = env
            .post("/v1/factors", &json!({"accessToken": customer.token}))
            .await
            .ok();
        listed["factors"].clone()
    };
    let outcome = async |path: &str, more: Value| {
        let mut body = json!({"accessToken": customer.token});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = env.post(path, &body).await;
        if reply.status.is_success() {
            reply.body.text("outcome").to_owned()
        } else {
            reply.code().to_owned()
        }
    };
    assert_eq!(factors().await, json!([]));
    assert_eq!(
        outcome("/v1/factors/verify", json!({"factor": "sms", "code": CODE})).await,
        "nothing-to-verify"
    );
    assert_eq!(outcome("/v1/factors/enrol", json!({"factor": "sms"})).await, "started");
    assert_eq!(
        factors().await,
        json!([{"factor": "sms", "status": "pending-verification"}])
    );
    assert_eq!(
        outcome("/v1/factors/verify", json!({"factor": "sms", "code": WRONG})).await,
        "wrong"
    );
    assert_eq!(
        outcome("/v1/factors/verify", json!({"factor": "sms", "code": "12345"})).await,
        "invalid-request"
    );
    assert_eq!(
        outcome("/v1/factors/verify", json!({"factor": "sms", "code": CODE})).await,
        "set-up"
    );
    assert_eq!(factors().await, json!([{"factor": "sms", "status": "active"}]));
    assert_eq!(
        outcome("/v1/factors/enrol", json!({"factor": "sms"})).await,
        "already-set-up"
    );
    assert_eq!(
        outcome("/v1/factors/enrol", json!({"factor": "biometric"})).await,
        "not-supported"
    );
    assert_eq!(
        outcome("/v1/factors/enrol", json!({"factor": "pin"})).await,
        "invalid-request"
    );
    assert_eq!(
        outcome("/v1/factors/unlink", json!({"factor": "push"})).await,
        "not-set-up"
    );
    // The code stepped this session up. Another customer's session is not stepped up.
    let other = env.customer().await;
    let unlink = json!({"accessToken": other.token, "factor": "push"});
    let reply = env.post("/v1/factors/unlink", &unlink).await.ok();
    assert_eq!(reply.text("outcome"), "step-up-required");
    let widget = step_up(&env, &other).await;
    widget.start("1", "sms").await.ok();
    widget.code("1", "sms", CODE).await.ok();
    let reply = env.post("/v1/factors/unlink", &unlink).await.ok();
    assert_eq!(reply.text("outcome"), "unlinked");
    let unknown = env.post("/v1/factors", &json!({"accessToken": "unknown"})).await;
    assert_problem(&unknown, 409, "provider-session-ended");
}

#[tokio::test]
async fn a_session_that_needs_a_step_up_to_read_payments_is_refused_with_step_up_required() {
    for field in ["errorCode", "message"] {
        let env = WeavrEnv::start().await;
        let customer = env
            .customer_with(json!({"behaviour": {"readsNeedStepUp": true, "stepUpField": field}}))
            .await;
        let id = env.wire(&customer, 50_000).await;
        let refused = env.confirm(&customer, WIRES, &[id]).await;
        assert_eq!(refused.problem(), (409, "step-up-required"), "{field}");
    }
}

#[tokio::test]
async fn a_step_up_takes_neither_payments_nor_payees() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    for action in [
        json!({"payees": [{"name": "Acme Corp"}]}),
        json!({"payments": [{"amount": {"minor": 1, "currency": "EUR"}, "payee": "Acme Corp"}]}),
    ] {
        let body = json!({"accessToken": customer.token, "action": action});
        let refused = env.post("/v1/stepups", &body).await;
        assert_problem(&refused, 400, "invalid-request");
    }
}
