//! Plays a story.

use std::time::Duration;

use axum::http::Method;
use sca_protocol::{
    Availability,
    flow::{Event, Notice, View},
};
use serde_json::{Value, json};

use crate::{
    story::{Answer, Pay, Setup, Sight, Step, Story, Yes, factor},
    support::{
        Widget, waiting,
        weavr_env::{SENDS, TestCustomer, WIRES, WeavrEnv},
    },
    tab::{Tab, digits},
};

/// Where a story has got to.
struct Stage {
    env: WeavrEnv,
    customer: TestCustomer,
    hears: bool,
    ids: Vec<String>,
    /// What the backend said when it was asked for an approval.
    made: (u16, Value),
    widget: Option<Widget>,
    tabs: Vec<Tab>,
    at: usize,
}

pub(crate) async fn play(story: &Story) {
    let mut stage = Stage::set(&story.setup, story.pay).await;
    for (number, step) in (1..).zip(&story.steps) {
        let place = format!("{} step {number}, {step:?}", story.story);
        stage.play(step, &place).await;
    }
    assert!(
        stage.tabs.iter().all(|tab| tab.end().is_some()),
        "{}: the story has no end",
        story.story
    );
}

impl Stage {
    async fn set(setup: &Setup, pay: Pay) -> Self {
        let env = WeavrEnv::with(|config| {
            if let (Some(weavr), Some(seconds)) = (&mut config.weavr, setup.request_lifetime) {
                weavr.request_lifetime = seconds;
            }
        })
        .await;
        let hears = setup.webhooks.is_none();
        if hears {
            env.send_webhooks(json!({})).await;
        }
        let mut about = json!({});
        for (name, wish) in [("factors", &setup.factors), ("behaviour", &setup.behaviour)] {
            if let Some(wish) = wish {
                about[name] = wish.clone();
            }
        }
        let customer = env.customer_with(about).await;
        let (kind, ids) = payments(&env, &customer, pay).await;
        let mut stage = Self {
            env,
            customer,
            hears,
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

    async fn play(&mut self, step: &Step, place: &str) {
        match step {
            Step::Exempt(Yes) => assert_eq!(self.made, (200, json!({"decision": "exempt"})), "{place}"),
            Step::Refused(code) => {
                assert_eq!(self.made.1["code"], json!(code), "{place}: {:?}", self.made);
                assert!(self.tabs.is_empty());
            }
            Step::Ways(names) => {
                let names = names.clone();
                self.until(place, |tab| ways(tab) == names).await;
            }
            Step::Choose(name) => self.choose(name, place).await,
            Step::Code(code) => {
                let code = self.code(code).await;
                if let View::Code {
                    not_before: Some(time), ..
                } = self.tab().screen().view
                {
                    self.tab().wait_until(time).await;
                }
                self.does(Event::CodeEntered(digits(&code)), place).await;
            }
            Step::Resend(Yes) => {
                let View::Code { resend_at, .. } = self.tab().screen().view else {
                    panic!("{place}: no code is asked for: {:?}", self.tab().screen())
                };
                self.tab().wait_until(resend_at).await;
                self.does(Event::ResendWanted, place).await;
            }
            Step::OtherWay(Yes) => self.does(Event::OtherWayWanted, place).await,
            Step::Cancel(Yes) => self.does(Event::CancelWanted, place).await,
            Step::Reload(Yes) => {
                let again = self.open_again().await;
                *self.tab() = again;
            }
            Step::SecondTab(Yes) => {
                let second = self.open_again().await;
                self.tabs.push(second);
                self.at = self.tabs.len() - 1;
            }
            Step::FirstTab(Yes) => self.at = 0,
            Step::Sees(sight) => self.until(place, |tab| sees(tab, *sight)).await,
            Step::Phone(answer) => self.answer(*answer).await,
            Step::PhoneAgain(answer) => {
                let status = self.answer_again(*answer).await;
                assert_eq!(status, 409, "{place}");
            }
            Step::Advance(seconds) => {
                self.env.clock.advance(Duration::from_secs(*seconds));
                self.at_weavr("advance", &json!({ "seconds": seconds })).await;
            }
            Step::Logout(Yes) => self.at_weavr("logout", &json!({})).await,
            Step::Force(state) => {
                for id in &self.ids {
                    let path = format!("/resources/{id}/state");
                    self.env.control(Method::POST, &path, json!({ "state": state })).await;
                }
                self.asked_for_news().await;
            }
            Step::Fault(fault) => self.fault(fault).await,
            Step::Resources(state) => {
                for id in &self.ids {
                    let wish = json!({"id": id, "state": state, "seconds": 60});
                    self.env.control(Method::POST, "/resources/wait", wish).await;
                }
            }
            Step::Calls(expected) => {
                for (endpoint, times) in expected {
                    let path = format!("/calls?user={}&endpoint={endpoint}", self.customer.user);
                    let calls = self.env.control(Method::GET, &path, json!({})).await;
                    assert_eq!(calls.as_array().unwrap().len(), *times, "{place}: {endpoint}: {calls}");
                }
            }
            Step::End { outcome, reason } => {
                for index in 0..self.tabs.len() {
                    self.at = index;
                    self.until(place, |tab| tab.end().is_some()).await;
                    let end = self.tab().end().unwrap();
                    assert_eq!(end.as_str(), outcome, "{place}: {end:?}");
                    assert_eq!(end.reason().map(|reason| reason.as_str()), reason.as_deref(), "{place}");
                }
            }
        }
    }

    /// Waits until a tab shows what it is to show. OutboundEvent comes by itself; the backend's own rounds are made here.
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

    async fn choose(&mut self, name: &str, place: &str) {
        let factor = factor(name);
        let is_offered_instead = match self.tab().screen().view {
            View::Phone { code_instead, .. } => code_instead.as_ref() == Some(&factor),
            View::Choose { not_before, .. } => {
                self.tab().wait_until(not_before.unwrap_or_default()).await;
                true
            }
            View::Loading
            | View::Pin { .. }
            | View::Code { .. }
            | View::Face { .. }
            | View::Checking
            | View::Unreachable
            | View::CannotBeDoneHere
            | View::Cancelling
            | View::Done(_) => false,
        };
        if !is_offered_instead {
            self.does(Event::OtherWayWanted, place).await;
        }
        self.does(Event::FactorChosen(factor), place).await;
    }

    /// The code of the newest message, of one that another took the place of, or these digits.
    async fn code(&self, wanted: &str) -> String {
        let status = match wanted {
            "newest" => "LIVE",
            "superseded" => "SUPERSEDED",
            digits => return digits.to_owned(),
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

    async fn answer(&mut self, answer: Answer) {
        let request = self.requests("PUSH", "LIVE").await.pop().unwrap();
        let path = format!("/requests/{}/{}", request["id"].as_str().unwrap(), answer.as_str());
        self.env.control(Method::POST, &path, json!({})).await;
        match answer {
            Answer::Approve | Answer::Reject => self.asked_for_news().await,
            Answer::Expire => {
                let lifetime = self.env.config.weavr.as_ref().unwrap().request_lifetime;
                self.env.clock.advance(Duration::from_secs(lifetime));
            }
        }
    }

    async fn answer_again(&self, answer: Answer) -> u16 {
        let request = self.requests("PUSH", "").await.pop().unwrap();
        let id = request["id"].as_str().unwrap();
        self.env.answer_request(id, answer.as_str()).await
    }

    /// Where nothing is told, the backend asks when its time has come.
    async fn asked_for_news(&self) {
        if !self.hears {
            self.env.poll().await;
        }
    }

    async fn at_weavr(&self, what: &str, body: &Value) {
        let path = format!("/customers/{}/{what}", self.customer.user);
        self.env.control(Method::POST, &path, body.clone()).await;
    }

    async fn fault(&self, fault: &Value) {
        let mut fault = fault.clone();
        fault["for"] = json!(self.customer.user);
        self.env.control(Method::POST, "/faults", fault).await;
    }

    async fn open_again(&self) -> Tab {
        Tab::open(self.widget.as_ref().unwrap(), &self.env.clock).await
    }
}

fn sees(tab: &Tab, sight: Sight) -> bool {
    let screen = tab.screen();
    let notice = screen.notice.as_ref();
    match sight {
        Sight::Choice => matches!(screen.view, View::Choose { starting: None, .. }),
        Sight::Code => matches!(screen.view, View::Code { submitting: false, .. }),
        Sight::Phone => matches!(screen.view, View::Phone { .. }),
        Sight::Wrong => matches!(notice, Some(Notice::Wrong { .. })),
        Sight::LastAttempt => screen.last_entry,
        Sight::CodeExpired => notice == Some(&Notice::CodeExpired),
        Sight::RequestExpired => notice == Some(&Notice::RequestExpired),
        Sight::SentAgain => matches!(notice, Some(Notice::Sent(_))),
        Sight::Wait => matches!(notice, Some(Notice::Wait { .. })),
        Sight::WayBlocked => {
            if let View::Choose { choices, .. } = &screen.view {
                choices
                    .iter()
                    .any(|choice| choice.availability == Availability::Blocked)
            } else {
                false
            }
        }
    }
}

fn ways(tab: &Tab) -> Vec<String> {
    let View::Choose { choices, .. } = tab.screen().view else {
        return Vec::new();
    };
    let usable = choices.iter().filter(|choice| choice.usable);
    usable.map(|choice| choice.factor.as_str().to_owned()).collect()
}

/// Makes the payments at Weavr, as the partner's server does.
async fn payments(env: &WeavrEnv, customer: &TestCustomer, pay: Pay) -> (&'static str, Vec<String>) {
    match pay {
        Pay::SingleWire => (WIRES, vec![env.wire(customer, 125_050).await]),
        Pay::BulkWires => {
            let euros = [env.wire(customer, 125_050).await, env.wire(customer, 9_900).await];
            let pounds = pounds(env, customer, 70_000).await;
            (WIRES, [euros.to_vec(), vec![pounds]].concat())
        }
        Pay::SingleSend => (SENDS, vec![env.send(customer, 50_000).await]),
        Pay::BulkSends => {
            let mut ids = Vec::new();
            for minor in [50_000, 60_000, 70_000] {
                ids.push(env.send(customer, minor).await);
            }
            (SENDS, ids)
        }
        Pay::SmallWire => (WIRES, vec![env.wire(customer, 500).await]),
        Pay::SmallWires => (
            WIRES,
            vec![env.wire(customer, 500).await, env.wire(customer, 700).await],
        ),
        Pay::SmallSend => (SENDS, vec![env.send(customer, 500).await]),
        Pay::SmallSends => (
            SENDS,
            vec![env.send(customer, 500).await, env.send(customer, 700).await],
        ),
        Pay::UnknownId => (WIRES, vec!["115999999999999999".to_owned()]),
        Pay::ForeignId => {
            let stranger = env.customer().await;
            let own = env.wire(customer, 125_050).await;
            (WIRES, vec![own, env.wire(&stranger, 125_050).await])
        }
        Pay::MixedTypes => (
            WIRES,
            vec![env.wire(customer, 125_050).await, env.send(customer, 50_000).await],
        ),
        Pay::Executed => {
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
