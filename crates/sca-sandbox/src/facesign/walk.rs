//! Walking a flow: one outcome at a node, one step on.

use serde_json::{Value, json};

use super::behaviour::{ConversationOutcome, ReportedEmail};
use super::flow::{Kind, Node};
use super::session::{Session, Status};
use crate::field::set;

/// The code of every e-mail and SMS.
const CODE: &str = "111111";

/// Why a step cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepError {
    /// The session is not in progress: open it first, or it is over.
    NotInProgress,
    /// The node has several ways out: name one.
    OutcomeNeeded,
    /// It is at another node.
    AnotherNode,
}

impl StepError {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::NotInProgress => "the session is not in progress",
            Self::OutcomeNeeded => "the node has several outcomes, name one",
            Self::AnotherNode => "the session is at another node",
        }
    }
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeVerdict {
    Right,
    Wrong {
        left: u64,
    },
    /// It was the last try.
    Failed,
}

impl Session {
    /// The node it is at.
    pub(crate) fn current(&self) -> Option<Node> {
        self.flow.node(&self.node).cloned()
    }

    /// Arrives at a node; at an end, or where the flow leads nowhere, the session is complete.
    pub(crate) fn go_to(&mut self, node: &str, now: i64) {
        self.codes_entered = 0;
        self.touch(now);
        match self.flow.node(node) {
            Some(arrived) if arrived.kind != Kind::End => {
                node.clone_into(&mut self.node);
                let spoken = arrived.prompt.strip_prefix("Say:").map(|text| text.trim().to_owned());
                if let Some(text) = spoken {
                    self.say(&text, true, now);
                }
            }
            Some(_) | None => self.finish(Status::Complete, now),
        }
    }

    /// Reports an outcome at the current node and goes where it leads. An outcome that the flow does not know is reported all
    /// the same, and ends the flow.
    pub(crate) fn step(&mut self, outcome: Option<&str>, reason: Option<&str>, now: i64) -> Result<(), StepError> {
        if self.status != Status::InProgress {
            return Err(StepError::NotInProgress);
        }
        let node = self.current().ok_or(StepError::NotInProgress)?;
        let edge = match (outcome, node.edges.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => return Err(StepError::OutcomeNeeded),
            (Some(outcome), edges) => edges.iter().find(|edge| edge.outcome == outcome),
        };
        let said = outcome
            .or(edge.map(|edge| edge.outcome.as_str()))
            .unwrap_or_default()
            .to_owned();
        let target = edge.map(|edge| edge.target.clone()).unwrap_or_default();
        let names_target = node.reports_target() && self.behaviour.conversation_outcome == ConversationOutcome::Target;
        let reported = if names_target && edge.is_some() { &target } else { &said };
        let mut report = json!({"type": node.type_name, "nodeId": node.id, "outcome": reported});
        if node.kind == Kind::Liveness && said == "inconclusive" {
            set(
                &mut report,
                "inconclusiveReason",
                json!(reason.unwrap_or("unknown_verdict")),
            );
        }
        if node.kind == Kind::Code
            && let Some(email) = self.reported_email()
        {
            set(&mut report, "report", json!({"email": email}));
        }
        self.report(report, now);
        if node.kind == Kind::Conversation && node.edges.len() > 1 {
            let reply = edge.map_or(said.as_str(), |edge| edge.outcome.as_str()).to_owned();
            self.say(&reply, false, now);
        }
        self.go_to(&target, now);
        Ok(())
    }

    fn reported_email(&self) -> Option<String> {
        match self.behaviour.reported_email {
            ReportedEmail::Plain => self.email().map(ToOwned::to_owned),
            ReportedEmail::Masked => self.masked_email(),
            ReportedEmail::Absent => None,
        }
    }

    fn email(&self) -> Option<&str> {
        self.settings.pointer("/providedData/email").and_then(Value::as_str)
    }

    /// `a***@example.com`.
    pub(crate) fn masked_email(&self) -> Option<String> {
        self.email().map(|email| match email.split_once('@') {
            Some((name, host)) => {
                let first: String = name.chars().take(1).collect();
                format!("{first}***@{host}")
            }
            None => "***".to_owned(),
        })
    }

    /// A code was entered at the current node.
    pub(crate) fn enter_code(&mut self, code: &str, now: i64) -> Result<CodeVerdict, StepError> {
        let node = self.current().ok_or(StepError::NotInProgress)?;
        if node.kind != Kind::Code {
            return Err(StepError::AnotherNode);
        }
        if code == CODE {
            self.step(Some("verified"), None, now)?;
            return Ok(CodeVerdict::Right);
        }
        self.codes_entered = self.codes_entered.saturating_add(1);
        self.touch(now);
        let left = node.max_attempts.saturating_sub(self.codes_entered);
        if left > 0 {
            return Ok(CodeVerdict::Wrong { left });
        }
        self.step(Some("failed_unverified"), None, now)?;
        Ok(CodeVerdict::Failed)
    }
}

impl Node {
    /// Whether the outcome that its report names is a node.
    fn reports_target(&self) -> bool {
        matches!(
            self.type_name.as_str(),
            "conversation" | "data_validation" | "external_call" | "field_condition"
        )
    }

    /// As the hosted page and the control API see it.
    pub(crate) fn to_json(&self) -> Value {
        let outcomes: Vec<Value> = self
            .edges
            .iter()
            .map(|edge| json!({"outcome": edge.outcome, "condition": edge.condition}))
            .collect();
        json!({"id": self.id, "type": self.type_name, "prompt": self.prompt, "outcomes": outcomes})
    }
}
