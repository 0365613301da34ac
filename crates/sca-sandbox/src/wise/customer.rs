//! A partner's customer: one user with one personal profile, one balance and some transfers.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::amount::Amount;
use super::behaviour::Behaviour;
use super::challenge::Channel;
use super::pin::Pin;

/// One user and all that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) user: u64,
    pub(crate) profile: u64,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) pin: Option<Pin>,
    /// Consecutive wrong PINs.
    pub(crate) pin_failures: u32,
    pub(crate) blocked_until: Option<Timestamp>,
    /// The verified primary number, in international form; Wise uses no other.
    pub(crate) phone: Option<String>,
    /// Codes sent to it, oldest first.
    pub(crate) codes_sent: Vec<Channel>,
    pub(crate) low_risk_until: Option<Timestamp>,
    pub(crate) balance: Balance,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) behaviour: Behaviour,
    /// How far this customer's clock is ahead of the shared clock.
    pub(crate) ahead: SignedDuration,
}

/// A balance at Wise.
#[derive(Clone, Debug)]
pub(crate) struct Balance {
    pub(crate) id: u64,
    pub(crate) currency: String,
    pub(crate) amount: Amount,
    pub(crate) created: Timestamp,
    /// Payments made from it, oldest first.
    pub(crate) payments: Vec<Payment>,
}

/// An executed payment.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) transfer: u64,
    pub(crate) at: Timestamp,
    pub(crate) amount: Amount,
    pub(crate) payee: String,
}

/// A transfer, funded or not.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    pub(crate) id: u64,
    pub(crate) recipient: u64,
    pub(crate) quote: Uuid,
    pub(crate) customer_transaction: Uuid,
    pub(crate) reference: String,
    pub(crate) source_currency: String,
    pub(crate) source_value: Amount,
    pub(crate) target_currency: String,
    pub(crate) target_value: Amount,
    pub(crate) rate: f64,
    pub(crate) created: Timestamp,
    /// How often it was funded. More than once is a defect of this simulator.
    pub(crate) executed: u32,
    /// How many approved funding calls came after it was paid: a defect of the caller.
    pub(crate) refused_again: u32,
}

/// The recipient of a transfer.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    pub(crate) id: u64,
    pub(crate) account_holder_name: String,
    pub(crate) currency: String,
    pub(crate) country: String,
    /// Wise's name for the kind of account, for example `iban`.
    pub(crate) kind: String,
    /// The fields of that kind, for example `IBAN`.
    pub(crate) details: Map<String, Value>,
}

impl Customer {
    /// Whether the PIN is blocked at this instant.
    pub(crate) fn blocked_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|until| now < *until)
    }

    /// The phone number with all but its last four characters hidden.
    pub(crate) fn masked_phone(&self) -> Option<String> {
        let phone = self.phone.as_deref()?;
        let hidden = phone.chars().count().saturating_sub(4);
        Some(
            phone
                .chars()
                .enumerate()
                .map(|(at, digit)| if at < hidden { '*' } else { digit })
                .collect(),
        )
    }

    /// One of the customer's transfers.
    pub(crate) fn transfer(&self, id: u64) -> Option<&Transfer> {
        self.transfers.iter().find(|transfer| transfer.id == id)
    }

    /// One of the customer's recipients.
    pub(crate) fn recipient(&self, id: u64) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.id == id)
    }
}
