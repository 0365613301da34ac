//! No PIN, code, token or secret appears in the log, at the most verbose level of every library, in an exported span, or in an error response.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/collector.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]
mod collector;
#[path = "support/mod.rs"]
mod support;

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, header},
};
use sca_backend::{config::TracingConfig, traces::Traces};
use sca_runtime::clock::SystemClock;
use serde_json::json;
use support::{
    API_KEY, ContractJson, Reply, TestEnv, assert_verified, create, creation,
    facesign_env::{self, FaceSignEnv},
    idempotency_key,
    log::Log,
    phone_and_face::{self, scan_of},
    repeat, send, stub,
    weavr_env::{self, WIRES, WeavrEnv},
};
use tokio::runtime::Handle;
use tracing_subscriber::{Layer as _, filter::LevelFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Whether a line has a secret. A code's digits may also be those of a duration, `elapsed=1.482916ms`: the end of a longer number is no code.
fn has_secret(line: &str, secret: &str) -> bool {
    let is_code = secret.bytes().all(|byte| byte.is_ascii_digit());
    let is_within_number = |before: &str| before.ends_with(|last: char| last.is_ascii_digit() || last == '.');
    let mut parts: Vec<&str> = line.split(secret).collect();
    parts.pop();
    parts.into_iter().any(|before| !is_code || !is_within_number(before))
}

#[test]
fn a_code_is_told_from_a_duration() {
    for (line, expected) in [
        ("code=482916", true),
        (r#"{"code":"482916"}"#, true),
        ("elapsed=1.482916ms code=482916", true),
        ("elapsed=1.482916ms elapsed_secs=0.001482916", false),
    ] {
        assert_eq!(has_secret(line, "482916"), expected, "{line}");
    }
    assert!(has_secret("token=7.canary", "canary"));
}

/// A transfer with FaceSign from hold to execution, with the failures on the way.
async fn approve_by_face(secrets: &mut Vec<String>, problems: &mut Vec<Reply>) {
    secrets.extend(
        [
            "sk_test_sandbox",
            facesign_env::WEBHOOK_SECRET,
            facesign_env::BANK_SECRET,
            "a@example.com",
        ]
        .map(str::to_owned),
    );
    let env = FaceSignEnv::start().await;
    env.behave(json!({"secretSeconds": 30})).await;
    let widget = env.hold("txn-1").await;
    secrets.push(widget.secret.clone());
    for kind in ["reset", "html", "truncatedJson", "redirect"] {
        let fault = match kind {
            "html" => json!({"kind": kind, "status": 500}),
            "redirect" => json!({"kind": kind, "location": "https://evil.example/"}),
            _ => json!({ "kind": kind }),
        };
        env.fault("create", 1, "after", fault).await;
        problems.push(widget.start("1", "face").await);
    }
    env.send_webhooks(json!({})).await;
    for _ in 0..2 {
        let started = widget.start("1", "face").await.ok();
        let url = started.challenge(0).face().unwrap().text("url").to_owned();
        secrets.push(url.split("cs=").nth(1).unwrap().to_owned());
    }
    let mut invalid = facesign_env::transfer("txn-2");
    invalid["version"] = json!("a@example.com");
    problems.push(env.post_transfer(&invalid).await);
    let mut changed = facesign_env::transfer("txn-1");
    changed["amount"]["minor"] = json!(7_000_000);
    problems.push(env.post_transfer(&changed).await);
    let session = env.sessions("txn-1").await.pop().unwrap().text("id").to_owned();
    env.play(&session, "verified").await;
    widget.settled().await;
    assert_eq!(env.executions("txn-1").await, 1);
    problems.push(widget.start("1", "face").await);
    env.backend.stop().await;
}

/// A payment at Weavr from its creation to its confirmation, with the failures on the way.
async fn confirm_at_weavr(secrets: &mut Vec<String>, problems: &mut Vec<Reply>) {
    secrets.extend(
        [
            weavr_env::WEAVR_KEY,
            "482916",
            "canary-weavr-token",
            "canary-stepped-up",
        ]
        .map(str::to_owned),
    );
    let env = WeavrEnv::start().await;
    env.send_webhooks(json!({})).await;
    let behaviour = json!({"codes": "fresh", "stepUpTokenInEvent": true, "issueLimit": null});
    let customer = env.customer_with(json!({ "behaviour": behaviour })).await;
    secrets.push(customer.token.clone());
    let id = env.wire(&customer, 50_000).await;
    let widget = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
    secrets.push(widget.secret.clone());
    for kind in ["reset", "html", "truncatedJson", "redirect"] {
        let fault = match kind {
            "redirect" => json!({"kind": kind, "location": "https://evil.example/"}),
            _ => json!({ "kind": kind }),
        };
        env.fault("issueOtp", 1, "before", fault.clone()).await;
        problems.push(widget.start("1", "sms").await);
        env.advance(16).await;
        env.fault("readWire", 1, "before", fault).await;
        problems.push(env.confirm(&customer, WIRES, std::slice::from_ref(&id)).await);
    }
    widget.start("1", "sms").await.ok();
    let code = env.code(&customer).await;
    secrets.push(code.clone());
    env.fault("verifyOtp", 1, "before", json!({"kind": "status", "status": 503}))
        .await;
    problems.push(widget.code("1", "sms", &code).await);
    assert_eq!(widget.code("1", "sms", "482916").await.ok().verdict(), "refused");
    let mut invalid = weavr_env::confirmation_request(&customer, WIRES, &["115999999999999999".into()]);
    problems.push(env.post("/v1/confirmations", &invalid).await);
    invalid["accessToken"] = json!("canary-weavr-token");
    problems.push(env.post("/v1/confirmations", &invalid).await);
    invalid["resourceIds"] = json!("canary-weavr-token");
    problems.push(env.post("/v1/confirmations", &invalid).await);
    let enrolment = json!({"accessToken": "canary-weavr-token", "factor": "sms", "code": "482916"});
    problems.push(env.post("/v1/factors/verify", &enrolment).await);
    let event = json!({"challengeId": "9", "status": "VERIFIED", "authToken": "canary-stepped-up"});
    env.event("/stepup/watch", event).await;
    assert_verified(&widget.code("1", "sms", &code).await.ok(), "accepted", "approved");
    problems.push(widget.code("1", "sms", &code).await);
    env.webhooks_delivered().await;
    env.backend.stop().await;
}

/// A phone number and a face from enrolment to approval, with the failures on the way.
async fn enrol_phone_and_face(secrets: &mut Vec<String>, problems: &mut Vec<Reply>) {
    secrets.extend(
        [
            phone_and_face::PHONE_SECRET,
            phone_and_face::DEVICE_KEY,
            "1711234567",
            "0171 123-4567",
        ]
        .map(str::to_owned),
    );
    let env = phone_and_face::env("v1").await;
    let behaviour = json!({"challenges": ["face", "pin"]});
    let customer = env.customer(json!({"phone": null, "behaviour": behaviour})).await;
    secrets.push(customer.token.clone());
    let widget = env.enrolment(&customer).await;
    secrets.push(widget.secret.clone());
    let (country, typed) = ("DE", "0171 123-4567");
    widget.send_phone_code(country, typed).await.ok();
    let code = env.phone_code("+491711234567").await;
    secrets.push(code.clone());
    for fault in ["reset", "html", "truncatedJson", "redirect"] {
        env.bank_fault("phoneCheck", "before", json!({ "kind": fault })).await;
        problems.push(widget.phone_code("verify", country, typed, &code).await);
    }
    env.wise_fault("phone-create", "before", json!({"kind": "serverErrorHtml"}))
        .await;
    problems.push(widget.phone_code("verify", country, typed, &code).await);
    problems.push(widget.phone_code("verify", country, typed, "1711234567x").await);
    problems.push(widget.send_phone_code("0171 123-4567", typed).await);
    widget.phone_code("verify", country, typed, &code).await.ok();
    widget.post("/phone/remove", &json!({})).await.ok();

    let token = widget.face_token().await;
    let scan = scan_of("canary-person", true, &token);
    // The start of the scan, its middle, and the text in it.
    let blob = scan.text("faceScan");
    let parts = [0, blob.len() / 2].map(|start| blob.get(start..start + 64).unwrap());
    secrets.extend(parts.into_iter().chain(["canary-person", &token]).map(str::to_owned));
    for (endpoint, fault) in [
        ("enroll", "reset"),
        ("enroll", "html"),
        ("export", "truncatedJson"),
        ("export", "redirect"),
    ] {
        env.facetec_fault(endpoint, "after", json!({ "kind": fault })).await;
        problems.push(
            widget
                .enrol_face(&scan_of("canary-person", true, &widget.face_token().await))
                .await,
        );
    }
    let mut malformed = scan.clone();
    malformed["auditTrailImage"] = json!("canary-person");
    problems.push(widget.enrol_face(&malformed).await);
    widget.enrol_face(&scan).await.ok();
    let approval = env.approval_for(env.fund(&customer)).await;
    secrets.push(approval.secret.clone());
    for fault in ["reset", "serverErrorHtml"] {
        env.wise_fault("face-map-verify", "before", json!({ "kind": fault }))
            .await;
        problems.push(approval.person("1", "canary-person").await);
    }
    approval.person("1", "canary-person").await.ok();
    problems.push(approval.face("1", &scan).await);
    env.backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_appears_in_the_log_in_a_span_or_in_an_error_response() {
    let log = Log::default();
    let collector = collector::Collector::start().await;
    let traces = Traces::start(&TracingConfig::new(collector.base_url.clone()), &Handle::current()).unwrap();
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_ansi(false)
        .with_writer(log.clone());
    tracing_subscriber::registry()
        .with(lines.with_filter(LevelFilter::TRACE))
        .with(traces.layer())
        .init();

    let mut secrets: Vec<String> = [
        API_KEY,
        "sandbox-client-secret",
        "canary-access-token",
        stub::TOKEN,
        "918273",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut problems: Vec<Reply> = Vec::new();

    // A transfer at Wise from refusal to payment, with the failures on the way.
    let env = TestEnv::with("2026Q3", Arc::new(SystemClock), |_| {}).await;
    let customer = env.customer(json!({})).await;
    secrets.push(customer.token.clone());
    let widget = env.approval_for(env.fund(&customer)).await;
    secrets.push(widget.secret.clone());
    let wrong = widget.encrypt("9182").await;
    let right = widget.encrypt("1234").await;
    secrets.extend([wrong.clone(), right.clone()]);
    widget.jwe("1", &wrong).await.ok();
    for fault in [
        "reset",
        "serverError",
        "serverErrorHtml",
        "truncatedJson",
        "tooManyRequests",
        "redirect",
    ] {
        let widget = env.approval_for(env.fund(&customer)).await;
        secrets.push(widget.secret.clone());
        // Both the verification attempt and the poll of the token's status after it meet the fault.
        env.fault(&customer, "pin-verify", 2, "before", json!({"kind": fault}))
            .await;
        env.fault(&customer, "status", 2, "before", json!({"kind": fault}))
            .await;
        widget.jwe("1", &right).await;
        problems.push(widget.jwe("1", &right).await);
        env.control(axum::http::Method::DELETE, "/faults", json!({})).await;
    }
    widget.jwe("1", &right).await.ok();
    widget.start("2", "sms").await.ok();
    widget.code("2", "sms", "918273").await.ok();
    problems.push(widget.code("2", "voice", "918273").await);
    problems.push(
        widget
            .post_as(
                &idempotency_key(),
                "/verify",
                "{\"challenge\":\"2\",\"entry\":{\"code\":\"918273\"",
            )
            .await,
    );
    problems.push(widget.post_as("918273", "/cancel", "").await);
    widget.code("2", "sms", "111111").await.ok();
    repeat(&env.gate(), env.fund(&customer), &widget).await.unwrap();
    problems.push(widget.code("2", "sms", "918273").await);
    for token in env.state_of(&customer).await["oneTimeTokens"].as_array().unwrap() {
        secrets.push(token.text("oneTimeToken").to_owned());
    }

    // A partner's creation, valid and invalid.
    problems.push(create(&env.app, API_KEY, &creation()).await);
    let mut malformed = creation();
    malformed["action"] = json!("canary-access-token");
    problems.push(create(&env.app, API_KEY, &malformed).await);
    let gate = Request::get("/gate/wise/v1/profiles/x")
        .header("x-api-key", API_KEY)
        .header(header::AUTHORIZATION, "Bearer canary-access-token")
        .header("x-sca-approval", "appr_none");
    problems.push(send(&env.app, gate.body(Body::empty()).unwrap()).await);

    enrol_phone_and_face(&mut secrets, &mut problems).await;
    approve_by_face(&mut secrets, &mut problems).await;
    confirm_at_weavr(&mut secrets, &mut problems).await;

    env.backend.stop().await;
    let log = log.text();
    assert!(log.contains("approval settled"), "the log was not captured");
    for secret in &secrets {
        let line = log.lines().find(|line| has_secret(line, secret));
        assert!(line.is_none(), "{secret} in the log: {line:?}");
    }
    let spans = collector.spans(&traces).await;
    for name in [
        "poll",
        "gate",
        "POST /webhooks/{provider}",
        "deliver transfer.execute",
        "POST /v1/approval/{id}/verify",
        "POST /v1/enrolment/{id}/phone/verify",
    ] {
        assert!(spans.iter().any(|span| span.name() == name), "no span {name}");
    }
    for provider in ["wise", "weavr", "facesign", "phone", "facetec"] {
        let is_called = |span: &collector::ExportedSpan| span.attribute("sca.provider") == provider;
        assert!(spans.iter().any(is_called), "no call of {provider}");
    }
    let texts = collector.texts();
    for secret in &secrets {
        let text = texts.iter().find(|text| has_secret(text, secret));
        assert!(text.is_none(), "{secret} in a span: {text:?}");
    }
    for problem in problems {
        assert!(!problem.status.is_success(), "{}", problem.text);
        let headers = format!("{:?}", problem.headers);
        for secret in &secrets {
            assert!(!problem.text.contains(secret.as_str()), "{secret}: {}", problem.text);
            assert!(!headers.contains(secret.as_str()), "{secret}: {headers}");
        }
    }
}
