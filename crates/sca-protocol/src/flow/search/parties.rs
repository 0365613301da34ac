//! The parties beside the backend: the provider of hosted sessions, and the customer's phone.

/// A provider of hosted sessions.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct HostedProvider {
    pub(super) page: &'static str,
    pub(super) tries: u8,
}

impl HostedProvider {
    /// At an origin that the flow lists.
    pub(super) const HOSTED: Self = Self {
        page: "https://session.hosted.ai?cs=1",
        tries: 0,
    };
    /// At an origin that looks like a listed one.
    pub(super) const FORGED: Self = Self {
        page: "https://session.hosted.ai.evil.example?cs=1",
        tries: 0,
    };
}

/// The customer's phone.
#[derive(Clone, Default, PartialEq, Eq, Hash, Debug)]
pub(super) struct Phone {
    pub(super) sent: u8,
    /// The challenge whose request can still be answered, whatever was sent after it.
    pub(super) asks_for: Option<String>,
}
