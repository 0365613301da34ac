use sca_protocol::{Action, Millis, Reason, Status};
use serde_json::{Value, json};

use super::{Confirmation, Record, Wire};
use crate::delivery::Kind;

/// What another server is to be told about a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// What it is about.
    pub kind: Kind,
    /// What there is to say: a JSON object.
    pub data: serde_json::Value,
}

/// What is to be told that was heard after the end.
#[derive(Clone, Debug, PartialEq)]
pub struct LateNews {
    /// What there is to tell.
    pub news: News,
    /// Which payment it is about, where there can be news of several.
    pub resource: Option<String>,
    /// When it was heard.
    pub heard_at: Millis,
}

impl Record {
    /// What follows from this decision for others; written down together with it.
    ///
    /// Every end is told. A transfer that was approved is to be carried out, and one that was declined to be kept from being so:
    /// with `escalate` where somebody may be deceiving.
    #[must_use]
    pub fn news(&self) -> Vec<News> {
        let mut news = vec![News {
            kind: Kind::ApprovalSettled,
            data: json!({
                "id": self.id,
                "owner": self.owner,
                "status": self.status,
                "reason": self.reason,
                "transfer": self.source.wire().map(|wire| &wire.transfer),
                "version": self.source.wire().map(|wire| wire.version),
                "resourceType": self.source.confirmation().and_then(Confirmation::resource_type),
                "resources": self.source.confirmation().map(Confirmation::resources),
                // Where it ended otherwise, these are carried out all the same.
                "cleared": self.source.confirmation().map(|_| &self.progress.confirming.cleared),
            }),
        }];
        let Some(wire) = self.source.wire() else { return news };
        match self.status {
            Status::Approved => news.push(News {
                kind: Kind::WireExecute,
                data: self.transfer(wire),
            }),
            Status::Declined => {
                news.push(self.blocked(wire, self.reason.as_ref()));
            }
            Status::Pending | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {}
        }
        news
    }

    /// What was heard after the end and is to be told, where that is new since the record was as `before`.
    #[must_use]
    pub fn late_news(&self, before: &Self) -> Vec<LateNews> {
        let alarm = self.progress.face.alarm.as_ref();
        let alarm = alarm.filter(|_| before.progress.face.alarm.is_none());
        let alarm = alarm.and_then(|alarm| {
            Some(LateNews {
                news: self.alarm_news()?,
                resource: None,
                heard_at: alarm.at,
            })
        });
        let known = &before.progress.confirming.carried_out;
        let carried_out = self.progress.confirming.carried_out.iter();
        let carried_out = carried_out
            .filter(|(id, _)| !known.contains_key(*id))
            .map(|(id, at)| LateNews {
                news: self.carried_out_news(id),
                resource: Some(id.clone()),
                heard_at: *at,
            });
        alarm.into_iter().chain(carried_out).collect()
    }

    /// A payment is carried out whose approval ended otherwise: who makes it anew pays twice.
    fn carried_out_news(&self, id: &str) -> News {
        News {
            kind: Kind::ConfirmationCarriedOut,
            data: json!({
                "id": self.id,
                "owner": self.owner,
                "status": self.status,
                "reason": self.reason,
                "resourceType": self.source.confirmation().and_then(Confirmation::resource_type),
                "resources": self.source.confirmation().map(Confirmation::resources),
                "carriedOut": id,
            }),
        }
    }

    /// What is told of a deception that was seen after the end, however that was: a transfer that was approved may still be stopped.
    fn alarm_news(&self) -> Option<News> {
        let alarm = self.progress.face.alarm.as_ref()?;
        Some(self.blocked(self.source.wire()?, Some(&alarm.reason)))
    }

    fn blocked(&self, wire: &Wire, reason: Option<&Reason>) -> News {
        let mut data = self.transfer(wire);
        if let Some(members) = data.as_object_mut() {
            members.insert("status".into(), json!(self.status));
            members.insert("reason".into(), json!(reason));
            members.insert("escalate".into(), json!(reason.is_some_and(is_suspicious)));
        }
        News {
            kind: Kind::WireBlocked,
            data,
        }
    }

    /// All that was frozen, so that who carries the transfer out can compare it with what they hold.
    fn transfer(&self, wire: &Wire) -> Value {
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
            "amount": payment.map(|payment| json!({
                "value": payment.amount.minor(),
                "currency": payment.amount.currency(),
            })),
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
