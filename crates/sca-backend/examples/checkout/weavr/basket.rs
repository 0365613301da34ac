//! What this demo pays: a few payees of the customer's address book, in large and in small amounts.

use serde::Deserialize;

/// What the page asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) what: What,
    pub(super) amounts: Amounts,
    /// The ids of payments to confirm in place of new ones. Only tests may say so.
    pub(super) made: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    Wire,
    Wires,
    Send,
    Sends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Amounts {
    Large,
    /// Below what Weavr lets through without the customer's confirmation.
    Small,
}

/// Weavr's two kinds of payment that are confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Wires,
    Sends,
}

/// One payment of a basket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) payee: &'static str,
    pub(super) to: To,
    pub(super) currency: &'static str,
    /// In minor units.
    pub(super) amount: u64,
}

/// Where a payment goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum To {
    Iban(&'static str),
    SortCode {
        sort_code: &'static str,
        account: &'static str,
    },
    /// An account at Weavr.
    Account(&'static str),
}

impl Order {
    pub(super) fn kind(&self) -> Kind {
        match self.what {
            What::Wire | What::Wires => Kind::Wires,
            What::Send | What::Sends => Kind::Sends,
        }
    }

    pub(super) fn lines(&self) -> Vec<Line> {
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
