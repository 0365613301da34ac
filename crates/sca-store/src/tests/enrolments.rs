//! Enrolments, the approvals that they begin with, and the devices of their customers.

use std::time::Duration;

use super::{outbox::claim, *};
use crate::{EnrolmentInsert, NewEnrolment};
use sca_core::{
    EnrolledFactor, EnrolmentApprovalRefusal, EnrolmentAuthorisation, EnrolmentProgress, EnrolmentRecord, Evidence,
    FaceReference, FactorChange, KnownFactors, KnownPhone, Limits, PhoneId, RemovedFace,
};
use sca_protocol::{
    Access,
    enrolment_api::{EnrolledDevice, FactorState},
};

const REJECTING: sca_core::ProviderId = sca_core::ProviderId::new("rejecting");
const EVENTS: &[&str] = &["factor.enrolled", "factor.removed"];

fn enrolment(id: &str, owner: &str, customer: &str, authorised_by: EnrolmentAuthorisation) -> NewEnrolment {
    NewEnrolment {
        record: EnrolmentRecord {
            id: id.into(),
            owner: owner.into(),
            version: 1,
            provider: REJECTING,
            customer: customer.into(),
            profile: Some("16605".into()),
            user: None,
            authorised_by,
            created_at: NOW,
            expires_at: NOW.plus_ms(900_000),
            ended_at: None,
            progress: EnrolmentProgress::default(),
        },
        client_secret: Secret::new(format!("{id}_secret_{id}")),
        access_token: Secret::new("access".into()),
    }
}

async fn insert(store: &Store, new: NewEnrolment) -> EnrolmentRecord {
    let record = new.record.clone();
    let inserted = store.insert_enrolment(new, Limits::default()).await;
    assert!(matches!(inserted, Ok(EnrolmentInsert::Inserted(_))), "{inserted:?}");
    record
}

fn device(id: &str) -> EnrolledDevice {
    EnrolledDevice {
        id: id.into(),
        name: PlainText::new("Canary laptop").unwrap(),
        created_at: NOW,
        usable_from: None,
    }
}

fn phone(id: &str, created_at: Option<Timestamp>) -> KnownPhone {
    KnownPhone {
        id: PhoneId::new(id).unwrap(),
        masked: "****canary".into(),
        created_at,
    }
}

fn face(reference: &str) -> FaceReference {
    FaceReference::new(reference).unwrap()
}

fn face_removed(reference: &str, is_kept: bool) -> FactorChange {
    FactorChange::FaceRemoved(Some(RemovedFace {
        reference: face(reference),
        is_kept,
    }))
}

/// Applies changes. What is known of the customer's factors then, and whether there are events.
async fn change(store: &Store, id: &str, changes: Vec<FactorChange>) -> (KnownFactors, bool) {
    let updated = store.update_enrolment(id, move |_, _| ((), changes)).await;
    let updated = updated.unwrap().unwrap();
    (updated.known, updated.has_events)
}

#[tokio::test]
async fn a_customer_has_one_phone_number_and_one_face() {
    let store = empty().await;
    let partner = || EnrolmentAuthorisation::Partner;
    let ann = insert(&store, enrolment("enr_1", "shop", "ann", partner())).await;
    let bob = insert(&store, enrolment("enr_2", "shop", "bob", partner())).await;
    let elsewhere = insert(&store, enrolment("enr_3", "other", "ann", partner())).await;
    let found = phone("1", None);
    let (known, has_events) = change(&store, "enr_1", vec![FactorChange::PhoneFound(found.clone())]).await;
    assert_eq!((known.phone.as_ref(), has_events), (Some(&found), false));
    let registered = phone("2", Some(NOW));
    let replaced = vec![
        FactorChange::PhoneRemoved(Some(found)),
        FactorChange::PhoneEnrolled(Some(registered.clone())),
    ];
    let (known, has_events) = change(&store, "enr_1", replaced).await;
    assert_eq!((known.phone.as_ref(), has_events), (Some(&registered), true));
    let (known, has_events) = change(&store, "enr_1", vec![FactorChange::FaceKept(face("face_1"))]).await;
    let kept = known.face.unwrap();
    assert_eq!(
        (&kept.reference, kept.is_confirmed, has_events),
        (&face("face_1"), false, false)
    );
    let (known, has_events) = change(&store, "enr_1", vec![FactorChange::FaceEnrolled(Some(face("face_2")))]).await;
    let enrolled = known.face.unwrap();
    assert_eq!(
        (&enrolled.reference, enrolled.is_confirmed, has_events),
        (&face("face_2"), true, true)
    );
    for other in [&bob, &elsewhere] {
        assert_eq!(store.known_factors(other).await.unwrap(), KnownFactors::default());
    }
    // The face server still has it.
    let (known, _) = change(&store, "enr_1", vec![face_removed("face_2", true)]).await;
    assert!(known.face.is_some_and(|face| !face.is_confirmed));
    for gone in [
        face_removed("face_2", false),
        FactorChange::PhoneRemoved(Some(registered)),
    ] {
        change(&store, "enr_1", vec![gone]).await;
    }
    assert_eq!(store.known_factors(&ann).await.unwrap(), KnownFactors::default());
}

/// The late answer to a removal is about what was there then, not about what a later enrolment has set up since.
#[tokio::test]
async fn a_removal_deletes_only_what_it_is_about() {
    let store = empty().await;
    let ann = insert(
        &store,
        enrolment("enr_1", "shop", "ann", EnrolmentAuthorisation::Partner),
    )
    .await;
    let enrolled = FactorChange::PhoneEnrolled(Some(phone("2", Some(NOW))));
    change(&store, "enr_1", vec![enrolled]).await;
    let enrolled = FactorChange::FaceEnrolled(Some(face("face_2")));
    let (known, _) = change(&store, "enr_1", vec![enrolled]).await;
    for late in [
        FactorChange::PhoneRemoved(Some(phone("1", Some(NOW)))),
        FactorChange::PhoneRemoved(None),
        face_removed("face_1", false),
        face_removed("face_1", true),
        FactorChange::FaceRemoved(None),
    ] {
        let (after, has_events) = change(&store, "enr_1", vec![late.clone()]).await;
        assert_eq!((after, has_events), (known.clone(), true), "{late:?}");
    }
    for (forgotten, is_about) in [
        (FactorChange::PhoneForgotten(phone("1", None).id), false),
        (FactorChange::FaceForgotten(face("face_1")), false),
        (FactorChange::PhoneForgotten(phone("2", None).id), true),
        (FactorChange::FaceForgotten(face("face_2")), true),
    ] {
        let before = store.known_factors(&ann).await.unwrap();
        let (after, has_events) = change(&store, "enr_1", vec![forgotten.clone()]).await;
        assert_eq!((after != before, has_events), (is_about, false), "{forgotten:?}");
    }
    assert_eq!(store.known_factors(&ann).await.unwrap(), KnownFactors::default());
}

/// An approval knows the customer by the provider's ids. A face is found only if it is certain whose it is.
#[tokio::test]
async fn a_face_is_found_by_user_then_by_profile_and_not_by_guessing() {
    let store = empty().await;
    for (id, customer, profile, user) in [
        ("enr_1", "ann", Some("101"), Some("1")),
        ("enr_2", "bob", Some("101"), Some("2")),
        ("enr_3", "cat", Some("103"), None),
        ("enr_4", "dan", None, Some("4")),
    ] {
        let mut new = enrolment(id, "shop", customer, EnrolmentAuthorisation::Partner);
        new.record.profile = profile.map(str::to_owned);
        new.record.user = user.map(str::to_owned);
        insert(&store, new).await;
        change(
            &store,
            id,
            vec![FactorChange::FaceEnrolled(Some(face(&format!("face_{customer}"))))],
        )
        .await;
    }
    for (owner, profile, user, expected) in [
        ("shop", Some("101"), Some("1"), Some("face_ann")),
        ("shop", Some("101"), Some("2"), Some("face_bob")),
        ("shop", None, Some("2"), Some("face_bob")),
        // Two users of one profile, and it is not known which.
        ("shop", Some("101"), None, None),
        ("shop", Some("101"), Some("3"), None),
        ("shop", Some("103"), None, Some("face_cat")),
        // The enrolment did not name its user.
        ("shop", Some("103"), Some("3"), Some("face_cat")),
        ("shop", Some("104"), Some("4"), Some("face_dan")),
        ("shop", Some("104"), None, None),
        ("shop", None, None, None),
        ("other", Some("101"), Some("1"), None),
    ] {
        let found = store.face_of_customer(owner, &REJECTING, profile, user).await.unwrap();
        let found = found.as_ref().map(FaceReference::as_str);
        assert_eq!(found, expected, "{owner} {profile:?} {user:?}");
    }
    let other = sca_core::ProviderId::new("other-provider");
    let found = store.face_of_customer("shop", &other, Some("101"), Some("1")).await;
    assert_eq!(found.unwrap(), None);
}

async fn enrol(store: &Store, id: &str, device_id: &str) {
    let device = device(device_id);
    let change =
        move |_: &mut EnrolmentRecord, _: &KnownFactors| ((), vec![FactorChange::DeviceEnrolled(Some(device))]);
    assert!(store.update_enrolment(id, change).await.unwrap().unwrap().has_events);
}

/// Adds the enrolment `enr_1` with one device.
pub(super) async fn with_device(store: &Store) {
    with_device_of(store, "enr_1").await;
    let found = vec![
        FactorChange::PhoneFound(phone("1", None)),
        FactorChange::FaceKept(face("face_1")),
    ];
    change(store, "enr_1", found).await;
}

/// Adds an enrolment of the same customer with the same device.
pub(super) async fn with_device_of(store: &Store, id: &str) {
    insert(store, enrolment(id, "shop", "ann", EnrolmentAuthorisation::Partner)).await;
    enrol(store, id, "device-1").await;
}

/// An approval of access to the security settings that was just given.
async fn approved(store: &Store, id: &str) {
    let mut new = approval(id, wise());
    new.record.action = Action::Access(Access::Security);
    new.record.request = None;
    insert_new(store, &new).await;
    let approve = |record: &mut Record| {
        record.progress.evidence.push(Evidence {
            challenge: "1".into(),
            factor: Factor::Pin,
            version: 1,
            digest: String::new(),
            at: NOW,
        });
        record.apply_token_status(&status(true), NOW);
    };
    assert!(store.update(id, approve).await.unwrap().unwrap().settled);
}

#[tokio::test]
async fn an_enrolment_is_found_by_its_secret_and_nothing_of_it_is_stored_in_clear() {
    let store = empty().await;
    let mut new = enrolment("enr_1", "shop", "canary-ann", EnrolmentAuthorisation::Partner);
    new.access_token = Secret::new("canary-token".into());
    let secret = new.client_secret.clone();
    let record = insert(&store, new).await;
    assert_eq!(
        store.enrolment_by_secret(&secret).await.unwrap().as_ref(),
        Some(&record)
    );
    assert_eq!(store.enrolment("enr_1").await.unwrap().as_ref(), Some(&record));
    let other = Secret::new("enr_1_secret_other".into());
    assert_eq!(store.enrolment_by_secret(&other).await.unwrap(), None);
    enrol(&store, "enr_1", "device-1").await;
    change(
        &store,
        "enr_1",
        vec![FactorChange::PhoneEnrolled(Some(phone("1", Some(NOW))))],
    )
    .await;
    change(
        &store,
        "enr_1",
        vec![FactorChange::FaceEnrolled(Some(face("canary-face")))],
    )
    .await;
    let mut connection = raw_connection(&store).await;
    for column in [
        "subject FROM enrolments",
        "progress FROM enrolments",
        "access_token FROM enrolments",
        "secret_digest FROM enrolments",
        "customer FROM enrolled_devices",
        "name FROM enrolled_devices",
        "customer FROM enrolled_phones",
        "masked FROM enrolled_phones",
        "customer FROM enrolled_faces",
        "profile_digest FROM enrolled_faces",
        "reference FROM enrolled_faces",
    ] {
        let query = format!("SELECT {column}");
        let value: Vec<u8> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        for clear in ["canary", "16605", "Canary"] {
            let found = value.windows(clear.len()).any(|window| window == clear.as_bytes());
            assert!(!found, "{column}: {clear}");
        }
    }
}

#[tokio::test]
async fn the_access_token_is_wiped_when_the_enrolment_ends() {
    let store = empty().await;
    insert(
        &store,
        enrolment("enr_1", "shop", "ann", EnrolmentAuthorisation::Partner),
    )
    .await;
    let token = async || store.enrolment_token("enr_1").await.unwrap();
    assert_eq!(token().await.unwrap().expose(), "access");
    assert_eq!(
        store.due_enrolments(NOW.plus_ms(899_999)).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(store.due_enrolments(NOW.plus_ms(900_000)).await.unwrap(), ["enr_1"]);
    let ended = store
        .update_enrolment("enr_1", |record, _| {
            record.end_if_due(NOW.plus_ms(900_000));
            ((), Vec::new())
        })
        .await;
    assert_eq!(ended.unwrap().unwrap().record.version, 2);
    assert!(token().await.is_none());
    assert_eq!(
        store.due_enrolments(NOW.plus_ms(900_000)).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn devices_belong_to_one_customer_of_one_owner() {
    let store = empty().await;
    let partner = || EnrolmentAuthorisation::Partner;
    let ann = insert(&store, enrolment("enr_1", "shop", "ann", partner())).await;
    let again = insert(&store, enrolment("enr_2", "shop", "ann", partner())).await;
    let bob = insert(&store, enrolment("enr_3", "shop", "bob", partner())).await;
    let elsewhere = insert(&store, enrolment("enr_4", "other", "ann", partner())).await;
    for id in ["device-1", "device-1", "device-2"] {
        enrol(&store, "enr_1", id).await;
    }
    let listed = [device("device-1"), device("device-2")];
    assert_eq!(store.known_factors(&ann).await.unwrap().devices, listed);
    assert_eq!(store.known_factors(&again).await.unwrap().devices, listed);
    assert_eq!(store.known_factors(&bob).await.unwrap().devices, []);
    assert_eq!(store.known_factors(&elsewhere).await.unwrap().devices, []);
    // A later enrolment of the same customer removes it.
    let id = sca_core::DeviceId::new("device-1").unwrap();
    let removed = store
        .update_enrolment("enr_2", move |_, devices| {
            assert_eq!(devices.devices.len(), 2);
            ((), vec![FactorChange::DeviceRemoved(id)])
        })
        .await;
    assert_eq!(removed.unwrap().unwrap().known.devices, [device("device-2")]);
    assert_eq!(store.known_factors(&ann).await.unwrap().devices, [device("device-2")]);
}

#[tokio::test]
async fn each_change_has_one_message() {
    let store = empty().await;
    insert(
        &store,
        enrolment("enr_1", "shop", "ann", EnrolmentAuthorisation::Partner),
    )
    .await;
    for _ in 0..2 {
        let replaced = store
            .update_enrolment("enr_1", |record, _| {
                record.progress.pin = FactorState::Enrolled;
                ((), vec![FactorChange::PinRemoved, FactorChange::PinEnrolled])
            })
            .await;
        assert!(replaced.unwrap().unwrap().has_events);
    }
    let recorded = store
        .update_enrolment("enr_1", |_, _| {
            ((), vec![FactorChange::DeviceRecorded(device("device-1"))])
        })
        .await;
    assert!(!recorded.unwrap().unwrap().has_events);
    let mut ids: Vec<String> = claim(&store, "one", EVENTS, NOW, 9)
        .await
        .into_iter()
        .map(|row| row.id)
        .collect();
    ids.sort();
    assert_eq!(
        ids,
        [
            "msg_enr_1_factor_enrolled_2",
            "msg_enr_1_factor_enrolled_3",
            "msg_enr_1_factor_removed_2",
            "msg_enr_1_factor_removed_3",
        ]
    );
    // What changes nothing has no new version.
    let unchanged = store.update_enrolment("enr_1", |_, _| ((), Vec::new())).await;
    assert_eq!(unchanged.unwrap().unwrap().record.version, 4);
    let unknown = store.update_enrolment("enr_none", |_, _| ((), Vec::new())).await;
    assert!(unknown.unwrap().is_none());
}

#[tokio::test]
async fn an_approval_begins_one_enrolment_and_is_left_alone_when_it_cannot() {
    let store = empty().await;
    approved(&store, "appr_1").await;
    let by_approval = |id: &str, owner: &str| {
        let approval = EnrolmentAuthorisation::Approval("appr_1".into());
        enrolment(id, owner, "ann", approval)
    };
    let refused = store
        .insert_enrolment(by_approval("enr_0", "other"), Limits::default())
        .await;
    assert!(
        matches!(refused, Ok(EnrolmentInsert::Refused(EnrolmentApprovalRefusal::Unknown))),
        "{refused:?}"
    );
    assert_eq!(store.by_id("appr_1").await.unwrap().unwrap().consumed_at, None);
    assert_eq!(store.enrolment("enr_0").await.unwrap(), None);

    let inserted = store
        .insert_enrolment(by_approval("enr_1", "shop"), Limits::default())
        .await;
    assert!(
        matches!(inserted, Ok(EnrolmentInsert::Inserted(Some(_)))),
        "{inserted:?}"
    );
    assert_eq!(store.by_id("appr_1").await.unwrap().unwrap().consumed_at, Some(NOW));
    assert!(store.tokens("appr_1").await.unwrap().unwrap().one_time_token.is_none());

    let used = store
        .insert_enrolment(by_approval("enr_2", "shop"), Limits::default())
        .await;
    assert!(
        matches!(used, Ok(EnrolmentInsert::Refused(EnrolmentApprovalRefusal::Used))),
        "{used:?}"
    );
    assert_eq!(store.enrolment("enr_2").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_enrolments_consume_an_approval_once() {
    let store = empty().await;
    approved(&store, "appr_1").await;
    let answers = all((0..8).map(|number| {
        let store = store.clone();
        async move {
            let approval = EnrolmentAuthorisation::Approval("appr_1".into());
            let new = enrolment(&format!("enr_{number}"), "shop", "ann", approval);
            let inserted = store.insert_enrolment(new, Limits::default()).await.unwrap();
            u32::from(matches!(inserted, EnrolmentInsert::Inserted(_)))
        }
    }))
    .await;
    assert_eq!(answers.iter().sum::<u32>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_reserve_an_enrolment_once() {
    let store = empty().await;
    insert(
        &store,
        enrolment("enr_1", "shop", "ann", EnrolmentAuthorisation::Partner),
    )
    .await;
    let answers = all((0..8).map(|number| {
        let store = store.clone();
        async move {
            let reserve = move |record: &mut EnrolmentRecord, _: &KnownFactors| {
                let holder = format!("holder-{number}");
                let reserved = record.reserve(&holder, EnrolledFactor::Pin, NOW, Duration::from_secs(45));
                (u32::from(reserved.is_ok()), Vec::new())
            };
            store.update_enrolment("enr_1", reserve).await.unwrap().unwrap().outcome
        }
    }))
    .await;
    assert_eq!(answers.iter().sum::<u32>(), 1);
}

#[tokio::test]
async fn ended_enrolments_are_purged_and_devices_are_not() {
    let store = empty().await;
    with_device(&store).await;
    store.purge_expired(NOW.plus_ms(1), NOW.plus_ms(1)).await.unwrap();
    assert!(store.enrolment("enr_1").await.unwrap().is_some());
    let end = |record: &mut EnrolmentRecord, _: &KnownFactors| {
        record.end(NOW);
        ((), Vec::new())
    };
    let record = store.update_enrolment("enr_1", end).await.unwrap().unwrap().record;
    store.purge_expired(NOW, NOW).await.unwrap();
    assert!(store.enrolment("enr_1").await.unwrap().is_some());
    store.purge_expired(NOW.plus_ms(1), NOW.plus_ms(1)).await.unwrap();
    assert!(store.enrolment("enr_1").await.unwrap().is_none());
    assert_eq!(store.known_factors(&record).await.unwrap().devices.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_one_open_enrolment_however_many_begin_at_once() {
    let store = empty().await;
    let partner = || EnrolmentAuthorisation::Partner;
    insert(&store, enrolment("enr_bob", "shop", "bob", partner())).await;
    insert(&store, enrolment("enr_elsewhere", "other", "ann", partner())).await;
    all((0..8).map(|number| {
        let store = store.clone();
        async move {
            let new = enrolment(&format!("enr_{number}"), "shop", "ann", EnrolmentAuthorisation::Partner);
            insert(&store, new).await;
        }
    }))
    .await;
    let query = "SELECT COUNT(*) FROM enrolments WHERE ended_at IS NULL AND access_token IS NOT NULL";
    let mut connection = raw_connection(&store).await;
    let open: i64 = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    assert_eq!(open, 3);
    let query = "SELECT COUNT(*) FROM enrolments WHERE access_token IS NOT NULL";
    let tokens: i64 = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    assert_eq!(tokens, 3);
    let bob = store.enrolment("enr_bob").await.unwrap().unwrap();
    assert_eq!((bob.ended_at, bob.version), (None, 1));
}

/// Reserves a call that may enrol a factor, which waits until a time.
pub(super) async fn reserve(
    store: &Store,
    id: &str,
    holder: &'static str,
    about: EnrolledFactor,
    usable_from: Timestamp,
) {
    let reserve = move |record: &mut EnrolmentRecord, _: &KnownFactors| {
        record.reserve(holder, about, NOW, Duration::from_secs(45)).unwrap();
        record.begin_wait(usable_from);
        ((), Vec::new())
    };
    store.update_enrolment(id, reserve).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_factor_waits_for_its_customer_by_each_of_the_customers_ids() {
    let store = empty().await;
    let mut new = enrolment("enr_1", "shop", "ann", EnrolmentAuthorisation::Partner);
    new.record.user = Some("7".into());
    let ann = insert(&store, new).await;
    let bob = enrolment("enr_2", "shop", "bob", EnrolmentAuthorisation::Partner);
    let mut bob = bob;
    bob.record.profile = Some("1".into());
    let bob = insert(&store, bob).await;
    reserve(&store, "enr_1", "one", EnrolledFactor::Pin, NOW.plus_ms(100)).await;
    let waits = async |profile, user, now| {
        let waits = store.factor_waits(&REJECTING, profile, user, now).await.unwrap();
        waits
            .into_iter()
            .map(|wait| (wait.factor, wait.usable_from))
            .collect::<Vec<_>>()
    };
    let pin = [(Factor::Pin, NOW.plus_ms(100))];
    for (profile, user, expected) in [
        (Some("16605"), None, &pin[..]),
        (None, Some("7"), &pin),
        (Some("2"), Some("7"), &pin),
        (Some("16605"), Some("8"), &pin),
        // A user's id is not a profile's.
        (Some("7"), Some("16605"), &[]),
        (Some("1"), Some("8"), &[]),
        (None, None, &[]),
    ] {
        assert_eq!(waits(profile, user, NOW).await, expected, "{profile:?} {user:?}");
    }
    assert_eq!(store.factor_waits_of(&ann, NOW).await.unwrap().len(), 1);
    assert_eq!(store.factor_waits_of(&bob, NOW).await.unwrap(), []);
    assert_eq!(waits(Some("16605"), None, NOW.plus_ms(99)).await, pin);
    assert_eq!(waits(Some("16605"), None, NOW.plus_ms(100)).await, []);

    // The latest of several counts, and a call that enrolled nothing takes away its own.
    let conclude = |created: sca_core::CreateOutcome<()>| {
        move |record: &mut EnrolmentRecord, _: &KnownFactors| {
            let holder = record.progress.lease.clone().unwrap().holder;
            ((), record.conclude_pin_creation(&holder, Ok(created)).changes)
        }
    };
    let enrolled = conclude(sca_core::CreateOutcome::Enrolled(()));
    store.update_enrolment("enr_1", enrolled).await.unwrap().unwrap();
    reserve(&store, "enr_1", "two", EnrolledFactor::Pin, NOW.plus_ms(200)).await;
    assert_eq!(waits(Some("16605"), None, NOW).await, [(Factor::Pin, NOW.plus_ms(200))]);
    let refused = conclude(sca_core::CreateOutcome::AlreadyEnrolled);
    store.update_enrolment("enr_1", refused).await.unwrap().unwrap();
    assert_eq!(waits(Some("16605"), None, NOW).await, pin);

    // It outlives the enrolment, and goes when it is over.
    store.purge_expired(NOW.plus_ms(100), NOW.plus_ms(100)).await.unwrap();
    assert_eq!(waits(Some("16605"), None, NOW).await, pin);
    store.purge_expired(NOW.plus_ms(101), NOW.plus_ms(101)).await.unwrap();
    assert_eq!(waits(Some("16605"), None, NOW).await, []);
}

#[tokio::test]
async fn nothing_of_a_wait_is_stored_in_clear() {
    let store = empty().await;
    let mut new = enrolment("enr_1", "shop", "canary-ann", EnrolmentAuthorisation::Partner);
    new.record.user = Some("16605".into());
    insert(&store, new).await;
    reserve(&store, "enr_1", "one", EnrolledFactor::Device, NOW.plus_ms(9)).await;
    let mut connection = raw_connection(&store).await;
    for column in ["customer", "profile", "provider_user"] {
        let query = format!("SELECT {column} FROM factor_waits");
        let value: Vec<u8> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(value.len(), 32, "{column}");
    }
}
