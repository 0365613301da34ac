//! The state of the bank: executions, notices and deliveries.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::phone_code::PhoneCode;
use crate::kit::call_log::{CallDetails, LoggedCall};
use crate::kit::faults::{All, EndpointFault};
use crate::kit::json::set;
use crate::kit::pipeline::ApiRecords;
use crate::kit::simulator::{Simulator, SimulatorState};

/// The two webhook receivers, and the two calls that verify a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Wires,
    Notices,
    PhoneCode,
    PhoneCheck,
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

/// What a notice is about.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NoticeSubject {
    pub(super) transfer: Option<String>,
    /// The partner's id of the customer.
    pub(super) customer: Option<String>,
}

/// One notice that was received.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    pub(super) webhook_id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(flatten)]
    pub(super) about: NoticeSubject,
    pub(super) deliveries: u32,
    /// Milliseconds.
    pub(super) received_at: i64,
    pub(super) body: Value,
}

/// A mail that the bank would send a customer, from a notice about one of their factors.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mail {
    /// The type of the notice, for example `factor.enrolled`.
    #[serde(rename = "type")]
    kind: String,
    enrolment: Option<String>,
    factor: Option<String>,
    device: Option<String>,
    /// When it happened, in milliseconds.
    happened_at: i64,
}

/// The details of a message in the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    /// Real milliseconds.
    pub(super) at: i64,
    pub(super) endpoint: Endpoint,
    /// From the header, verified or not.
    pub(super) webhook_id: Option<String>,
    pub(super) transfer: Option<String>,
    /// The partner's id of the customer.
    pub(super) customer: Option<String>,
    pub(super) verified: bool,
    pub(super) outcome: Outcome,
}

impl CallDetails for Details {
    type Filter = All;

    fn is_selected(_call: &LoggedCall<Self>, All {}: &All) -> bool {
        true
    }
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

/// A handle on the simulated bank.
pub(crate) type Bank = Simulator<BankState>;

/// The state behind the receivers.
#[derive(Debug)]
pub(crate) struct BankState {
    pub(super) secrets: Vec<String>,
    pub(super) executions: Vec<Execution>,
    pub(super) notices: Vec<Notice>,
    pub(super) phone_codes: Vec<PhoneCode>,
    /// The numbers that no code can be sent to.
    pub(super) unreachable: BTreeSet<String>,
    pub(super) records: ApiRecords<EndpointFault<Endpoint>, Details>,
    pub(super) revision: u64,
}

impl Default for BankState {
    fn default() -> Self {
        Self {
            secrets: vec!["whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=".to_owned()],
            executions: Vec::new(),
            notices: Vec::new(),
            phone_codes: Vec::new(),
            unreachable: BTreeSet::new(),
            records: ApiRecords::default(),
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
        about: NoticeSubject,
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
            about,
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
        let is_meant =
            |details: &Details| details.endpoint == Endpoint::Wires && details.transfer.as_deref() == Some(transfer);
        let calls = self.records.calls.calls();
        calls.filter(|call| is_meant(&call.details)).count()
    }

    /// What the bank would mail a customer about their factors, in the order in which it happened: notices may arrive in another. Of two
    /// at one time the removal is first, since a changed PIN is removed and then enrolled.
    pub(super) fn mail_to(&self, customer: &str) -> Vec<Mail> {
        let is_meant =
            |notice: &&Notice| notice.about.customer.as_deref() == Some(customer) && notice.kind.starts_with("factor.");
        let mut mails: Vec<Mail> = self.notices.iter().filter(is_meant).map(Mail::about).collect();
        mails.sort_by_key(|mail| (mail.happened_at, mail.kind != "factor.removed"));
        mails
    }

    /// Clears everything but the secrets. Sequence numbers continue.
    pub(super) fn clear(&mut self) {
        self.executions.clear();
        self.notices.clear();
        self.phone_codes.clear();
        self.unreachable.clear();
        self.records.faults.clear(&All {});
        self.records.calls.clear();
        self.revision = self.revision.wrapping_add(1);
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

impl Mail {
    fn about(notice: &Notice) -> Self {
        let text = |path| text_at(&notice.body, path);
        let sent: Option<Timestamp> = text("/timestamp").and_then(|time| time.parse().ok());
        Self {
            kind: notice.kind.clone(),
            enrolment: text("/data/enrolment"),
            factor: text("/data/factor"),
            device: text("/data/device"),
            happened_at: sent.map_or(notice.received_at, Timestamp::as_millisecond),
        }
    }
}

/// A text in a message.
pub(super) fn text_at(message: &Value, path: &str) -> Option<String> {
    message.pointer(path).and_then(Value::as_str).map(ToOwned::to_owned)
}
