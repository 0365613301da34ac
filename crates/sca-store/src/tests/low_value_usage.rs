//! The use of the low-value exemption (RTS article 16), counted per customer and currency.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use sca_protocol::{
    Currency, Money,
    exemption::{EU, LowValueUsage, UK},
};

use super::*;
use crate::{Exempted, TransferVersion};
use sca_core::{BlockReason, ExemptionReason, Policy, Region, Transfer};

fn money(minor: u64, currency: &str) -> Money {
    Money::new(minor, Currency::new(currency).unwrap()).unwrap()
}

fn low_value(amount: Money, region: &str) -> ExemptionReason {
    let policy = Policy::default().with_low_value(vec![EU, UK]);
    let ground = policy.exemption_reason(amount, Region::new(region).unwrap()).unwrap();
    assert!(matches!(ground, ExemptionReason::LowValueExemption(_)));
    ground
}

/// The largest amount per payment.
pub(super) fn euros() -> ExemptionReason {
    low_value(money(3_000, "EUR"), "DE")
}

fn pounds() -> ExemptionReason {
    low_value(money(2_500, "GBP"), "GB")
}

/// How many payments of this amount are exempt in a row.
pub(super) fn most(ground: ExemptionReason) -> u64 {
    let mut before = LowValueUsage::default();
    while ground.holds_after(before) {
        before.count += 1;
        before.cumulative += ground.amount().minor();
    }
    before.count.into()
}

fn transfer_of(user: &str, transfer: &str) -> Transfer {
    Transfer {
        transfer: transfer.into(),
        version: 1,
        user: user.into(),
        email: "a@example.com".into(),
        region: "DE".into(),
    }
}

pub(super) async fn exempt(
    store: &Store,
    owner: &str,
    user: &str,
    transfer: &str,
    ground: ExemptionReason,
) -> Exempted {
    let wire = transfer_of(user, transfer);
    let action = approval("appr_1", wise()).record.action;
    let version = TransferVersion {
        owner,
        wire: &wire,
        action: &action,
    };
    store.exempt(&version, &ground, NOW).await.unwrap()
}

static TRANSFERS: AtomicU64 = AtomicU64::new(0);

/// Makes transfers until none is exempt any more. How many were exempt.
pub(super) async fn use_up(store: &Store, owner: &str, user: &str, ground: ExemptionReason) -> u64 {
    for number in 0..100 {
        let transfer = format!("used-up-{}", TRANSFERS.fetch_add(1, Ordering::Relaxed));
        match exempt(store, owner, user, &transfer, ground).await {
            Exempted::Kept(_) => {}
            Exempted::UsedUp => return number,
            other @ (Exempted::Superseded | Exempted::Held(_)) => panic!("{other:?}"),
        }
    }
    panic!("the exemption is never used up")
}

#[tokio::test]
async fn usage_is_counted_per_owner_customer_and_currency() {
    let store = empty().await;
    for (owner, user) in [("shop", "ann"), ("shop", "bob"), ("other", "ann")] {
        assert_eq!(
            use_up(&store, owner, user, euros()).await,
            most(euros()),
            "{owner} {user}"
        );
        assert_eq!(
            use_up(&store, owner, user, pounds()).await,
            most(pounds()),
            "{owner} {user}"
        );
        assert_eq!(use_up(&store, owner, user, euros()).await, 0, "{owner} {user}");
    }
}

#[tokio::test]
async fn a_repeated_transfer_is_counted_once() {
    let store = empty().await;
    for _ in 0..20 {
        assert!(matches!(
            exempt(&store, "shop", "ann", "txn-1", euros()).await,
            Exempted::Kept(_)
        ));
    }
    assert_eq!(use_up(&store, "shop", "ann", euros()).await, most(euros()) - 1);
    // The repeated call keeps its first answer.
    assert!(matches!(
        exempt(&store, "shop", "ann", "txn-1", euros()).await,
        Exempted::Kept(_)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_transfers_at_two_instances_stay_within_the_limits() {
    let store = empty().await;
    let other = Store::open(&store.database, keys()).await.unwrap();
    let answers = all((0..40).map(|number| {
        let store = if number % 2 == 0 { &store } else { &other }.clone();
        async move {
            let transfer = format!("txn-{number}");
            match exempt(&store, "shop", "ann", &transfer, euros()).await {
                Exempted::Kept(_) => 1,
                Exempted::UsedUp => 0,
                other @ (Exempted::Superseded | Exempted::Held(_)) => panic!("{other:?}"),
            }
        }
    }))
    .await;
    assert_eq!(answers.iter().sum::<u64>(), most(euros()));
}

#[tokio::test]
async fn only_an_approved_transfer_resets_the_usage() {
    let store = empty().await;
    use_up(&store, "shop", "ann", euros()).await;
    use_up(&store, "shop", "ann", pounds()).await;
    use_up(&store, "shop", "bob", euros()).await;
    for (number, end) in [
        Status::Cancelled,
        Status::Expired,
        Status::Declined,
        Status::Failed,
        Status::Approved,
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("appr_{number}");
        let held = approval(&id, Source::Transfer(transfer_of("ann", &format!("held-{number}"))));
        insert_new(&store, &held).await;
        assert_eq!(use_up(&store, "shop", "ann", euros()).await, 0, "{end:?}");
        let ended = end.clone();
        let settle = |record: &mut Record| (record.status, record.settled_at) = (ended, Some(NOW));
        assert!(store.update(&id, settle).await.unwrap().unwrap().settled);
    }
    // An approval resets only its own customer's usage.
    assert_eq!(use_up(&store, "shop", "bob", euros()).await, 0);
    assert_eq!(use_up(&store, "shop", "ann", euros()).await, most(euros()));
    assert_eq!(use_up(&store, "shop", "ann", pounds()).await, most(pounds()));
}

/// Every payment without an approval is counted, and one that is exempt for another reason has no limit.
#[tokio::test]
async fn a_transfer_exempt_for_another_reason_is_counted_and_not_limited() {
    let store = empty().await;
    let large = ExemptionReason::Threshold(money(9_007_199_254_740_991, "EUR"));
    for number in 0..2 {
        let kept = exempt(&store, "shop", "ann", &format!("large-{number}"), large).await;
        assert!(matches!(kept, Exempted::Kept(_)), "{kept:?}");
        // The sum saturates instead of overflowing.
        let query = format!("UPDATE low_value_usage SET cumulative = {}", i64::MAX);
        sqlx::query(sqlx::AssertSqlSafe(query))
            .execute(&mut raw_connection(&store).await)
            .await
            .unwrap();
    }
    assert_eq!(use_up(&store, "shop", "ann", euros()).await, 0);
    assert_eq!(use_up(&store, "shop", "ann", pounds()).await, most(pounds()));
}

/// Between two approvals, no more transfers are exempt than the limits allow.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_approvals_and_transfers_stay_within_the_limits() {
    let store = empty().await;
    const APPROVALS: u64 = 4;
    for number in 0..APPROVALS {
        let held = approval(
            &format!("appr_{number}"),
            Source::Transfer(transfer_of("ann", &format!("held-{number}"))),
        );
        insert_new(&store, &held).await;
    }
    let answers = all((0..60).map(|number| {
        let store = store.clone();
        async move {
            if number % 15 == 7 {
                let approve = |record: &mut Record| (record.status, record.settled_at) = (Status::Approved, Some(NOW));
                store
                    .update(&format!("appr_{}", number / 15), approve)
                    .await
                    .unwrap()
                    .unwrap();
                return 0;
            }
            match exempt(&store, "shop", "ann", &format!("txn-{number}"), euros()).await {
                Exempted::Kept(_) => 1,
                Exempted::UsedUp => 0,
                other @ (Exempted::Superseded | Exempted::Held(_)) => panic!("{other:?}"),
            }
        }
    }))
    .await;
    let exempt: u64 = answers.iter().sum();
    assert!(
        (most(euros())..=most(euros()) * (APPROVALS + 1)).contains(&exempt),
        "{exempt}"
    );
}

/// The transfer is held instead. Until then, an older version stays open.
#[tokio::test]
async fn a_transfer_over_the_limit_leaves_an_older_version_open() {
    let store = empty().await;
    use_up(&store, "shop", "ann", euros()).await;
    let older = approval("appr_older", Source::Transfer(transfer_of("ann", "txn-1")));
    insert_new(&store, &older).await;
    let mut wire = transfer_of("ann", "txn-1");
    wire.version = 2;
    let version = TransferVersion {
        owner: "shop",
        wire: &wire,
        action: &older.record.action,
    };
    let exempted = store.exempt(&version, &euros(), NOW).await;
    assert!(matches!(exempted, Ok(Exempted::UsedUp)), "{exempted:?}");
    assert_eq!(store.by_id("appr_older").await.unwrap(), Some(older.record));
}

#[tokio::test]
async fn a_blocked_transfer_resets_nothing_and_customer_names_are_not_stored_in_clear() {
    let store = empty().await;
    use_up(&store, "shop", "ann", euros()).await;
    let held = approval("appr_1", Source::Transfer(transfer_of("ann", "txn-1")));
    insert_new(&store, &held).await;
    store
        .update("appr_1", |record| record.block(BlockReason::NotVerified, NOW))
        .await
        .unwrap();
    assert_eq!(use_up(&store, "shop", "ann", euros()).await, 0);
    let customers: Vec<Vec<u8>> = sqlx::query_scalar("SELECT customer FROM low_value_usage")
        .fetch_all(&mut raw_connection(&store).await)
        .await
        .unwrap();
    let distinct: BTreeSet<_> = customers.iter().collect();
    assert_eq!((customers.len(), distinct.len()), (1, 1));
    assert!(!customers[0].windows(3).any(|window| window == b"ann"));
}
