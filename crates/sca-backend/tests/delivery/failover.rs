//! Failover of PostgreSQL. The primary becomes read-only, a standby is promoted, and the address leads to it, without a connection being
//! cut. The program moves to the new primary within seconds, and is not ready until then.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::{Instant, sleep};

use crate::{
    cluster::Cluster,
    facesign,
    fixture::API_KEY,
    forwarder::Forwarder,
    program::Program,
    transfers,
    waiting::{self, within},
};

/// How long the failover may take.
const WITHIN: Duration = Duration::from_secs(5);

struct Caller {
    http: Client,
    program: Program,
}

impl Caller {
    async fn ready(&self) -> StatusCode {
        let url = format!("{}/readyz", self.program.address);
        self.http.get(url).send().await.unwrap().status()
    }

    async fn hold(&self, transfer: &str) -> StatusCode {
        let request = self
            .http
            .post(format!("{}/v1/transfers", self.program.address))
            .bearer_auth(API_KEY)
            .header("content-type", "application/json")
            .header("idempotency-key", format!("attempt-to-hold-{transfer}"));
        request
            .body(transfers::transfer(transfer).to_string())
            .send()
            .await
            .unwrap()
            .status()
    }

    /// Waits until `/readyz` answers with a status.
    async fn until_ready_is(&self, status: StatusCode) {
        let since = Instant::now();
        loop {
            let actual = self.ready().await;
            if actual == status {
                return;
            }
            assert!(since.elapsed() < WITHIN, "/readyz answers {actual} instead of {status}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The program's sessions at a server.
async fn sessions(server: &Cluster) -> i64 {
    let mut connection = PgConnection::connect(&server.database("postgres")).await.unwrap();
    let query = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = 'sca'";
    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
}

async fn execute(server: &Cluster, queries: &[&'static str]) {
    let mut connection = PgConnection::connect(&server.database("postgres")).await.unwrap();
    for query in queries {
        sqlx::raw_sql(AssertSqlSafe(*query))
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn connections_fail_over_to_the_new_primary() {
    let first = Cluster::primary();
    execute(&first, &["CREATE DATABASE sca"]).await;
    let second = first.standby();
    let forwarder = Forwarder::start(first.address).await;
    let settings = [
        ("SCA_LOG", "off".into()),
        ("SCA_WISE__BASE", "http://127.0.0.1:9".into()),
        ("SCA_FACESIGN__BASE", "http://127.0.0.1:9".into()),
        ("SCA_FACESIGN__ENVIRONMENT", "production".into()),
        ("SCA_FACESIGN__API_KEY", facesign::API_KEY.into()),
        ("SCA_FACESIGN__WEBHOOK_SECRETS", facesign::WEBHOOK_SECRET.into()),
        ("SCA_TRANSFERS__EXECUTE_URL", "http://127.0.0.1:9".into()),
    ];
    let database = format!("postgres://postgres@{}/sca", forwarder.address);
    let caller = Caller {
        http: waiting::client(),
        program: Program::start(&database, &settings),
    };
    assert_eq!(caller.ready().await, StatusCode::OK);
    let held = (0..16).map(|number| caller.hold(if number % 2 == 0 { "txn-even" } else { "txn-odd" }));
    futures_util::future::join_all(held).await;
    assert_eq!(caller.hold("txn-before").await, StatusCode::CREATED);

    // The primary is fenced off: open connections stay open and can only read.
    execute(
        &first,
        &[
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
        ],
    )
    .await;
    caller.until_ready_is(StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(caller.hold("txn-fenced").await, StatusCode::SERVICE_UNAVAILABLE);

    // The address leads to the standby before that is promoted.
    forwarder.forward_to(second.address);
    within("a connection to the standby", async {
        while sessions(&second).await == 0 {
            let _ = caller.ready().await;
        }
    })
    .await;
    assert_eq!(caller.ready().await, StatusCode::SERVICE_UNAVAILABLE);

    second.promote();
    caller.until_ready_is(StatusCode::OK).await;
    for number in 0..16 {
        let transfer = format!("txn-after-{number}");
        assert_eq!(caller.hold(&transfer).await, StatusCode::CREATED);
    }
    // The refused transfer can be held now, and the acknowledged one is known.
    assert_eq!(caller.hold("txn-fenced").await, StatusCode::CREATED);
    assert_eq!(caller.hold("txn-before").await, StatusCode::CREATED);
    let since = Instant::now();
    while sessions(&first).await > 0 {
        assert!(since.elapsed() < WITHIN, "connections stay at the first server");
        sleep(Duration::from_millis(50)).await;
    }
    caller.program.stop();
}
