//! An approval over time: expiry, retention, restarts, and what is on the disk.

use std::{sync::Arc, time::Duration};

use sca_backend::{config::Config, gate::GateError};
use sca_runtime::clock::SystemClock;
use serde_json::json;

use crate::support::{
    ContractJson, TestEnv, assert_status, manual_clock, repeat, use_shared_database, waiting::until, wise_configuration,
};

#[tokio::test]
async fn an_approval_expires_by_the_servers_clock() {
    let clock = manual_clock();
    let env = TestEnv::with("v1", clock.clone(), |_| {}).await;
    let (customer, widget) = env.approval().await;
    let snapshot = widget.snapshot().await;
    let left = snapshot.number("expiresAt") - snapshot.number("serverTime");
    assert_eq!(left, 900_000);
    clock.advance(Duration::from_millis(899_999));
    assert_status(&widget.snapshot().await, "pending");
    clock.advance(Duration::from_millis(1));
    assert_eq!(widget.pin("1", "1234").await.code(), "approval-settled");
    let snapshot = widget.snapshot().await;
    assert_status(&snapshot, "expired");
    let answer = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(matches!(answer, Err(GateError::Ended)), "{answer:?}");
}

#[tokio::test]
async fn a_shorter_token_lifetime_of_wises_limits_the_approval() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({"behaviour": {"oneTimeTokenSeconds": 60}})).await;
    let snapshot = env.approval_for(env.fund(&customer)).await.snapshot().await;
    let left = snapshot.number("expiresAt") - snapshot.number("serverTime");
    assert!((50_000..=60_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_customer_who_says_that_the_action_is_not_theirs_declines_it() {
    let env = TestEnv::start().await;
    let (customer, widget) = env.approval().await;
    widget.pin("1", "1234").await.ok();
    let denied = widget.deny().await.ok();
    assert_eq!(denied.status(), "declined");
    assert_eq!(denied.text("reason"), "denied");
    assert_eq!(widget.deny().await.code(), "approval-settled");
    assert_eq!(widget.cancel().await.code(), "approval-settled");
    let answer = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(answer.is_err(), "{answer:?}");
}

#[tokio::test]
async fn a_settled_approval_is_readable_for_ten_minutes() {
    let clock = manual_clock();
    let env = TestEnv::with("v1", clock.clone(), |_| {}).await;
    let (customer, widget) = env.approval().await;
    widget.approve().await;
    clock.advance(Duration::from_secs(599));
    let snapshot = widget.snapshot().await;
    assert_status(&snapshot, "approved");
    assert!(snapshot.get("action").is_none(), "{snapshot}");
    assert_eq!(snapshot["challenges"], json!([]));
    assert_eq!(widget.cancel().await.code(), "approval-settled");
    clock.advance(Duration::from_secs(1));
    for path in ["", "/events"] {
        assert_eq!(widget.get(path).await.code(), "unauthorized");
    }
    // It no longer authorises its call either.
    let answer = repeat(&env.gate(), env.fund(&customer), &widget).await;
    assert!(matches!(answer, Err(GateError::Ended)), "{answer:?}");
}

#[tokio::test]
async fn codes_are_sent_thirty_seconds_apart_and_at_most_five_times() {
    let clock = manual_clock();
    let env = TestEnv::with("v1", clock.clone(), |_| {}).await;
    let (customer, widget) = env.approval().await;
    widget.pin("1", "1234").await.ok();
    for sent in 0..5 {
        let started = widget.start("2", "sms").await.ok();
        let delivery = started.challenge(1).delivery().unwrap();
        assert_eq!(delivery.text("destination"), "*********8888");
        let wait = delivery.number("resendAt") - started.number("serverTime");
        assert_eq!(wait, 30_000);
        clock.advance(Duration::from_millis(29_999));
        assert_eq!(widget.start("2", "sms").await.code(), "too-many-requests", "{sent}");
        clock.advance(Duration::from_millis(1));
    }
    let sixth = widget.start("2", "voice").await;
    assert_eq!(sixth.code(), "too-many-requests");
    assert_eq!(env.state_of(&customer).await["codesSent"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn switching_the_channel_needs_no_wait_and_only_the_new_channels_code_is_accepted() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    widget.pin("1", "1234").await.ok();
    widget.start("2", "sms").await.ok();
    let switched = widget.start("2", "whatsapp").await.ok();
    assert_eq!(switched.challenge(1).delivery().unwrap().text("factor"), "whatsapp");
    assert_eq!(widget.code("2", "sms", "111111").await.code(), "factor-not-available");
    // Switching back does not shorten the wait.
    assert_eq!(widget.start("2", "sms").await.code(), "too-many-requests");
    assert_eq!(widget.code("2", "whatsapp", "111111").await.ok().verdict(), "accepted");
}

/// One instance has submitted a PIN to Wise and does not come back. Another one serves the same approvals.
#[tokio::test]
async fn an_attempt_that_a_lost_instance_submitted_is_resolved_by_another_instance() {
    let folder = tempfile::tempdir().unwrap();
    let clock = manual_clock();
    let env = TestEnv::with("v1", clock.clone(), |config| use_shared_database(config, folder.path())).await;
    let next = env.config.backend_with(clock.clone()).await.unwrap();
    for (pin, passed, left) in [("1234", true, None), ("9999", false, Some(4))] {
        let (customer, widget) = env.approval().await;
        let jwe = widget.encrypt(pin).await;
        let slow = json!({"kind": "slow", "milliseconds": 1500});
        env.fault(&customer, "pin-verify", 1, "after", slow).await;
        let calls = env.calls("pin-verify").await.len();
        let lost = tokio::spawn({
            let widget = widget.clone();
            async move { widget.jwe("1", &jwe).await }
        });
        until("a PIN submitted to Wise", async || {
            env.calls("pin-verify").await.len() > calls
        })
        .await;
        let other = widget.at(&next);
        assert_eq!(other.pin("1", "1234").await.code(), "request-in-progress");
        clock.advance(Duration::from_secs(60));
        let found = other.snapshot().await;
        assert_eq!(found.challenge(0).passed(), passed);
        assert_eq!(found.attempts_left(), left);
        // The late answer to the first instance changes nothing.
        lost.await.unwrap();
        let after = other.snapshot().await;
        assert_eq!(
            (&after["challenges"], after.attempts_left()),
            (&found["challenges"], left)
        );
    }
}

#[tokio::test]
async fn an_approval_survives_a_restart_and_its_tokens_are_encrypted_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let use_file = |config: &mut Config| {
        config.database = None;
        use_shared_database(config, folder.path());
    };
    let env = TestEnv::with("v1", Arc::new(SystemClock), use_file).await;
    let (customer, widget) = env.approval().await;
    widget.pin("1", "1234").await.ok();

    let mut config = wise_configuration(&env.sandbox.base_url(), "v1");
    use_file(&mut config);
    env.backend.stop().await;
    let restarted = config.backend().await.unwrap();
    let widget = widget.at(&restarted);
    assert!(widget.snapshot().await.challenge(0).passed());
    widget.start("2", "sms").await.ok();

    let state = env.state_of(&customer).await;
    let one_time_token = state["oneTimeTokens"][0].text("oneTimeToken");
    let secrets = [customer.token.as_str(), one_time_token, widget.secret.as_str()];
    let on_disk_in_clear = || {
        let files = std::fs::read_dir(folder.path()).unwrap();
        files.flatten().any(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            secrets
                .iter()
                .any(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
        })
    };
    assert!(!on_disk_in_clear());
    widget.code("2", "sms", "111111").await.ok();
    assert!(!on_disk_in_clear());
}
