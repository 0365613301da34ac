//! A partner's customer: one user with one personal profile, one balance and some transfers.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::amount::Amount;
use super::attempts::AttemptsByFactor;
use super::behaviour::Behaviour;
use super::challenge::Channel;
use super::device_fingerprint::DeviceFingerprint;
use super::face_map::FaceMap;
use super::phone_number::{PhoneNumber, RegisteredPhone};
use super::pin::Pin;

/// One user and all that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) user: u64,
    pub(crate) profile: u64,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) pin: Option<Pin>,
    /// Oldest first.
    pub(crate) device_fingerprints: Vec<DeviceFingerprint>,
    pub(crate) face_map: Option<FaceMap>,
    pub(crate) attempts: AttemptsByFactor,
    /// The verified primary number; Wise uses no other.
    pub(crate) phone: Option<RegisteredPhone>,
    /// Oldest first.
    pub(crate) codes_sent: Vec<SentCode>,
    pub(crate) low_risk_until: Option<Timestamp>,
    pub(crate) balance: Balance,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) behaviour: Behaviour,
    /// How far this customer's clock is ahead of the shared clock.
    pub(crate) ahead: SignedDuration,
}

/// A code that was sent.
#[derive(Clone, Debug)]
pub(crate) struct SentCode {
    pub(crate) channel: Channel,
    pub(crate) number: PhoneNumber,
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
    /// One of the customer's transfers.
    pub(crate) fn transfer(&self, id: u64) -> Option<&Transfer> {
        self.transfers.iter().find(|transfer| transfer.id == id)
    }

    /// One of the customer's recipients.
    pub(crate) fn recipient(&self, id: u64) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.id == id)
    }
}
