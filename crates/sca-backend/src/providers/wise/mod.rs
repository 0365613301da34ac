//! Wise: "SCA over API". Which calls there are and how their answers are read.
//!
//! - [`paths`]: three generations of paths live side by side; which one is configuration.
//! - `status`, `verify`, `trigger` and [`keys`]: one call each.
//! - [`refusal`]: how Wise says that a call needs approval.
//! - [`describe`]: what a call would do, as the customer is to see it.

pub mod describe;
pub mod keys;
pub mod paths;
pub mod refusal;
mod status;
mod trigger;
mod verify;

use std::sync::Arc;

use axum::http::HeaderName;
use sca_protocol::Factor;

use super::http::ProviderHttp;
use keys::KeyCache;
use paths::{PathGeneration, ProfileId};
use sca_core::secret::Secret;

/// The header that names a one-time token in calls that clear it.
const ONE_TIME_TOKEN: HeaderName = HeaderName::from_static("one-time-token");

/// Wise, as one customer's calls see it.
#[derive(Clone, Debug)]
pub struct Wise {
    http: ProviderHttp,
    paths: PathGeneration,
    keys: Arc<KeyCache>,
}

/// What a call on a customer's behalf needs.
#[derive(Clone, Debug)]
pub struct Session {
    /// The customer's access token.
    pub access_token: Secret,
    /// The one-time token that is to be cleared.
    pub one_time_token: Secret,
    /// The customer's profile, where the paths need it.
    pub profile: Option<ProfileId>,
}

impl Wise {
    /// Wise at the end of a connection.
    #[must_use]
    pub fn new(http: ProviderHttp, paths: PathGeneration, credentials: keys::ClientCredentials) -> Self {
        let keys = Arc::new(KeyCache::new(credentials));
        Self { http, paths, keys }
    }

    /// The door to Wise, for requests that are passed on as they are.
    #[must_use]
    pub fn http(&self) -> &ProviderHttp {
        &self.http
    }

    /// The paths that are in use.
    #[must_use]
    pub fn paths(&self) -> &PathGeneration {
        &self.paths
    }
}

/// Wise's names for challenge types. A name that is not known is kept as Wise spells it, and so is `FACE_MAP`: a scan that Wise's own
/// library makes, not a face that a page of FaceSign's recognises.
fn factor_of(name: &str) -> Factor {
    match name {
        "PIN" => Factor::Pin,
        "SMS" => Factor::Sms,
        "WHATSAPP" => Factor::WhatsApp,
        "VOICE" => Factor::Voice,
        "PARTNER_DEVICE_FINGERPRINT" => Factor::Device,
        other => Factor::Other(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_of_wises_own_is_not_a_face_that_we_can_show() {
        assert_eq!(factor_of("FACE_MAP"), Factor::Other("FACE_MAP".into()));
        assert_eq!(factor_of("SMS"), Factor::Sms);
    }
}
