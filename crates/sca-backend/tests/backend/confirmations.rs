//! Payments at Weavr that their customer confirms with a code.

use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, assert_ended, assert_problem, assert_status, assert_verified, read_approval,
    weavr_env::{CODE, DESTINATION, SENDS, WIRES, WRONG, WeavrEnv, confirmation_request},
};

#[tokio::test]
async fn a_wire_is_shown_confirmed_with_a_code_and_executed() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    let id = env.wire(&customer, 125_050).await;
    let held = env.confirm(&customer, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!(held.status, 201);
    let held = held.ok();
    assert_eq!(held.text("decision"), "held");
    let payment = &held.approval()["action"]["payments"][0];
    assert_eq!(payment["amount"], json!({"minor": 125_050, "currency": "EUR"}));
    assert_eq!(
        (payment.text("payee"), payment.text("accountTail")),
        ("Acme Corp", "3000")
    );
    let challenge = held.approval().challenge(0);
    assert_eq!(
        challenge["primary"],
        json!({"factor": "sms", "availability": "available", "digits": 6})
    );
    let alternatives = challenge["alternatives"].as_array().unwrap().iter();
    let alternatives: Vec<&str> = alternatives.map(|option| option.text("factor")).collect();
    assert_eq!(alternatives, ["push", "biometric"]);

    let widget = env.widget(&held);
    let started = widget.start("1", "sms").await.ok();
    let delivery = started.challenge(0).delivery().unwrap();
    let now = started.number("serverTime");
    assert_eq!(delivery.text("destination"), DESTINATION);
    assert_eq!(
        (delivery.number("resendAt"), delivery.number("expiresAt")),
        (now + 15_000, now + 300_000)
    );
    assert_eq!(env.state(&id).await, "PENDING_CHALLENGE");

    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_verified(&verified, "accepted", "approved");
    assert_eq!(env.state(&id).await, "COMPLETED");
    assert_eq!(env.calls("verifyOtp").await, 1);
}

#[tokio::test]
async fn several_payments_are_confirmed_by_one_approval() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    for kind in [WIRES, SENDS] {
        let mut ids = Vec::new();
        for minor in [50_000, 60_000, 70_000] {
            ids.push(if kind == WIRES {
                env.wire(&customer, minor).await
            } else {
                env.send(&customer, minor).await
            });
        }
        let widget = env.held(&customer, kind, &ids).await;
        let snapshot = widget.snapshot().await;
        let payments = snapshot["action"]["payments"].as_array().unwrap();
        let amounts: Vec<u64> = payments
            .iter()
            .map(|payment| payment["amount"].number("minor"))
            .collect();
        assert_eq!(amounts, [50_000, 60_000, 70_000]);
        if kind == SENDS {
            assert_eq!(payments[0].text("payee"), "Carla Dean");
        }
        widget.start("1", "sms").await.ok();
        let verified = widget.code("1", "sms", CODE).await.ok();
        assert_eq!(verified.approval().status(), "approved", "{kind}");
        for id in &ids {
            assert_eq!(env.state(id).await, "COMPLETED");
        }
    }
}

#[tokio::test]
async fn payments_that_weavr_exempts_need_no_approval_and_are_left_out_of_a_mixed_one() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    let low_value = [env.wire(&customer, 1_000).await, env.wire(&customer, 2_000).await];
    let exempt = env.confirm(&customer, WIRES, &low_value).await;
    assert_eq!(
        (exempt.status.as_u16(), exempt.body),
        (200, json!({"decision": "exempt"}))
    );
    let low_value_send = [env.send(&customer, 1_000).await];
    assert_eq!(
        env.confirm(&customer, SENDS, &low_value_send)
            .await
            .ok()
            .text("decision"),
        "exempt"
    );

    let large = env.wire(&customer, 50_000).await;
    let mixed = [low_value[0].clone(), large.clone()];
    let held = env.confirm(&customer, WIRES, &mixed).await.ok();
    assert_eq!(held.approval()["action"]["payments"].as_array().unwrap().len(), 1);
    let widget = env.widget(&held);
    widget.start("1", "sms").await.ok();
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");
    assert_eq!(env.state(&large).await, "COMPLETED");
}

#[tokio::test]
async fn only_the_customers_own_pending_payments_can_be_confirmed() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    let stranger = env.customer().await;
    let id = env.wire(&customer, 50_000).await;
    let send = env.send(&customer, 50_000).await;
    // An unknown payment beside a pending one.
    let unknown = [id.clone(), "115999999999999999".into()];
    assert_problem(&env.confirm(&customer, WIRES, &unknown).await, 404, "not-found");
    // Payments of different kinds.
    assert_problem(
        &env.confirm(&customer, WIRES, &[id.clone(), send.clone()]).await,
        404,
        "not-found",
    );
    assert_problem(
        &env.confirm(&customer, SENDS, &[send.clone(), id.clone()]).await,
        404,
        "not-found",
    );
    // Another customer's payment.
    let foreign = env.confirm(&stranger, WIRES, std::slice::from_ref(&id)).await;
    assert_problem(&foreign, 404, "not-found");

    // An executed payment.
    let widget = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
    widget.start("1", "sms").await.ok();
    widget.code("1", "sms", CODE).await.ok();
    let executed = env.confirm(&customer, WIRES, std::slice::from_ref(&id)).await;
    assert_problem(&executed, 409, "no-pending-payment");
    // A payment that has ended, or is in an unknown state, beside a pending one.
    let pending = env.wire(&customer, 50_000).await;
    for state in ["REJECTED", "FAILED", "CANCELLED", "PENDING_CONFIRMATION", "LEVITATING"] {
        let other = env.wire(&customer, 50_000).await;
        env.set_state(&other, state).await;
        let refused = env.confirm(&customer, WIRES, &[pending.clone(), other]).await;
        assert_eq!(refused.problem(), (409, "no-pending-payment"), "{state}");
    }
    assert_eq!(env.state(&pending).await, "PENDING_CHALLENGE");
}

#[tokio::test]
async fn invalid_confirmation_requests_are_rejected_without_a_call_to_weavr() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    let id = env.wire(&customer, 50_000).await;
    let valid = confirmation_request(&customer, WIRES, std::slice::from_ref(&id));
    let without = |member: &str| {
        let mut body = valid.clone();
        body.as_object_mut().unwrap().remove(member);
        body
    };
    let with = |member: &str, value: Value| {
        let mut body = valid.clone();
        body[member] = value;
        body
    };
    for body in [
        without("accessToken"),
        without("resourceType"),
        without("resourceIds"),
        with("accessToken", json!("")),
        with("accessToken", json!("a b")),
        with("resourceType", json!("correspondent_bank_transfers")),
        with("resourceIds", json!([])),
        with("resourceIds", json!([id, id])),
        with("resourceIds", json!(["../1"])),
        with("resourceIds", json!([115])),
        with(
            "resourceIds",
            json!((0..101).map(|number| number.to_string()).collect::<Vec<_>>()),
        ),
        with("payees", json!(["One", "Two"])),
        with("resourceType", json!("sends")),
        with("destination", json!("+44 7700 900123")),
        with("nonsense", json!(1)),
    ] {
        let reply = env.post("/v1/confirmations", &body).await;
        assert_eq!(reply.problem(), (400, "invalid-request"), "{body}");
    }
    assert_eq!(env.calls("readWire").await + env.calls("readSend").await, 0);
    let reply = env
        .post_with("sk_unknown_012345678901234", "/v1/confirmations", &valid)
        .await;
    assert_eq!(reply.code(), "unauthorized");
}

#[tokio::test]
async fn a_customer_is_offered_the_active_factors_and_refused_when_there_are_none() {
    let env = WeavrEnv::start().await;
    for (factors, expected) in [
        (json!({}), Err("factor-not-set-up")),
        (
            json!({"SMS": "INACTIVE", "AUTHY": "PENDING_VERIFICATION"}),
            Err("factor-not-set-up"),
        ),
        (json!({"SMS": "INACTIVE", "AUTHY": "ACTIVE"}), Ok(vec!["push"])),
        (
            json!({"BIOMETRIC": "ACTIVE", "SMS": "ACTIVE"}),
            Ok(vec!["sms", "biometric"]),
        ),
    ] {
        let customer = env.customer_with(json!({ "factors": factors })).await;
        let id = env.wire(&customer, 50_000).await;
        let reply = env.confirm(&customer, WIRES, &[id]).await;
        match expected {
            Err(code) => assert_problem(&reply, 409, code),
            Ok(offered) => {
                let held = reply.ok();
                let challenge = held.approval().challenge(0);
                let mut factors = vec![challenge["primary"].text("factor")];
                let alternatives = challenge["alternatives"].as_array().unwrap().iter();
                factors.extend(alternatives.map(|option| option.text("factor")));
                assert_eq!(factors, offered);
            }
        }
    }
}

#[tokio::test]
async fn weavr_counts_wrong_codes_and_the_last_one_declines_the_approval() {
    let env = WeavrEnv::start().await;
    let (_, id, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    for left in [None, None, None, Some(1)] {
        let verified = widget.code("1", "sms", WRONG).await.ok();
        assert_eq!(verified.verdict(), "refused");
        assert_eq!(verified.approval().attempts_left(), left);
        assert_eq!(verified.approval().status(), "pending");
    }
    let verified = widget.code("1", "sms", WRONG).await.ok();
    assert_eq!(verified.verdict(), "refused");
    assert_ended(verified.approval(), "declined", "too-many-attempts");
    assert_eq!(env.state(&id).await, "REJECTED");
    // The right code is too late.
    let late = widget.code("1", "sms", CODE).await;
    assert_problem(&late, 409, "approval-settled");
    assert_eq!(env.calls("verifyOtp").await, 5);
}

#[tokio::test]
async fn weavrs_attempt_limit_applies_and_a_right_code_on_the_last_attempt_is_accepted() {
    let env = WeavrEnv::start().await;
    let customer = env.customer_with(json!({"behaviour": {"attemptLimit": 2}})).await;
    let (_, widget) = env.held_wire_of(&customer).await;
    widget.start("1", "sms").await.ok();
    assert_eq!(
        widget.code("1", "sms", WRONG).await.ok().approval().attempts_left(),
        Some(1)
    );
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");

    // Where Weavr has no limit, the backend's own limit of five applies.
    let customer = env.customer_with(json!({"behaviour": {"attemptLimit": null}})).await;
    let (_, widget) = env.held_wire_of(&customer).await;
    widget.start("1", "sms").await.ok();
    for _ in 0..4 {
        widget.code("1", "sms", WRONG).await.ok();
    }
    assert_eq!(widget.snapshot().await.attempts_left(), Some(1));
    assert_eq!(
        widget.code("1", "sms", WRONG).await.ok().approval().reason(),
        Some("too-many-attempts")
    );
}

#[tokio::test]
async fn a_code_can_be_resent_after_fifteen_seconds_and_supersedes_the_one_before() {
    let env = WeavrEnv::start().await;
    let customer = env.customer_with(json!({"behaviour": {"codes": "fresh"}})).await;
    let (_, widget) = env.held_wire_of(&customer).await;
    widget.start("1", "sms").await.ok();
    let first = env.code(&customer).await;
    let early = widget.start("1", "sms").await;
    assert_problem(&early, 429, "too-many-requests");
    assert_eq!(early.retry_after(), 15);
    assert_eq!(env.calls("issueOtp").await, 1);
    env.advance(16).await;
    widget.start("1", "sms").await.ok();
    let second = env.code(&customer).await;
    if first != second {
        assert_eq!(widget.code("1", "sms", &first).await.ok().verdict(), "refused");
    }
    assert_verified(&widget.code("1", "sms", &second).await.ok(), "accepted", "approved");
}

#[tokio::test]
async fn weavrs_resend_limit_is_passed_on_in_either_spelling() {
    for spelling in ["specification", "prose"] {
        let env = WeavrEnv::start().await;
        let customer = env.customer_with(json!({"behaviour": {"spelling": spelling}})).await;
        let id = env.wire(&customer, 50_000).await;
        // Two approvals of the same payment: the second does not know which code the first had sent.
        let first = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
        let second = env
            .held_by_other_partner(&customer, WIRES, std::slice::from_ref(&id))
            .await;
        first.start("1", "sms").await.ok();
        let early = second.start("1", "sms").await;
        assert_eq!(early.problem(), (429, "too-many-requests"), "{spelling}");
        assert_eq!(early.retry_after(), 15);
        env.advance(16).await;
        second.start("1", "sms").await.ok();
        // The second challenge supersedes the first. One confirmation approves both approvals.
        assert_eq!(first.code("1", "sms", CODE).await.ok().verdict(), "code-expired");
        assert_verified(&second.code("1", "sms", CODE).await.ok(), "accepted", "approved");
        env.advance(16).await;
        assert_status(&first.start("1", "sms").await.ok(), "approved");
        assert_status(&first.snapshot().await, "approved");
    }
}

#[tokio::test]
async fn after_weavrs_last_code_that_code_is_still_accepted_and_other_factors_stay_available() {
    let env = WeavrEnv::start().await;
    let (customer, id, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    env.advance(16).await;
    widget.start("1", "sms").await.ok();
    env.advance(16).await;
    let third = widget.start("1", "sms").await;
    assert_problem(&third, 429, "too-many-requests");
    assert!(third.retry_after() > 60);
    // The backend does not ask Weavr again.
    let issued = env.calls("issueOtp").await;
    widget.start("1", "sms").await;
    assert_eq!(env.calls("issueOtp").await, issued);
    assert_eq!(widget.code("1", "sms", WRONG).await.ok().verdict(), "refused");
    env.advance(200).await;
    env.use_session(&customer).await;
    env.advance(120).await;
    let over = widget.start("1", "sms").await;
    assert_problem(&over, 422, "factor-not-available");
    let challenge = widget.snapshot().await.challenge(0).clone();
    assert_eq!(challenge["primary"]["availability"], "blocked");
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    env.poll().await;
    assert_status(&widget.snapshot().await, "approved");
    assert_eq!(env.state(&id).await, "COMPLETED");
}

#[tokio::test]
async fn an_expired_code_is_distinguished_from_an_ended_session() {
    let env = WeavrEnv::start().await;
    let (customer, id, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    env.advance(200).await;
    env.use_session(&customer).await;
    env.advance(101).await;
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_verified(&verified, "code-expired", "pending");
    assert_eq!(verified.approval().attempts_left(), None);
    assert_eq!(env.state(&id).await, "PENDING_CHALLENGE");
    // The expired code is not accepted again, and a new one is.
    assert_eq!(widget.code("1", "sms", CODE).await.code(), "factor-not-available");
    widget.start("1", "sms").await.ok();
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");

    let (_, _, idle) = env.held_wire().await;
    idle.start("1", "sms").await.ok();
    env.advance(301).await;
    let ended = idle.code("1", "sms", CODE).await.ok();
    assert_ended(ended.approval(), "failed", "session-ended");

    let (_, _, idle) = env.held_wire().await;
    env.advance(301).await;
    let ended = idle.start("1", "sms").await;
    assert_problem(&ended, 409, "provider-session-ended");
    assert_eq!(idle.snapshot().await.reason(), Some("session-ended"));
}

#[tokio::test]
async fn a_payment_that_reaches_a_final_state_at_weavr_ends_its_approval() {
    let env = WeavrEnv::start().await;
    for (state, by, status, reason) in [
        ("REJECTED", Some("SYSTEM"), "failed", Some("provider-refused")),
        ("REJECTED", Some("USER"), "declined", Some("denied")),
        ("FAILED", None, "failed", Some("provider-refused")),
        ("CANCELLED", None, "cancelled", None),
        ("COMPLETED", None, "approved", None),
    ] {
        let (_, id, widget) = env.held_wire().await;
        let mut settings = json!({ "state": state });
        if let Some(by) = by {
            settings["rejectedInfo"] = json!(by);
        }
        env.set_state_with(&id, settings).await;
        // No webhook comes. The state is read when the customer starts a factor.
        let started = widget.start("1", "sms").await;
        let snapshot = widget.snapshot().await;
        assert_eq!(
            (snapshot.status(), snapshot.reason()),
            (status, reason),
            "{state} {}",
            started.text
        );
    }
    // An unknown state neither passes nor ends the approval.
    let (_, id, widget) = env.held_wire().await;
    env.set_state(&id, "LEVITATING").await;
    assert_eq!(widget.start("1", "sms").await.code(), "too-many-requests");
    assert_status(&widget.snapshot().await, "pending");
}

#[tokio::test]
async fn a_payment_that_changes_after_it_was_shown_is_declined() {
    let env = WeavrEnv::start().await;
    let (_, id, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    let patch = json!({"transferAmount": {"amount": 999_999}});
    env.tamper(&id, patch).await;
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified.verdict(), "refused");
    assert_ended(verified.approval(), "declined", "changed");
}

#[tokio::test]
async fn amounts_and_event_ids_are_read_in_both_spellings() {
    let env = WeavrEnv::start().await;
    let customer = env
        .customer_with(json!({"behaviour": {"amounts": "swapped", "eventIds": "text"}}))
        .await;
    let id = env.wire(&customer, 50_000).await;
    env.send_webhooks(json!({})).await;
    let widget = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!(amount_shown(&widget.snapshot().await), 50_000);
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    env.webhooks_delivered().await;
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn the_partner_can_read_the_action_of_a_settled_approval() {
    let env = WeavrEnv::start().await;
    let (_, _, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    widget.code("1", "sms", CODE).await.ok();
    let read = read_approval(&env.app, API_KEY, &widget.id).await.ok();
    assert_status(&read, "approved");
    assert_eq!(amount_shown(&read), 50_000);
}

/// What the first payment of an approval amounts to, in minor units.
fn amount_shown(approval: &Value) -> u64 {
    approval["action"]["payments"][0]["amount"].number("minor")
}

#[tokio::test]
async fn payments_that_were_confirmed_elsewhere_are_left_out_of_the_next_challenge() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    let ids = env.two_wires(&customer).await;
    let widget = env.held(&customer, WIRES, &ids).await;
    env.set_state(&ids[0], "COMPLETED").await;
    // Weavr issues no challenge for a payment that is no longer pending. The backend reads the payments, and the other can be confirmed.
    assert_eq!(widget.start("1", "sms").await.code(), "too-many-requests");
    env.advance(16).await;
    widget.start("1", "sms").await.ok();
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");
    assert_eq!(env.state(&ids[1]).await, "COMPLETED");
}

#[tokio::test]
async fn a_newer_approval_supersedes_the_open_one_and_keeps_its_count_of_wrong_codes() {
    let env = WeavrEnv::start().await;
    let customer = env
        .customer_with(json!({"behaviour": {"attemptLimit": null, "issueLimit": null}}))
        .await;
    let ids = env.two_wires(&customer).await;
    let first = env.held(&customer, WIRES, &ids).await;
    first.start("1", "sms").await.ok();
    for _ in 0..3 {
        first.code("1", "sms", WRONG).await.ok();
    }
    // One common payment supersedes the first approval.
    let second = env.held(&customer, WIRES, &ids[1..]).await;
    assert_ended(&first.snapshot().await, "cancelled", "changed");
    env.advance(16).await;
    second.start("1", "sms").await.ok();
    assert_eq!(
        second.code("1", "sms", WRONG).await.ok().approval().attempts_left(),
        Some(1)
    );
    let last = second.code("1", "sms", WRONG).await.ok();
    assert_eq!(last.approval().reason(), Some("too-many-attempts"));
}

/// Also when they are created within one millisecond.
#[tokio::test]
async fn of_many_approvals_of_one_payment_only_the_newest_is_open() {
    let env = WeavrEnv::start().await;
    let customer = env.customer().await;
    let id = env.wire(&customer, 50_000).await;
    let mut before = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
    for _ in 0..12 {
        let widget = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
        assert_status(&widget.snapshot().await, "pending");
        assert_eq!(before.snapshot().await.reason(), Some("changed"));
        before = widget;
    }
}

#[tokio::test]
async fn an_approval_with_a_request_being_sent_can_be_neither_cancelled_nor_superseded() {
    let env = WeavrEnv::start().await;
    let (customer, id, widget) = env.held_wire().await;
    let slow = json!({"kind": "slow", "milliseconds": 2_000});
    env.fault("issuePush", 1, "after", slow).await;
    let starting = tokio::spawn({
        let widget = widget.clone();
        async move { widget.start("1", "push").await.ok() }
    });
    env.request_on_phone(&customer).await;
    assert_eq!(widget.cancel().await.code(), "request-in-progress");
    let another = env.confirm(&customer, WIRES, std::slice::from_ref(&id)).await;
    assert_problem(&another, 409, "request-in-progress");
    starting.await.unwrap();
    env.answer(&customer, "approve").await;
    env.poll().await;
    assert_status(&widget.snapshot().await, "approved");
}
