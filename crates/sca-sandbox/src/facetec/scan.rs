//! Simulated face scans, and the security checks on them.
//!
//! A real 3D FaceScan is an encrypted binary that only FaceTec's device SDK can make. A simulated one is the Base64 text of a JSON
//! object that names a person and says whether the person was alive in front of the camera:
//!
//! ```json
//! {"person": "oliver", "live": true, "sessionToken": "..."}
//! ```
//!
//! The session token is optional. Further members are ignored, so that a simulated scan can be as large as a real one.

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use serde_json::{Value, json};

use super::behaviour::{Behaviour, Refuses, SessionTokens};

/// A face scan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scan {
    pub(super) person: String,
    live: bool,
    #[serde(default)]
    pub(super) session_token: Option<String>,
}

impl Scan {
    /// Reads a scan from its Base64 text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_slice(&Base64::decode_vec(text).ok()?).ok()
    }
}

/// What the server knows about the session token of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenState {
    /// The scan names none.
    Absent,
    /// It was not issued here, or it has expired.
    Invalid,
    /// A scan with it was processed before.
    Used,
    Valid,
}

/// The result of each security check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SecurityChecks {
    session_token: bool,
    audit_trail: bool,
    liveness: bool,
    replay: bool,
}

impl SecurityChecks {
    /// Checks a scan.
    pub(super) fn of(scan: &Scan, token: TokenState, behaviour: &Behaviour) -> Self {
        let session_token = match (token, behaviour.session_tokens) {
            (TokenState::Valid, SessionTokens::Optional | SessionTokens::Required)
            | (TokenState::Absent, SessionTokens::Optional) => true,
            (TokenState::Absent, SessionTokens::Required)
            | (TokenState::Invalid | TokenState::Used, SessionTokens::Optional | SessionTokens::Required) => false,
        };
        let refuses = behaviour.refuses;
        Self {
            session_token: session_token && refuses != Refuses::SessionToken,
            audit_trail: refuses != Refuses::AuditTrail,
            liveness: scan.live && refuses != Refuses::Liveness,
            replay: token != TokenState::Used && refuses != Refuses::Replay,
        }
    }

    /// Whether the scan passed all of them.
    pub(super) fn succeeded(self) -> bool {
        self.session_token && self.audit_trail && self.liveness && self.replay
    }

    /// `faceScanSecurityChecks` of a response.
    pub(super) fn to_json(self) -> Value {
        json!({
            "sessionTokenCheckSucceeded": self.session_token,
            "auditTrailVerificationCheckSucceeded": self.audit_trail,
            "faceScanLivenessCheckSucceeded": self.liveness,
            "replayCheckSucceeded": self.replay,
        })
    }
}
