//! The state of the bank: executions, notices and deliveries.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kit::faults::{EndpointFault, FaultScript};
use crate::kit::json::set;
use crate::kit::simulator::SimulatorState;

/// The two webhook receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Wires,
    Notices,
}

/// One execution of a wire.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Execution {
    pub(super) webhook_id: String,
    pub(super) transfer: String,
    pub(super) version: Value,
    /// How often the message was received, this one included.
    pub(super) deliveries: u32,
    /// Milliseconds.
    pub(super) executed_at: i64,
    /// The message as it was received first.
    pub(super) body: Value,
}

/// One notice that was received.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    pub(super) webhook_id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) transfer: Option<String>,
    pub(super) deliveries: u32,
    /// Milliseconds.
    pub(super) received_at: i64,
    pub(super) body: Value,
}

/// One message that arrived, whatever its outcome.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    /// From 1.
    pub(super) sequence: u64,
    /// Milliseconds.
    pub(super) at: i64,
    pub(super) endpoint: Endpoint,
    /// As the header says, verified or not.
    pub(super) webhook_id: Option<String>,
    pub(super) transfer: Option<String>,
    pub(super) verified: bool,
    pub(super) outcome: Outcome,
    /// `null` until the response is sent; it stays `null` when the connection was reset.
    pub(super) status: Option<u16>,
}

/// The outcome of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Outcome {
    Executed,
    Recorded,
    /// Received before; nothing was done.
    Duplicate,
    /// The signature is not valid, or the message is not understood.
    Refused,
    /// A scripted fault came before it.
    Lost,
}

/// The state behind the receivers.
#[derive(Debug)]
pub(crate) struct BankState {
    pub(super) secrets: Vec<String>,
    pub(super) executions: Vec<Execution>,
    pub(super) notices: Vec<Notice>,
    pub(super) deliveries: Vec<Delivery>,
    received: u64,
    pub(super) faults: FaultScript<EndpointFault<Endpoint>>,
    revision: u64,
}

impl Default for BankState {
    fn default() -> Self {
        Self {
            secrets: vec!["whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=".to_owned()],
            executions: Vec::new(),
            notices: Vec::new(),
            deliveries: Vec::new(),
            received: 0,
            faults: FaultScript::default(),
            revision: 0,
        }
    }
}

impl SimulatorState for BankState {
    fn revision(&self) -> u64 {
        self.revision
    }
}

impl BankState {
    /// Logs a message on arrival. Returns its sequence number.
    pub(super) fn arrive(
        &mut self,
        endpoint: Endpoint,
        webhook_id: Option<String>,
        transfer: Option<String>,
        at: i64,
    ) -> u64 {
        self.received = self.received.saturating_add(1);
        self.revision = self.revision.wrapping_add(1);
        self.deliveries.push(Delivery {
            sequence: self.received,
            at,
            endpoint,
            webhook_id,
            transfer,
            verified: false,
            outcome: Outcome::Lost,
            status: None,
        });
        self.received
    }

    /// The log entry of a message, to be changed.
    pub(super) fn delivery(&mut self, sequence: u64) -> Option<&mut Delivery> {
        self.revision = self.revision.wrapping_add(1);
        self.deliveries
            .iter_mut()
            .rev()
            .find(|delivery| delivery.sequence == sequence)
    }

    /// Executes a wire, unless this message was received before.
    pub(super) fn execute(&mut self, webhook_id: &str, transfer: &str, body: Value, now: i64) -> Outcome {
        if let Some(execution) = self
            .executions
            .iter_mut()
            .find(|execution| execution.webhook_id == webhook_id)
        {
            execution.deliveries = execution.deliveries.saturating_add(1);
            return Outcome::Duplicate;
        }
        self.executions.push(Execution {
            webhook_id: webhook_id.to_owned(),
            transfer: transfer.to_owned(),
            version: body.pointer("/data/version").cloned().unwrap_or_default(),
            deliveries: 1,
            executed_at: now,
            body,
        });
        Outcome::Executed
    }

    /// Records a notice, unless it was received before.
    pub(super) fn record(
        &mut self,
        webhook_id: &str,
        kind: &str,
        transfer: Option<String>,
        body: Value,
        now: i64,
    ) -> Outcome {
        if let Some(notice) = self.notices.iter_mut().find(|notice| notice.webhook_id == webhook_id) {
            notice.deliveries = notice.deliveries.saturating_add(1);
            return Outcome::Duplicate;
        }
        self.notices.push(Notice {
            webhook_id: webhook_id.to_owned(),
            kind: kind.to_owned(),
            transfer,
            deliveries: 1,
            received_at: now,
            body,
        });
        Outcome::Recorded
    }

    /// The executions of a transfer.
    pub(super) fn executions_of(&self, transfer: &str) -> impl Iterator<Item = &Execution> {
        self.executions
            .iter()
            .filter(move |execution| execution.transfer == transfer)
    }

    /// How many messages to execute a transfer arrived.
    pub(super) fn deliveries_of(&self, transfer: &str) -> usize {
        self.deliveries
            .iter()
            .filter(|delivery| delivery.endpoint == Endpoint::Wires && delivery.transfer.as_deref() == Some(transfer))
            .count()
    }

    /// Clears everything but the secrets and the sequence numbers.
    pub(super) fn clear(&mut self) {
        *self = Self {
            secrets: std::mem::take(&mut self.secrets),
            received: self.received,
            revision: self.revision.wrapping_add(1),
            ..Self::default()
        };
    }

    /// What the shop may know about a transfer.
    pub(super) fn wire(&self, transfer: &str) -> Value {
        let mut executions = self.executions_of(transfer);
        let first = executions.next();
        let count = executions.count().saturating_add(usize::from(first.is_some()));
        let mut wire = json!({
            "transfer": transfer,
            "state": if first.is_some() { "executed" } else { "unknown" },
            "executions": count,
            "deliveries": self.deliveries_of(transfer),
        });
        if let Some(first) = first {
            set(&mut wire, "executedAt", first.executed_at);
            set(&mut wire, "data", first.body.get("data").cloned().unwrap_or_default());
        }
        wire
    }
}
