//! Several backends on one database: what one of them decides holds for all.

use std::sync::Arc;

use sca_backend::{
    clock::SystemClock,
    gate::{Gate, GateAnswer, GateError},
    routes,
    service::Backend,
};
use serde_json::{Value, json};
use sqlx::Row;
use tempfile::TempDir;

use crate::{
    events::Listening,
    support::{Widget, World, behind, keep_in, repeat, waiting::until_so},
};

/// A backend and another one beside it.
struct Pair {
    world: World,
    other: Backend,
    _folder: TempDir,
}

impl Pair {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::with("v1", Arc::new(SystemClock), |config| keep_in(config, folder.path())).await;
        let other = world.config.backend().await.unwrap();
        Self {
            world,
            other,
            _folder: folder,
        }
    }

    /// The same widget, led to the other backend.
    fn led_elsewhere(&self, widget: &Widget) -> Widget {
        Widget {
            app: routes::router(self.other.clone()),
            ..widget.clone()
        }
    }

    /// Both hear of each other's changes.
    fn listen(&self) {
        for backend in [self.world.backend.clone(), self.other.clone()] {
            tokio::spawn(async move { backend.listen_until_stopped().await });
        }
    }

    /// What the database holds to be told.
    async fn told(&self) -> Vec<String> {
        let mut database = behind(&self.world.config).await;
        let rows = sqlx::query("SELECT kind FROM outbox").fetch_all(&mut database).await;
        rows.unwrap().iter().map(|row| row.get("kind")).collect()
    }
}

#[tokio::test]
async fn one_entry_is_under_way_whichever_instance_took_it() {
    let pair = Pair::start().await;
    let (customer, widget) = pair.world.approval().await;
    let slow = json!({"kind": "slow", "milliseconds": 1500});
    pair.world.fault(&customer, "pin-verify", 1, "before", slow).await;
    let jwe = widget.encrypt("1234").await;
    let first = tokio::spawn({
        let widget = widget.clone();
        async move { widget.jwe("1", &jwe).await }
    });
    until_so("an entry before Wise", async || {
        !pair.world.calls("pin-verify").await.is_empty()
    })
    .await;
    let elsewhere = pair.led_elsewhere(&widget);
    assert_eq!(elsewhere.pin("1", "9999").await.code(), "request-in-progress");
    assert_eq!(first.await.unwrap().ok()["verdict"], "accepted");
    assert_eq!(elsewhere.snapshot().await["challenges"][0]["passed"], true);
    assert_eq!(pair.world.calls("pin-verify").await.len(), 1);
}

#[tokio::test]
async fn a_call_that_is_repeated_elsewhere_gets_the_same_answer() {
    let pair = Pair::start().await;
    let (_, widget) = pair.world.approval().await;
    let jwe = widget.encrypt("9999").await;
    let body = json!({"challenge": "1", "factor": "pin", "entry": {"jwe": jwe}}).to_string();
    let key = "attempt-of-the-customer-1";
    let first = widget.post_as(key, "/verify", &body).await;
    let again = pair.led_elsewhere(&widget).post_as(key, "/verify", &body).await;
    assert_eq!(first.body["verdict"], "refused");
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(pair.world.calls("pin-verify").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_decision_whoever_asks_for_it_and_it_is_told_once() {
    let pair = Pair::start().await;
    let (_, widget) = pair.world.approval().await;
    let elsewhere = pair.led_elsewhere(&widget);
    let calls: Vec<_> = (0..40)
        .map(|number| {
            let widget = if number % 2 == 0 { &widget } else { &elsewhere }.clone();
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
    assert_eq!(pair.told().await, ["approval.settled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_carries_one_call_whichever_instances_are_asked() {
    let pair = Pair::start().await;
    let (customer, widget) = pair.world.approval().await;
    widget.approve().await;
    let gates = [pair.world.gate(), Gate::new(pair.other.clone(), "shop")];
    let calls: Vec<_> = (0..60)
        .map(|number| {
            let (gate, request, widget) = (gates[number % 2].clone(), pair.world.fund(&customer), widget.clone());
            tokio::spawn(async move { repeat(&gate, request, &widget).await })
        })
        .collect();
    let mut carried_out = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(GateAnswer::Provider { status, .. }) if status.is_success() => carried_out += 1,
            Err(GateError::Consumed) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(carried_out, 1);
    let state = pair.world.state_of(&customer).await;
    let transfer: &Value = &state["transfers"][customer.transfers[0].to_string()];
    assert_eq!(transfer["executedPayments"], 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_stream_tells_of_what_another_instance_decides() {
    let pair = Pair::start().await;
    pair.listen();
    let (_, widget) = pair.world.approval().await;
    let mut tab = Listening::open(&widget).await.unwrap();
    assert_eq!(tab.next().await.unwrap()["status"], "pending");
    let elsewhere = pair.led_elsewhere(&widget);
    elsewhere.pin("1", "1234").await.ok();
    while tab.next().await.unwrap()["challenges"][0]["passed"] != json!(true) {}
    elsewhere.cancel().await.ok();
    assert_eq!(tab.next().await.unwrap()["status"], "cancelled");
    assert!(tab.next().await.is_none());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_decision_is_told_of_though_the_line_was_cut() {
    let pair = Pair::start().await;
    pair.listen();
    let (_, widget) = pair.world.approval().await;
    let mut tab = Listening::open(&widget).await.unwrap();
    assert_eq!(tab.next().await.unwrap()["status"], "pending");
    let mut database = behind(&pair.world.config).await;
    let listening = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let mut cut = 0;
    until_so("two lines to cut", async || {
        let query = format!("SELECT COUNT(pg_terminate_backend(pid)) FROM ({listening}) AS listening");
        let ended: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&mut database)
            .await
            .unwrap();
        cut += ended;
        cut >= 2
    })
    .await;
    // Nobody hears this one: whoever listens again has to look.
    pair.led_elsewhere(&widget).cancel().await.ok();
    assert_eq!(tab.next().await.unwrap()["status"], "cancelled");
}
