use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Weavr, wire};

/// The exemption of a new wire of each of these amounts.
async fn exemptions(weavr: &Weavr, customer: &Customer, currency: &str, amounts: &[i64]) -> Vec<Value> {
    let mut exemptions = Vec::new();
    for amount in amounts {
        let made = weavr.wire(customer, currency, *amount).await;
        assert_eq!(made.status, StatusCode::OK);
        let exempt = made.body["challengeExemptionReason"].clone();
        assert_eq!(exempt.is_null(), made.body["state"] == "PENDING_CHALLENGE");
        exemptions.push(exempt);
    }
    exemptions
}

#[tokio::test]
async fn a_wire_is_returned_as_it_was_requested() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let made = weavr.wire(&ann, "EUR", 250_000).await.body;
    assert_eq!(made["transferAmount"], json!({"currency": "EUR", "amount": 250_000}));
    assert_eq!(made["destination"]["name"], "Acme");
    assert_eq!(
        (&made["type"], &made["state"]),
        (&json!("SEPA"), &json!("PENDING_CHALLENGE"))
    );
    let path = format!("outgoing_wire_transfers/{}", made["id"].as_str().unwrap());
    assert_eq!(weavr.get(&ann.token, &path).await.body, made);
    let pound = weavr.wire(&ann, "GBP", 250_000).await.body;
    assert_eq!(pound["type"], "FASTER_PAYMENTS");
    let list = weavr.get(&ann.token, "outgoing_wire_transfers").await.body;
    assert_eq!((&list["count"], &list["transfer"][1]), (&json!(2), &made));
    let stranger = weavr.customer(json!({})).await;
    assert_eq!(weavr.get(&stranger.token, &path).await.status, StatusCode::NOT_FOUND);
    let as_send = path.replace("outgoing_wire_transfers", "sends");
    assert_eq!(weavr.get(&ann.token, &as_send).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_send_goes_to_accounts_only() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let made = weavr.send(&ann, "GBP", 250_000).await.body;
    assert_eq!(
        made["destination"],
        json!({"type": "managed_accounts", "id": "115000000000000204"})
    );
    let id = made["id"].as_str().unwrap();
    let issued = weavr.issue(&ann, "otp/SMS", "sends", &[id]).await;
    let path = format!(
        "challenges/{}/otp/SMS/verify",
        issued.body["scaChallengeId"].as_str().unwrap()
    );
    let wrong_type = json!({"verificationCode": "123456", "resourceType": "outgoing_wire_transfers"});
    assert_eq!(
        weavr.post(&ann.token, &path, wrong_type).await.status,
        StatusCode::NOT_FOUND
    );
    let right = json!({"verificationCode": "123456", "resourceType": "sends"});
    assert_eq!(weavr.post(&ann.token, &path, right).await.summary(), "204");
    assert_eq!(
        weavr.get(&ann.token, &format!("sends/{id}")).await.body["state"],
        "COMPLETED"
    );
}

#[tokio::test]
async fn small_payments_are_exempt_up_to_the_cumulative_limit() {
    let weavr = Weavr::start().await;
    let low = json!("LOW_VALUE");
    let none = Value::Null;
    let ann = weavr.customer(json!({})).await;
    assert_eq!(
        exemptions(&weavr, &ann, "EUR", &[3000, 3001]).await,
        [low.clone(), none.clone()]
    );
    assert_eq!(
        exemptions(&weavr, &ann, "EUR", &[3000, 3000, 1001, 1000]).await,
        [low.clone(), low.clone(), none.clone(), low.clone()],
        "100 in all"
    );
    assert_eq!(
        exemptions(&weavr, &ann, "GBP", &[2501, 2500]).await,
        [none.clone(), low.clone()]
    );

    let ben = weavr.customer(json!({})).await;
    let mut expected = vec![low.clone(); 5];
    expected.push(none.clone());
    assert_eq!(
        exemptions(&weavr, &ben, "EUR", &[100; 6]).await,
        expected,
        "five in a row"
    );
    let shown = weavr
        .control(Method::GET, &format!("customers/{}", ben.user), Value::Null)
        .await;
    assert_eq!(shown["lowValue"]["EUR"], json!({"total": 500, "count": 5}));
    let wire = weavr.pending_wire(&ben).await;
    let challenge = weavr.issued(&ben, "otp/SMS", &[&wire]).await;
    weavr.verify(&ben, &challenge, "123456").await;
    assert_eq!(exemptions(&weavr, &ben, "EUR", &[100]).await, [low], "counted anew");

    let carla = weavr.customer_with(json!({"lowValue": false})).await;
    assert_eq!(exemptions(&weavr, &carla, "EUR", &[1]).await, [none]);
}

#[tokio::test]
async fn an_exempt_payment_is_executed_without_confirmation() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"completesAfterSeconds": 60})).await;
    let wire = weavr.wire(&ann, "EUR", 100).await.body;
    assert_eq!(wire["state"], "SUBMITTED");
    let send = weavr.send(&ann, "EUR", 100).await.body;
    assert_eq!(send["state"], "INITIALISED");
    let id = wire["id"].as_str().unwrap();
    assert_eq!(
        weavr
            .issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[id])
            .await
            .summary(),
        "409 STATE_INVALID"
    );
    weavr.advance(&ann, 60).await;
    assert_eq!(weavr.state(&ann, id).await, "COMPLETED");
    let send = format!("sends/{}", send["id"].as_str().unwrap());
    assert_eq!(weavr.get(&ann.token, &send).await.body["state"], "COMPLETED");
}

#[tokio::test]
async fn a_payment_without_confirmation_is_rejected_after_a_week() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"idleSeconds": 4_000_000})).await;
    let wire = weavr.pending_wire(&ann).await;
    weavr.advance(&ann, 7 * 24 * 60 * 60).await;
    let read = weavr.get(&ann.token, &format!("outgoing_wire_transfers/{wire}")).await;
    assert_eq!(
        (&read.body["state"], &read.body["rejectedInfo"]),
        (&json!("REJECTED"), &json!("SYSTEM"))
    );
}

#[tokio::test]
async fn an_impossible_payment_is_refused() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let good = wire(&ann, "EUR", 250_000);
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let refusals = [
        (with("/profileId", json!("1")), "409 PROFILE_NOT_FOUND"),
        (with("/sourceInstrument/id", json!("1")), "409 SOURCE_NOT_FOUND"),
        (with("/transferAmount/currency", json!("GBP")), "409 CURRENCY_MISMATCH"),
        (with("/transferAmount/amount", json!(0)), "409 AMOUNT_INVALID"),
        (with("/transferAmount/amount", json!("2500")), "400"),
        (with("/description", json!("")), "400"),
        (with("/destinationBeneficiary", json!({"name": "Acme"})), "400"),
        (
            with("/destinationBeneficiary", json!({"beneficiaryId": "1"})),
            "409 BENEFICIARY_NOT_FOUND",
        ),
        (json!({}), "400"),
    ];
    for (body, expected) in refusals {
        let refused = weavr.post(&ann.token, "outgoing_wire_transfers", body.clone()).await;
        assert_eq!(refused.summary(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_pending_payment_can_be_cancelled() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let wire = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    let path = format!("outgoing_wire_transfers/{wire}/cancel");
    let cancelled = weavr
        .post(&ann.token, &path, json!({"cancellationReason": "a mistake"}))
        .await;
    assert_eq!(cancelled.body["state"], "CANCELLED");
    assert_eq!(
        weavr.verify(&ann, &challenge, "123456").await.summary(),
        "409 STATE_INVALID"
    );
    assert_eq!(
        weavr.post(&ann.token, &path, json!({})).await.summary(),
        "409 INVALID_STATE"
    );
}

#[tokio::test]
async fn a_payee_check_comes_before_the_challenge() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"payeeCheck": true})).await;
    let made = weavr.wire(&ann, "EUR", 250_000).await.body;
    assert_eq!(made["state"], "PENDING_CONFIRMATION");
    assert_eq!(made["validationOutcomes"][0]["match"], "CLOSE_MATCH");
    let id = made["id"].as_str().unwrap();
    let issued = weavr.issue(&ann, "otp/SMS", "outgoing_wire_transfers", &[id]).await;
    assert_eq!(issued.summary(), "409 STATE_INVALID");
    let confirmed = weavr
        .post(&ann.token, &format!("outgoing_wire_transfers/{id}/confirm"), json!({}))
        .await;
    assert_eq!(confirmed.body["state"], "PENDING_CHALLENGE");
    let exempt = weavr.wire(&ann, "EUR", 100).await.body;
    let path = format!("outgoing_wire_transfers/{}/confirm", exempt["id"].as_str().unwrap());
    assert_eq!(
        weavr.post(&ann.token, &path, json!({})).await.body["state"],
        "SUBMITTED"
    );
    assert_eq!(weavr.state(&ann, exempt["id"].as_str().unwrap()).await, "COMPLETED");
}

#[tokio::test]
async fn the_bank_accepts_or_rejects_what_was_confirmed() {
    let weavr = Weavr::start().await;
    let ann = weavr
        .customer_with(json!({"completesAfterSeconds": null, "coolDownSeconds": 0}))
        .await;
    for (outcome, code, state) in [("accept", "COMPLETED", "COMPLETED"), ("reject", "DENIED", "REJECTED")] {
        let wire = weavr.pending_wire(&ann).await;
        let url = format!("{}/simulate/api/wiretransfers/outgoing/{wire}/{outcome}", weavr.api);
        let simulate = async || {
            let call = weavr.http.post(&url).bearer_auth(&ann.token);
            let call = call.header("programme-key", "weavr_sandbox_programme");
            crate::client::reply(call.send().await.unwrap()).await.body
        };
        assert_eq!(simulate().await, json!({"code": "DENIED"}), "not confirmed yet");
        let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
        assert_eq!(weavr.verify(&ann, &challenge, "123456").await.summary(), "204");
        assert_eq!(weavr.state(&ann, &wire).await, "SUBMITTED");
        assert_eq!(simulate().await, json!({"code": code}));
        assert_eq!(weavr.state(&ann, &wire).await, state);
    }
}

#[tokio::test]
async fn a_test_can_change_what_the_api_returns() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let id = weavr.pending_wire(&ann).await;
    let path = format!("outgoing_wire_transfers/{id}");
    weavr
        .control(
            Method::POST,
            &format!("resources/{id}/tamper"),
            json!({"patch": {"transferAmount": {"amount": 1}}}),
        )
        .await;
    let read = weavr.get(&ann.token, &path).await.body;
    assert_eq!(read["transferAmount"], json!({"currency": "EUR", "amount": 1}));
    weavr
        .control(
            Method::POST,
            &format!("resources/{id}/state"),
            json!({"state": "ON_HOLD"}),
        )
        .await;
    assert_eq!(weavr.state(&ann, &id).await, "ON_HOLD");

    weavr.behave(&ann, json!({"amounts": "swapped"})).await;
    weavr
        .control(Method::POST, &format!("resources/{id}/tamper"), json!({"patch": null}))
        .await;
    let read = weavr.get(&ann.token, &path).await.body;
    assert_eq!(read["transferAmount"]["amount"], "250000");

    weavr.behave(&ann, json!({"staleReads": 2})).await;
    weavr
        .control(
            Method::POST,
            &format!("resources/{id}/state"),
            json!({"state": "COMPLETED"}),
        )
        .await;
    for state in ["ON_HOLD", "ON_HOLD", "COMPLETED"] {
        assert_eq!(weavr.state(&ann, &id).await, state);
    }

    weavr.behave(&ann, json!({"readsNeedStepUp": true})).await;
    assert_eq!(weavr.get(&ann.token, &path).await.summary(), "403 STEP_UP_REQUIRED");
    weavr
        .behave(&ann, json!({"readsNeedStepUp": true, "stepUpField": "message"}))
        .await;
    assert_eq!(
        weavr.get(&ann.token, &path).await.body,
        json!({"message": "STEP_UP_REQUIRED"})
    );
}
