//! Calls of low risk pass the gate for five minutes after one approval, and calls of high risk do not. Wise holds that time; the gate decides
//! which approval a refusal leads to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::http::{Method, StatusCode};
use sca_backend::{
    config::Config,
    gate::{Gate, GateAnswer, GateError, GateRequest},
    routes,
    service::Backend,
};
use sca_core::secret::Secret;
use sca_protocol::Timestamp;
use sca_runtime::clock::{Clock, ManualClock, SystemClock};
use serde_json::{Value, json};

use crate::support::{
    API_KEY, TestCustomer, TestEnv, Widget,
    enrolment::open_session,
    manual_clock, read_approval, repeat,
    stub::{PIN_THEN_SMS, Stub, StubResponse},
    wise_configuration,
};

const STATEMENT: &str = "GET /v1/profiles/{profile}/balance-statements/{balance}/statement.json";

fn low_risk(config: &mut Config) {
    config.wise.as_mut().unwrap().low_risk_calls = vec![STATEMENT.into()];
}

/// A backend whose clock the test moves, and Wise with a clock of its own.
async fn env() -> (TestEnv, Arc<ManualClock>) {
    let clock = manual_clock();
    (TestEnv::with("v2", clock.clone(), low_risk).await, clock)
}

/// Lets time pass for the backend and for Wise.
async fn wait(env: &TestEnv, clock: &ManualClock, customer: &TestCustomer, seconds: u64) {
    clock.advance(Duration::from_secs(seconds));
    let body = json!({"seconds": seconds, "userId": customer.user});
    env.control(Method::POST, "/clock/advance", body).await;
}

#[track_caller]
fn assert_passed(answer: Result<GateAnswer, GateError>) {
    assert!(
        matches!(&answer, Ok(GateAnswer::Provider { status, .. }) if *status == StatusCode::OK),
        "{answer:?}"
    );
}

/// The action that the widget shows.
async fn action(widget: &Widget) -> Value {
    widget.snapshot().await["action"].clone()
}

#[tokio::test]
async fn a_session_lets_calls_of_low_risk_pass_for_five_minutes() {
    let (env, clock) = env().await;
    let (gate, customer) = (env.gate(), env.customer(json!({})).await);
    let session = env.approval_for(env.statement(&customer)).await;
    assert_eq!(action(&session).await, json!({"access": "account"}));
    let pending = repeat(&gate, env.statement(&customer), &session).await;
    assert!(matches!(pending, Err(GateError::Pending)), "{pending:?}");
    session.approve().await;
    // The page repeats the refused call, and makes others of low risk, as often as it likes.
    for _ in 0..2 {
        assert_passed(repeat(&gate, env.statement(&customer), &session).await);
        assert_passed(gate.send(env.statement(&customer)).await);
    }
    wait(&env, &clock, &customer, 240).await;
    assert_passed(repeat(&gate, env.statement(&customer), &session).await);
    assert_passed(gate.send(env.statement(&customer)).await);
    wait(&env, &clock, &customer, 60).await;
    // With or without the approval of the session that is over.
    let next = gate
        .send(env.statement(&customer).approval(Some(session.id.clone())))
        .await;
    let Ok(GateAnswer::ApprovalRequired(required)) = next else {
        panic!("the session is over: {next:?}");
    };
    let read = read_approval(&env.app, API_KEY, &required.id).await.ok();
    assert_eq!(read["action"], json!({"access": "account"}));
    let again = env.approval_for(env.statement(&customer)).await;
    assert_eq!(action(&again).await, json!({"access": "account"}));
    assert_eq!(env.calls("sca-session").await.len(), 3);
}

#[tokio::test]
async fn a_call_of_high_risk_needs_an_approval_of_its_own_within_a_session() {
    let (env, _) = env().await;
    let (gate, customer) = (env.gate(), env.customer(json!({})).await);
    let session = env.approval_for(env.statement(&customer)).await;
    session.approve().await;
    let with_session = repeat(&gate, env.fund(&customer), &session).await;
    assert!(matches!(with_session, Err(GateError::Mismatch)), "{with_session:?}");
    let payment = env.approval_for(env.fund(&customer)).await;
    assert!(action(&payment).await["payments"].is_array());
    payment.approve().await;
    assert_passed(repeat(&gate, env.fund(&customer), &payment).await);
    env.assert_funded_once(&customer).await;
}

/// Any approval opens the session at Wise, and an approval that the partner has asked for is as good as the gate's.
#[tokio::test]
async fn a_payment_and_a_session_of_the_partners_let_calls_of_low_risk_pass_too() {
    let (env, _) = env().await;
    let gate = env.gate();
    let any_approval = json!({"behaviour": {"lowRiskWindow": "anyApproval"}});
    let payer = env.customer(any_approval).await;
    env.approval_for(env.fund(&payer)).await.approve().await;
    assert_passed(gate.send(env.statement(&payer)).await);
    let reader = env.customer(json!({})).await;
    let session = open_session(&env.app, &reader, "account").await;
    session.approve().await;
    assert_passed(repeat(&gate, env.statement(&reader), &session).await);
    // One for the security settings begins an enrolment, and is named by no call.
    let security = open_session(&env.app, &reader, "security").await;
    security.approve().await;
    let named = repeat(&gate, env.statement(&reader), &security).await;
    assert!(matches!(named, Err(GateError::Mismatch)), "{named:?}");
}

#[tokio::test]
async fn a_session_is_of_no_use_to_another_customer_or_partner() {
    let (env, _) = env().await;
    let (customer, stranger) = (env.customer(json!({})).await, env.customer(json!({})).await);
    let session = env.approval_for(env.statement(&customer)).await;
    session.approve().await;
    let of_stranger = repeat(&env.gate(), env.statement(&stranger), &session).await;
    assert!(matches!(of_stranger, Err(GateError::Mismatch)), "{of_stranger:?}");
    let other_gate = Gate::new(env.backend.clone(), "other");
    let of_other = repeat(&other_gate, env.statement(&customer), &session).await;
    assert!(matches!(of_other, Err(GateError::Mismatch)), "{of_other:?}");
    assert!(env.calls("statement").await.len() == 1, "nothing was sent");
    let own = env.approval_for(env.statement(&stranger)).await;
    assert_eq!(action(&own).await, json!({"access": "account"}));
}

/// The approval that a call names is over, and the customer has just given another one. Wise refuses all the same.
#[tokio::test]
async fn a_recent_approval_counts_whichever_one_the_call_names() {
    let (env, clock) = env().await;
    let gate = env.gate();
    let customer = env.customer(json!({"behaviour": {"lowRiskWindow": "never"}})).await;
    let session = env.approval_for(env.statement(&customer)).await;
    session.approve().await;
    wait(&env, &clock, &customer, 300).await;
    env.approval_for(env.fund(&customer)).await.approve().await;
    let named = gate
        .send(env.statement(&customer).approval(Some(session.id.clone())))
        .await;
    let Ok(GateAnswer::ApprovalRequired(required)) = named else {
        panic!("Wise refuses it: {named:?}");
    };
    let read = read_approval(&env.app, API_KEY, &required.id).await.ok();
    assert!(read["action"]["statement"].is_object(), "{read}");
}

/// The configuration says more than Wise does: the refused call is then approved on its own, and the customer sees what it is.
#[tokio::test]
async fn a_call_that_wise_refuses_within_a_session_is_approved_on_its_own() {
    let (env, _) = env().await;
    let (gate, customer) = (
        env.gate(),
        env.customer(json!({"behaviour": {"lowRiskWindow": "never"}})).await,
    );
    let session = env.approval_for(env.statement(&customer)).await;
    session.approve().await;
    let refused = gate
        .send(env.statement(&customer).approval(Some(session.id.clone())))
        .await;
    let Ok(GateAnswer::ApprovalRequired(required)) = refused else {
        panic!("Wise refuses it all the same: {refused:?}");
    };
    let own = Widget {
        app: env.app.clone(),
        id: required.id,
        secret: required.client_secret.expose().into(),
    };
    assert!(action(&own).await["statement"].is_object());
    own.approve().await;
    assert_passed(repeat(&gate, env.statement(&customer), &own).await);
    // Without the session's approval it is the same.
    let next = env.approval_for(env.statement(&customer)).await;
    assert!(action(&next).await["statement"].is_object());
}

#[tokio::test]
async fn without_the_setting_every_refused_call_is_approved_on_its_own() {
    let env = TestEnv::with("v2", Arc::new(SystemClock), |_| {}).await;
    let any_approval = json!({"behaviour": {"lowRiskWindow": "anyApproval"}});
    let customer = env.customer(any_approval).await;
    let own = env.approval_for(env.statement(&customer)).await;
    assert!(action(&own).await["statement"].is_object());
    assert!(env.calls("sca-session").await.is_empty());
    // Wise opens the session with this approval as well.
    own.approve().await;
    assert_passed(env.gate().send(env.statement(&customer)).await);
}

const OPEN: &str = "POST /v2/profiles/1/sca-sessions/authorise";
const READ: &str = "GET /v1/profiles/1/balance-statements/2/statement.json";

/// A clock that goes forwards and backwards.
#[derive(Debug)]
struct JumpingClock(AtomicU64);

impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A Wise that refuses every statement, and names no challenge: an approval is granted at once.
struct Refusing {
    stub: Stub,
    backend: Backend,
    clock: Arc<JumpingClock>,
}

impl Refusing {
    async fn start() -> Self {
        let stub = Stub::start().await;
        for profile in ["1", "9"] {
            let call = format!("GET /v1/profiles/{profile}/balance-statements/2/statement.json");
            let refusal = StubResponse::json(403, "").header("x-2fa-approval", "call-token-000000000");
            stub.respond(&call, refusal);
            let opened = StubResponse::json(
                200,
                r#"{"oneTimeTokenProperties":{"oneTimeToken":"session-token-000000"}}"#,
            );
            stub.respond(&format!("POST /v2/profiles/{profile}/sca-sessions/authorise"), opened);
        }
        let clock = Arc::new(JumpingClock(AtomicU64::new(SystemClock.now().0)));
        let mut config = wise_configuration(&stub.base, "v2");
        low_risk(&mut config);
        let backend = config.backend_with(clock.clone()).await.unwrap();
        Self { stub, backend, clock }
    }

    fn grant(&self, grants: bool) {
        let status = if grants { r#"{"challenges":[]}"# } else { PIN_THEN_SMS };
        self.stub
            .respond("GET /v1/one-time-token/status", StubResponse::json(200, status));
    }

    /// Whether the refusal of a statement leads to a session.
    async fn leads_to_session(&self, profile: &str, token: &str, approval: Option<String>) -> (bool, String) {
        let path = format!(
            "/v1/profiles/{profile}/balance-statements/2/statement.json\
             ?currency=EUR&intervalStart=2026-01-01T00:00:00Z&intervalEnd=2026-01-31T00:00:00Z"
        );
        let request = GateRequest::new(Method::GET, path, Secret::new(token.into())).approval(approval);
        let answer = Gate::new(self.backend.clone(), "shop").send(request).await;
        let Ok(GateAnswer::ApprovalRequired(required)) = answer else {
            panic!("the call is refused: {answer:?}");
        };
        let app = routes::router(self.backend.clone());
        let read = read_approval(&app, API_KEY, &required.id).await.ok();
        (read["action"] == json!({"access": "account"}), required.id)
    }
}

/// The edge of the five minutes by the backend's clock, which the browser knows nothing of.
#[tokio::test]
async fn the_time_of_the_last_approval_decides_which_approval_a_refusal_leads_to() {
    let wise = Refusing::start().await;
    let start = wise.clock.now();
    wise.grant(true);
    let (is_session, session) = wise.leads_to_session("1", "token", None).await;
    assert!(is_session);
    wise.grant(false);
    for (clock, expected) in [
        (start, false),
        (start.plus_ms(299_999), false),
        (start.plus_ms(300_000), true),
        (start.plus_ms(86_400_000), true),
        // A clock that goes back knows of no approval. Wise decides all the same.
        (start.minus(Duration::from_millis(1)), true),
        (start.plus_ms(1), false),
    ] {
        wise.clock.0.store(clock.0, Ordering::SeqCst);
        for approval in [None, Some(session.clone())] {
            let (is_session, _) = wise.leads_to_session("1", "token", approval.clone()).await;
            assert_eq!(
                is_session,
                expected,
                "{:?} {approval:?}",
                clock.0.cast_signed() - start.0.cast_signed()
            );
        }
    }
    // Another profile, or another user of the same profile, has no session.
    assert!(wise.leads_to_session("9", "token", None).await.0);
    assert!(wise.leads_to_session("1", "other-token", None).await.0);
    assert!(!wise.leads_to_session("1", "token", None).await.0);
}

#[tokio::test]
async fn a_session_that_cannot_be_opened_leaves_the_call_to_an_approval_of_its_own() {
    let wise = Refusing::start().await;
    wise.grant(false);
    for response in [
        StubResponse::json(500, "{}"),
        StubResponse::json(403, ""),
        StubResponse::json(200, "<html>"),
    ] {
        wise.stub.respond(OPEN, response);
        assert!(!wise.leads_to_session("1", "token", None).await.0);
    }
    assert_eq!((wise.stub.calls(OPEN), wise.stub.calls(READ)), (3, 3));
}
