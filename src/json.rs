//! Reads the JSON of the contract: a parsed [`JsonValue`] becomes one of the contract's types.
//!
//! The browser parses in production, serde_json in the tests. The readers are hand-written, because those of serde_json, miniserde
//! and nanoserde do not fit into the download (`docs/benchmarks.md`). `tests/contract.rs` compares them with serde's.

mod enrolment;

use std::cell::Cell;

use sca_protocol::{
    Access, Action, Approval, Availability, BrowserKeyName, Challenge, Currency, Delivery, FaceSession, Factor,
    FactorOption, Money, Payee, Payment, PlainText, Reason, SessionUrl, Statement, Status, StepFailure, Timestamp,
    action::{Payees, Payments},
    api::{EncryptionKey, Verdict, Verified},
    face_scan::{Blob, FaceSessionToken, FaceVerified},
};

/// A parsed JSON value.
pub trait JsonValue: Sized {
    /// A member of an object; `None` when this is not an object, or the member is missing or null.
    fn get(&self, name: &str) -> Option<Self>;
    /// The items of an array.
    fn as_array(&self) -> Option<Vec<Self>>;
    /// The text of a string.
    fn as_string(&self) -> Option<String>;
    /// A whole number from 0 to 2^53 - 1.
    fn as_u64(&self) -> Option<u64>;
    /// True or false.
    fn as_bool(&self) -> Option<bool>;
}

/// The value does not match the contract: a required member is missing, or a member has the wrong type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError;

/// A type that can be read from JSON.
pub trait FromJson: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// When a required member is missing or has the wrong type.
    fn read<V: JsonValue>(value: &V) -> Result<Self, DecodeError>;
}

/// A type that is read from the fields of an object; `None` when a value cannot be built at all.
trait FromFields: Sized {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self>;
}

impl<T: FromFields> FromJson for T {
    fn read<V: JsonValue>(value: &V) -> Result<Self, DecodeError> {
        let is_valid = Cell::new(true);
        let fields = Fields {
            value,
            is_valid: &is_valid,
        };
        T::from_fields(&fields).filter(|_| is_valid.get()).ok_or(DecodeError)
    }
}

/// The fields of an object. A field that is missing or has the wrong type sets `is_valid` to false and reads as empty; the reader
/// refuses the value once, at the end. An early return at each field would add half a kilobyte.
struct Fields<'a, V> {
    value: &'a V,
    is_valid: &'a Cell<bool>,
}

impl<V: JsonValue> Fields<'_, V> {
    fn check<T>(&self, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.is_valid.set(false);
        }
        value
    }

    fn of<'a>(&'a self, value: &'a V) -> Fields<'a, V> {
        Fields {
            value,
            is_valid: self.is_valid,
        }
    }

    fn optional_text(&self, name: &str) -> Option<String> {
        self.check(self.value.get(name)?.as_string())
    }

    fn text(&self, name: &str) -> String {
        self.check(self.optional_text(name)).unwrap_or_default()
    }

    fn optional_u64(&self, name: &str) -> Option<u64> {
        self.check(self.value.get(name)?.as_u64())
    }

    fn u64(&self, name: &str) -> u64 {
        self.check(self.optional_u64(name)).unwrap_or_default()
    }

    fn u8(&self, name: &str) -> Option<u8> {
        self.check(u8::try_from(self.optional_u64(name)?).ok())
    }

    fn optional_bool(&self, name: &str) -> Option<bool> {
        self.check(self.value.get(name)?.as_bool())
    }

    fn bool(&self, name: &str) -> bool {
        self.check(self.optional_bool(name)).unwrap_or_default()
    }

    fn optional_plain_text(&self, name: &str) -> Option<PlainText> {
        self.check(PlainText::new(&self.optional_text(name)?))
    }

    fn plain_text(&self, name: &str) -> Option<PlainText> {
        self.check(self.optional_plain_text(name))
    }

    fn optional_object<T: FromFields>(&self, name: &str) -> Option<T> {
        self.check(T::from_fields(&self.of(&self.value.get(name)?)))
    }

    fn object<T: FromFields>(&self, name: &str) -> Option<T> {
        self.check(self.optional_object(name))
    }

    fn list_of<T: FromFields>(&self, name: &str) -> Vec<T> {
        self.check(self.value.get(name))
            .map(|value| self.list(&value))
            .unwrap_or_default()
    }

    fn list<T: FromFields>(&self, value: &V) -> Vec<T> {
        let items = self.check(value.as_array()).unwrap_or_default();
        let mut values = Vec::new();
        for item in items {
            values.extend(self.check(T::from_fields(&self.of(&item))));
        }
        values
    }
}

impl FromFields for Approval {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            id: fields.text("id"),
            version: fields.u64("version"),
            server_time: Timestamp(fields.u64("serverTime")),
            expires_at: Timestamp(fields.u64("expiresAt")),
            settled_at: fields.optional_u64("settledAt").map(Timestamp),
            status: Status::from_name(&fields.text("status")),
            reason: fields.optional_text("reason").map(|name| Reason::from_name(&name)),
            action: fields
                .value
                .get("action")
                .and_then(|value| known_action(&fields.of(&value))),
            challenges: fields
                .value
                .get("challenges")
                .map(|challenges| fields.list(&challenges))
                .unwrap_or_default(),
            steps: fields.u8("steps"),
            attempts_left: fields.u8("attemptsLeft"),
            browser_key: BrowserKeyName::new(|| fields.optional_text("browserKey")),
        })
    }
}

impl FromFields for Challenge {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            primary: fields.object("primary")?,
            id: fields.text("id"),
            alternatives: fields
                .value
                .get("alternatives")
                .map(|alternatives| fields.list(&alternatives))
                .unwrap_or_default(),
            required: fields.bool("required"),
            passed: fields.bool("passed"),
            delivery: fields.optional_object("delivery"),
            face: fields.optional_object("face"),
            step_failure: fields
                .optional_text("stepFailure")
                .map(|name| StepFailure::from_name(&name)),
        })
    }
}

impl FromFields for FactorOption {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            factor: Factor::from_name(&fields.text("factor")),
            availability: Availability::from_name(&fields.text("availability")),
            digits: fields.u8("digits"),
        })
    }
}

impl FromFields for Delivery {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            factor: Factor::from_name(&fields.text("factor")),
            destination: fields.optional_text("destination"),
            resend_at: Timestamp(fields.u64("resendAt")),
            expires_at: fields.optional_u64("expiresAt").map(Timestamp),
        })
    }
}

impl FromFields for FaceSession {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            url: SessionUrl::new(fields.text("url")),
            expires_at: Timestamp(fields.u64("expiresAt")),
            ended: fields.optional_bool("ended").unwrap_or_default(),
        })
    }
}

/// The action. One of an unknown kind reads as none, and the widget then asks for no factor. One of two kinds is invalid.
fn known_action<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Action> {
    let kinds = ["statement", "payments", "payees", "access"].map(|kind| fields.value.get(kind));
    if kinds.iter().flatten().count() > 1 {
        return fields.check(None);
    }
    let [statement, payments, payees, access] = kinds;
    let action = if let Some(statement) = statement {
        Statement::from_fields(&fields.of(&statement)).map(Action::Statement)
    } else if let Some(payments) = payments {
        Payments::new(fields.list(&payments)).map(Action::Payments)
    } else if let Some(payees) = payees {
        Payees::new(fields.list(&payees)).map(Action::Payees)
    } else {
        // Access to something unknown reads as an unknown kind.
        return Access::from_name(&fields.check(access?.as_string())?).map(Action::Access);
    };
    fields.check(action)
}

impl FromFields for Statement {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            account: fields.plain_text("account")?,
            from: fields.plain_text("from")?,
            to: fields.plain_text("to")?,
        })
    }
}

impl FromFields for Payment {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            amount: fields.object("amount")?,
            payee: fields.plain_text("payee")?,
            account_tail: fields.optional_plain_text("accountTail"),
            reference: fields.optional_plain_text("reference"),
        })
    }
}

impl FromFields for Payee {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            name: fields.plain_text("name")?,
            account_tail: fields.optional_plain_text("accountTail"),
        })
    }
}

impl FromFields for Money {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Self::new(fields.u64("minor"), Currency::new(&fields.text("currency"))?)
    }
}

impl FromFields for Verified {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            approval: fields.object("approval")?,
            verdict: Verdict::from_name(&fields.text("verdict")),
            relayed: fields.optional_text("relayed"),
        })
    }
}

impl FromFields for FaceSessionToken {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            session_token: Blob::new(fields.text("sessionToken")),
        })
    }
}

impl FromFields for FaceVerified {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            approval: fields.object("approval")?,
            verdict: Verdict::from_name(&fields.text("verdict")),
            scan_result: fields.optional_text("scanResult"),
        })
    }
}

impl FromFields for EncryptionKey {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            key_id: fields.optional_text("keyId"),
            spki: fields.text("spki"),
        })
    }
}

/// A [`Problem`](sca_protocol::api::Problem) whose code is still a text. The widget tells half of the codes apart; the names of the others
/// would not fit into the download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedProblem {
    /// What is wrong.
    pub code: String,
    /// Seconds to wait before a retry, if a retry helps.
    pub retry_after_seconds: Option<u64>,
}

impl FromFields for ReceivedProblem {
    fn from_fields<V: JsonValue>(fields: &Fields<'_, V>) -> Option<Self> {
        Some(Self {
            code: fields.text("code"),
            retry_after_seconds: fields.optional_u64("retryAfter"),
        })
    }
}
