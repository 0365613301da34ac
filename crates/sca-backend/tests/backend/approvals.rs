//! The life of an approval: how it ends, what is left of it, what lies on the disk.

use std::time::Duration;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sca_backend::{
    clock::{Clock, ManualClock, SystemClock},
    config::Config,
    gate::GateError,
};
use sca_core::secret::Secret;
use serde_json::json;

use crate::support::{World, repeat, waiting::until_so};

#[tokio::test]
async fn time_runs_out_by_the_servers_clock() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with("v1", clock.clone(), |_| {}).await;
    let (customer, widget) = world.approval().await;
    let snapshot = widget.snapshot().await;
    let left = snapshot["expiresAt"].as_u64().unwrap() - snapshot["serverTime"].as_u64().unwrap();
    assert_eq!(left, 900_000);
    clock.advance(Duration::from_millis(899_999));
    assert_eq!(widget.snapshot().await["status"], "pending");
    clock.advance(Duration::from_millis(1));
    assert_eq!(widget.pin("1", "1234").await.code(), "approval-settled");
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot["status"], "expired");
    let answer = repeat(&world.gate(), world.fund(&customer), &widget).await;
    assert!(matches!(answer, Err(GateError::Ended)), "{answer:?}");
}

#[tokio::test]
async fn the_providers_own_limit_comes_first_when_it_is_shorter() {
    let world = World::start().await;
    let customer = world.customer(json!({"behaviour": {"oneTimeTokenSeconds": 60}})).await;
    let snapshot = world.refused(world.fund(&customer)).await.snapshot().await;
    let left = snapshot["expiresAt"].as_u64().unwrap() - snapshot["serverTime"].as_u64().unwrap();
    assert!((50_000..=60_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_settled_approval_says_how_it_ended_for_ten_minutes_and_then_nothing() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with("v1", clock.clone(), |_| {}).await;
    let (customer, widget) = world.approval().await;
    widget.approve().await;
    clock.advance(Duration::from_secs(599));
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot["status"], "approved");
    assert_eq!(
        (&snapshot["action"], &snapshot["challenges"]),
        (&json!(null), &json!([]))
    );
    assert_eq!(widget.cancel().await.code(), "approval-settled");
    clock.advance(Duration::from_secs(1));
    for path in ["", "/events"] {
        assert_eq!(widget.get(path).await.code(), "unauthorized");
    }
    // And it no longer carries anything.
    let answer = repeat(&world.gate(), world.fund(&customer), &widget).await;
    assert!(matches!(answer, Err(GateError::Ended)), "{answer:?}");
}

#[tokio::test]
async fn codes_are_spaced_and_few() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with("v1", clock.clone(), |_| {}).await;
    let (customer, widget) = world.approval().await;
    widget.pin("1", "1234").await.ok();
    for sent in 0..5 {
        let started = widget.start("2", "sms").await.ok();
        let delivery = &started["challenges"][1]["delivery"];
        assert_eq!(delivery["destination"], "*********8888");
        let wait = delivery["resendAt"].as_u64().unwrap() - started["serverTime"].as_u64().unwrap();
        assert_eq!(wait, 30_000);
        clock.advance(Duration::from_millis(29_999));
        assert_eq!(widget.start("2", "sms").await.code(), "too-many-requests", "{sent}");
        clock.advance(Duration::from_millis(1));
    }
    let sixth = widget.start("2", "voice").await;
    assert_eq!(sixth.code(), "too-many-requests");
    assert_eq!(
        world.state_of(&customer).await["codesSent"].as_array().unwrap().len(),
        5
    );
}

#[tokio::test]
async fn switching_the_channel_needs_no_wait_and_changes_where_the_code_is_expected() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    widget.pin("1", "1234").await.ok();
    widget.start("2", "sms").await.ok();
    let switched = widget.start("2", "whatsapp").await.ok();
    assert_eq!(switched["challenges"][1]["delivery"]["factor"], "whatsapp");
    assert_eq!(widget.code("2", "sms", "111111").await.code(), "factor-not-available");
    // Going back is no way around the wait.
    assert_eq!(widget.start("2", "sms").await.code(), "too-many-requests");
    assert_eq!(widget.code("2", "whatsapp", "111111").await.ok()["verdict"], "accepted");
}

fn directory(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("sca-backend-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn keep_in(config: &mut Config, file: &Path) {
    config.database = Some(file.to_owned().into());
    config.encryption_key = Some(Secret::new("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into()));
}

/// One server has put an entry before Wise and is not heard of again; another one serves the same approvals.
#[tokio::test]
async fn what_a_lost_server_was_doing_is_found_out_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with("v1", clock.clone(), |config| {
        crate::support::keep_in(config, folder.path())
    })
    .await;
    let next = world.config.backend_with(clock.clone()).await.unwrap();
    for (pin, passed, left) in [("1234", true, json!(null)), ("9999", false, json!(4))] {
        let (customer, widget) = world.approval().await;
        let jwe = widget.encrypt(pin).await;
        let slow = json!({"kind": "slow", "milliseconds": 1500});
        world.fault(&customer, "pin-verify", 1, "after", slow).await;
        let seen = world.calls("pin-verify").await.len();
        let lost = tokio::spawn({
            let widget = widget.clone();
            async move { widget.jwe("1", &jwe).await }
        });
        until_so("an entry before Wise", async || {
            world.calls("pin-verify").await.len() > seen
        })
        .await;
        let elsewhere = crate::support::Widget {
            app: sca_backend::routes::router(next.clone()),
            ..widget.clone()
        };
        assert_eq!(elsewhere.pin("1", "1234").await.code(), "request-in-progress");
        clock.advance(Duration::from_secs(60));
        let found = elsewhere.snapshot().await;
        assert_eq!(found["challenges"][0]["passed"], passed);
        assert_eq!(found["attemptsLeft"], left);
        // Should the first one come back after all, it changes nothing.
        lost.await.unwrap();
        let after = elsewhere.snapshot().await;
        assert_eq!(
            (&after["challenges"], &after["attemptsLeft"]),
            (&found["challenges"], &left)
        );
    }
}

#[tokio::test]
async fn an_approval_outlives_a_restart_and_its_tokens_lie_nowhere_readable() {
    let directory = directory("restart");
    let file = directory.join("approvals.sqlite");
    let world = World::with("v1", Arc::new(SystemClock), |config| {
        keep_in(config, &file);
    })
    .await;
    let (customer, widget) = world.approval().await;
    widget.pin("1", "1234").await.ok();

    let mut config = crate::support::configuration(&world.sandbox.base_url(), "v1");
    keep_in(&mut config, &file);
    world.backend.stop().await;
    let again = World {
        app: sca_backend::routes::router(config.backend().await.unwrap()),
        ..world
    };
    let widget = crate::support::Widget {
        app: again.app.clone(),
        ..widget
    };
    assert_eq!(widget.snapshot().await["challenges"][0]["passed"], true);
    widget.start("2", "sms").await.ok();

    let state = again.state_of(&customer).await;
    let one_time_token = state["oneTimeTokens"][0]["oneTimeToken"].as_str().unwrap();
    let hidden = [customer.token.as_str(), one_time_token, widget.secret.as_str()];
    let lies_readable = || {
        let files = std::fs::read_dir(&directory).unwrap();
        files.flatten().any(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            hidden
                .iter()
                .any(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
        })
    };
    assert!(!lies_readable());
    widget.code("2", "sms", "111111").await.ok();
    assert!(!lies_readable());
    std::fs::remove_dir_all(&directory).unwrap();
}
