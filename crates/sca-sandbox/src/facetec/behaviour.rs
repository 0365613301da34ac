//! The switches: what the server finds in a face scan, and what it requires of one.

use crate::kit::switches::{settings, switches};

settings! {
    /// How the server treats scans for one `externalDatabaseRefID`, or for all.
    struct Behaviour {
        refuses: Refuses,
        session_tokens: SessionTokens,
        /// Lifetime of a session token.
        session_token_seconds: u32 = 300,
        /// The match level of two scans of the same person. Below 15, the match fails.
        match_level: u32 = 15,
        /// Whether responses have a `scanResultBlob`.
        scan_result_blob: bool = true,
    }
}

switches! {
    /// The security check that every scan fails.
    enum Refuses {
        /// None: each check depends on the scan.
        Nothing,
        /// The liveness check.
        Liveness,
        /// The check of the audit trail images.
        AuditTrail,
        /// The check that the scan was not used before.
        Replay,
        /// The check of the session token.
        SessionToken,
    }

    /// Whether a scan has to name a session token.
    enum SessionTokens {
        /// A scan without one is accepted. One that is named has to be valid.
        Optional,
        /// A scan without one fails the check.
        Required,
    }
}
