//! The key that a browser keeps for a customer.

/// What is known about the key from which this browser derives the customer's device fingerprint. A browser can lose it at any time, for
/// instance when the customer clears the site's data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum BrowserKey {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// This browser keeps no key of the customer.
    Missing,
    /// It keeps one.
    Kept {
        /// The provider's id of the device that was enrolled with it, if it is known.
        device: Option<String>,
    },
    /// This browser or this page does not let us keep a key.
    Refused,
}
