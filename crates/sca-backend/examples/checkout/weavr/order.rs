//! The orders of this demo: a few payees, and large or small amounts.

use serde::{Deserialize, Serialize};

/// An order of the page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) what: What,
    pub(crate) amounts: Amounts,
    /// The ids of existing payments to confirm instead of new ones; only with `--test-controls`.
    pub(crate) made: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    Wire,
    Wires,
    Send,
    Sends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Amounts {
    Large,
    /// Exempt at Weavr from a confirmation.
    Small,
}

/// The kinds of payment that Weavr can have confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Wires,
    Sends,
}

/// One payment of a basket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) payee: &'static str,
    pub(crate) to: To,
    pub(crate) currency: &'static str,
    /// In minor units.
    pub(crate) amount: u64,
}

/// Where a payment goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum To {
    Iban(&'static str),
    SortCode {
        sort_code: &'static str,
        account: &'static str,
    },
    /// An account at Weavr.
    Account(&'static str),
}

impl Order {
    pub(crate) fn kind(&self) -> Kind {
        match self.what {
            What::Wire | What::Wires => Kind::Wires,
            What::Send | What::Sends => Kind::Sends,
        }
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        let all = match self.kind() {
            Kind::Wires => WIRES,
            Kind::Sends => SENDS,
        };
        let count = match self.what {
            What::Wire | What::Send => 1,
            What::Wires | What::Sends => all.len(),
        };
        all.iter().take(count).map(|line| line.scaled(self.amounts)).collect()
    }
}

impl Line {
    /// A hundredth of the large amount is small.
    fn scaled(self, amounts: Amounts) -> Self {
        let amount = match amounts {
            Amounts::Large => self.amount,
            Amounts::Small => self.amount / 100,
        };
        Self { amount, ..self }
    }
}

const WIRES: &[Line] = &[
    Line {
        payee: "Acme Corp",
        to: To::Iban("DE89370400440532013000"),
        currency: "EUR",
        amount: 125_000,
    },
    Line {
        payee: "Brightside Studio GmbH",
        to: To::Iban("FR7630006000011234567890189"),
        currency: "EUR",
        amount: 48_050,
    },
    Line {
        payee: "Harbour Coffee Ltd",
        to: To::SortCode {
            sort_code: "204514",
            account: "31926819",
        },
        currency: "GBP",
        amount: 36_500,
    },
];

/// Accounts that the simulated Weavr has from the start.
const SENDS: &[Line] = &[
    Line {
        payee: "Carla Dean",
        to: To::Account("115000000000000203"),
        currency: "EUR",
        amount: 64_000,
    },
    Line {
        payee: "Ann Bell",
        to: To::Account("115000000000000201"),
        currency: "EUR",
        amount: 21_500,
    },
    Line {
        payee: "Carla Dean",
        to: To::Account("115000000000000204"),
        currency: "GBP",
        amount: 90_000,
    },
];
