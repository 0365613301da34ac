//! No PIN, code, token or secret in what the server writes down or answers, at the most talkative level of every library.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/mod.rs"]
mod support;

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{Request, header},
};
use sca_backend::clock::SystemClock;
use serde_json::json;
use support::{
    API_KEY, Reply, World, attempt, create, creation,
    facesign_env::{self, Faces},
    repeat, send, stub,
    weavr_env::{self, Confirmations},
};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A transfer's whole life at FaceSign, with what can go wrong on the way.
async fn face(secrets: &mut Vec<String>, problems: &mut Vec<Reply>) {
    secrets.extend(
        [
            "sk_test_sandbox",
            facesign_env::WEBHOOK_SECRET,
            facesign_env::BANK_SECRET,
            "a@example.com",
        ]
        .map(str::to_owned),
    );
    let faces = Faces::start().await;
    faces.behave(json!({"secretSeconds": 30})).await;
    let widget = faces.hold("txn-1").await;
    secrets.push(widget.secret.clone());
    for kind in ["reset", "html", "truncatedJson", "redirect"] {
        let fault = match kind {
            "html" => json!({"kind": kind, "status": 500}),
            "redirect" => json!({"kind": kind, "location": "https://evil.example/"}),
            _ => json!({ "kind": kind }),
        };
        faces.fault("create", 1, "after", fault).await;
        problems.push(widget.start("1", "face").await);
    }
    faces.tell(json!({})).await;
    for _ in 0..2 {
        let started = widget.start("1", "face").await.ok();
        let url = started["challenges"][0]["face"]["url"].as_str().unwrap().to_owned();
        secrets.push(url.split("cs=").nth(1).unwrap().to_owned());
    }
    let mut wrong = facesign_env::wire("txn-2");
    wrong["version"] = json!("a@example.com");
    problems.push(faces.post_wire(&wrong).await);
    let mut changed = facesign_env::wire("txn-1");
    changed["amount"]["value"] = json!(7_000_000);
    problems.push(faces.post_wire(&changed).await);
    let session = faces.sessions("txn-1").await.last().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    faces.play(&session, "verified").await;
    facesign_env::until(&widget, facesign_env::is_settled).await;
    assert_eq!(faces.executions("txn-1").await, 1);
    problems.push(widget.start("1", "face").await);
    faces.backend.stop().await;
}

/// A payment's whole life at Weavr, with what can go wrong on the way.
async fn confirmation(secrets: &mut Vec<String>, problems: &mut Vec<Reply>) {
    secrets.extend(
        [
            weavr_env::WEAVR_KEY,
            "482916",
            "canary-weavr-token",
            "canary-stepped-up",
        ]
        .map(str::to_owned),
    );
    let world = Confirmations::start().await;
    world.tell(json!({})).await;
    let behaviour = json!({"codes": "fresh", "stepUpTokenInEvent": true, "issueLimit": null});
    let payer = world.payer_who(json!({ "behaviour": behaviour })).await;
    secrets.push(payer.token.clone());
    let id = world.wire(&payer, 50_000).await;
    let widget = world.held(&payer, weavr_env::WIRES, std::slice::from_ref(&id)).await;
    secrets.push(widget.secret.clone());
    for kind in ["reset", "html", "truncatedJson", "redirect"] {
        let fault = match kind {
            "redirect" => json!({"kind": kind, "location": "https://evil.example/"}),
            _ => json!({ "kind": kind }),
        };
        world.fault("issueOtp", 1, "before", fault.clone()).await;
        problems.push(widget.start("1", "sms").await);
        world.advance(16).await;
        world.fault("readWire", 1, "before", fault).await;
        problems.push(world.confirm(&payer, weavr_env::WIRES, std::slice::from_ref(&id)).await);
    }
    widget.start("1", "sms").await.ok();
    let code = world.request(&payer).await["code"].as_str().unwrap().to_owned();
    secrets.push(code.clone());
    world
        .fault("verifyOtp", 1, "before", json!({"kind": "status", "status": 503}))
        .await;
    problems.push(widget.code("1", "sms", &code).await);
    assert_eq!(widget.code("1", "sms", "482916").await.ok()["verdict"], "refused");
    let mut unknown = weavr_env::request(&payer, weavr_env::WIRES, &["115999999999999999".into()]);
    problems.push(world.post("/v1/confirmations", &unknown).await);
    unknown["accessToken"] = json!("canary-weavr-token");
    problems.push(world.post("/v1/confirmations", &unknown).await);
    unknown["resourceIds"] = json!("canary-weavr-token");
    problems.push(world.post("/v1/confirmations", &unknown).await);
    let enrolment = json!({"accessToken": "canary-weavr-token", "factor": "sms", "code": "482916"});
    problems.push(world.post("/v1/factors/verify", &enrolment).await);
    let event = json!({"path": "/stepup/watch", "body": {"challengeId": "9", "status": "VERIFIED", "authToken": "canary-stepped-up"}});
    world.control(axum::http::Method::POST, "/events", event).await;
    assert_eq!(
        widget.code("1", "sms", &code).await.ok()["approval"]["status"],
        "approved"
    );
    problems.push(widget.code("1", "sms", &code).await);
    world.told().await;
    world.backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_written_down_or_answered() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
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

    // A whole life, with everything that can go wrong on the way.
    let world = World::with("2026Q3", Arc::new(SystemClock), |_| {}).await;
    let customer = world.customer(json!({})).await;
    secrets.push(customer.token.clone());
    let widget = world.refused(world.fund(&customer)).await;
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
        let widget = world.refused(world.fund(&customer)).await;
        secrets.push(widget.secret.clone());
        // The entry meets the fault, and so does the look at the token's status after it.
        world
            .fault(&customer, "pin-verify", 2, "before", json!({"kind": fault}))
            .await;
        world
            .fault(&customer, "status", 2, "before", json!({"kind": fault}))
            .await;
        widget.jwe("1", &right).await;
        problems.push(widget.jwe("1", &right).await);
        world.control(axum::http::Method::DELETE, "/faults", json!({})).await;
    }
    widget.jwe("1", &right).await.ok();
    widget.start("2", "sms").await.ok();
    widget.code("2", "sms", "918273").await.ok();
    problems.push(widget.code("2", "voice", "918273").await);
    problems.push(
        widget
            .post_as(
                &attempt(),
                "/verify",
                "{\"challenge\":\"2\",\"entry\":{\"code\":\"918273\"",
            )
            .await,
    );
    problems.push(widget.post_as("918273", "/cancel", "").await);
    widget.code("2", "sms", "111111").await.ok();
    repeat(&world.gate(), world.fund(&customer), &widget).await.unwrap();
    problems.push(widget.code("2", "sms", "918273").await);
    for token in world.state_of(&customer).await["oneTimeTokens"].as_array().unwrap() {
        secrets.push(token["oneTimeToken"].as_str().unwrap().to_owned());
    }

    // A partner's creation, right and wrong.
    problems.push(create(&world.app, API_KEY, &creation()).await);
    let mut malformed = creation();
    malformed["action"] = json!("canary-access-token");
    problems.push(create(&world.app, API_KEY, &malformed).await);
    let gate = Request::get("/gate/wise/v1/profiles/x")
        .header("x-api-key", API_KEY)
        .header(header::AUTHORIZATION, "Bearer canary-access-token")
        .header("x-sca-approval", "appr_none");
    problems.push(send(&world.app, gate.body(Body::empty()).unwrap()).await);

    face(&mut secrets, &mut problems).await;
    confirmation(&mut secrets, &mut problems).await;

    world.backend.stop().await;
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("approval settled"), "the log was not caught");
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "{secret} in the log: {line:?}");
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
