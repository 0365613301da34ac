//! The customers that exist from the start, and the defaults for those that tests create.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::amount::Amount;
use super::attempts::AttemptsByFactor;
use super::behaviour::Behaviour;
use super::customer::{Balance, Customer, Recipient, Transfer};
use super::phone_number::{PhoneNumber, RegisteredPhone};
use super::pin::Pin;

/// The partner's client id at `/oauth/token`.
pub(crate) const CLIENT_ID: &str = "sandbox-client";
/// The partner's client secret at `/oauth/token`.
pub(crate) const CLIENT_SECRET: &str = "sandbox-client-secret";
/// The PIN of every customer that has one, unless a test chose another.
pub(crate) const PIN: &str = "1234";
/// The phone number of every customer that has one, unless a test chose another. A number that is reserved for fiction.
pub(crate) const PHONE: &str = "+441632968888";
/// The code that is sent to every phone, as in
/// [Wise's own sandbox](https://docs.wise.com/guides/developer/sandbox-and-production).
pub(crate) const PHONE_CODE: &str = "111111";
/// The lowest id of everything that tests create.
pub(crate) const FIRST_FREE_ID: u64 = 90_000_001;

/// The start of the simulated history; 1 January 2026.
const LONG_AGO: i64 = 1_767_225_600;

/// The ids and the name of a customer.
pub(crate) struct Identity {
    pub(crate) user: u64,
    pub(crate) profile: u64,
    pub(crate) balance: u64,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
}

/// The seed customers with their access tokens.
pub(crate) fn customers() -> Vec<(Customer, String)> {
    let mut oliver = customer(identity(6_146_956, 16_605, 64, "Oliver", "Wilson"));
    oliver.phone = registered(PhoneNumber::parse(PHONE), 1_230_944);
    for (transfer, recipient) in standard_transfers(50_500_001, 50_500_002, 40_000_001, 40_000_002) {
        oliver.transfers.push(transfer);
        oliver.recipients.push(recipient);
    }
    let mut nadia = customer(identity(6_146_957, 16_606, 65, "Nadia", "Haddad"));
    nadia.pin = None;
    nadia.phone = registered(PhoneNumber::parse(PHONE), 1_230_945);
    for (transfer, recipient) in standard_transfers(50_500_003, 50_500_004, 40_000_003, 40_000_004) {
        nadia.transfers.push(transfer);
        nadia.recipients.push(recipient);
    }
    vec![
        (oliver, "sandbox-user-token-oliver".to_owned()),
        (nadia, "sandbox-user-token-nadia".to_owned()),
    ]
}

fn identity(user: u64, profile: u64, balance: u64, first_name: &str, last_name: &str) -> Identity {
    Identity {
        user,
        profile,
        balance,
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
    }
}

/// A phone number with its id, if there is one.
pub(crate) fn registered(number: Option<PhoneNumber>, id: u64) -> Option<RegisteredPhone> {
    number.map(|number| RegisteredPhone { id, number })
}

/// A customer with a PIN and a EUR balance; no phone and no transfers yet.
pub(crate) fn customer(identity: Identity) -> Customer {
    Customer {
        user: identity.user,
        profile: identity.profile,
        first_name: identity.first_name,
        last_name: identity.last_name,
        pin: Pin::parse(PIN),
        device_fingerprints: Vec::new(),
        face_map: None,
        attempts: AttemptsByFactor::default(),
        phone: None,
        codes_sent: Vec::new(),
        low_risk_until: None,
        balance: Balance {
            id: identity.balance,
            currency: "EUR".to_owned(),
            amount: Amount::from_hundredths(431_207),
            created: long_ago(),
            payments: Vec::new(),
        },
        transfers: Vec::new(),
        recipients: Vec::new(),
        behaviour: Behaviour::default(),
        ahead: SignedDuration::ZERO,
    }
}

/// The two transfers of a customer: euros to an IBAN, and euros that arrive as yen, a currency without decimals.
pub(crate) fn standard_transfers(
    euro: u64,
    yen: u64,
    euro_recipient: u64,
    yen_recipient: u64,
) -> [(Transfer, Recipient); 2] {
    let brightside = Recipient {
        id: euro_recipient,
        account_holder_name: "Brightside Studio GmbH".to_owned(),
        currency: "EUR".to_owned(),
        country: "DE".to_owned(),
        kind: "iban".to_owned(),
        details: details(&[
            ("legalType", "BUSINESS"),
            ("IBAN", "DE89370400440532013000"),
            ("BIC", "COBADEFFXXX"),
        ]),
    };
    let sakura = Recipient {
        id: yen_recipient,
        account_holder_name: "Sakura Trading KK".to_owned(),
        currency: "JPY".to_owned(),
        country: "JP".to_owned(),
        kind: "japanese".to_owned(),
        details: details(&[
            ("legalType", "BUSINESS"),
            ("bankCode", "0005"),
            ("branchCode", "001"),
            ("accountType", "CURRENT"),
            ("accountNumber", "1234567"),
        ]),
    };
    let euro = Transfer {
        reference: "Invoice 2026-114".to_owned(),
        target_value: Amount::from_hundredths(125_000),
        ..transfer(euro, euro_recipient, Amount::from_hundredths(125_000))
    };
    let yen = Transfer {
        reference: "Order 7781".to_owned(),
        target_currency: "JPY".to_owned(),
        target_value: Amount::from_hundredths(9_800_000),
        rate: 160.0,
        ..transfer(yen, yen_recipient, Amount::from_hundredths(61_250))
    };
    [(euro, brightside), (yen, sakura)]
}

/// A transfer from euros to euros without a reference.
pub(crate) fn transfer(id: u64, recipient: u64, value: Amount) -> Transfer {
    Transfer {
        id,
        recipient,
        quote: Uuid::new_v4(),
        customer_transaction: Uuid::new_v4(),
        reference: String::new(),
        source_currency: "EUR".to_owned(),
        source_value: value,
        target_currency: "EUR".to_owned(),
        target_value: value,
        rate: 1.0,
        created: long_ago(),
        executed: 0,
        refused_again: 0,
    }
}

fn details(fields: &[(&str, &str)]) -> Map<String, Value> {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect()
}

fn long_ago() -> Timestamp {
    Timestamp::from_second(LONG_AGO).unwrap_or(Timestamp::UNIX_EPOCH)
}
