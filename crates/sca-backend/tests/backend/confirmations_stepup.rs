//! Sessions at Weavr that are stepped up, payees that are trusted, and the ways that a customer has set up.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    Widget,
    facesign_env::{is_settled, until},
    weavr_env::{CODE, Confirmations, DESTINATION, Payer, WRONG},
};

async fn stepping_up(world: &Confirmations, payer: &Payer) -> Widget {
    let body = json!({
        "accessToken": payer.token,
        "action": {"statement": {"account": "EUR account", "from": "2026-01-01", "to": "2026-01-31"}},
        "destination": DESTINATION,
    });
    let made = world.post("/v1/stepups", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    world.widget(&made.ok())
}

async fn reads_statement(world: &Confirmations, payer: &Payer) -> u16 {
    let path = format!("/managed_accounts/{}/statement", payer.eur);
    world.multi(Method::GET, &path, &payer.token, json!({})).await.0
}

async fn batch(world: &Confirmations, payer: &Payer) -> String {
    let body = json!({"beneficiaries": [{
        "trustLevel": "TRUSTED",
        "beneficiaryInformation": {"businessName": "Acme Corp"},
        "beneficiaryDetails": {"bankAccountDetails": {"iban": "DE89370400440532013000"}},
    }]});
    let (status, made) = world.multi(Method::POST, "/beneficiaries", &payer.token, body).await;
    assert_eq!(status, 200, "{made}");
    made["operationBatchId"]["batchId"].as_str().unwrap().to_owned()
}

fn trusting(payer: &Payer, batch: &str) -> Value {
    json!({
        "accessToken": payer.token,
        "batchId": batch,
        "action": {"payees": [{"name": "Acme Corp", "accountTail": "3000"}]},
        "destination": DESTINATION,
    })
}

async fn batch_state(world: &Confirmations, payer: &Payer, batch: &str) -> Value {
    let path = format!("/beneficiaries/batch/{batch}");
    world.multi(Method::GET, &path, &payer.token, json!({})).await.1["state"].clone()
}

#[tokio::test]
async fn a_session_that_is_stepped_up_with_a_code_reads_what_it_could_not() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    assert_eq!(reads_statement(&world, &payer).await, 403);
    let widget = stepping_up(&world, &payer).await;
    assert_eq!(widget.snapshot().await["action"]["statement"]["account"], "EUR account");
    widget.start("1", "sms").await.ok();
    assert_eq!(widget.code("1", "sms", WRONG).await.ok()["verdict"], "refused");
    assert_eq!(reads_statement(&world, &payer).await, 403);
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified["verdict"], "accepted");
    assert_eq!(verified["approval"]["status"], "approved");
    assert_eq!(reads_statement(&world, &payer).await, 200);
}

#[tokio::test]
async fn a_session_is_stepped_up_on_the_phone_and_only_an_event_tells() {
    let world = Confirmations::start().await;
    world.tell(json!({})).await;
    for (answer, status, reason, reads) in [
        ("approve", "approved", Value::Null, 200),
        ("reject", "declined", json!("denied"), 403),
    ] {
        let payer = world.payer().await;
        let widget = stepping_up(&world, &payer).await;
        widget.start("1", "push").await.ok();
        world.answer(&payer, answer).await;
        let snapshot = until(&widget, is_settled).await;
        assert_eq!((&snapshot["status"], &snapshot["reason"]), (&json!(status), &reason));
        assert_eq!(reads_statement(&world, &payer).await, reads);
    }
    let payer = world.payer().await;
    let widget = stepping_up(&world, &payer).await;
    widget.start("1", "biometric").await.ok();
    world.answer(&payer, "expire").await;
    let is_set_back = |snapshot: &Value| snapshot["challenges"][0]["setback"] == "request-expired";
    assert_eq!(until(&widget, is_set_back).await["status"], "pending");
    // Another one at once: the last is over.
    widget.start("1", "biometric").await.ok();
}

#[tokio::test]
async fn the_answer_to_a_step_up_may_be_told_before_the_request_is_known_here() {
    let world = Confirmations::start().await;
    world.tell(json!({})).await;
    let payer = world.payer().await;
    let widget = stepping_up(&world, &payer).await;
    // The call is answered slowly: by then the customer has approved, and that was told.
    world
        .fault("stepUpPush", 1, "after", json!({"kind": "slow", "milliseconds": 1_500}))
        .await;
    let starting = tokio::spawn({
        let widget = widget.clone();
        async move { widget.start("1", "push").await.ok() }
    });
    let wait = json!({"user": payer.user, "channel": "AUTHY", "seconds": 30});
    let request = world.control(Method::POST, "/requests/wait", wait).await;
    let path = format!("/requests/{}/approve", request["id"].as_str().unwrap());
    world.control(Method::POST, &path, json!({})).await;
    world.told().await;
    assert_eq!(starting.await.unwrap()["status"], "approved");
    assert_eq!(reads_statement(&world, &payer).await, 200);
}

#[tokio::test]
async fn a_code_whose_answer_was_lost_is_not_asked_for_again_once_the_session_is_stepped_up() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    let widget = stepping_up(&world, &payer).await;
    widget.start("1", "sms").await.ok();
    world.fault("stepUpVerify", 1, "after", json!({"kind": "reset"})).await;
    let lost = widget.code("1", "sms", CODE).await;
    assert_eq!((lost.status.as_u16(), lost.code()), (502, "provider-error"));
    let again = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(
        (&again["verdict"], &again["approval"]["status"]),
        (&json!("accepted"), &json!("approved"))
    );
}

#[tokio::test]
async fn the_third_code_of_a_session_is_refused_as_both_documents_have_it() {
    for third in ["limitExceeded", "invalidRequest"] {
        let world = Confirmations::start().await;
        let payer = world
            .payer_who(json!({"factors": {"SMS": "ACTIVE"}, "behaviour": {"thirdStepUp": third}}))
            .await;
        let widget = stepping_up(&world, &payer).await;
        for _ in 0..2 {
            widget.start("1", "sms").await.ok();
            world.advance(16).await;
        }
        let refused = widget.start("1", "sms").await;
        assert_eq!(refused.code(), "too-many-requests", "{third}");
        assert_eq!(
            widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
            "approved"
        );
    }
}

#[tokio::test]
async fn payees_are_trusted_with_a_code_or_on_the_phone() {
    let world = Confirmations::start().await;
    world.tell(json!({})).await;
    for factor in ["sms", "push"] {
        let payer = world.payer().await;
        let batch = batch(&world, &payer).await;
        let made = world.post("/v1/payee-batches", &trusting(&payer, &batch)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let made = made.ok();
        assert_eq!(made["approval"]["action"]["payees"][0]["name"], "Acme Corp");
        let widget = world.widget(&made);
        widget.start("1", factor).await.ok();
        if factor == "sms" {
            assert_eq!(widget.code("1", "sms", CODE).await.ok()["verdict"], "accepted");
        } else {
            world.answer(&payer, "approve").await;
        }
        assert_eq!(until(&widget, is_settled).await["status"], "approved", "{factor}");
        assert_eq!(batch_state(&world, &payer, &batch).await, "COMPLETED");
        let again = world.post("/v1/payee-batches", &trusting(&payer, &batch)).await;
        assert_eq!((again.status.as_u16(), again.code()), (409, "no-pending-payment"));
    }
}

#[tokio::test]
async fn payees_that_were_not_confirmed_are_not_trusted() {
    let world = Confirmations::start().await;
    // Nothing is told: it is asked for.
    let payer = world.payer().await;
    let id = batch(&world, &payer).await;
    let widget = world.widget(&world.post("/v1/payee-batches", &trusting(&payer, &id)).await.ok());
    widget.start("1", "push").await.ok();
    world.answer(&payer, "reject").await;
    world.poll().await;
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("declined"), &json!("denied"))
    );

    let stranger = world.payer().await;
    let id = batch(&world, &payer).await;
    let foreign = world.post("/v1/payee-batches", &trusting(&stranger, &id)).await;
    assert_eq!((foreign.status.as_u16(), foreign.code()), (404, "not-found"));
    let mut other_action = trusting(&payer, &id);
    other_action["action"] = json!({"statement": {"account": "a", "from": "b", "to": "c"}});
    assert_eq!(
        world.post("/v1/payee-batches", &other_action).await.code(),
        "invalid-request"
    );
    let mut no_name = trusting(&payer, "abc");
    no_name["batchId"] = json!("abc");
    assert_eq!(
        world.post("/v1/payee-batches", &no_name).await.code(),
        "invalid-request"
    );
}

#[tokio::test]
async fn ways_are_listed_set_up_and_given_up() {
    let world = Confirmations::start().await;
    let payer = world.payer_who(json!({"factors": {}})).await;
    let ways = async || {
        let listed = world
            .post("/v1/factors", &json!({"accessToken": payer.token}))
            .await
            .ok();
        listed["factors"].clone()
    };
    let outcome = async |path: &str, more: Value| {
        let mut body = json!({"accessToken": payer.token});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = world.post(path, &body).await;
        if reply.status.is_success() {
            reply.body["outcome"].as_str().unwrap().to_owned()
        } else {
            reply.code().to_owned()
        }
    };
    assert_eq!(ways().await, json!([]));
    assert_eq!(
        outcome("/v1/factors/verify", json!({"factor": "sms", "code": CODE})).await,
        "nothing-to-verify"
    );
    assert_eq!(outcome("/v1/factors/enrol", json!({"factor": "sms"})).await, "started");
    assert_eq!(
        ways().await,
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
    assert_eq!(ways().await, json!([{"factor": "sms", "status": "active"}]));
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
    // The session was stepped up by the code; another customer's is not.
    let other = world.payer().await;
    let unlink = json!({"accessToken": other.token, "factor": "push"});
    let reply = world.post("/v1/factors/unlink", &unlink).await.ok();
    assert_eq!(reply["outcome"], "step-up-required");
    let widget = stepping_up(&world, &other).await;
    widget.start("1", "sms").await.ok();
    widget.code("1", "sms", CODE).await.ok();
    let reply = world.post("/v1/factors/unlink", &unlink).await.ok();
    assert_eq!(reply["outcome"], "unlinked");
    let nobody = world.post("/v1/factors", &json!({"accessToken": "nobody"})).await;
    assert_eq!((nobody.status.as_u16(), nobody.code()), (409, "provider-session-ended"));
}

#[tokio::test]
async fn a_session_that_may_not_read_payments_before_it_is_stepped_up_is_told_so() {
    for field in ["errorCode", "message"] {
        let world = Confirmations::start().await;
        let payer = world
            .payer_who(json!({"behaviour": {"readsNeedStepUp": true, "stepUpField": field}}))
            .await;
        let id = world.wire(&payer, 50_000).await;
        let refused = world.confirm(&payer, crate::support::weavr_env::WIRES, &[id]).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (409, "step-up-required"),
            "{field}"
        );
    }
}

#[tokio::test]
async fn a_step_up_confirms_neither_payments_nor_payees() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    for action in [
        json!({"payees": [{"name": "Acme Corp"}]}),
        json!({"payments": [{"amount": {"minor": 1, "currency": "EUR"}, "payee": "Acme Corp"}]}),
    ] {
        let body = json!({"accessToken": payer.token, "action": action});
        let refused = world.post("/v1/stepups", &body).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "invalid-request"));
    }
}
