//! Who may begin an enrolment, and whose secret opens it: an enrolment is where accounts are taken over.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Request, header},
};
use sca_backend::config::Config;
use serde_json::json;

use crate::support::{
    API_KEY, ContractJson, OTHER_API_KEY, TestEnv, Widget, assert_problem,
    enrolment::{EnrolmentWidget, begin, open_session, order, session},
    manual_clock, partner_request, raw_connection, send, use_shared_database,
};

#[tokio::test]
async fn only_a_fresh_approval_of_the_customers_security_settings_begins_an_enrolment() {
    let clock = manual_clock();
    let env = TestEnv::with("v2", clock.clone(), |_| {}).await;
    let customer = env.customer(json!({})).await;
    let begin_with = async |key: &str, approval: &Widget| {
        begin(&env.app, key, &order(&customer, &json!({"approval": approval.id}))).await
    };
    let approved = async |purpose: &str| {
        let approval = open_session(&env.app, &customer, purpose).await;
        approval.approve().await;
        approval
    };

    let pending = open_session(&env.app, &customer, "security").await;
    assert_problem(&begin_with(API_KEY, &pending).await, 409, "step-up-required");
    pending.cancel().await.ok();
    assert_problem(&begin_with(API_KEY, &pending).await, 409, "step-up-required");

    assert_problem(
        &begin_with(API_KEY, &approved("account").await).await,
        409,
        "step-up-required",
    );
    let funding = env.approval_for(env.fund(&customer)).await;
    funding.approve().await;
    assert_problem(&begin_with(API_KEY, &funding).await, 409, "step-up-required");

    let approval = approved("security").await;
    assert_problem(&begin_with(OTHER_API_KEY, &approval).await, 409, "step-up-required");
    let stranger = env.customer(json!({})).await;
    let of_stranger = order(&stranger, &json!({"approval": approval.id}));
    assert_problem(&begin(&env.app, API_KEY, &of_stranger).await, 409, "step-up-required");
    let unknown = order(&customer, &json!({"approval": "appr_none"}));
    assert_problem(&begin(&env.app, API_KEY, &unknown).await, 409, "step-up-required");
    // None of these used it up.
    clock.advance(Duration::from_secs(599));
    begin_with(API_KEY, &approval).await.ok();
    assert_problem(&begin_with(API_KEY, &approval).await, 409, "step-up-required");

    let old = approved("security").await;
    clock.advance(Duration::from_secs(600));
    assert_problem(&begin_with(API_KEY, &old).await, 409, "step-up-required");
    // It repeats no call either.
    assert!(env.calls("pin-create").await.is_empty());
}

/// Removals on paths of the first generation name the user, and take the backend's own credentials.
#[tokio::test]
async fn the_user_of_an_enrolment_is_the_user_of_the_approval() {
    let env = TestEnv::with("v1", manual_clock(), |_| {}).await;
    let customer = env.customer(json!({})).await;
    let stranger = env.customer(json!({})).await;
    let approval = open_session(&env.app, &customer, "security").await;
    approval.approve().await;
    let mut of_stranger = order(&customer, &json!({"approval": approval.id}));
    of_stranger["userId"] = json!(stranger.user.to_string());
    assert_problem(&begin(&env.app, API_KEY, &of_stranger).await, 409, "step-up-required");
    let own = order(&customer, &json!({"approval": approval.id}));
    assert!(begin(&env.app, API_KEY, &own).await.status.is_success());
}

/// A provider may ask a customer without factors for nothing. Then the partner has to authenticate the customer itself.
#[tokio::test]
async fn an_approval_without_a_factor_begins_no_enrolment() {
    let env = TestEnv::with("v2", manual_clock(), |_| {}).await;
    let customer = env.customer(json!({"behaviour": {"challenges": []}})).await;
    let approval = open_session(&env.app, &customer, "security").await;
    assert_eq!(approval.snapshot().await.text("status"), "approved");
    let by_approval = order(&customer, &json!({"approval": approval.id}));
    assert_problem(&begin(&env.app, API_KEY, &by_approval).await, 409, "step-up-required");
}

#[tokio::test]
async fn the_partners_word_counts_only_where_the_setting_says_so() {
    for (allowed, status) in [(false, 409), (true, 201)] {
        let env = TestEnv::with("v2", manual_clock(), |config: &mut Config| {
            config.enrolment.partner_step_up = allowed;
        })
        .await;
        let customer = env.customer(json!({})).await;
        let begun = begin(&env.app, API_KEY, &order(&customer, &json!("partner"))).await;
        assert_eq!(begun.status, status);
        if !allowed {
            assert_problem(&begun, 409, "step-up-required");
        }
    }
}

#[tokio::test]
async fn an_sca_session_needs_a_purpose_and_a_profile() {
    let env = TestEnv::with("v2", manual_clock(), |_| {}).await;
    let customer = env.customer(json!({})).await;
    for change in [
        json!({"purpose": "vault"}),
        json!({"purpose": null}),
        json!({"profileId": null}),
        json!({"profileId": "1/2"}),
        json!({"accessToken": ""}),
        json!({"provider": "unknown"}),
    ] {
        let mut body = session(&customer, "account");
        let members = body.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        let reply = send(&env.app, partner_request(API_KEY, "/v1/sca-sessions", &body)).await;
        assert_problem(&reply, 400, "invalid-request");
    }
    let mut expired = session(&customer, "account");
    expired["accessToken"] = json!("no-such-token");
    let reply = send(&env.app, partner_request(API_KEY, "/v1/sca-sessions", &expired)).await;
    assert_problem(&reply, 409, "provider-session-ended");
    // The first generation has no sessions, so its partners call the second one, which needs the profile too.
    let first = TestEnv::with("v1", manual_clock(), |_| {}).await;
    let mut body = session(&first.customer(json!({})).await, "account");
    body["profileId"] = json!(null);
    let reply = send(&first.app, partner_request(API_KEY, "/v1/sca-sessions", &body)).await;
    assert_problem(&reply, 400, "invalid-request");
}

#[tokio::test]
async fn only_its_own_client_secret_opens_an_enrolment_until_it_ends_or_expires() {
    let (clock, folder) = (manual_clock(), tempfile::tempdir().unwrap());
    let env = TestEnv::with("v2", clock.clone(), |config| {
        config.enrolment.partner_step_up = true;
        use_shared_database(config, folder.path());
    })
    .await;
    let customer = env.customer(json!({})).await;
    let stranger = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    let other = env.enrolment(&stranger).await;
    let approval = open_session(&env.app, &customer, "security").await;
    let closed = async |widget: &EnrolmentWidget| {
        for path in ["", "/encryption-key"] {
            assert_problem(&widget.get(path).await, 401, "unauthorized");
        }
        for path in [
            "/pin",
            "/pin/change",
            "/pin/remove",
            "/devices",
            "/devices/device-1/record",
            "/devices/device-1/remove",
            "/phone",
            "/phone/verify",
            "/phone/change",
            "/phone/remove",
            "/face/session",
            "/face",
            "/face/remove",
            "/end",
        ] {
            assert_problem(&widget.post(path, &json!({})).await, 401, "unauthorized");
        }
    };
    let altered = format!("{}x", widget.secret);
    for secret in [
        "",
        "enr_1_secret_",
        &altered,
        &other.secret,
        &approval.secret,
        &widget.id,
        API_KEY,
    ] {
        closed(&EnrolmentWidget {
            secret: secret.into(),
            ..widget.clone()
        })
        .await;
    }
    closed(&EnrolmentWidget {
        id: other.id.clone(),
        ..widget.clone()
    })
    .await;
    // Nor does it open an approval.
    let misled = Widget {
        secret: widget.secret.clone(),
        ..approval.clone()
    };
    assert_problem(&misled.get("").await, 401, "unauthorized");

    assert_eq!(other.end().await.ok().text("status"), "ended");
    closed(&other).await;
    clock.advance(Duration::from_secs(899));
    assert_eq!(widget.snapshot().await.text("status"), "open");
    clock.advance(Duration::from_secs(1));
    closed(&widget).await;
    let tokens = async || -> i64 {
        let query = "SELECT COUNT(access_token) FROM enrolments";
        let counting = sqlx::query_scalar(query);
        counting
            .fetch_one(&mut raw_connection(&env.config).await)
            .await
            .unwrap()
    };
    assert_eq!(tokens().await, 1);
    env.backend.sweep().await.unwrap();
    assert_eq!(tokens().await, 0);
    assert!(env.calls("pin-create").await.is_empty() && env.calls("pin-delete").await.is_empty());
}

#[tokio::test]
async fn only_allowed_pages_may_call_an_enrolment() {
    let env = TestEnv::with("v2", Arc::new(sca_runtime::clock::SystemClock), |config| {
        config.enrolment.partner_step_up = true;
    })
    .await;
    let customer = env.customer(json!({})).await;
    let widget = env.enrolment(&customer).await;
    for (origin, allowed) in [
        ("https://shop.example", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let request = Request::get(format!("/v1/enrolment/{}", widget.id))
            .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
            .header(header::ORIGIN, origin);
        let reply = send(&env.app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status.is_success(), allowed, "{origin}");
        assert_eq!(
            reply.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
            allowed,
            "{origin}"
        );
    }
}
