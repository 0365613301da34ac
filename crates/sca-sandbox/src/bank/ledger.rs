//! What the bank has done, and what it was told.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::field::set;
use crate::mishap::{Script, Scripted};

/// The two receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Wires,
    Notices,
}

/// One execution of a wire.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) webhook_id: String,
    pub(crate) transfer: String,
    pub(crate) version: Value,
    /// How often the message was received, this one included.
    pub(crate) deliveries: u32,
    /// Milliseconds.
    pub(crate) executed_at: i64,
    /// The message as it was received first.
    pub(crate) body: Value,
}

/// One thing that the bank was told.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    pub(crate) webhook_id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) transfer: Option<String>,
    pub(crate) deliveries: u32,
    /// Milliseconds.
    pub(crate) received_at: i64,
    pub(crate) body: Value,
}

/// One message that arrived, whatever became of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    /// From 1.
    pub(crate) sequence: u64,
    /// Milliseconds.
    pub(crate) at: i64,
    pub(crate) endpoint: Endpoint,
    /// Unverified.
    pub(crate) webhook_id: Option<String>,
    pub(crate) transfer: Option<String>,
    pub(crate) verified: bool,
    pub(crate) outcome: Outcome,
    /// `null` while it is being answered, and for ever when its connection was cut off.
    pub(crate) status: Option<u16>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Outcome {
    Executed,
    Recorded,
    /// Known already; nothing was done.
    Duplicate,
    /// Not verified, or not understood.
    Refused,
    /// A scripted fault came first.
    Lost,
}

/// The bank's books.
#[derive(Debug)]
pub(crate) struct Bank {
    pub(crate) secrets: Vec<String>,
    pub(crate) executions: Vec<Entry>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) deliveries: Vec<Delivery>,
    received: u64,
    pub(crate) faults: Script<Scripted<Endpoint>>,
    /// Counts changes.
    pub(crate) revision: u64,
}

impl Default for Bank {
    fn default() -> Self {
        Self {
            secrets: vec!["whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=".to_owned()],
            executions: Vec::new(),
            notices: Vec::new(),
            deliveries: Vec::new(),
            received: 0,
            faults: Script::default(),
            revision: 0,
        }
    }
}

impl Bank {
    /// Notes a message on arrival; its number is for the other two.
    pub(crate) fn arrive(
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

    /// A message of which something is learnt.
    pub(crate) fn delivery(&mut self, sequence: u64) -> Option<&mut Delivery> {
        self.revision = self.revision.wrapping_add(1);
        self.deliveries
            .iter_mut()
            .rev()
            .find(|delivery| delivery.sequence == sequence)
    }

    /// Executes a wire, unless this message was received before.
    pub(crate) fn execute(&mut self, webhook_id: &str, transfer: &str, body: Value, now: i64) -> Outcome {
        if let Some(entry) = self.executions.iter_mut().find(|entry| entry.webhook_id == webhook_id) {
            entry.deliveries = entry.deliveries.saturating_add(1);
            return Outcome::Duplicate;
        }
        self.executions.push(Entry {
            webhook_id: webhook_id.to_owned(),
            transfer: transfer.to_owned(),
            version: body.pointer("/data/version").cloned().unwrap_or_default(),
            deliveries: 1,
            executed_at: now,
            body,
        });
        Outcome::Executed
    }

    /// Keeps a notice, unless it was received before.
    pub(crate) fn record(
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

    /// How often a transfer was executed.
    pub(crate) fn executions_of(&self, transfer: &str) -> impl Iterator<Item = &Entry> {
        self.executions.iter().filter(move |entry| entry.transfer == transfer)
    }

    /// How many messages to execute it have arrived.
    pub(crate) fn deliveries_of(&self, transfer: &str) -> usize {
        self.deliveries
            .iter()
            .filter(|delivery| delivery.endpoint == Endpoint::Wires && delivery.transfer.as_deref() == Some(transfer))
            .count()
    }

    /// Forgets everything but its secrets.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            secrets: std::mem::take(&mut self.secrets),
            received: self.received,
            revision: self.revision.wrapping_add(1),
            ..Self::default()
        };
    }

    /// What the shop sees of a transfer.
    pub(crate) fn wire(&self, transfer: &str) -> Value {
        let mut executions = self.executions_of(transfer);
        let first = executions.next();
        let count = executions.count().saturating_add(usize::from(first.is_some()));
        let mut wire = serde_json::json!({
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
