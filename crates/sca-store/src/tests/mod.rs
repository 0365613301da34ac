//! The store on SQLite, and where `SCA_TEST_POSTGRES` is set on PostgreSQL.

mod approvals;
mod change_feed;
mod connections;
mod correlations;
mod data_key;
mod enrolments;
mod face_sessions;
mod import;
mod low_value_usage;
mod opening;
mod outbox;
mod poolers;
mod retention;
mod webhook_events;

use std::{future::Future, sync::Arc};

use sca_protocol::{Action, Factor, PlainText, Statement, Status, Timestamp};
use sqlx::{AnyConnection, Connection};

use super::{Database, EncryptionKeys, InsertResult, NewRecord, Sealer, Store, Tokens};
use sca_core::{
    Progress, Record, ReportedChallenge, Source, TokenStatus,
    secret::{Fingerprint, Secret},
};
use sca_runtime::clock::ManualClock;

/// Providers, by names that the store does not interpret.
const HOSTING: sca_core::ProviderId = sca_core::ProviderId::new("facesign");
const CONFIRMING: sca_core::ProviderId = sca_core::ProviderId::new("confirming");

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn status(passed: bool) -> TokenStatus {
    TokenStatus {
        challenges: vec![ReportedChallenge {
            primary: Factor::Pin,
            alternatives: Vec::new(),
            required: true,
            passed,
        }],
        valid_seconds: None,
        user: None,
    }
}

/// A new PostgreSQL database, where there is a server.
fn postgres() -> Option<Database> {
    sca_testing::postgres::database().map(|address| Database::Postgres(Secret::new(address)))
}

/// A connection of the test's own to a store's database.
async fn raw_connection(store: &Store) -> AnyConnection {
    let address = match &store.database {
        Database::File(path) => format!("sqlite://{}", path.display()),
        Database::Postgres(address) => address.expose().to_owned(),
    };
    AnyConnection::connect(&address).await.unwrap()
}

/// The same store with its clock at a time.
fn at(store: &Store, now: Timestamp) -> Store {
    store.clone().with_clock(Arc::new(ManualClock::at(now)))
}

/// The keys of every store here.
fn keys() -> EncryptionKeys {
    EncryptionKeys::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", []).unwrap()
}

/// A store with nothing in it.
async fn empty() -> Store {
    let store = match postgres() {
        Some(database) => Store::open(&database, keys()).await,
        None => Store::temporary(keys()).await,
    };
    at(&store.unwrap(), NOW)
}

/// A new pending approval.
fn approval(id: &str, source: Source) -> NewRecord {
    let text = |text: &str| PlainText::new(text).unwrap();
    let mut record = Record {
        id: id.into(),
        owner: "shop".into(),
        version: 1,
        status: Status::Pending,
        reason: None,
        action: Action::Statement(Statement {
            account: text("EUR balance"),
            from: text("2026-01-01"),
            to: text("2026-01-31"),
        }),
        request: Some(Fingerprint::of(&[b"request"])),
        source,
        created_at: NOW,
        expires_at: NOW.plus_ms(900_000),
        settled_at: None,
        consumed_at: None,
        progress: Progress::default(),
    };
    record.apply_token_status(&status(false), NOW);
    NewRecord {
        client_secret: Secret::new(format!("{id}_secret_{id}")),
        tokens: Tokens {
            access_token: Some(Secret::new("access".into())),
            one_time_token: Some(Secret::new("one-time".into())),
        },
        record,
    }
}

fn wise() -> Source {
    Source::OneTimeToken {
        provider: sca_core::ProviderId::new("rejecting"),
        profile: Some("16605".into()),
        token_digest: Fingerprint::of(&[b"token"]),
    }
}

/// Inserts an approval that is not in the store yet.
async fn insert_new(store: &Store, new: &NewRecord) {
    let inserted = store.insert(new).await;
    assert!(matches!(inserted, Ok(InsertResult::New)), "{inserted:?}");
}

/// A store with one pending approval.
async fn with_approval() -> Store {
    let store = empty().await;
    let new = approval("appr_test", wise());
    insert_new(&store, &new).await;
    let found = store.by_secret(&new.client_secret).await.unwrap();
    assert_eq!(found, Some(new.record));
    store
}

/// Runs calls concurrently and waits for all.
async fn all<T: Send + 'static>(calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let calls: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}
