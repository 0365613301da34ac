//! What the customer approves.

use crate::{Money, PlainText};

/// What the customer approves. The backend freezes it when it creates the approval. The widget shows this, never what the page
/// says (dynamic linking, Delegated Regulation (EU) 2018/389, article 5).
///
/// In JSON, an object with one member: `{"statement": {…}}`, `{"payments": […]}`, `{"payees": […]}` or `{"access": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Action {
    /// To read the statement of an account.
    Statement(Statement),
    /// To pay one payee, or several at once. Never empty.
    Payments(Payments),
    /// To trust one payee, or several at once: later payments to them may be made without an approval. Never empty.
    Payees(Payees),
    /// To open access for a few minutes.
    Access(Access),
}

/// What access is opened to. The widget asks for no factor for a purpose that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Access {
    /// Account details, such as balances and statements.
    Account,
    /// The factors by which the customer confirms payments.
    Security,
}

impl Access {
    /// Decodes a name; `None` when it is not known.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "account" => Some(Self::Account),
            "security" => Some(Self::Security),
            _ => None,
        }
    }

    /// The name in JSON: `account` or `security`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Security => "security",
        }
    }
}

/// An account's statement over a period.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Statement {
    /// The account, as its owner knows it: `EUR balance`.
    pub account: PlainText,
    /// The first day, as an ISO 8601 date: `2026-01-01`.
    pub from: PlainText,
    /// The last day, as an ISO 8601 date.
    pub to: PlainText,
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payment {
    /// What the payee receives.
    pub amount: Money,
    /// The payee's name.
    pub payee: PlainText,
    /// The last characters of the payee's account, enough to recognise it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub account_tail: Option<PlainText>,
    /// The reference that the payee sees.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reference: Option<PlainText>,
}

/// One payment or several, never none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(min_items = 1))]
pub struct Payments(Vec<Payment>);

impl Payments {
    /// The payments. `None` when there is none.
    #[must_use]
    pub fn new(payments: Vec<Payment>) -> Option<Self> {
        if payments.is_empty() {
            None
        } else {
            Some(Self(payments))
        }
    }

    /// The payments, at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[Payment] {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Payments {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let payments = <Vec<Payment> as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(payments).ok_or_else(|| serde::de::Error::custom("there is no payment"))
    }
}

/// A payee whom the customer is asked to trust.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Payee {
    /// The payee's name.
    pub name: PlainText,
    /// The last characters of the payee's account, enough to recognise it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub account_tail: Option<PlainText>,
}

/// One payee or several, never none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(min_items = 1))]
pub struct Payees(Vec<Payee>);

impl Payees {
    /// The payees. `None` when there is none.
    #[must_use]
    pub fn new(payees: Vec<Payee>) -> Option<Self> {
        if payees.is_empty() { None } else { Some(Self(payees)) }
    }

    /// The payees, at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[Payee] {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Payees {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let payees = <Vec<Payee> as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(payees).ok_or_else(|| serde::de::Error::custom("there is no payee"))
    }
}
