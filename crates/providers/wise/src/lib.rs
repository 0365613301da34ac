//! Wise, "SCA over API": <https://docs.wise.com/guides/developer/auth-and-security/sca-over-api>.
//!
//! - [`paths`]: the three generations of paths. The configuration selects one.
//! - `status`, `verify`, `trigger`, `session` and [`keys`]: one call each.
//! - `enrolment`: the customer's PIN and device fingerprints are set up and removed.
//! - `phones`, `faces`: the same for phone numbers, and for faces, which are verified too.
//! - [`refusal`]: the rejection of a call that needs approval.
//! - [`describe`]: the action of a call, as the customer is shown it;
//! - `forward`: a partner's call;
//! - `call_patterns`: calls that the configuration names;
//! - [`adapter`]: Wise as a provider of the core;
//! - [`config`]: the settings.

pub mod adapter;
mod call_patterns;
pub mod config;
pub mod describe;
mod enrolment;
mod faces;
mod forward;
mod jwe;
pub mod keys;
pub mod paths;
mod phones;
pub mod refusal;
mod session;
mod status;
mod trigger;
mod verify;

use std::sync::Arc;

use http::HeaderName;
use sca_protocol::Factor;

use call_patterns::CallPatterns;
use keys::KeyCache;
use paths::PathGeneration;
use sca_provider_http::ProviderHttp;

pub use adapter::ID;

/// The header with the one-time token, in calls that clear it: <https://docs.wise.com/api-reference/one-time-token>.
const ONE_TIME_TOKEN: HeaderName = HeaderName::from_static("one-time-token");

/// The client of Wise. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wise {
    http: ProviderHttp,
    paths: PathGeneration,
    keys: Arc<KeyCache>,
    expected_steps: Option<u8>,
    low_risk_calls: CallPatterns,
    export_keys: Arc<faces::ExportKeyCache>,
    /// Whether the partner has a face server.
    scans_faces: bool,
}

impl Wise {
    /// Creates the client.
    #[must_use]
    pub fn new(http: ProviderHttp, paths: PathGeneration, credentials: keys::ClientCredentials) -> Self {
        let keys = Arc::new(KeyCache::new(credentials));
        Self {
            http,
            paths,
            keys,
            expected_steps: None,
            low_risk_calls: CallPatterns::default(),
            export_keys: Arc::default(),
            scans_faces: false,
        }
    }

    /// Sets how many challenges a token has in total.
    #[must_use]
    pub fn with_expected_steps(self, expected_steps: Option<u8>) -> Self {
        Self { expected_steps, ..self }
    }

    /// Sets the calls that the partner calls low risk.
    #[must_use]
    pub(crate) fn with_low_risk_calls(self, low_risk_calls: CallPatterns) -> Self {
        Self { low_risk_calls, ..self }
    }

    /// Sets whether faces are scanned: the partner has a FaceTec server, and its page captures faces.
    #[must_use]
    pub fn with_face_scans(self, scans_faces: bool) -> Self {
        Self { scans_faces, ..self }
    }
}

/// The factor of a challenge type: <https://docs.wise.com/api-reference/one-time-token>. An unknown type keeps its name, and so does
/// `FACE_MAP` where the partner has no FaceTec server.
fn factor_of(name: &str, scans_faces: bool) -> Factor {
    match name {
        "PIN" => Factor::Pin,
        "SMS" => Factor::Sms,
        "WHATSAPP" => Factor::WhatsApp,
        "VOICE" => Factor::Voice,
        "PARTNER_DEVICE_FINGERPRINT" => Factor::Device,
        "FACE_MAP" if scans_faces => Factor::FaceScan,
        other => Factor::Other(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_map_is_a_factor_only_with_a_face_server() {
        assert_eq!(factor_of("FACE_MAP", false), Factor::Other("FACE_MAP".into()));
        assert_eq!(factor_of("FACE_MAP", true), Factor::FaceScan);
        assert_eq!(factor_of("SMS", true), Factor::Sms);
        assert_eq!(factor_of("PARTNER_DEVICE_FINGERPRINT", false), Factor::Device);
    }
}
