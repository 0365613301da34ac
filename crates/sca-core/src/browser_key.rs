//! The name of the key that a customer's browser keeps.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::{Fingerprint, ProviderId};

/// The name under which a customer's browsers keep their key for the factor `device`: 43 characters of base64url. It is the same in
/// every approval and enrolment of one customer, whom the provider's profile identifies, and says nothing about the profile.
#[must_use]
pub fn browser_key_name(owner: &str, provider: &ProviderId, profile: &str) -> String {
    let parts = ["browser-key", owner, provider.as_str(), profile].map(str::as_bytes);
    Base64UrlUnpadded::encode_string(Fingerprint::of(&parts).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_customer_of_each_partner_has_a_name_of_their_own() {
        let name = |owner, provider, profile| browser_key_name(owner, &ProviderId::new(provider), profile);
        let names = [
            name("shop", "wise", "101"),
            name("shop", "wise", "102"),
            name("other", "wise", "101"),
            name("shop", "other", "101"),
            name("shopwise", "", "101"),
        ];
        for (index, one) in names.iter().enumerate() {
            assert_eq!(one.len(), 43);
            assert_eq!(names.iter().position(|other| other == one), Some(index));
        }
        assert_eq!(name("shop", "wise", "101"), names[0]);
    }
}
