//! The program itself, killed at different moments and started again on the same database.

use reqwest::{Client, Method};
use sca_backend::store::Database;
use sca_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::{
    databases,
    dynamic_linking::{address, shown_of},
    fixture::API_KEY,
    program::{Program, name_of},
    waiting::{self, until_so},
};

const TRANSFER: &str = "txn-8827";

/// When it is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// The partner has been told that the transfer is held.
    Held,
    /// The customer has a session.
    Opened,
    /// FaceSign is being asked what became of it.
    Deciding,
    /// FaceSign's webhook has been answered.
    Answered,
    /// The bank is being told.
    Telling,
    /// The bank has executed, and has not said so yet.
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
        // What a program held that was killed is another's soon.
        ("SCA_TRANSFERS__TIMEOUT", "500ms".into()),
    ];
    Program::start(&name_of(database), &settings)
}

/// Calls of the partner, the customer and the one who plays.
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
        self.call(method, url, "nobody", &body).await.unwrap()
    }

    async fn session(&self) -> String {
        let path = format!("/facesign/sessions?for={TRANSFER}");
        let sessions = self.control(Method::GET, &path, Value::Null).await;
        sessions[0]["id"].as_str().unwrap().to_owned()
    }

    /// FaceSign sends its webhooks there.
    async fn tell(&self, program: &Program) {
        let url = format!("{}/webhooks/facesign", program.address);
        let retries = json!([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        let body = json!({"url": url, "secret": "whsec_sandbox", "retrySeconds": retries});
        self.control(Method::PUT, "/facesign/webhook", body).await;
    }

    async fn bank(&self, what: &str) {
        let body = json!({"transfer": TRANSFER, "count": 1, "seconds": 60, "what": what});
        self.control(Method::POST, "/bank/wait", body).await;
    }

    async fn executions(&self) -> u64 {
        let url = format!("{}/control/bank/wires", self.sandbox.base_url());
        let wires = self.call(Method::GET, url, "nobody", &Value::Null).await.unwrap();
        wires.as_array().unwrap().len().try_into().unwrap()
    }
}

fn rand_number() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

async fn killed(moment: Moment) {
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
    caller.tell(&program).await;

    let wire = json!({
        "transfer": TRANSFER, "version": 1, "user": "user-4421", "email": "a@example.com",
        "amount": {"minor": 5_000_000, "currency": "USD"}, "payee": "Acme Corp", "accountTail": "7890",
        "reference": "Invoice 7", "region": "US",
    });
    let url = format!("{}/v1/transfers", program.address);
    let held = caller.call(Method::POST, url, API_KEY, &wire).await.unwrap();
    let (id, secret) = (held["id"].as_str().unwrap(), held["clientSecret"].as_str().unwrap());
    if let Moment::Held = moment {
        program = restart(program);
        caller.tell(&program).await;
    }

    let url = format!("{}{}", program.address, address(secret, "/start"));
    let approval = &held["approval"];
    let begin = json!({"challenge": approval["challenges"][0]["id"], "factor": "face", "shown": shown_of(approval)});
    caller.call(Method::POST, url, secret, &begin).await.unwrap();
    if let Moment::Opened = moment {
        program = restart(program);
        caller.tell(&program).await;
    }

    let session = caller.session().await;
    let slow = json!({"kind": "slow", "milliseconds": 60_000});
    match moment {
        Moment::Held | Moment::Opened | Moment::Answered => {}
        Moment::Deciding => {
            let fault = json!({"endpoint": "get", "times": 1, "when": "before", "fault": slow});
            caller.control(Method::POST, "/facesign/faults", fault).await;
        }
        Moment::Telling => {
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
        Moment::Held | Moment::Opened => {}
        Moment::Deciding => asked(&caller, &session).await,
        Moment::Answered => delivered(&caller, &session).await,
        Moment::Telling => caller.bank("deliveries").await,
        Moment::Executed => caller.bank("executions").await,
    }
    match moment {
        Moment::Held | Moment::Opened => {}
        Moment::Deciding | Moment::Answered | Moment::Telling | Moment::Executed => {
            program = restart(program);
            caller.tell(&program).await;
        }
    }

    caller.bank("executions").await;
    handed_over(&caller, &program, moment).await;
    assert_eq!(caller.executions().await, 1, "{moment:?}");
    let url = format!("{}/v1/transfers/{id}", program.address);
    let wire = caller.call(Method::GET, url, API_KEY, &Value::Null).await.unwrap();
    assert_eq!(wire["approval"]["status"], "approved", "{moment:?}");
}

/// Waits until FaceSign is being asked about a session.
async fn asked(caller: &Caller, session: &str) {
    let path = format!("/facesign/calls?sessionId={session}&endpoint=get");
    until_so("a call at FaceSign", async || {
        let calls = caller.control(Method::GET, &path, Value::Null).await;
        !calls.as_array().unwrap().is_empty()
    })
    .await;
}

/// Waits until a webhook about a session was answered.
async fn delivered(caller: &Caller, session: &str) {
    let path = format!("/facesign/events?sessionId={session}");
    until_so("an event that was taken", async || {
        let events = caller.control(Method::GET, &path, Value::Null).await;
        events
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["state"] == "delivered")
    })
    .await;
}

/// Waits until the program knows that the bank has the message: from then on it sends it no more.
async fn handed_over(caller: &Caller, program: &Program, moment: Moment) {
    let url = format!("{}/metrics", program.address);
    until_so("a wire that was handed over", async || {
        let figures = caller.http.get(&url).send().await.unwrap().text().await.unwrap();
        figures.contains(r#"sca_webhook_deliveries_total{event_type="transfer.execute",outcome="delivered"} 1"#)
            // It may have known before it was killed.
            || matches!(moment, Moment::Answered)
    })
    .await;
}

#[tokio::test]
async fn after_the_transfer_is_held() {
    killed(Moment::Held).await;
}

#[tokio::test]
async fn after_the_session_is_open() {
    killed(Moment::Opened).await;
}

#[tokio::test]
async fn while_it_asks_facesign() {
    killed(Moment::Deciding).await;
}

#[tokio::test]
async fn after_it_answered_facesign() {
    killed(Moment::Answered).await;
}

#[tokio::test]
async fn while_it_tells_the_bank() {
    killed(Moment::Telling).await;
}

#[tokio::test]
async fn after_the_bank_has_executed() {
    killed(Moment::Executed).await;
}
