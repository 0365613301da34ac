//! Reading the contract without a parser of our own.
//!
//! The widget's JSON is parsed by the browser and the tests' by serde_json; both offer it as a [`Node`], and the readers
//! below turn nodes into the contract's types. Generated readers do the same at five times the download.

use crate::{
    Action, Approval, Availability, Challenge, Currency, Delivery, FaceSession, Factor, FactorOption, Millis, Money,
    Payee, Payment, PlainText, Reason, SessionUrl, Setback, Statement, Status,
    action::{Payees, Payments},
    wire::{EncryptionKey, Problem, ProblemCode, Verdict, Verified},
};

/// A parsed JSON value.
pub trait Node: Sized {
    /// The member of an object; `None` when this is no object, has no such member, or the member is null.
    fn member(&self, name: &str) -> Option<Self>;
    /// The items of an array.
    fn items(&self) -> Option<Vec<Self>>;
    /// The text of a string.
    fn text(&self) -> Option<String>;
    /// A whole number from 0 to 2^53 - 1.
    fn whole(&self) -> Option<u64>;
    /// True or false.
    fn truth(&self) -> Option<bool>;
}

/// The body is not what the contract says: a member is missing or of another kind. Nothing of it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// A type of the contract that can be read from a node.
pub trait Readable: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// When a required member is missing or of another kind.
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable>;
}

fn required<N: Node>(node: &N, name: &str) -> Result<N, Unreadable> {
    node.member(name).ok_or(Unreadable)
}

fn text<N: Node>(node: &N, name: &str) -> Result<String, Unreadable> {
    required(node, name)?.text().ok_or(Unreadable)
}

fn whole<N: Node>(node: &N, name: &str) -> Result<u64, Unreadable> {
    required(node, name)?.whole().ok_or(Unreadable)
}

fn truth<N: Node>(node: &N, name: &str) -> Result<bool, Unreadable> {
    required(node, name)?.truth().ok_or(Unreadable)
}

fn small<N: Node>(node: &N, name: &str) -> Result<Option<u8>, Unreadable> {
    let Some(member) = node.member(name) else {
        return Ok(None);
    };
    let number = member.whole().ok_or(Unreadable)?;
    u8::try_from(number).map(Some).map_err(|_| Unreadable)
}

fn plain<N: Node>(node: &N, name: &str) -> Result<PlainText, Unreadable> {
    PlainText::new(&text(node, name)?).ok_or(Unreadable)
}

fn optional_plain<N: Node>(node: &N, name: &str) -> Result<Option<PlainText>, Unreadable> {
    optional(node, name, |member| {
        PlainText::new(&member.text().ok_or(Unreadable)?).ok_or(Unreadable)
    })
}

fn optional<N: Node, T>(
    node: &N,
    name: &str,
    read: impl FnOnce(&N) -> Result<T, Unreadable>,
) -> Result<Option<T>, Unreadable> {
    node.member(name).map(|member| read(&member)).transpose()
}

fn list<N: Node, T: Readable>(node: &N) -> Result<Vec<T>, Unreadable> {
    let mut values = Vec::new();
    for item in node.items().ok_or(Unreadable)? {
        values.push(T::read(&item)?);
    }
    Ok(values)
}

impl Readable for Approval {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            id: text(node, "id")?,
            version: whole(node, "version")?,
            server_time: Millis(whole(node, "serverTime")?),
            expires_at: Millis(whole(node, "expiresAt")?),
            status: Status::from_name(&text(node, "status")?),
            reason: optional(node, "reason", |reason| reason.text().ok_or(Unreadable))?
                .map(|name| Reason::from_name(&name)),
            action: optional(node, "action", known_action)?.flatten(),
            challenges: optional(node, "challenges", list)?.unwrap_or_default(),
            steps: small(node, "steps")?,
            attempts_left: small(node, "attemptsLeft")?,
        })
    }
}

impl Readable for Challenge {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            id: text(node, "id")?,
            primary: FactorOption::read(&required(node, "primary")?)?,
            alternatives: optional(node, "alternatives", list)?.unwrap_or_default(),
            required: truth(node, "required")?,
            passed: truth(node, "passed")?,
            delivery: optional(node, "delivery", Delivery::read)?,
            face: optional(node, "face", FaceSession::read)?,
            setback: optional(node, "setback", |setback| setback.text().ok_or(Unreadable))?
                .map(|name| Setback::from_name(&name)),
        })
    }
}

impl Readable for FactorOption {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            factor: Factor::from_name(&text(node, "factor")?),
            availability: Availability::from_name(&text(node, "availability")?),
            digits: small(node, "digits")?,
        })
    }
}

impl Readable for Delivery {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            factor: Factor::from_name(&text(node, "factor")?),
            destination: optional(node, "destination", |destination| destination.text().ok_or(Unreadable))?,
            resend_at: Millis(whole(node, "resendAt")?),
            expires_at: optional(node, "expiresAt", |time| time.whole().ok_or(Unreadable))?.map(Millis),
        })
    }
}

impl Readable for FaceSession {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            url: SessionUrl::new(text(node, "url")?),
            expires_at: Millis(whole(node, "expiresAt")?),
            ended: optional(node, "ended", |ended| ended.truth().ok_or(Unreadable))?.unwrap_or_default(),
        })
    }
}

impl Readable for Action {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        match (node.member("statement"), node.member("payments"), node.member("payees")) {
            (Some(statement), None, None) => Ok(Self::Statement(Statement {
                account: plain(&statement, "account")?,
                from: plain(&statement, "from")?,
                to: plain(&statement, "to")?,
            })),
            (None, Some(payments), None) => Payments::new(list(&payments)?).map(Self::Payments).ok_or(Unreadable),
            (None, None, Some(payees)) => Payees::new(list(&payees)?).map(Self::Payees).ok_or(Unreadable),
            (Some(_), ..) | (_, Some(_), Some(_)) | (None, None, None) => Err(Unreadable),
        }
    }
}

/// An action of a kind that this version does not know is no action: nothing is asked for it.
fn known_action<N: Node>(node: &N) -> Result<Option<Action>, Unreadable> {
    let known = ["statement", "payments", "payees"]
        .iter()
        .any(|kind| node.member(kind).is_some());
    if known { Action::read(node).map(Some) } else { Ok(None) }
}

impl Readable for Payment {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            amount: Money::read(&required(node, "amount")?)?,
            payee: plain(node, "payee")?,
            account_tail: optional_plain(node, "accountTail")?,
            reference: optional_plain(node, "reference")?,
        })
    }
}

impl Readable for Payee {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            name: plain(node, "name")?,
            account_tail: optional_plain(node, "accountTail")?,
        })
    }
}

impl Readable for Money {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        let currency = Currency::new(&text(node, "currency")?).ok_or(Unreadable)?;
        Self::new(whole(node, "minor")?, currency).ok_or(Unreadable)
    }
}

impl Readable for Verified {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            verdict: Verdict::from_name(&text(node, "verdict")?),
            relayed: optional(node, "relayed", |relayed| relayed.text().ok_or(Unreadable))?,
            approval: Approval::read(&required(node, "approval")?)?,
        })
    }
}

impl Readable for EncryptionKey {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            key_id: optional(node, "keyId", |id| id.text().ok_or(Unreadable))?,
            spki: text(node, "spki")?,
        })
    }
}

impl Readable for Problem {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        Ok(Self {
            code: ProblemCode::from_name(&text(node, "code")?),
            retry_after: optional(node, "retryAfter", |time| time.whole().ok_or(Unreadable))?,
        })
    }
}
