use std::sync::Arc;

use sca_backend::{
    clock::SystemClock,
    gate::{GateAnswer, GateError, GateRequest},
};
use sca_protocol::api::ProblemCode;
use serde_json::json;

use crate::support::{Customer, World, behind, keep_in, repeat};

async fn execute_at_once(copies: usize) {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    widget.approve().await;
    let gate = world.gate();
    let calls: Vec<_> = (0..copies)
        .map(|_| {
            let (gate, request, widget) = (gate.clone(), world.fund(&customer), widget.clone());
            tokio::spawn(async move { repeat(&gate, request, &widget).await })
        })
        .collect();
    let (mut carried_out, mut refused) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            Ok(GateAnswer::Provider { status, .. }) if status.is_success() => carried_out += 1,
            Err(GateError::Consumed) => refused += 1,
            // More calls than are put before the provider at once: nothing was sent.
            Err(GateError::Failed(error)) if *error.code() == ProblemCode::ServiceUnavailable => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((carried_out, refused), (1, copies - 1));
    executed_once(&world, &customer).await;
}

async fn executed_once(world: &World, customer: &Customer) {
    let state = world.state_of(customer).await;
    let transfer = &state["transfers"][customer.transfers[0].to_string()];
    assert_eq!(
        (&transfer["executedPayments"], &transfer["refusedAgain"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_repeats_at_once_are_carried_out_once() {
    execute_at_once(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_repeats_at_once_are_carried_out_once() {
    execute_at_once(1000).await;
}

type Change<'a> = Box<dyn Fn(&mut GateRequest) + 'a>;

#[tokio::test]
async fn an_approval_carries_only_the_call_it_was_made_for() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    let other = world.customer(json!({})).await;
    widget.approve().await;
    let changed: Vec<(&str, Change<'_>)> = vec![
        ("method", Box::new(|request| request.method = axum::http::Method::PUT)),
        (
            "path",
            Box::new(|request| request.path_and_query = request.path_and_query.replace("/v3/", "/v4/")),
        ),
        ("query", Box::new(|request| request.path_and_query.push_str("?x=1"))),
        (
            "body",
            Box::new(|request| request.body = r#"{"type": "BALANCE"}"#.into()),
        ),
        (
            "customer",
            Box::new(|request| request.access_token = sca_core::secret::Secret::new(other.token.clone())),
        ),
        (
            "transfer",
            Box::new(|request| {
                let ids = (customer.transfers[0].to_string(), customer.transfers[1].to_string());
                request.path_and_query = request.path_and_query.replace(&ids.0, &ids.1);
            }),
        ),
    ];
    for (what, change) in changed {
        let mut request = world.fund(&customer);
        change(&mut request);
        let answer = repeat(&world.gate(), request, &widget).await;
        assert!(matches!(answer, Err(GateError::Mismatch)), "{what}: {answer:?}");
    }
    let strangers = sca_backend::gate::Gate::new(world.backend.clone(), "other");
    let answer = repeat(&strangers, world.fund(&customer), &widget).await;
    assert!(matches!(answer, Err(GateError::Mismatch)), "{answer:?}");
    // After all that it still carries its own.
    repeat(&world.gate(), world.fund(&customer), &widget).await.unwrap();
    executed_once(&world, &customer).await;
}

#[tokio::test]
async fn only_an_approved_approval_carries_a_call() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    let pending = repeat(&world.gate(), world.fund(&customer), &widget).await;
    assert!(matches!(pending, Err(GateError::Pending)), "{pending:?}");
    widget.cancel().await.ok();
    let ended = repeat(&world.gate(), world.fund(&customer), &widget).await;
    assert!(matches!(ended, Err(GateError::Ended)), "{ended:?}");
    assert_eq!(world.calls("fund-transfer").await.len(), 1);
}

#[tokio::test]
async fn a_token_that_cannot_be_opened_does_not_cost_the_approval() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with("v1", Arc::new(SystemClock), |config| keep_in(config, folder.path())).await;
    let (customer, widget) = world.approval().await;
    widget.approve().await;
    let mut database = behind(&world.config).await;
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT one_time_token FROM approvals")
        .fetch_one(&mut database)
        .await
        .unwrap();
    let mut put = async |token: Vec<u8>| {
        let query = sqlx::query("UPDATE approvals SET one_time_token = $1").bind(token);
        query.execute(&mut database).await.unwrap();
    };
    let mut other = sealed.clone();
    *other.last_mut().unwrap() ^= 1;
    put(other).await;
    let failed = repeat(&world.gate(), world.fund(&customer), &widget).await;
    assert!(matches!(failed, Err(GateError::Failed(_))), "{failed:?}");
    put(sealed).await;
    repeat(&world.gate(), world.fund(&customer), &widget).await.unwrap();
    executed_once(&world, &customer).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_is_never_repeated_blindly() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    widget.approve().await;
    world
        .fault(&customer, "fund-transfer", 1, "after", json!({"kind": "reset"}))
        .await;
    let lost = repeat(&world.gate(), world.fund(&customer), &widget).await;
    assert!(matches!(lost, Err(GateError::OutcomeUnknown(_))), "{lost:?}");
    let again = repeat(&world.gate(), world.fund(&customer), &widget).await;
    assert!(matches!(again, Err(GateError::Consumed)), "{again:?}");
    executed_once(&world, &customer).await;
}

#[tokio::test]
async fn a_call_that_was_turned_away_can_be_repeated() {
    let world = World::start().await;
    let (customer, widget) = world.approval().await;
    widget.approve().await;
    world
        .fault(
            &customer,
            "fund-transfer",
            1,
            "before",
            json!({"kind": "tooManyRequests"}),
        )
        .await;
    match repeat(&world.gate(), world.fund(&customer), &widget).await.unwrap() {
        GateAnswer::Provider { status, .. } => assert_eq!(status.as_u16(), 429),
        GateAnswer::ApprovalRequired(_) => panic!("refused"),
    }
    repeat(&world.gate(), world.fund(&customer), &widget).await.unwrap();
    executed_once(&world, &customer).await;
}
