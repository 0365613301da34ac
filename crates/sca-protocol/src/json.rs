//! Reading the contract without a parser of our own.
//!
//! The widget's JSON is parsed by the browser and the tests' by serde_json; both offer it as a [`Node`], and the readers
//! below turn nodes into the contract's types. Generated readers do the same at five times the download.

use std::cell::Cell;

use crate::{
    Action, Approval, Availability, Challenge, Currency, Delivery, FaceSession, Factor, FactorOption, Money, Payee,
    Payment, PlainText, Reason, SessionUrl, Setback, Statement, Status, Timestamp,
    action::{Payees, Payments},
    api::{EncryptionKey, Problem, ProblemCode, Verdict, Verified},
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

/// What can be read from a part of a body: `None` when there is nothing in it to build the value from.
trait Part: Sized {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self>;
}

impl<T: Part> Readable for T {
    fn read<N: Node>(node: &N) -> Result<Self, Unreadable> {
        let is_readable = Cell::new(true);
        let members = Members {
            node,
            is_readable: &is_readable,
        };
        T::part(&members).filter(|_| is_readable.get()).ok_or(Unreadable)
    }
}

/// The members of an object. What is missing or of another kind is only noted, and the reading goes on with nothing in its
/// place: whether the body can be used is asked once, at its end. To give up at each member weighed half a kilobyte more.
struct Members<'a, N> {
    node: &'a N,
    is_readable: &'a Cell<bool>,
}

impl<N: Node> Members<'_, N> {
    fn noted<T>(&self, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.is_readable.set(false);
        }
        value
    }

    fn of<'a>(&'a self, node: &'a N) -> Members<'a, N> {
        Members {
            node,
            is_readable: self.is_readable,
        }
    }

    fn optional_text(&self, name: &str) -> Option<String> {
        self.noted(self.node.member(name)?.text())
    }

    fn text(&self, name: &str) -> String {
        self.noted(self.optional_text(name)).unwrap_or_default()
    }

    fn optional_whole(&self, name: &str) -> Option<u64> {
        self.noted(self.node.member(name)?.whole())
    }

    fn whole(&self, name: &str) -> u64 {
        self.noted(self.optional_whole(name)).unwrap_or_default()
    }

    fn small(&self, name: &str) -> Option<u8> {
        self.noted(u8::try_from(self.optional_whole(name)?).ok())
    }

    fn optional_truth(&self, name: &str) -> Option<bool> {
        self.noted(self.node.member(name)?.truth())
    }

    fn truth(&self, name: &str) -> bool {
        self.noted(self.optional_truth(name)).unwrap_or_default()
    }

    fn optional_plain(&self, name: &str) -> Option<PlainText> {
        self.noted(PlainText::new(&self.optional_text(name)?))
    }

    fn plain(&self, name: &str) -> Option<PlainText> {
        self.noted(self.optional_plain(name))
    }

    fn optional<T: Part>(&self, name: &str) -> Option<T> {
        self.noted(T::part(&self.of(&self.node.member(name)?)))
    }

    fn part<T: Part>(&self, name: &str) -> Option<T> {
        self.noted(self.optional(name))
    }

    fn list<T: Part>(&self, node: &N) -> Vec<T> {
        let items = self.noted(node.items()).unwrap_or_default();
        let mut values = Vec::new();
        for item in items {
            values.extend(self.noted(T::part(&self.of(&item))));
        }
        values
    }
}

impl Part for Approval {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            id: of.text("id"),
            version: of.whole("version"),
            server_time: Timestamp(of.whole("serverTime")),
            expires_at: Timestamp(of.whole("expiresAt")),
            status: Status::from_name(&of.text("status")),
            reason: of.optional_text("reason").map(|name| Reason::from_name(&name)),
            action: of.node.member("action").and_then(|node| known_action(&of.of(&node))),
            challenges: of
                .node
                .member("challenges")
                .map(|challenges| of.list(&challenges))
                .unwrap_or_default(),
            steps: of.small("steps"),
            attempts_left: of.small("attemptsLeft"),
        })
    }
}

impl Part for Challenge {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            primary: of.part("primary")?,
            id: of.text("id"),
            alternatives: of
                .node
                .member("alternatives")
                .map(|alternatives| of.list(&alternatives))
                .unwrap_or_default(),
            required: of.truth("required"),
            passed: of.truth("passed"),
            delivery: of.optional("delivery"),
            face: of.optional("face"),
            setback: of.optional_text("setback").map(|name| Setback::from_name(&name)),
        })
    }
}

impl Part for FactorOption {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            factor: Factor::from_name(&of.text("factor")),
            availability: Availability::from_name(&of.text("availability")),
            digits: of.small("digits"),
        })
    }
}

impl Part for Delivery {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            factor: Factor::from_name(&of.text("factor")),
            destination: of.optional_text("destination"),
            resend_at: Timestamp(of.whole("resendAt")),
            expires_at: of.optional_whole("expiresAt").map(Timestamp),
        })
    }
}

impl Part for FaceSession {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            url: SessionUrl::new(of.text("url")),
            expires_at: Timestamp(of.whole("expiresAt")),
            ended: of.optional_truth("ended").unwrap_or_default(),
        })
    }
}

/// An action of a kind that this version does not know is no action: nothing is asked for it. One of two kinds at once cannot
/// be read.
fn known_action<N: Node>(of: &Members<'_, N>) -> Option<Action> {
    let kinds = ["statement", "payments", "payees"].map(|kind| of.node.member(kind));
    if kinds.iter().flatten().count() > 1 {
        return of.noted(None);
    }
    let [statement, payments, payees] = kinds;
    let action = if let Some(statement) = statement {
        Statement::part(&of.of(&statement)).map(Action::Statement)
    } else if let Some(payments) = payments {
        Payments::new(of.list(&payments)).map(Action::Payments)
    } else {
        Payees::new(of.list(&payees?)).map(Action::Payees)
    };
    of.noted(action)
}

impl Part for Statement {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            account: of.plain("account")?,
            from: of.plain("from")?,
            to: of.plain("to")?,
        })
    }
}

impl Part for Payment {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            amount: of.part("amount")?,
            payee: of.plain("payee")?,
            account_tail: of.optional_plain("accountTail"),
            reference: of.optional_plain("reference"),
        })
    }
}

impl Part for Payee {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            name: of.plain("name")?,
            account_tail: of.optional_plain("accountTail"),
        })
    }
}

impl Part for Money {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Self::new(of.whole("minor"), Currency::new(&of.text("currency"))?)
    }
}

impl Part for Verified {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            approval: of.part("approval")?,
            verdict: Verdict::from_name(&of.text("verdict")),
            relayed: of.optional_text("relayed"),
        })
    }
}

impl Part for EncryptionKey {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            key_id: of.optional_text("keyId"),
            spki: of.text("spki"),
        })
    }
}

impl Part for Problem {
    fn part<N: Node>(of: &Members<'_, N>) -> Option<Self> {
        Some(Self {
            code: ProblemCode::from_name(&of.text("code")),
            retry_after_seconds: of.optional_whole("retryAfter"),
        })
    }
}
