//! Plays a scenario.

use std::time::Duration;

use axum::http::Method;
use sca_protocol::{
    Factor,
    flow::{Event, View},
};
use sca_scenarios::{
    confirmation::{
        ConfirmationAction, ConfirmationFactor, ConfirmationScenario, ConfirmationStep, Fault, PaymentKind,
        PhoneAnswer, SentCode, Setup,
    },
    machine,
};
use serde_json::{Value, json};

use crate::{
    support::{
        Widget, waiting,
        weavr_env::{SENDS, TestCustomer, WIRES, WeavrEnv},
    },
    tab::Tab,
};

/// Where a scenario has got to.
struct Stage {
    env: WeavrEnv,
    customer: TestCustomer,
    has_webhooks: bool,
    ids: Vec<String>,
    /// What the backend said when it was asked for an approval.
    made: (u16, Value),
    widget: Option<Widget>,
    tabs: Vec<Tab>,
    at: usize,
}

pub(crate) async fn play(scenario: &ConfirmationScenario) {
    let mut stage = Stage::set(&scenario.setup, scenario.payment).await;
    for (number, step) in (1..).zip(&scenario.steps) {
        let place = format!("step {number}, {step:?}");
        stage.play(step, &place).await;
    }
    assert!(
        stage.tabs.iter().all(|tab| tab.end().is_some()),
        "the scenario has no end"
    );
}

impl Stage {
    async fn set(setup: &Setup, payment: PaymentKind) -> Self {
        let env = WeavrEnv::start().await;
        env.send_webhooks(json!({})).await;
        let mut about = json!({"behaviour": setup.behaviour});
        if let Some(factors) = &setup.factors {
            about["factors"] = json!(factors);
        }
        let customer = env.customer_with(about).await;
        let (kind, ids) = payments(&env, &customer, payment).await;
        let mut stage = Self {
            env,
            customer,
            has_webhooks: setup.has_webhooks(),
            ids,
            made: (0, Value::Null),
            widget: None,
            tabs: Vec::new(),
            at: 0,
        };
        for fault in &setup.faults {
            stage.fault(fault).await;
        }
        let reply = stage.env.confirm(&stage.customer, kind, &stage.ids).await;
        if reply.body["decision"] == "held" {
            let widget = stage.env.widget(&reply.body);
            stage.tabs.push(Tab::open(&widget, &stage.env.clock).await);
            stage.widget = Some(widget);
        }
        stage.made = (reply.status.as_u16(), reply.body);
        stage
    }

    fn tab(&mut self) -> &mut Tab {
        self.tabs
            .get_mut(self.at)
            .unwrap_or_else(|| panic!("there is no approval: {:?}", self.made))
    }

    /// The customer does something that the screen offers.
    async fn does(&mut self, event: Event, place: &str) {
        let done = self.tab().take(event).await;
        assert!(done.is_ok(), "{place}: {done:?} at {:?}", self.tab().screen());
    }

    async fn play(&mut self, step: &ConfirmationStep, place: &str) {
        match step {
            ConfirmationStep::Customer(action) => self.act(action, place).await,
            ConfirmationStep::Phone(answer) => self.answer(*answer).await,
            ConfirmationStep::ExpectPhoneRefused(answer) => {
                let status = self.answer_again(*answer).await;
                assert_eq!(status, 409, "{place}");
            }
            ConfirmationStep::AdvanceSeconds(seconds) => {
                self.env.clock.advance(Duration::from_secs(*seconds));
                self.at_weavr("advance", &json!({ "seconds": seconds })).await;
            }
            ConfirmationStep::EndProviderSession => self.at_weavr("logout", &json!({})).await,
            ConfirmationStep::SetPaymentState(state) => {
                for id in &self.ids {
                    let path = format!("/resources/{id}/state");
                    let wish = json!({ "state": state.as_str() });
                    self.env.control(Method::POST, &path, wish).await;
                }
                self.poll_without_webhooks().await;
            }
            ConfirmationStep::ExpectExempt => {
                assert_eq!(self.made, (200, json!({"decision": "exempt"})), "{place}");
            }
            ConfirmationStep::ExpectRefused(refusal) => {
                let code = machine::refusal(*refusal);
                assert_eq!(self.made.1["code"], json!(code.as_str()), "{place}: {:?}", self.made);
                assert!(self.tabs.is_empty());
            }
            ConfirmationStep::ExpectFactors(factors) => {
                let factors: Vec<&str> = factors.iter().map(|factor| factor.as_str()).collect();
                self.until(place, |tab| offered(tab) == factors).await;
            }
            ConfirmationStep::ExpectScreen(part) => {
                self.until(place, |tab| machine::shows(&tab.screen(), part)).await;
            }
            ConfirmationStep::ExpectOutcome(outcome) => {
                for index in 0..self.tabs.len() {
                    self.at = index;
                    self.until(place, |tab| tab.end().is_some()).await;
                    let end = self.tab().end().map(machine::outcome_of);
                    assert_eq!(end.as_ref(), Some(outcome), "{place}");
                }
            }
            ConfirmationStep::ExpectPaymentState(state) => {
                for id in &self.ids {
                    let wish = json!({"id": id, "state": state.as_str(), "seconds": 60});
                    self.env.control(Method::POST, "/resources/wait", wish).await;
                }
            }
            ConfirmationStep::ExpectProviderCalls(expected) => {
                for (endpoint, times) in expected.counts() {
                    let path = format!("/calls?user={}&endpoint={endpoint}", self.customer.user);
                    let calls = self.env.control(Method::GET, &path, json!({})).await;
                    assert_eq!(calls.as_array().unwrap().len(), times, "{place}: {endpoint}: {calls}");
                }
            }
        }
    }

    async fn act(&mut self, action: &ConfirmationAction, place: &str) {
        match action {
            ConfirmationAction::Choose(factor) => self.choose(*factor, place).await,
            ConfirmationAction::OtherFactor => self.does(Event::OtherFactorWanted, place).await,
            ConfirmationAction::EnterCode(code) => self.enter(code, place).await,
            ConfirmationAction::EnterSentCode(sent) => {
                let code = self.code(*sent).await;
                self.enter(&code, place).await;
            }
            ConfirmationAction::Resend => {
                let View::Code {
                    resend_at: Some(resend_at),
                    ..
                } = self.tab().screen().view
                else {
                    panic!("{place}: no code can be requested: {:?}", self.tab().screen())
                };
                self.tab().wait_until(resend_at).await;
                self.does(Event::ResendWanted, place).await;
            }
            ConfirmationAction::Cancel => self.does(Event::CancelWanted, place).await,
            ConfirmationAction::Deny => self.does(Event::DenyWanted, place).await,
            ConfirmationAction::Reload => {
                let again = self.open_again().await;
                *self.tab() = again;
            }
            ConfirmationAction::OpenSecondTab => {
                let second = self.open_again().await;
                self.tabs.push(second);
                self.at = self.tabs.len() - 1;
            }
            ConfirmationAction::SwitchToFirstTab => self.at = 0,
        }
    }

    async fn enter(&mut self, code: &str, place: &str) {
        if let View::Code {
            not_before: Some(time), ..
        } = self.tab().screen().view
        {
            self.tab().wait_until(time).await;
        }
        self.does(Event::CodeEntered(machine::digits(code).unwrap()), place)
            .await;
    }

    /// Waits until a tab shows what it is to show. Changes arrive by themselves; the backend's sweeps are made here.
    async fn until(&mut self, place: &str, is_so: impl Fn(&Tab) -> bool) {
        let what = format!("{place}, from {:?}", self.tab().screen());
        waiting::within(&what, async {
            loop {
                self.tab().catch_up().await;
                if is_so(self.tab()) {
                    break;
                }
                self.env.backend.sweep().await.unwrap();
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    async fn choose(&mut self, factor: ConfirmationFactor, place: &str) {
        let factor = Factor::from_name(factor.as_str());
        let is_offered_instead = match self.tab().screen().view {
            View::Phone { code_instead, .. } => code_instead.as_ref() == Some(&factor),
            View::Choose { not_before, .. } => {
                self.tab().wait_until(not_before.unwrap_or_default()).await;
                true
            }
            View::Loading
            | View::Pin { .. }
            | View::Code { .. }
            | View::Hosted { .. }
            | View::Checking
            | View::Unreachable
            | View::CannotBeDoneHere
            | View::Cancelling
            | View::Done(_) => false,
        };
        if !is_offered_instead {
            self.does(Event::OtherFactorWanted, place).await;
        }
        self.does(Event::FactorChosen(factor), place).await;
    }

    async fn code(&self, wanted: SentCode) -> String {
        let status = match wanted {
            SentCode::Newest => "LIVE",
            SentCode::Superseded => "SUPERSEDED",
        };
        let newest = self.requests("SMS", status).await.pop().unwrap();
        newest["code"].as_str().unwrap().to_owned()
    }

    async fn requests(&self, channel: &str, status: &str) -> Vec<Value> {
        let path = format!("/requests?user={}", self.customer.user);
        let requests = self.env.control(Method::GET, &path, json!({})).await;
        let is_meant = |request: &&Value| {
            let is_of_channel = (request["channel"] == "SMS") == (channel == "SMS");
            is_of_channel && (status.is_empty() || request["status"] == status)
        };
        requests.as_array().unwrap().iter().filter(is_meant).cloned().collect()
    }

    async fn answer(&mut self, answer: PhoneAnswer) {
        let request = self.requests("PUSH", "LIVE").await.pop().unwrap();
        let path = format!("/requests/{}/{}", request["id"].as_str().unwrap(), answer.as_str());
        self.env.control(Method::POST, &path, json!({})).await;
        match answer {
            PhoneAnswer::Approve | PhoneAnswer::Reject => self.poll_without_webhooks().await,
            PhoneAnswer::Expire => {
                let lifetime = self.env.config.weavr.as_ref().unwrap().request_lifetime;
                self.env.clock.advance(lifetime);
            }
        }
    }

    async fn answer_again(&self, answer: PhoneAnswer) -> u16 {
        let request = self.requests("PUSH", "").await.pop().unwrap();
        let id = request["id"].as_str().unwrap();
        self.env.answer_request(id, answer.as_str()).await
    }

    /// Without webhooks the backend polls once its interval is over.
    async fn poll_without_webhooks(&self) {
        if !self.has_webhooks {
            self.env.poll().await;
        }
    }

    async fn at_weavr(&self, what: &str, body: &Value) {
        let path = format!("/customers/{}/{what}", self.customer.user);
        self.env.control(Method::POST, &path, body.clone()).await;
    }

    async fn fault(&self, fault: &Fault) {
        let mut fault = json!(fault);
        fault["for"] = json!(self.customer.user);
        self.env.control(Method::POST, "/faults", fault).await;
    }

    async fn open_again(&self) -> Tab {
        Tab::open(self.widget.as_ref().unwrap(), &self.env.clock).await
    }
}

/// The factors that a tab offers.
fn offered(tab: &Tab) -> Vec<String> {
    let View::Choose { choices, .. } = tab.screen().view else {
        return Vec::new();
    };
    let usable = choices.iter().filter(|choice| choice.usable);
    usable.map(|choice| choice.factor.as_str().to_owned()).collect()
}

/// Makes the payments at Weavr, as the partner's server does.
async fn payments(env: &WeavrEnv, customer: &TestCustomer, payment: PaymentKind) -> (&'static str, Vec<String>) {
    match payment {
        PaymentKind::SingleWire => (WIRES, vec![env.wire(customer, 125_050).await]),
        PaymentKind::BulkWires => {
            let euros = [env.wire(customer, 125_050).await, env.wire(customer, 9_900).await];
            let pounds = pounds(env, customer, 70_000).await;
            (WIRES, [euros.to_vec(), vec![pounds]].concat())
        }
        PaymentKind::SingleSend => (SENDS, vec![env.send(customer, 50_000).await]),
        PaymentKind::BulkSends => {
            let mut ids = Vec::new();
            for minor in [50_000, 60_000, 70_000] {
                ids.push(env.send(customer, minor).await);
            }
            (SENDS, ids)
        }
        PaymentKind::SmallWire => (WIRES, vec![env.wire(customer, 500).await]),
        PaymentKind::SmallWires => (
            WIRES,
            vec![env.wire(customer, 500).await, env.wire(customer, 700).await],
        ),
        PaymentKind::SmallSend => (SENDS, vec![env.send(customer, 500).await]),
        PaymentKind::SmallSends => (
            SENDS,
            vec![env.send(customer, 500).await, env.send(customer, 700).await],
        ),
        PaymentKind::UnknownId => (WIRES, vec!["115999999999999999".to_owned()]),
        PaymentKind::ForeignId => {
            let stranger = env.customer().await;
            let own = env.wire(customer, 125_050).await;
            (WIRES, vec![own, env.wire(&stranger, 125_050).await])
        }
        PaymentKind::MixedTypes => (
            WIRES,
            vec![env.wire(customer, 125_050).await, env.send(customer, 50_000).await],
        ),
        PaymentKind::Executed => {
            let id = env.wire(customer, 125_050).await;
            let path = format!("/resources/{id}/state");
            env.control(Method::POST, &path, json!({"state": "COMPLETED"})).await;
            (WIRES, vec![id])
        }
    }
}

/// A wire in pounds.
async fn pounds(env: &WeavrEnv, customer: &TestCustomer, minor: u64) -> String {
    let body = json!({
        "profileId": customer.wires,
        "sourceInstrument": {"type": "managed_accounts", "id": customer.gbp},
        "transferAmount": {"currency": "GBP", "amount": minor},
        "description": "INV 43",
        "destinationBeneficiary": {
            "name": "Harbour Ltd", "type": "BUSINESS", "accountNumber": "12345678", "sortCode": "112233",
        },
    });
    let (status, made) = env
        .multi(Method::POST, "/outgoing_wire_transfers", &customer.token, body)
        .await;
    assert_eq!(status, 200, "{made}");
    made["id"].as_str().unwrap().to_owned()
}
