//! The bodies with which a partner's server makes payments and payee batches at Weavr.

use serde_json::{Value, json};

/// An outgoing wire transfer in euros, of so many cents.
pub fn wire(profile: &str, account: &str, minor: u64) -> Value {
    json!({
        "profileId": profile,
        "sourceInstrument": {"type": "managed_accounts", "id": account},
        "transferAmount": {"currency": "EUR", "amount": minor},
        "description": "INV 42",
        "destinationBeneficiary": {"name": "Acme Corp", "iban": "DE89370400440532013000"},
    })
}

/// A send in pounds, of so many pence, to Carla Dean, whom the simulator knows from the start.
pub fn send(profile: &str, account: &str, minor: u64) -> Value {
    json!({
        "profileId": profile,
        "source": {"type": "managed_accounts", "id": account},
        "destination": {"type": "managed_accounts", "id": "115000000000000204"},
        "destinationAmount": {"currency": "GBP", "amount": minor},
    })
}

/// A batch with one payee to trust.
pub fn payee_batch() -> Value {
    json!({"beneficiaries": [{
        "trustLevel": "TRUSTED",
        "beneficiaryInformation": {"businessName": "Acme Corp"},
        "beneficiaryDetails": {"bankAccountDetails": {"iban": "DE89370400440532013000"}},
    }]})
}
