//! The API's operations, as the log and the faults name them.

use serde::{Deserialize, Serialize};

/// The API's operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Create,
    Get,
    Refresh,
    List,
    /// Languages and avatars.
    Catalogue,
    /// Only for scripting faults: all of them.
    Any,
}

impl Endpoint {
    /// Whether a fault scripted for this strikes a call to that.
    pub(crate) fn covers(self, called: Self) -> bool {
        self == Self::Any || self == called
    }
}

/// What a call was about, for the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    pub(crate) session_id: Option<String>,
}
