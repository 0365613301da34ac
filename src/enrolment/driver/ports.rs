//! The port that only an enrolment needs.

use std::future::Future;

use sca_protocol::enrolment_flow::BrowserKey;
use zeroize::Zeroizing;

/// The keys of customers that this browser keeps, for the factor `device`: one for each customer, under the name that the backend gives.
/// A key never leaves the browser. A browser can lose one at any time.
pub trait DeviceKeys: 'static {
    /// Looks a key up, without making one.
    fn look_up(&self, name: &str) -> impl Future<Output = BrowserKey>;

    /// The fingerprint that the browser derives from its key: letters, digits, hyphens and underscores. Makes the key if there is none.
    /// `None` when the browser does not let us keep one.
    fn fingerprint(&self, name: &str) -> impl Future<Output = Option<Zeroizing<String>>>;

    /// Keeps the provider's id of the device beside its key, so that the customer sees which of their devices this browser is. If that
    /// fails, they do not see it.
    fn remember(&self, name: &str, device: &str) -> impl Future<Output = ()>;

    /// Removes a key. If that fails, it stays and is of no use.
    fn forget(&self, name: &str) -> impl Future<Output = ()>;
}
