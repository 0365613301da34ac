//! Payments at Weavr, confirmed by their customers with a code.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::weavr_env::{CODE, Confirmations, DESTINATION, SENDS, WIRES, WRONG, request};

#[tokio::test]
async fn a_wire_is_shown_confirmed_with_a_code_and_carried_out() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    let id = world.wire(&payer, 125_050).await;
    let held = world.confirm(&payer, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!(held.status, 201);
    let held = held.ok();
    assert_eq!(held["decision"], "held");
    let payment = &held["approval"]["action"]["payments"][0];
    assert_eq!(payment["amount"], json!({"minor": 125_050, "currency": "EUR"}));
    assert_eq!(payment["payee"], "Acme Corp");
    assert_eq!(payment["accountTail"], "3000");
    let step = &held["approval"]["challenges"][0];
    assert_eq!(
        step["primary"],
        json!({"factor": "sms", "availability": "available", "digits": 6})
    );
    let alternatives = step["alternatives"].as_array().unwrap().iter();
    let alternatives: Vec<&Value> = alternatives.map(|option| &option["factor"]).collect();
    assert_eq!(alternatives, ["push", "biometric"]);

    let widget = world.widget(&held);
    let started = widget.start("1", "sms").await.ok();
    let delivery = &started["challenges"][0]["delivery"];
    let now = started["serverTime"].as_u64().unwrap();
    assert_eq!(delivery["destination"], DESTINATION);
    assert_eq!(delivery["resendAt"], now + 15_000);
    assert_eq!(delivery["expiresAt"], now + 300_000);
    assert_eq!(world.state(&id).await, "PENDING_CHALLENGE");

    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified["verdict"], "accepted");
    assert_eq!(verified["approval"]["status"], "approved");
    assert_eq!(world.state(&id).await, "COMPLETED");
    assert_eq!(world.calls("verifyOtp").await, 1);
}

#[tokio::test]
async fn several_payments_are_one_approval_that_covers_them_all() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    for kind in [WIRES, SENDS] {
        let mut ids = Vec::new();
        for minor in [50_000, 60_000, 70_000] {
            ids.push(if kind == WIRES {
                world.wire(&payer, minor).await
            } else {
                world.send(&payer, minor).await
            });
        }
        let widget = world.held(&payer, kind, &ids).await;
        let snapshot = widget.snapshot().await;
        let payments = snapshot["action"]["payments"].as_array().unwrap();
        let amounts: Vec<&Value> = payments.iter().map(|payment| &payment["amount"]["minor"]).collect();
        assert_eq!(amounts, [50_000, 60_000, 70_000]);
        if kind == SENDS {
            assert_eq!(payments[0]["payee"], "Carla Dean");
        }
        widget.start("1", "sms").await.ok();
        let verified = widget.code("1", "sms", CODE).await.ok();
        assert_eq!(verified["approval"]["status"], "approved", "{kind}");
        for id in &ids {
            assert_eq!(world.state(id).await, "COMPLETED");
        }
    }
}

#[tokio::test]
async fn what_weavr_exempts_needs_no_approval_and_of_a_mixture_only_the_rest_is_shown() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    let small = [world.wire(&payer, 1_000).await, world.wire(&payer, 2_000).await];
    let exempt = world.confirm(&payer, WIRES, &small).await;
    assert_eq!(
        (exempt.status.as_u16(), exempt.body),
        (200, json!({"decision": "exempt"}))
    );
    let small_send = [world.send(&payer, 1_000).await];
    assert_eq!(
        world.confirm(&payer, SENDS, &small_send).await.ok()["decision"],
        "exempt"
    );

    let large = world.wire(&payer, 50_000).await;
    let mixture = [small[0].clone(), large.clone()];
    let held = world.confirm(&payer, WIRES, &mixture).await.ok();
    assert_eq!(held["approval"]["action"]["payments"].as_array().unwrap().len(), 1);
    let widget = world.widget(&held);
    widget.start("1", "sms").await.ok();
    assert_eq!(
        widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );
    assert_eq!(world.state(&large).await, "COMPLETED");
}

#[tokio::test]
async fn only_the_customers_own_payments_that_wait_can_be_confirmed() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    let stranger = world.payer().await;
    let id = world.wire(&payer, 50_000).await;
    let send = world.send(&payer, 50_000).await;
    let refused = async |ids: &[String], kind: &str| {
        let reply = world.confirm(&payer, kind, ids).await;
        (reply.status.as_u16(), reply.code().to_owned())
    };
    let not_found = (404, "not-found".to_owned());
    // One that nobody knows, with one that waits.
    assert_eq!(
        refused(&[id.clone(), "115999999999999999".into()], WIRES).await,
        not_found
    );
    // Mixed kinds.
    assert_eq!(refused(&[id.clone(), send.clone()], WIRES).await, not_found);
    assert_eq!(refused(&[send.clone(), id.clone()], SENDS).await, not_found);
    // Another customer's.
    let foreign = world.confirm(&stranger, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!((foreign.status.as_u16(), foreign.code()), (404, "not-found"));

    let nothing = (409, "no-pending-payment".to_owned());
    // All carried out.
    let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    widget.start("1", "sms").await.ok();
    widget.code("1", "sms", CODE).await.ok();
    assert_eq!(refused(std::slice::from_ref(&id), WIRES).await, nothing);
    // One that ended, or is in a state that nobody knows, beside one that waits.
    let waits = world.wire(&payer, 50_000).await;
    for state in ["REJECTED", "FAILED", "CANCELLED", "PENDING_CONFIRMATION", "LEVITATING"] {
        let other = world.wire(&payer, 50_000).await;
        let path = format!("/resources/{other}/state");
        world.control(Method::POST, &path, json!({ "state": state })).await;
        assert_eq!(refused(&[waits.clone(), other], WIRES).await, nothing, "{state}");
    }
    assert_eq!(world.state(&waits).await, "PENDING_CHALLENGE");
}

#[tokio::test]
async fn calls_that_are_not_as_described_ask_weavr_nothing() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    let id = world.wire(&payer, 50_000).await;
    let good = request(&payer, WIRES, std::slice::from_ref(&id));
    let without = |member: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(member);
        body
    };
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
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
        let reply = world.post("/v1/confirmations", &body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (400, "invalid-request"),
            "{body}"
        );
    }
    assert_eq!(world.calls("readWire").await + world.calls("readSend").await, 0);
    let reply = world
        .post_with("sk_nobody_0123456789012345", "/v1/confirmations", &good)
        .await;
    assert_eq!(reply.code(), "unauthorized");
}

#[tokio::test]
async fn a_customer_without_any_way_is_told_to_set_one_up_and_others_are_offered_what_they_have() {
    let world = Confirmations::start().await;
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
        let payer = world.payer_who(json!({ "factors": factors })).await;
        let id = world.wire(&payer, 50_000).await;
        let reply = world.confirm(&payer, WIRES, &[id]).await;
        match expected {
            Err(code) => assert_eq!((reply.status.as_u16(), reply.code()), (409, code)),
            Ok(offered) => {
                let step = &reply.ok()["approval"]["challenges"][0];
                let mut factors = vec![step["primary"]["factor"].clone()];
                factors.extend(
                    step["alternatives"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|option| option["factor"].clone()),
                );
                assert_eq!(json!(factors), json!(offered));
            }
        }
    }
}

#[tokio::test]
async fn wrong_codes_are_counted_by_weavr_and_the_last_one_ends_it() {
    let world = Confirmations::start().await;
    let (_, id, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    for left in [Value::Null, Value::Null, Value::Null, json!(1)] {
        let verified = widget.code("1", "sms", WRONG).await.ok();
        assert_eq!(verified["verdict"], "refused");
        assert_eq!(verified["approval"]["attemptsLeft"], left);
        assert_eq!(verified["approval"]["status"], "pending");
    }
    let verified = widget.code("1", "sms", WRONG).await.ok();
    assert_eq!(verified["verdict"], "refused");
    assert_eq!(verified["approval"]["status"], "declined");
    assert_eq!(verified["approval"]["reason"], "too-many-attempts");
    assert_eq!(world.state(&id).await, "REJECTED");
    // The right one is too late.
    let late = widget.code("1", "sms", CODE).await;
    assert_eq!((late.status.as_u16(), late.code()), (409, "approval-settled"));
    assert_eq!(world.calls("verifyOtp").await, 5);
}

#[tokio::test]
async fn the_limit_is_weavrs_and_the_right_code_on_the_last_try_counts() {
    let world = Confirmations::start().await;
    let payer = world.payer_who(json!({"behaviour": {"attemptLimit": 2}})).await;
    let id = world.wire(&payer, 50_000).await;
    let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    widget.start("1", "sms").await.ok();
    assert_eq!(widget.code("1", "sms", WRONG).await.ok()["approval"]["attemptsLeft"], 1);
    assert_eq!(
        widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );

    // Without one, ours holds: five.
    let payer = world.payer_who(json!({"behaviour": {"attemptLimit": null}})).await;
    let id = world.wire(&payer, 50_000).await;
    let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    widget.start("1", "sms").await.ok();
    for _ in 0..4 {
        widget.code("1", "sms", WRONG).await.ok();
    }
    assert_eq!(widget.snapshot().await["attemptsLeft"], 1);
    assert_eq!(
        widget.code("1", "sms", WRONG).await.ok()["approval"]["reason"],
        "too-many-attempts"
    );
}

#[tokio::test]
async fn another_code_can_be_had_after_fifteen_seconds_and_the_one_before_is_dead() {
    let world = Confirmations::start().await;
    let payer = world.payer_who(json!({"behaviour": {"codes": "fresh"}})).await;
    let id = world.wire(&payer, 50_000).await;
    let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    widget.start("1", "sms").await.ok();
    let first = world.request(&payer).await["code"].as_str().unwrap().to_owned();
    let early = widget.start("1", "sms").await;
    assert_eq!((early.status.as_u16(), early.code()), (429, "too-many-requests"));
    assert_eq!(early.body["retryAfter"], 15);
    assert_eq!(world.calls("issueOtp").await, 1);
    world.advance(16).await;
    widget.start("1", "sms").await.ok();
    let second = world.request(&payer).await["code"].as_str().unwrap().to_owned();
    if first != second {
        assert_eq!(widget.code("1", "sms", &first).await.ok()["verdict"], "refused");
    }
    assert_eq!(
        widget.code("1", "sms", &second).await.ok()["approval"]["status"],
        "approved"
    );
}

#[tokio::test]
async fn weavrs_own_word_about_too_early_is_passed_on_in_either_spelling() {
    for spelling in ["specification", "prose"] {
        let world = Confirmations::start().await;
        let payer = world.payer_who(json!({"behaviour": {"spelling": spelling}})).await;
        let id = world.wire(&payer, 50_000).await;
        // Two pages for the same payment: what one has had sent, the other does not know of.
        let first = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
        let second = world.held_elsewhere(&payer, WIRES, std::slice::from_ref(&id)).await;
        first.start("1", "sms").await.ok();
        let early = second.start("1", "sms").await;
        assert_eq!(
            (early.status.as_u16(), early.code()),
            (429, "too-many-requests"),
            "{spelling}"
        );
        assert_eq!(early.body["retryAfter"], 15);
        world.advance(16).await;
        second.start("1", "sms").await.ok();
        // The first one's challenge is superseded; one approval is enough for both.
        assert_eq!(first.code("1", "sms", CODE).await.ok()["verdict"], "code-expired");
        assert_eq!(
            second.code("1", "sms", CODE).await.ok()["approval"]["status"],
            "approved"
        );
        world.advance(16).await;
        let overtaken = first.start("1", "sms").await;
        assert_eq!(overtaken.ok()["status"], "approved");
        assert_eq!(first.snapshot().await["status"], "approved");
    }
}

#[tokio::test]
async fn when_weavr_sends_no_more_codes_the_last_one_still_counts_and_then_other_ways_are_left() {
    let world = Confirmations::start().await;
    let (payer, id, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    world.advance(16).await;
    widget.start("1", "sms").await.ok();
    world.advance(16).await;
    let third = widget.start("1", "sms").await;
    assert_eq!((third.status.as_u16(), third.code()), (429, "too-many-requests"));
    assert!(third.body["retryAfter"].as_u64().unwrap() > 60);
    // Not even asked again.
    let issued = world.calls("issueOtp").await;
    widget.start("1", "sms").await;
    assert_eq!(world.calls("issueOtp").await, issued);
    assert_eq!(widget.code("1", "sms", WRONG).await.ok()["verdict"], "refused");
    world.advance(200).await;
    touch(&world, &payer.token).await;
    world.advance(120).await;
    let over = widget.start("1", "sms").await;
    assert_eq!((over.status.as_u16(), over.code()), (422, "factor-not-available"));
    let step = widget.snapshot().await["challenges"][0].clone();
    assert_eq!(step["primary"]["availability"], "blocked");
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "approved");
    assert_eq!(world.state(&id).await, "COMPLETED");
}

/// Keeps a customer's session alive.
async fn touch(world: &Confirmations, token: &str) {
    world
        .multi(Method::GET, "/authentication_factors", token, json!({}))
        .await;
}

#[tokio::test]
async fn a_code_that_is_too_old_is_not_a_session_that_has_ended() {
    let world = Confirmations::start().await;
    let (payer, id, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    world.advance(200).await;
    touch(&world, &payer.token).await;
    world.advance(101).await;
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified["verdict"], "code-expired");
    assert_eq!(verified["approval"]["status"], "pending");
    assert_eq!(verified["approval"]["attemptsLeft"], Value::Null);
    assert_eq!(world.state(&id).await, "PENDING_CHALLENGE");
    // It is of no use any more, and another one is.
    assert_eq!(widget.code("1", "sms", CODE).await.code(), "factor-not-available");
    widget.start("1", "sms").await.ok();
    assert_eq!(
        widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );

    let (_, _, idle) = world.held_wire().await;
    idle.start("1", "sms").await.ok();
    world.advance(301).await;
    let ended = idle.code("1", "sms", CODE).await.ok();
    assert_eq!(ended["approval"]["status"], "failed");
    assert_eq!(ended["approval"]["reason"], "session-ended");

    let (_, _, idle) = world.held_wire().await;
    world.advance(301).await;
    let ended = idle.start("1", "sms").await;
    assert_eq!((ended.status.as_u16(), ended.code()), (409, "provider-session-ended"));
    assert_eq!(idle.snapshot().await["reason"], "session-ended");
}

#[tokio::test]
async fn what_becomes_of_a_payment_elsewhere_ends_its_approval() {
    let world = Confirmations::start().await;
    for (state, by, status, reason) in [
        ("REJECTED", json!("SYSTEM"), "failed", json!("provider-refused")),
        ("REJECTED", json!("USER"), "declined", json!("denied")),
        ("FAILED", Value::Null, "failed", json!("provider-refused")),
        ("CANCELLED", Value::Null, "cancelled", Value::Null),
        ("COMPLETED", Value::Null, "approved", Value::Null),
    ] {
        let (_, id, widget) = world.held_wire().await;
        let mut how = json!({ "state": state });
        if !by.is_null() {
            how["rejectedInfo"] = by;
        }
        world
            .control(Method::POST, &format!("/resources/{id}/state"), how)
            .await;
        // Nothing is told: it is seen when somebody tries.
        let started = widget.start("1", "sms").await;
        let snapshot = widget.snapshot().await;
        assert_eq!(
            (&snapshot["status"], &snapshot["reason"]),
            (&json!(status), &reason),
            "{state} {}",
            started.text
        );
    }
    // A state that nobody knows neither passes nor ends it.
    let (_, id, widget) = world.held_wire().await;
    let path = format!("/resources/{id}/state");
    world.control(Method::POST, &path, json!({"state": "LEVITATING"})).await;
    assert_eq!(widget.start("1", "sms").await.code(), "too-many-requests");
    assert_eq!(widget.snapshot().await["status"], "pending");
}

#[tokio::test]
async fn a_payment_that_is_changed_after_it_was_shown_is_not_approved() {
    let world = Confirmations::start().await;
    let (_, id, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    let path = format!("/resources/{id}/tamper");
    let patch = json!({"patch": {"transferAmount": {"amount": 999_999}}});
    world.control(Method::POST, &path, patch).await;
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified["verdict"], "refused");
    assert_eq!(verified["approval"]["status"], "declined");
    assert_eq!(verified["approval"]["reason"], "changed");
}

#[tokio::test]
async fn both_spellings_of_amounts_are_read() {
    let world = Confirmations::start().await;
    let payer = world
        .payer_who(json!({"behaviour": {"amounts": "swapped", "eventIds": "text"}}))
        .await;
    let id = world.wire(&payer, 50_000).await;
    world.tell(json!({})).await;
    let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!(
        widget.snapshot().await["action"]["payments"][0]["amount"]["minor"],
        50_000
    );
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    world.told().await;
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn the_partner_reads_the_action_also_after_the_end() {
    let world = Confirmations::start().await;
    let (_, _, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    widget.code("1", "sms", CODE).await.ok();
    let read = crate::support::send(
        &world.app,
        axum::http::Request::get(format!("/v1/approvals/{}", widget.id))
            .header("x-api-key", crate::support::API_KEY)
            .body(axum::body::Body::empty())
            .unwrap(),
    );
    let read = read.await.ok();
    assert_eq!(read["status"], "approved");
    assert_eq!(read["action"]["payments"][0]["amount"]["minor"], 50_000);
}

#[tokio::test]
async fn of_several_the_ones_that_were_confirmed_elsewhere_are_not_challenged_again() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    let ids = [world.wire(&payer, 50_000).await, world.wire(&payer, 60_000).await];
    let widget = world.held(&payer, WIRES, &ids).await;
    let path = format!("/resources/{}/state", ids[0]);
    world.control(Method::POST, &path, json!({"state": "COMPLETED"})).await;
    // Weavr takes no challenge of which one no longer waits. It is looked at, and the other can be confirmed.
    assert_eq!(widget.start("1", "sms").await.code(), "too-many-requests");
    world.advance(16).await;
    widget.start("1", "sms").await.ok();
    assert_eq!(
        widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );
    assert_eq!(world.state(&ids[1]).await, "COMPLETED");
}

#[tokio::test]
async fn of_the_same_payments_one_approval_is_open_and_wrong_codes_count_on() {
    let world = Confirmations::start().await;
    let payer = world
        .payer_who(json!({"behaviour": {"attemptLimit": null, "issueLimit": null}}))
        .await;
    let ids = [world.wire(&payer, 50_000).await, world.wire(&payer, 60_000).await];
    let first = world.held(&payer, WIRES, &ids).await;
    first.start("1", "sms").await.ok();
    for _ in 0..3 {
        first.code("1", "sms", WRONG).await.ok();
    }
    // One of them alone is enough.
    let second = world.held(&payer, WIRES, &ids[1..]).await;
    let over = first.snapshot().await;
    assert_eq!(
        (&over["status"], &over["reason"]),
        (&json!("cancelled"), &json!("changed"))
    );
    world.advance(16).await;
    second.start("1", "sms").await.ok();
    assert_eq!(second.code("1", "sms", WRONG).await.ok()["approval"]["attemptsLeft"], 1);
    let last = second.code("1", "sms", WRONG).await.ok();
    assert_eq!(last["approval"]["reason"], "too-many-attempts");
}

/// Also within one millisecond, whatever names they are given.
#[tokio::test]
async fn of_many_approvals_of_one_payment_the_last_one_is_open() {
    let world = Confirmations::start().await;
    let payer = world.payer().await;
    let id = world.wire(&payer, 50_000).await;
    let mut before = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    for _ in 0..12 {
        let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
        assert_eq!(widget.snapshot().await["status"], "pending");
        assert_eq!(before.snapshot().await["reason"], "changed");
        before = widget;
    }
}

#[tokio::test]
async fn while_a_code_is_judged_or_a_request_sent_nothing_takes_the_approvals_place() {
    let world = Confirmations::start().await;
    let (payer, id, widget) = world.held_wire().await;
    let slow = json!({"kind": "slow", "milliseconds": 2_000});
    world.fault("issuePush", 1, "after", slow).await;
    let starting = tokio::spawn({
        let widget = widget.clone();
        async move { widget.start("1", "push").await.ok() }
    });
    let wait = json!({"user": payer.user, "channel": "AUTHY", "seconds": 30});
    world.control(Method::POST, "/requests/wait", wait).await;
    assert_eq!(widget.cancel().await.code(), "request-in-progress");
    let another = world.confirm(&payer, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!((another.status.as_u16(), another.code()), (409, "request-in-progress"));
    starting.await.unwrap();
    world.answer(&payer, "approve").await;
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "approved");
}
