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
        weavr_env::{Confirmations, Payer, SENDS, WIRES},
    },
    tab::{Tab, digits},
};

/// Where a story has got to.
struct Stage {
    world: Confirmations,
    payer: Payer,
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
        let world = Confirmations::with(|config| {
            if let (Some(weavr), Some(seconds)) = (&mut config.weavr, setup.request_lifetime) {
                weavr.request_lifetime = Duration::from_secs(seconds);
            }
        })
        .await;
        let hears = setup.webhooks.is_none();
        if hears {
            world.tell(json!({})).await;
        }
        let mut about = json!({});
        for (name, wish) in [("factors", &setup.factors), ("behaviour", &setup.behaviour)] {
            if let Some(wish) = wish {
                about[name] = wish.clone();
            }
        }
        let payer = world.payer_who(about).await;
        let (kind, ids) = payments(&world, &payer, pay).await;
        let mut stage = Self {
            world,
            payer,
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
        let reply = stage.world.confirm(&stage.payer, kind, &stage.ids).await;
        if reply.body["decision"] == "held" {
            let widget = stage.world.widget(&reply.body);
            stage.tabs.push(Tab::open(&widget, &stage.world.clock).await);
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
                self.world.clock.advance(Duration::from_secs(*seconds));
                self.at_weavr("advance", &json!({ "seconds": seconds })).await;
            }
            Step::Logout(Yes) => self.at_weavr("logout", &json!({})).await,
            Step::Force(state) => {
                for id in &self.ids {
                    let path = format!("/resources/{id}/state");
                    self.world.control(Method::POST, &path, json!({ "state": state })).await;
                }
                self.asked_for_news().await;
            }
            Step::Fault(fault) => self.fault(fault).await,
            Step::Resources(state) => {
                for id in &self.ids {
                    let wish = json!({"id": id, "state": state, "seconds": 60});
                    self.world.control(Method::POST, "/resources/wait", wish).await;
                }
            }
            Step::Calls(expected) => {
                for (endpoint, times) in expected {
                    let path = format!("/calls?user={}&endpoint={endpoint}", self.payer.user);
                    let calls = self.world.control(Method::GET, &path, json!({})).await;
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
                self.world.backend.sweep().await.unwrap();
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
        let path = format!("/requests?user={}", self.payer.user);
        let requests = self.world.control(Method::GET, &path, json!({})).await;
        let is_meant = |request: &&Value| {
            let is_of_channel = (request["channel"] == "SMS") == (channel == "SMS");
            is_of_channel && (status.is_empty() || request["status"] == status)
        };
        requests.as_array().unwrap().iter().filter(is_meant).cloned().collect()
    }

    async fn answer(&mut self, answer: Answer) {
        let request = self.requests("PUSH", "LIVE").await.pop().unwrap();
        let path = format!("/requests/{}/{}", request["id"].as_str().unwrap(), answer.as_str());
        self.world.control(Method::POST, &path, json!({})).await;
        match answer {
            Answer::Approve | Answer::Reject => self.asked_for_news().await,
            Answer::Expire => {
                let lifetime = self.world.config.weavr.as_ref().unwrap().request_lifetime;
                self.world.clock.advance(lifetime);
            }
        }
    }

    async fn answer_again(&self, answer: Answer) -> u16 {
        let request = self.requests("PUSH", "").await.pop().unwrap();
        let id = request["id"].as_str().unwrap();
        let url = format!(
            "{}/control/weavr/requests/{id}/{}",
            self.world.sandbox.base_url(),
            answer.as_str()
        );
        let call = self.world.control.post(url).header("content-type", "application/json");
        call.body("{}").send().await.unwrap().status().as_u16()
    }

    /// Where nothing is told, the backend asks when its time has come.
    async fn asked_for_news(&self) {
        if !self.hears {
            self.world.poll().await;
        }
    }

    async fn at_weavr(&self, what: &str, body: &Value) {
        let path = format!("/customers/{}/{what}", self.payer.user);
        self.world.control(Method::POST, &path, body.clone()).await;
    }

    async fn fault(&self, fault: &Value) {
        let mut fault = fault.clone();
        fault["for"] = json!(self.payer.user);
        self.world.control(Method::POST, "/faults", fault).await;
    }

    async fn open_again(&self) -> Tab {
        Tab::open(self.widget.as_ref().unwrap(), &self.world.clock).await
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
async fn payments(world: &Confirmations, payer: &Payer, pay: Pay) -> (&'static str, Vec<String>) {
    match pay {
        Pay::SingleWire => (WIRES, vec![world.wire(payer, 125_050).await]),
        Pay::BulkWires => {
            let euros = [world.wire(payer, 125_050).await, world.wire(payer, 9_900).await];
            let pounds = pounds(world, payer, 70_000).await;
            (WIRES, [euros.to_vec(), vec![pounds]].concat())
        }
        Pay::SingleSend => (SENDS, vec![world.send(payer, 50_000).await]),
        Pay::BulkSends => {
            let mut ids = Vec::new();
            for minor in [50_000, 60_000, 70_000] {
                ids.push(world.send(payer, minor).await);
            }
            (SENDS, ids)
        }
        Pay::SmallWire => (WIRES, vec![world.wire(payer, 500).await]),
        Pay::SmallWires => (WIRES, vec![world.wire(payer, 500).await, world.wire(payer, 700).await]),
        Pay::SmallSend => (SENDS, vec![world.send(payer, 500).await]),
        Pay::SmallSends => (SENDS, vec![world.send(payer, 500).await, world.send(payer, 700).await]),
        Pay::UnknownId => (WIRES, vec!["115999999999999999".to_owned()]),
        Pay::ForeignId => {
            let stranger = world.payer().await;
            let own = world.wire(payer, 125_050).await;
            (WIRES, vec![own, world.wire(&stranger, 125_050).await])
        }
        Pay::MixedTypes => (
            WIRES,
            vec![world.wire(payer, 125_050).await, world.send(payer, 50_000).await],
        ),
        Pay::Executed => {
            let id = world.wire(payer, 125_050).await;
            let path = format!("/resources/{id}/state");
            world.control(Method::POST, &path, json!({"state": "COMPLETED"})).await;
            (WIRES, vec![id])
        }
    }
}

/// A wire in pounds.
async fn pounds(world: &Confirmations, payer: &Payer, minor: u64) -> String {
    let body = json!({
        "profileId": payer.wires,
        "sourceInstrument": {"type": "managed_accounts", "id": payer.gbp},
        "transferAmount": {"currency": "GBP", "amount": minor},
        "description": "INV 43",
        "destinationBeneficiary": {
            "name": "Harbour Ltd", "type": "BUSINESS", "accountNumber": "12345678", "sortCode": "112233",
        },
    });
    let (status, made) = world
        .multi(Method::POST, "/outgoing_wire_transfers", &payer.token, body)
        .await;
    assert_eq!(status, 200, "{made}");
    made["id"].as_str().unwrap().to_owned()
}
