//! Two instances on one database.

use std::sync::Arc;

use sca_backend::{
    gate::{Gate, GateAnswer, GateError},
    service::Backend,
};
use sca_runtime::clock::SystemClock;
use serde_json::json;
use sqlx::Row;
use tempfile::TempDir;

use crate::{
    events::EventStream,
    support::{
        ContractJson, TestEnv, Widget, assert_status, raw_connection, repeat, use_shared_database, waiting::until,
    },
};

/// An instance, and another one on the same database.
struct Pair {
    env: TestEnv,
    other: Backend,
    _folder: TempDir,
}

impl Pair {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let env = TestEnv::with("v1", Arc::new(SystemClock), |config| {
            use_shared_database(config, folder.path())
        })
        .await;
        let other = env.config.backend().await.unwrap();
        Self {
            env,
            other,
            _folder: folder,
        }
    }

    /// The same widget, served by the other instance.
    fn at_other(&self, widget: &Widget) -> Widget {
        widget.at(&self.other)
    }

    /// Has both instances receive each other's changes.
    fn connect_change_feeds(&self) {
        for backend in [self.env.backend.clone(), self.other.clone()] {
            tokio::spawn(async move { backend.listen_until_stopped().await });
        }
    }

    /// The event types in the outbox.
    async fn outbox(&self) -> Vec<String> {
        let mut database = raw_connection(&self.env.config).await;
        let rows = sqlx::query("SELECT kind FROM outbox").fetch_all(&mut database).await;
        rows.unwrap().iter().map(|row| row.get("kind")).collect()
    }
}

#[tokio::test]
async fn one_verification_attempt_is_in_flight_over_all_instances() {
    let pair = Pair::start().await;
    let (customer, widget) = pair.env.approval().await;
    let slow = json!({"kind": "slow", "milliseconds": 1500});
    pair.env.fault(&customer, "pin-verify", 1, "before", slow).await;
    let jwe = widget.encrypt("1234").await;
    let first = tokio::spawn({
        let widget = widget.clone();
        async move { widget.jwe("1", &jwe).await }
    });
    until("a PIN submitted to Wise", async || {
        !pair.env.calls("pin-verify").await.is_empty()
    })
    .await;
    let other_widget = pair.at_other(&widget);
    assert_eq!(other_widget.pin("1", "9999").await.code(), "request-in-progress");
    assert_eq!(first.await.unwrap().ok().verdict(), "accepted");
    assert!(other_widget.snapshot().await.challenge(0).passed());
    assert_eq!(pair.env.calls("pin-verify").await.len(), 1);
}

#[tokio::test]
async fn a_call_repeated_at_another_instance_gets_the_same_answer() {
    let pair = Pair::start().await;
    let (_, widget) = pair.env.approval().await;
    let jwe = widget.encrypt("9999").await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": jwe}}).to_string();
    let key = "attempt-of-the-customer-1";
    let first = widget.post_as(key, "/verify", &body).await;
    let again = pair.at_other(&widget).post_as(key, "/verify", &body).await;
    assert_eq!(first.body["verdict"], "refused");
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(pair.env.calls("pin-verify").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_cancels_at_two_instances_settle_once_and_publish_once() {
    let pair = Pair::start().await;
    let (_, widget) = pair.env.approval().await;
    let other_widget = pair.at_other(&widget);
    let calls: Vec<_> = (0..40)
        .map(|number| {
            let widget = if number % 2 == 0 { &widget } else { &other_widget }.clone();
            tokio::spawn(async move { widget.cancel().await })
        })
        .collect();
    let mut cancelled = 0;
    for call in calls {
        let reply = call.await.unwrap();
        match reply.status.as_u16() {
            200 => cancelled += 1,
            _ => assert_eq!(reply.code(), "approval-settled", "{}", reply.text),
        }
    }
    assert_eq!(cancelled, 1);
    assert_eq!(pair.outbox().await, ["approval.settled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_authorises_one_call_over_all_instances() {
    let pair = Pair::start().await;
    let (customer, widget) = pair.env.approval().await;
    widget.approve().await;
    let gates = [pair.env.gate(), Gate::new(pair.other.clone(), "shop")];
    let calls: Vec<_> = (0..60)
        .map(|number| {
            let (gate, request, widget) = (gates[number % 2].clone(), pair.env.fund(&customer), widget.clone());
            tokio::spawn(async move { repeat(&gate, request, &widget).await })
        })
        .collect();
    let mut executed = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(GateAnswer::Provider { status, .. }) if status.is_success() => executed += 1,
            Err(GateError::Consumed) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(executed, 1);
    pair.env.assert_funded_once(&customer).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_stream_delivers_changes_that_another_instance_made() {
    let pair = Pair::start().await;
    pair.connect_change_feeds();
    let (_, widget) = pair.env.approval().await;
    let mut tab = EventStream::open(&widget).await.unwrap();
    assert_status(&tab.next().await.unwrap(), "pending");
    let other_widget = pair.at_other(&widget);
    other_widget.pin("1", "1234").await.ok();
    while !tab.next().await.unwrap().challenge(0).passed() {}
    other_widget.cancel().await.ok();
    assert_status(&tab.next().await.unwrap(), "cancelled");
    assert!(tab.next().await.is_none());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_stream_delivers_a_change_that_happened_while_the_change_feed_was_disconnected() {
    let pair = Pair::start().await;
    pair.connect_change_feeds();
    let (_, widget) = pair.env.approval().await;
    let mut tab = EventStream::open(&widget).await.unwrap();
    assert_status(&tab.next().await.unwrap(), "pending");
    let mut database = raw_connection(&pair.env.config).await;
    let listeners = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let mut terminated = 0;
    until("both listening connections terminated", async || {
        let query = format!("SELECT COUNT(pg_terminate_backend(pid)) FROM ({listeners}) AS listeners");
        let ended: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&mut database)
            .await
            .unwrap();
        terminated += ended;
        terminated >= 2
    })
    .await;
    // No listener is notified of this change. An instance that listens again has to read what changed.
    pair.at_other(&widget).cancel().await.ok();
    assert_status(&tab.next().await.unwrap(), "cancelled");
}
