//! The customers that exist from the start.

use std::collections::BTreeMap;

use super::behaviour::Behaviour;
use super::customer::{Customer, Factors, Identity, IdentityType, Profiles, every_factor};
use crate::kit::rate_limit::RateLimit;

/// The API key of the programme that all customers belong to.
pub(super) const API_KEY: &str = "weavr_sandbox_key";
/// The lowest id of everything that is created later.
pub(crate) const FIRST_FREE_ID: u64 = 115_200_000_000_000_001;
/// The password of every customer.
pub(crate) const PASSWORD: &str = "sandbox-pass";
/// The phone of every customer, unless a test chose another. A number that is reserved for fiction.
pub(crate) const PHONE: &str = "+447700900123";

const ANN: &str = "115000000000000001";
const BEN: &str = "115000000000000002";
const CARLA: &str = "115000000000000003";

/// The profiles of every customer.
pub(crate) fn profiles() -> Profiles {
    Profiles {
        wires: "115000000000000101".to_owned(),
        sends: "115000000000000102".to_owned(),
    }
}

/// One account for each currency.
pub(crate) fn accounts(euro: &str, pound: &str) -> BTreeMap<String, String> {
    [("EUR", euro), ("GBP", pound)]
        .map(|(currency, id)| (currency.to_owned(), id.to_owned()))
        .into()
}

/// A customer with default settings.
pub(crate) fn customer(
    user: &str,
    name: &str,
    email: &str,
    identity: Identity,
    root: bool,
    accounts: BTreeMap<String, String>,
    factors: Option<Factors>,
) -> Customer {
    Customer {
        user: user.to_owned(),
        root,
        name: name.to_owned(),
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        phone: Some(PHONE.to_owned()),
        identity,
        profiles: profiles(),
        accounts,
        factors: factors.unwrap_or_else(every_factor),
        behaviour: Behaviour::default(),
        ahead_ms: 0,
        wrong_passwords: 0,
        locked_until: None,
        low_value: BTreeMap::new(),
        rate_limit: RateLimit::default(),
    }
}

/// Ann, her colleague Ben, and Carla, who belongs to another identity.
pub(crate) fn customers() -> [Customer; 3] {
    let company = Identity {
        kind: IdentityType::Corporate,
        id: "115000000000000010".to_owned(),
    };
    let carla = Identity {
        kind: IdentityType::Consumer,
        id: "115000000000000020".to_owned(),
    };
    let ours = accounts("115000000000000201", "115000000000000202");
    let hers = accounts("115000000000000203", "115000000000000204");
    [
        customer(
            ANN,
            "Ann Bell",
            "ann@example.com",
            company.clone(),
            true,
            ours.clone(),
            None,
        ),
        customer(BEN, "Ben Cole", "ben@example.com", company, false, ours, None),
        customer(CARLA, "Carla Dean", "carla@example.com", carla, true, hers, None),
    ]
}
