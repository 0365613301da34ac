//! The program is killed at different moments and started again on the same database.

use reqwest::{Client, Method};
use sca_sandbox::Sandbox;
use sca_store::Database;
use serde_json::{Value, json};

use crate::{
    databases,
    dynamic_linking::{address, shown_of},
    fixture::API_KEY,
    program::{Program, name_of},
    transfers,
    waiting::{self, until},
};

const TRANSFER: &str = "txn-8827";

/// When the program is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// After the transfer is held.
    Held,
    /// After the customer has a session.
    SessionCreated,
    /// While the program reads the session from FaceSign.
    Polling,
    /// After FaceSign's webhook is answered.
    WebhookAnswered,
    /// While the program delivers to the bank.
    Delivering,
    /// After the bank has executed, and before it answers.
    Executed,
}

fn start(database: &Database, sandbox: &Sandbox) -> Program {
    let settings = [
        ("SCA_WISE__BASE", sandbox.base_url()),
        ("SCA_FACESIGN__BASE", sandbox.facesign_url()),
        ("SCA_FACESIGN__ENVIRONMENT", "sandbox".into()),
        ("SCA_FACESIGN__API_KEY", "sk_test_sandbox".into()),
        ("SCA_FACESIGN__WEBHOOK_SECRETS", "whsec_sandbox".into()),
        ("SCA_FACESIGN__FRAME_ORIGINS", sandbox.facesign_pages_url()),
        (
            "SCA_TRANSFERS__EXECUTE_URL",
            format!("{}/bank/wires", sandbox.base_url()),
        ),
        // A short lease: the messages that a killed program had claimed are soon delivered.
        ("SCA_TRANSFERS__TIMEOUT", "500ms".into()),
    ];
    Program::start(&name_of(database), &settings)
}

/// The calls of the partner and the customer, and of the control API.
struct Caller {
    http: Client,
    sandbox: Sandbox,
}

impl Caller {
    async fn call(&self, method: Method, url: String, bearer: &str, body: &Value) -> Result<Value, reqwest::Error> {
        let request = self
            .http
            .request(method, url)
            .bearer_auth(bearer)
            .header("content-type", "application/json")
            .header("idempotency-key", format!("attempt-{:032}", rand_number()))
            .body(if body.is_null() {
                String::new()
            } else {
                body.to_string()
            });
        let text = request.send().await?.error_for_status()?.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/control{path}", self.sandbox.base_url());
        self.call(method, url, "unused", &body).await.unwrap()
    }

    async fn session(&self) -> String {
        let path = format!("/facesign/sessions?for={TRANSFER}");
        let sessions = self.control(Method::GET, &path, Value::Null).await;
        sessions[0]["id"].as_str().unwrap().to_owned()
    }

    /// Has FaceSign send its webhooks to a program.
    async fn send_webhooks_to(&self, program: &Program) {
        let url = format!("{}/webhooks/facesign", program.address);
        let retries = json!([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        let body = json!({"url": url, "secret": "whsec_sandbox", "retrySeconds": retries});
        self.control(Method::PUT, "/facesign/webhook", body).await;
    }

    /// Waits until the bank has one of these: `deliveries` or `executions`.
    async fn wait_for_bank(&self, what: &str) {
        let body = json!({"transfer": TRANSFER, "count": 1, "seconds": 60, "what": what});
        self.control(Method::POST, "/bank/wait", body).await;
    }

    async fn executions(&self) -> u64 {
        let url = format!("{}/control/bank/wires", self.sandbox.base_url());
        let executed = self.call(Method::GET, url, "unused", &Value::Null).await.unwrap();
        executed.as_array().unwrap().len().try_into().unwrap()
    }
}

fn rand_number() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

async fn kill_and_restart(moment: Moment) {
    let database = databases::any();
    let sandbox = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
    let caller = Caller {
        http: waiting::client(),
        sandbox,
    };
    let mut program = start(&database, &caller.sandbox);
    let restart = |program: Program| {
        program.kill();
        start(&database, &caller.sandbox)
    };
    caller.send_webhooks_to(&program).await;

    let url = format!("{}/v1/transfers", program.address);
    let held = caller
        .call(Method::POST, url, API_KEY, &transfers::transfer(TRANSFER))
        .await
        .unwrap();
    let (id, secret) = (held["id"].as_str().unwrap(), held["clientSecret"].as_str().unwrap());
    if let Moment::Held = moment {
        program = restart(program);
        caller.send_webhooks_to(&program).await;
    }

    let url = format!("{}{}", program.address, address(secret, "/start"));
    let approval = &held["approval"];
    let start = json!({"challenge": approval["challenges"][0]["id"], "factor": "face", "shown": shown_of(approval)});
    caller.call(Method::POST, url, secret, &start).await.unwrap();
    if let Moment::SessionCreated = moment {
        program = restart(program);
        caller.send_webhooks_to(&program).await;
    }

    let session = caller.session().await;
    let slow = json!({"kind": "slow", "milliseconds": 60_000});
    match moment {
        Moment::Held | Moment::SessionCreated | Moment::WebhookAnswered => {}
        Moment::Polling => {
            let fault = json!({"endpoint": "get", "times": 1, "when": "before", "fault": slow});
            caller.control(Method::POST, "/facesign/faults", fault).await;
        }
        Moment::Delivering => {
            let fault = json!({"endpoint": "wires", "times": 1, "when": "before", "fault": slow});
            caller.control(Method::POST, "/bank/faults", fault).await;
        }
        Moment::Executed => {
            let fault = json!({"endpoint": "wires", "times": 1, "when": "after", "fault": slow});
            caller.control(Method::POST, "/bank/faults", fault).await;
        }
    }
    let played = json!({"row": "verified"});
    caller
        .control(Method::POST, &format!("/facesign/sessions/{session}/play"), played)
        .await;
    match moment {
        Moment::Held | Moment::SessionCreated => {}
        Moment::Polling => polled(&caller, &session).await,
        Moment::WebhookAnswered => delivered(&caller, &session).await,
        Moment::Delivering => caller.wait_for_bank("deliveries").await,
        Moment::Executed => caller.wait_for_bank("executions").await,
    }
    match moment {
        Moment::Held | Moment::SessionCreated => {}
        Moment::Polling | Moment::WebhookAnswered | Moment::Delivering | Moment::Executed => {
            program = restart(program);
            caller.send_webhooks_to(&program).await;
        }
    }

    caller.wait_for_bank("executions").await;
    delivery_recorded(&caller, &program, moment).await;
    assert_eq!(caller.executions().await, 1, "{moment:?}");
    let url = format!("{}/v1/transfers/{id}", program.address);
    let transfer = caller.call(Method::GET, url, API_KEY, &Value::Null).await.unwrap();
    assert_eq!(transfer["approval"]["status"], "approved", "{moment:?}");
}

/// Waits until the program reads a session from FaceSign.
async fn polled(caller: &Caller, session: &str) {
    let path = format!("/facesign/calls?sessionId={session}&endpoint=get");
    until("a call at FaceSign", async || {
        let calls = caller.control(Method::GET, &path, Value::Null).await;
        !calls.as_array().unwrap().is_empty()
    })
    .await;
}

/// Waits until a webhook about a session was answered.
async fn delivered(caller: &Caller, session: &str) {
    let path = format!("/facesign/events?sessionId={session}");
    until("an accepted webhook", async || {
        let events = caller.control(Method::GET, &path, Value::Null).await;
        events
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["state"] == "delivered")
    })
    .await;
}

/// Waits until the program has recorded the delivery, after which it delivers no more.
async fn delivery_recorded(caller: &Caller, program: &Program, moment: Moment) {
    let url = format!("{}/metrics", program.address);
    until("a recorded delivery", async || {
        let metrics = caller.http.get(&url).send().await.unwrap().text().await.unwrap();
        metrics.contains(r#"sca_webhook_deliveries_total{event_type="transfer.execute",outcome="delivered"} 1"#)
            // It may have recorded the delivery before it was killed.
            || matches!(moment, Moment::WebhookAnswered)
    })
    .await;
}

#[tokio::test]
async fn a_program_killed_after_the_hold_executes_once() {
    kill_and_restart(Moment::Held).await;
}

#[tokio::test]
async fn a_program_killed_after_the_session_was_created_executes_once() {
    kill_and_restart(Moment::SessionCreated).await;
}

#[tokio::test]
async fn a_program_killed_during_its_poll_executes_once() {
    kill_and_restart(Moment::Polling).await;
}

#[tokio::test]
async fn a_program_killed_after_it_answered_the_webhook_executes_once() {
    kill_and_restart(Moment::WebhookAnswered).await;
}

#[tokio::test]
async fn a_program_killed_during_the_delivery_executes_once() {
    kill_and_restart(Moment::Delivering).await;
}

#[tokio::test]
async fn a_program_killed_after_the_execution_executes_once() {
    kill_and_restart(Moment::Executed).await;
}
