use sca_protocol::{Action, Factor, Millis, PlainText, Reason, Statement, Status};

use super::{Database, Inserted, NewRecord, Store, Tokens, Vault};
use crate::{
    decision::{Progress, Record, Source},
    provider::{NamedChallenge, TokenStatus},
    secret::{Fingerprint, Secret},
};

const NOW: Millis = Millis(1_700_000_000_000);

fn status(passed: bool) -> TokenStatus {
    TokenStatus {
        challenges: vec![NamedChallenge {
            primary: Factor::Pin,
            alternatives: Vec::new(),
            required: true,
            passed,
        }],
        valid_seconds: None,
    }
}

/// A store with one pending approval.
async fn kept() -> Store {
    let store = Store::temporary(Vault::ephemeral().unwrap()).await.unwrap();
    let text = |text: &str| PlainText::new(text).unwrap();
    let mut record = Record {
        id: "appr_test".into(),
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
        source: Source::Wise {
            profile: Some("16605".into()),
            token_digest: Fingerprint::of(&[b"token"]),
        },
        created_at: NOW,
        expires_at: NOW.plus(900_000),
        settled_at: None,
        spent_at: None,
        progress: Progress::default(),
    };
    record.read(&status(false), NOW);
    let new = NewRecord {
        record,
        client_secret: Secret::new("scas_secret".into()),
        tokens: Tokens {
            access_token: Some(Secret::new("access".into())),
            one_time_token: Some(Secret::new("one-time".into())),
        },
    };
    assert!(matches!(store.insert(&new).await, Ok(Inserted::New)));
    let found = store.by_secret(&new.client_secret).await.unwrap();
    assert_eq!(found, Some(new.record));
    store
}

/// Which of the access token and the one-time token are left.
async fn left(store: &Store) -> (bool, bool) {
    let tokens = store.tokens("appr_test").await.unwrap().unwrap();
    (tokens.access_token.is_some(), tokens.one_time_token.is_some())
}

async fn decisions(store: &Store) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE done_at IS NULL")
        .fetch_one(&store.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_end_without_approval_wipes_both_tokens_and_is_told_once() {
    let ends: [fn(&mut Record); 3] = [
        |record| record.cancel(NOW).unwrap(),
        |record| record.fail(Reason::SessionEnded, NOW),
        |record| assert!(record.expire_if_due(NOW.plus(900_000))),
    ];
    for end in ends {
        let store = kept().await;
        assert_eq!((left(&store).await, decisions(&store).await), ((true, true), 0));
        let updated = store.update("appr_test", end).await.unwrap().unwrap();
        assert!(updated.settled && updated.record.version == 2);
        assert_eq!((left(&store).await, decisions(&store).await), ((false, false), 1));
        // What is settled stays as it is.
        let again = store
            .update("appr_test", |record| record.read(&status(true), NOW))
            .await;
        assert!(!again.unwrap().unwrap().changed);
        assert_eq!(decisions(&store).await, 1);
    }
}

#[tokio::test]
async fn an_approval_keeps_the_one_time_token_until_it_is_used_or_too_old() {
    let store = kept().await;
    let approve = |record: &mut Record| record.read(&status(true), NOW);
    store.update("appr_test", approve).await.unwrap().unwrap();
    assert_eq!((left(&store).await, decisions(&store).await), ((false, true), 1));
    store.forget_old(NOW, Millis(0)).await.unwrap();
    assert_eq!(left(&store).await, (false, true));
    store.forget_old(NOW.plus(1), Millis(0)).await.unwrap();
    assert_eq!(left(&store).await, (false, false));

    let store = kept().await;
    store.update("appr_test", approve).await.unwrap().unwrap();
    store.forget_one_time_token("appr_test").await.unwrap();
    assert_eq!(left(&store).await, (false, false));
    store.forget_old(Millis(0), NOW.plus(1)).await.unwrap();
    assert_eq!(store.by_id("appr_test").await.unwrap(), None);
}

#[tokio::test]
async fn another_key_opens_nothing() {
    let store = kept().await;
    let other = Store {
        vault: Vault::ephemeral().unwrap(),
        ..store.clone()
    };
    assert!(other.tokens("appr_test").await.is_err());
    assert!(other.by_id("appr_test").await.is_err());
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let store = kept().await;
    sqlx::raw_sql("INSERT INTO schema_versions (version) VALUES (99)")
        .execute(&store.pool)
        .await
        .unwrap();
    assert!(matches!(store.migrate().await, Err(super::StoreError::Newer(99))));
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_go_away_in_the_middle_of_a_call_take_nothing_along() {
    let store = kept().await;
    let secret = Secret::new("scas_secret".into());
    for _ in 0..200 {
        let call = store.by_secret(&secret);
        // Long enough to be under way, too short to end.
        let _ = tokio::time::timeout(std::time::Duration::from_micros(50), call).await;
    }
    assert!(store.by_secret(&secret).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn many_open_a_new_database_at_once() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::File(folder.path().join("approvals.db"));
        let opening: Vec<_> = (0..8)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { Store::open(&database, Vault::ephemeral().unwrap()).await })
            })
            .collect();
        for opened in opening {
            let store = opened.await.unwrap().unwrap();
            store.ping().await.unwrap();
        }
    }
}
