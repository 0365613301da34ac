//! An approval authorises one call, once.

use std::sync::Arc;

use sca_backend::gate::{GateAnswer, GateError, GateRequest};
use sca_protocol::api::ProblemCode;
use sca_runtime::clock::SystemClock;
use serde_json::json;

use crate::support::{TestEnv, raw_connection, repeat, use_shared_database};

async fn repeat_concurrently(copies: usize) {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    widget.approve().await;
    let gate = env.gate();
    let calls: Vec<_> = (0..copies)
        .map(|_| {
            let (gate, request, widget) = (gate.clone(), env.fund(&customer), widget.clone());
            tokio::spawn(async move { repeat(&gate, request, &widget).await })
        })
        .collect();
    let (mut executed, mut refused) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            Ok(GateAnswer::Provider { status, .. }) if status.is_success() => executed += 1,
            Err(GateError::Consumed) => refused += 1,
            // More concurrent calls than the backend makes to the provider: nothing was sent.
            Err(GateError::Failed(error)) if *error.code() == ProblemCode::ServiceUnavailable => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((executed, refused), (1, copies - 1));
    env.assert_funded_once(&customer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_concurrent_repeats_execute_once() {
    repeat_concurrently(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_repeats_execute_once() {
    repeat_concurrently(1000).await;
}

type Change<'a> = Box<dyn Fn(&mut GateRequest) + 'a>;

#[tokio::test]
async fn an_approval_authorises_only_the_call_it_was_created_for() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    let other = env.customer(json!({})).await;
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
        let mut request = env.fund(&customer);
        change(&mut request);
        let answer = repeat(&env.gate(), request, &widget).await;
        assert!(matches!(answer, Err(GateError::Mismatch)), "{what}: {answer:?}");
    }
    let other_partner = sca_backend::gate::Gate::new(env.backend.clone(), "other");
    let answer = repeat(&other_partner, env.fund(&customer), &widget).await;
    assert!(matches!(answer, Err(GateError::Mismatch)), "{answer:?}");
    // The approval still authorises its own call.
    repeat(&env.gate(), env.fund(&customer), &widget).await.unwrap();
    env.assert_funded_once(&customer).await;
}

#[tokio::test]
async fn only_an_approved_approval_authorises_a_call() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    let pending = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(matches!(pending, Err(GateError::Pending)), "{pending:?}");
    widget.cancel().await.ok();
    let ended = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(matches!(ended, Err(GateError::Ended)), "{ended:?}");
    assert_eq!(env.calls("fund-transfer").await.len(), 1);
}

#[tokio::test]
async fn a_one_time_token_that_cannot_be_decrypted_does_not_consume_the_approval() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::with("v1", Arc::new(SystemClock), |config| {
        use_shared_database(config, folder.path())
    })
    .await;
    let (customer, widget) = env.approval().await;
    widget.approve().await;
    let mut database = raw_connection(&env.config).await;
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT one_time_token FROM approvals")
        .fetch_one(&mut database)
        .await
        .unwrap();
    let mut store = async |token: Vec<u8>| {
        let query = sqlx::query("UPDATE approvals SET one_time_token = $1").bind(token);
        query.execute(&mut database).await.unwrap();
    };
    let mut other = sealed.clone();
    *other.last_mut().unwrap() ^= 1;
    store(other).await;
    let failed = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(matches!(failed, Err(GateError::Failed(_))), "{failed:?}");
    store(sealed).await;
    repeat(&env.gate(), env.fund(&customer), &widget).await.unwrap();
    env.assert_funded_once(&customer).await;
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_never_repeated() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    widget.approve().await;
    env.fault(&customer, "fund-transfer", 1, "after", json!({"kind": "reset"}))
        .await;
    let lost = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(matches!(lost, Err(GateError::OutcomeUnknown(_))), "{lost:?}");
    let again = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(matches!(again, Err(GateError::Consumed)), "{again:?}");
    env.assert_funded_once(&customer).await;
}

#[tokio::test]
async fn a_throttled_call_releases_the_approval() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    widget.approve().await;
    env.fault(
        &customer,
        "fund-transfer",
        1,
        "before",
        json!({"kind": "tooManyRequests"}),
    )
    .await;
    match repeat(&env.gate(), env.fund(&customer), &widget).await.unwrap() {
        GateAnswer::Provider { status, .. } => assert_eq!(status.as_u16(), 429),
        GateAnswer::ApprovalRequired(_) | GateAnswer::NotDescribed { .. } => panic!("refused"),
    }
    repeat(&env.gate(), env.fund(&customer), &widget).await.unwrap();
    env.assert_funded_once(&customer).await;
}
