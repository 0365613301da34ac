use sca_protocol::{Action, Reason, Status, Timestamp};
use serde_json::{Value, json};

use super::{Confirmation, Record, Transfer};

/// The type of an outbound event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// A transfer was approved: execute it, once for each message id.
    TransferExecute,
    /// A transfer was declined; with `escalate` where fraud is suspected.
    TransferBlocked,
    /// An approval has ended.
    ApprovalSettled,
    /// A payment was executed at the provider though its approval had ended without being approved.
    PaymentExecutedAfterSettlement,
}

impl EventType {
    /// Its name: `transfer.execute`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransferExecute => "transfer.execute",
            Self::TransferBlocked => "transfer.blocked",
            Self::ApprovalSettled => "approval.settled",
            Self::PaymentExecutedAfterSettlement => "payment.executed_after_settlement",
        }
    }
}

/// What another server is to be told about a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboundEvent {
    /// What it is about.
    pub kind: EventType,
    /// What there is to say: a JSON object.
    pub data: serde_json::Value,
}

/// What is to be told that was heard after the end.
#[derive(Clone, Debug, PartialEq)]
pub struct LateEvent {
    /// What there is to tell.
    pub event: OutboundEvent,
    /// Which payment it is about, where there can be event of several.
    pub resource: Option<String>,
    /// When it was heard.
    pub observed_at: Timestamp,
}

impl Record {
    /// What follows from this decision for others; written down together with it.
    ///
    /// Every end is told. A transfer that was approved is to be carried out, and one that was declined to be kept from being so:
    /// with `escalate` where somebody may be deceiving.
    #[must_use]
    pub fn outbound_events(&self) -> Vec<OutboundEvent> {
        let mut event = vec![OutboundEvent {
            kind: EventType::ApprovalSettled,
            data: json!({
                "id": self.id,
                "owner": self.owner,
                "status": self.status,
                "reason": self.reason,
                "transfer": self.source.transfer().map(|wire| &wire.transfer),
                "version": self.source.transfer().map(|wire| wire.version),
                "resourceType": self.source.confirmation().and_then(Confirmation::resource_kind),
                "resources": self.source.confirmation().map(Confirmation::resources),
                // Where it ended otherwise, these are carried out all the same.
                "cleared": self.source.confirmation().map(|_| &self.progress.confirming.cleared),
            }),
        }];
        let Some(wire) = self.source.transfer() else {
            return event;
        };
        match self.status {
            Status::Approved => event.push(OutboundEvent {
                kind: EventType::TransferExecute,
                data: self.transfer(wire),
            }),
            Status::Declined => {
                event.push(self.blocked(wire, self.reason.as_ref()));
            }
            Status::Pending | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {}
        }
        event
    }

    /// What was heard after the end and is to be told, where that is new since the record was as `before`.
    #[must_use]
    pub fn late_events(&self, before: &Self) -> Vec<LateEvent> {
        let alarm = self.progress.face.fraud_signal.as_ref();
        let alarm = alarm.filter(|_| before.progress.face.fraud_signal.is_none());
        let alarm = alarm.and_then(|alarm| {
            Some(LateEvent {
                event: self.fraud_signal_event()?,
                resource: None,
                observed_at: alarm.at,
            })
        });
        let known = &before.progress.confirming.executed_late;
        let executed_late = self.progress.confirming.executed_late.iter();
        let executed_late = executed_late
            .filter(|(id, _)| !known.contains_key(*id))
            .map(|(id, at)| LateEvent {
                event: self.executed_after_settlement_event(id),
                resource: Some(id.clone()),
                observed_at: *at,
            });
        alarm.into_iter().chain(executed_late).collect()
    }

    /// A payment is carried out whose approval ended otherwise: who makes it anew pays twice.
    fn executed_after_settlement_event(&self, id: &str) -> OutboundEvent {
        OutboundEvent {
            kind: EventType::PaymentExecutedAfterSettlement,
            data: json!({
                "id": self.id,
                "owner": self.owner,
                "status": self.status,
                "reason": self.reason,
                "resourceType": self.source.confirmation().and_then(Confirmation::resource_kind),
                "resources": self.source.confirmation().map(Confirmation::resources),
                "carriedOut": id,
            }),
        }
    }

    /// What is told of a deception that was seen after the end, however that was: a transfer that was approved may still be stopped.
    fn fraud_signal_event(&self) -> Option<OutboundEvent> {
        let alarm = self.progress.face.fraud_signal.as_ref()?;
        Some(self.blocked(self.source.transfer()?, Some(&alarm.reason)))
    }

    fn blocked(&self, wire: &Transfer, reason: Option<&Reason>) -> OutboundEvent {
        let mut data = self.transfer(wire);
        if let Some(members) = data.as_object_mut() {
            members.insert("status".into(), json!(self.status));
            members.insert("reason".into(), json!(reason));
            members.insert("escalate".into(), json!(reason.is_some_and(is_suspicious)));
        }
        OutboundEvent {
            kind: EventType::TransferBlocked,
            data,
        }
    }

    /// All that was frozen, so that who carries the transfer out can compare it with what they hold.
    fn transfer(&self, wire: &Transfer) -> Value {
        let payment = match &self.action {
            Action::Payments(payments) => payments.as_slice().first(),
            Action::Statement(_) | Action::Payees(_) => None,
        };
        json!({
            "id": self.id,
            "owner": self.owner,
            "transfer": wire.transfer,
            "version": wire.version,
            "user": wire.user,
            "region": wire.region,
            "amount": payment.map(|payment| payment.amount),
            "payee": payment.map(|payment| &payment.payee),
            "accountTail": payment.and_then(|payment| payment.account_tail.as_ref()),
            "reference": payment.and_then(|payment| payment.reference.as_ref()),
        })
    }
}

/// Whether somebody may be deceiving: fraud people want to know at once.
pub(super) fn is_suspicious(reason: &Reason) -> bool {
    match reason {
        Reason::NotVerified | Reason::Changed => true,
        Reason::TooManyAttempts
        | Reason::FactorBlocked
        | Reason::FactorNotSetUp
        | Reason::SessionEnded
        | Reason::ProviderRefused
        | Reason::Denied
        | Reason::Unclear
        | Reason::CodeFailed
        | Reason::Unsupported
        | Reason::Unreachable
        | Reason::Other(_) => false,
    }
}
