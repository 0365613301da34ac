//! Running a flow: an outcome at the current node leads to the next node.

use serde_json::{Value, json};

use super::behaviour::{ConversationOutcome, ReportedEmail};
use super::flow::{Kind, Node};
use super::session::{Session, Status};
use crate::kit::json::set;

/// The code of every e-mail and SMS.
const CODE: &str = "111111";

/// Why a step is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepError {
    /// The session was not opened yet, or it has ended.
    NotInProgress,
    /// The node has several outcomes, and the caller named none.
    OutcomeNeeded,
    /// The session is at another node than the caller assumes.
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

/// The result of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeResult {
    Right,
    Wrong {
        attempts_left: u64,
    },
    /// It was the last attempt.
    Failed,
}

impl Session {
    /// The current node.
    pub(crate) fn current(&self) -> Option<Node> {
        self.flow.node(&self.node).cloned()
    }

    /// Enters a node. An end node, and one that the flow does not have, completes the session.
    pub(crate) fn go_to(&mut self, node: &str, now: i64) {
        self.wrong_codes = 0;
        self.touch(now);
        match self.flow.node(node) {
            Some(entered) if entered.kind != Kind::End => {
                node.clone_into(&mut self.node);
                let spoken = entered.prompt.strip_prefix("Say:").map(|text| text.trim().to_owned());
                if let Some(text) = spoken {
                    self.say(&text, true, now);
                }
            }
            Some(_) | None => self.finish(Status::Complete, now),
        }
    }

    /// Reports an outcome at the current node and enters the node that it leads to. An outcome that the flow does not know is
    /// reported as well, and ends the flow.
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
        let name = outcome
            .or(edge.map(|edge| edge.outcome.as_str()))
            .unwrap_or_default()
            .to_owned();
        let target = edge.map(|edge| edge.target.clone()).unwrap_or_default();
        let names_target = node.reports_target() && self.behaviour.conversation_outcome == ConversationOutcome::Target;
        let reported = if names_target && edge.is_some() { &target } else { &name };
        let mut report = json!({"type": node.type_name, "nodeId": node.id, "outcome": reported});
        if node.kind == Kind::Liveness && name == "inconclusive" {
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
            let reply = edge.map_or(name.as_str(), |edge| edge.outcome.as_str()).to_owned();
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

    /// Verifies a code that was entered at the current node.
    pub(crate) fn enter_code(&mut self, code: &str, now: i64) -> Result<CodeResult, StepError> {
        let node = self.current().ok_or(StepError::NotInProgress)?;
        if node.kind != Kind::Code {
            return Err(StepError::AnotherNode);
        }
        if code == CODE {
            self.step(Some("verified"), None, now)?;
            return Ok(CodeResult::Right);
        }
        self.wrong_codes = self.wrong_codes.saturating_add(1);
        self.touch(now);
        let attempts_left = node.max_attempts.saturating_sub(self.wrong_codes);
        if attempts_left > 0 {
            return Ok(CodeResult::Wrong { attempts_left });
        }
        self.step(Some("failed_unverified"), None, now)?;
        Ok(CodeResult::Failed)
    }
}

impl Node {
    /// Whether its report names the target node as the outcome.
    fn reports_target(&self) -> bool {
        matches!(
            self.type_name.as_str(),
            "conversation" | "data_validation" | "external_call" | "field_condition"
        )
    }

    /// The node in JSON, for the hosted page and the control API.
    pub(crate) fn to_json(&self) -> Value {
        let outcomes: Vec<Value> = self
            .edges
            .iter()
            .map(|edge| json!({"outcome": edge.outcome, "condition": edge.condition}))
            .collect();
        json!({"id": self.id, "type": self.type_name, "prompt": self.prompt, "outcomes": outcomes})
    }
}
