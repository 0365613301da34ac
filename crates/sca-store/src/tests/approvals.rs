//! Approvals: their tokens, their versions, and concurrent changes.

use sca_protocol::{Currency, Money, Reason, Status};

use super::{outbox::claim, *};
use crate::{Exempted, TransferVersion};
use sca_core::{BlockReason, ExemptionReason, Transfer};

/// Whether the access token and the one-time token are still stored.
async fn stored_tokens(store: &Store) -> (bool, bool) {
    let tokens = store.tokens("appr_test").await.unwrap().unwrap();
    (tokens.access_token.is_some(), tokens.one_time_token.is_some())
}

/// How many messages of the outbox are not delivered yet.
async fn undelivered(store: &Store) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE delivered_at IS NULL")
        .fetch_one(&mut raw_connection(store).await)
        .await
        .unwrap()
}

#[tokio::test]
async fn settling_without_approval_wipes_both_tokens_and_publishes_one_event() {
    let ends: [fn(&mut Record); 3] = [
        |record| record.cancel(NOW).unwrap(),
        |record| record.fail(Reason::SessionEnded, NOW),
        |record| assert!(record.expire_if_due(NOW.plus_ms(900_000))),
    ];
    for end in ends {
        let store = with_approval().await;
        assert_eq!(
            (stored_tokens(&store).await, undelivered(&store).await),
            ((true, true), 0)
        );
        let updated = store.update("appr_test", end).await.unwrap().unwrap();
        assert!(updated.settled && updated.record.version == 2);
        assert_eq!(
            (stored_tokens(&store).await, undelivered(&store).await),
            ((false, false), 1)
        );
        // A settled approval no longer changes.
        let again = store
            .update("appr_test", |record| record.apply_token_status(&status(true), NOW))
            .await;
        assert!(!again.unwrap().unwrap().changed);
        assert_eq!(undelivered(&store).await, 1);
    }
}

#[tokio::test]
async fn an_approved_record_keeps_the_one_time_token_until_it_is_used_or_expires() {
    let store = with_approval().await;
    let approve = |record: &mut Record| record.apply_token_status(&status(true), NOW);
    store.update("appr_test", approve).await.unwrap().unwrap();
    assert_eq!(
        (stored_tokens(&store).await, undelivered(&store).await),
        ((false, true), 1)
    );
    store.purge_expired(NOW, Timestamp(0)).await.unwrap();
    assert_eq!(stored_tokens(&store).await, (false, true));
    store.purge_expired(NOW.plus_ms(1), Timestamp(0)).await.unwrap();
    assert_eq!(stored_tokens(&store).await, (false, false));

    let store = with_approval().await;
    store.update("appr_test", approve).await.unwrap().unwrap();
    store.wipe_one_time_token("appr_test").await.unwrap();
    assert_eq!(stored_tokens(&store).await, (false, false));
    store.purge_expired(Timestamp(0), NOW.plus_ms(1)).await.unwrap();
    assert_eq!(store.by_id("appr_test").await.unwrap(), None);
}

#[tokio::test]
async fn another_data_key_decrypts_nothing() {
    let store = with_approval().await;
    let another = Store::temporary(EncryptionKeys::ephemeral().unwrap()).await.unwrap();
    let other = Store {
        sealer: another.sealer,
        ..store.clone()
    };
    assert!(other.tokens("appr_test").await.is_err());
    assert!(other.by_id("appr_test").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_read_loses_no_connection() {
    let store = with_approval().await;
    let secret = Secret::new("appr_test_secret_appr_test".into());
    for _ in 0..200 {
        let call = store.by_secret(&secret);
        // Long enough to begin, too short to finish.
        let _ = tokio::time::timeout(std::time::Duration::from_micros(50), call).await;
    }
    assert!(store.by_secret(&secret).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_update_is_complete_or_absent_and_holds_no_lock() {
    let store = with_approval().await;
    for microseconds in (0..4_000).step_by(40) {
        let call = store.update("appr_test", |record| record.progress.sends += 1);
        let _ = tokio::time::timeout(std::time::Duration::from_micros(microseconds), call).await;
    }
    let updated = store.update("appr_test", |_| ()).await.unwrap().unwrap();
    let updates = u64::from(updated.record.progress.sends);
    assert_eq!(updated.record.version, 1 + updates);
    store
        .update("appr_test", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    assert_eq!(undelivered(&store).await, 1);
}

/// What a held version of a transfer is for.
pub(super) fn transfer_source(transfer: &str, version: u64) -> Source {
    Source::Transfer(Transfer {
        transfer: transfer.into(),
        version,
        user: "user-4421".into(),
        email: "canary@example.com".into(),
        region: "US".into(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_inserts_of_a_transfer_version_create_one_approval() {
    let store = empty().await;
    let answers = all((0..20).map(|number| {
        let store = store.clone();
        async move {
            let new = approval(&format!("appr_{number}"), transfer_source("txn-8827", 1));
            let id = new.record.id.clone();
            match store.insert(&new).await.unwrap() {
                InsertResult::New => (true, id),
                InsertResult::Known(record) => (false, record.id),
                other @ (InsertResult::Replacing(_) | InsertResult::Superseded | InsertResult::Exempt) => {
                    panic!("{other:?}")
                }
            }
        }
    }))
    .await;
    let [(_, made)] = answers.iter().filter(|(new, _)| *new).collect::<Vec<_>>()[..] else {
        panic!("{answers:?}");
    };
    assert!(answers.iter().all(|(_, id)| id == made));
    let found = store.by_transfer("shop", "txn-8827", 1).await.unwrap().unwrap();
    assert_eq!((&found.id, &found.source), (made, &transfer_source("txn-8827", 1)));

    for (id, owner, transfer, version) in [("appr_b", "shop", "txn-8828", 1), ("appr_c", "other", "txn-8827", 1)] {
        assert_eq!(store.by_transfer(owner, transfer, version).await.unwrap(), None);
        let mut new = approval(id, transfer_source(transfer, version));
        new.record.owner = owner.into();
        assert!(matches!(store.insert(&new).await, Ok(InsertResult::New)), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_transfer_versions_only_the_newest_stays_open() {
    let store = empty().await;
    let versions = all((1..=20_u64).map(|version| {
        let store = store.clone();
        async move {
            let new = approval(&format!("appr_{version}"), transfer_source("txn-8827", version));
            match store.insert(&new).await.unwrap() {
                InsertResult::New | InsertResult::Replacing(_) => true,
                InsertResult::Superseded => false,
                other @ (InsertResult::Known(_) | InsertResult::Exempt) => panic!("{other:?}"),
            }
        }
    }))
    .await;
    assert_eq!(versions.last(), Some(&true));
    let mut pending = Vec::new();
    for (version, kept) in (1..=20_u64).zip(versions) {
        let found = store.by_transfer("shop", "txn-8827", version).await.unwrap();
        assert_eq!(found.is_some(), kept, "{version}");
        pending.extend(found.filter(|record| !record.is_settled()).map(|record| record.id));
    }
    assert_eq!(pending, ["appr_20"]);
}

#[tokio::test]
async fn an_approved_version_supersedes_every_later_one() {
    let store = empty().await;
    let first = approval("appr_1", transfer_source("txn-8827", 1));
    insert_new(&store, &first).await;
    let approve = |record: &mut Record| (record.status, record.settled_at) = (Status::Approved, Some(NOW));
    store.update("appr_1", approve).await.unwrap();
    let second = approval("appr_2", transfer_source("txn-8827", 2));
    assert!(matches!(store.insert(&second).await, Ok(InsertResult::Superseded)));
    let exempted = store.exempt(&version_of(&second), &without_limit(), NOW).await;
    assert!(matches!(exempted, Ok(Exempted::Superseded)), "{exempted:?}");
    assert_eq!(store.by_id("appr_2").await.unwrap(), None);
}

fn without_limit() -> ExemptionReason {
    ExemptionReason::Threshold(Money::new(1, Currency::new("USD").unwrap()).unwrap())
}

fn version_of(new: &NewRecord) -> TransferVersion<'_> {
    TransferVersion {
        owner: &new.record.owner,
        wire: new.record.source.transfer().unwrap(),
        action: &new.record.action,
    }
}

/// The partner executes an exempt version at once, so any other version would be executed beside it.
#[tokio::test]
async fn an_exempt_version_supersedes_every_other_one() {
    let store = empty().await;
    let exempt = approval("appr_2", transfer_source("txn-8827", 2));
    let first = approval("appr_1", transfer_source("txn-8827", 1));
    insert_new(&store, &first).await;
    let kept = store.exempt(&version_of(&exempt), &without_limit(), NOW).await;
    assert!(
        matches!(&kept, Ok(Exempted::Kept(older)) if older.len() == 1),
        "{kept:?}"
    );
    for version in [1, 3] {
        let other = approval("appr_other", transfer_source("txn-8827", version));
        let inserted = store.insert(&other).await;
        assert!(matches!(inserted, Ok(InsertResult::Superseded)), "{inserted:?}");
        let exempted = store.exempt(&version_of(&other), &without_limit(), NOW).await;
        assert!(matches!(exempted, Ok(Exempted::Superseded)), "{exempted:?}");
    }
    // A repeated call gets the same answer, also after the policy has changed. The same version with another action does not.
    let again = store.exempt(&version_of(&exempt), &without_limit(), NOW).await;
    assert!(matches!(again, Ok(Exempted::Kept(_))), "{again:?}");
    assert!(matches!(store.insert(&exempt).await, Ok(InsertResult::Exempt)));
    let mut changed = approval("appr_2", transfer_source("txn-8827", 2));
    changed.record.action = Action::Statement(Statement {
        account: PlainText::new("another").unwrap(),
        from: PlainText::new("2026-01-01").unwrap(),
        to: PlainText::new("2026-01-31").unwrap(),
    });
    assert!(matches!(store.insert(&changed).await, Ok(InsertResult::Superseded)));
    let exempted = store.exempt(&version_of(&changed), &without_limit(), NOW).await;
    assert!(matches!(exempted, Ok(Exempted::Superseded)), "{exempted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_hold_and_exempt_of_a_version_agree() {
    let store = empty().await;
    for round in 0..10 {
        let transfer = format!("txn-{round}");
        let answers = all((0..8).map(|number| {
            let (store, transfer) = (store.clone(), transfer.clone());
            async move {
                let new = approval(&format!("appr_{round}_{number}"), transfer_source(&transfer, 1));
                if number % 2 == 0 {
                    matches!(
                        store.insert(&new).await.unwrap(),
                        InsertResult::New | InsertResult::Known(_)
                    )
                } else {
                    matches!(
                        store.exempt(&version_of(&new), &without_limit(), NOW).await.unwrap(),
                        Exempted::Held(_)
                    )
                }
            }
        }))
        .await;
        let held = store.by_transfer("shop", &transfer, 1).await.unwrap().is_some();
        assert_eq!(answers, [held; 8]);
    }
}

/// A customer with a deepfake, or who denied the transfer, is not asked again for its next version.
#[tokio::test]
async fn a_blocked_version_rules_out_further_ones_and_attempts_are_counted_over_all_versions() {
    let store = empty().await;
    let ends = [
        ("not-verified", BlockReason::NotVerified, false),
        ("changed", BlockReason::Changed, false),
        ("denied", BlockReason::Denied, false),
        ("unclear", BlockReason::Unclear, true),
        ("code-failed", BlockReason::CodeFailed, true),
        ("code-cancelled", BlockReason::CodeCancelled, true),
    ];
    for (transfer, reason, goes_on) in ends {
        let first = approval(&format!("appr_{transfer}_1"), transfer_source(transfer, 1));
        let _ = store.insert(&first).await.unwrap();
        let end = move |record: &mut Record| {
            record.progress.face.opened = 2;
            record.block(reason, NOW);
        };
        store.update(&first.record.id, end).await.unwrap();
        let second = approval(&format!("appr_{transfer}_2"), transfer_source(transfer, 2));
        let inserted = store.insert(&second).await.unwrap();
        assert_eq!(
            matches!(inserted, InsertResult::New),
            goes_on,
            "{transfer}: {inserted:?}"
        );
        assert_eq!(!matches!(inserted, InsertResult::Superseded), goes_on, "{transfer}");
        if goes_on {
            let record = store.by_id(&second.record.id).await.unwrap().unwrap();
            assert_eq!(record.progress.face.opened, 2, "{transfer}");
        }
    }
}

/// The approval was settled before FaceSign reported the deepfake.
#[tokio::test]
async fn a_fraud_signal_after_settlement_is_published_once_and_rules_out_further_versions() {
    let store = empty().await;
    for (transfer, status, blocked) in [("txn-1", Status::Cancelled, 1), ("txn-2", Status::Approved, 1)] {
        let id = format!("appr_{transfer}");
        let _ = store
            .insert(&approval(&id, transfer_source(transfer, 1)))
            .await
            .unwrap();
        let ended = status.clone();
        let settle = |record: &mut Record| (record.status, record.settled_at) = (ended, Some(NOW));
        store.update(&id, settle).await.unwrap();
        for _ in 0..2 {
            let report = |record: &mut Record| record.report_fraud_signal(BlockReason::NotVerified, NOW.plus_ms(5));
            store.update(&id, report).await.unwrap();
        }
        let record = store.by_id(&id).await.unwrap().unwrap();
        assert_eq!(record.status, status);
        let rows = claim(&store, "one", &["transfer.blocked"], NOW.plus_ms(5), 9).await;
        assert_eq!(rows.len(), blocked, "{transfer}");
        let data: serde_json::Value = serde_json::from_str(&rows[0].payload).unwrap();
        assert_eq!(
            (&data["status"], &data["reason"], &data["escalate"]),
            (&status.as_str().into(), &"not-verified".into(), &true.into())
        );
        let next = approval(&format!("{id}_2"), transfer_source(transfer, 2));
        assert!(matches!(store.insert(&next).await, Ok(InsertResult::Superseded)));
    }
}

#[tokio::test]
async fn a_customers_email_address_is_encrypted_at_rest() {
    let store = empty().await;
    let _ = store
        .insert(&approval("appr_1", transfer_source("txn-8827", 1)))
        .await
        .unwrap();
    let source: Vec<u8> = sqlx::query_scalar("SELECT source FROM approvals")
        .fetch_one(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert!(!source.windows(6).any(|window| window == b"canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_updates_are_serialised() {
    let store = with_approval().await;
    let answers = all((0..50).map(|_| {
        let store = store.clone();
        async move {
            let updated = store.update("appr_test", |record| record.progress.sends += 1).await;
            updated.unwrap().unwrap().record.version
        }
    }))
    .await;
    let mut versions = answers;
    versions.sort_unstable();
    assert_eq!(versions, (2..=51).collect::<Vec<u64>>());
    let record = store.by_id("appr_test").await.unwrap().unwrap();
    assert_eq!((record.progress.sends, record.version), (50, 51));
}
