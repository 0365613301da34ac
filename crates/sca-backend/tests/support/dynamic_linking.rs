//! What a widget shows of an approval, and how it says so with each call (RTS article 5, dynamic linking).

use sca_protocol::{
    Action,
    api::{Shown, approval_of, shown_text},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The `shown` member of a call by a widget that shows this action.
pub fn shown(approval: &str, version: u64, action: &Action) -> Shown {
    Shown {
        approval: approval.into(),
        version,
        digest: digest_of(&shown_text(approval, action)),
    }
}

/// A text's SHA-256 in lower-case hexadecimal digits.
pub fn digest_of(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `shown` member for an approval as the backend answered it.
pub fn shown_of(approval: &Value) -> Value {
    let action = serde_json::from_value(approval["action"].clone()).unwrap();
    let shown = shown(
        approval["id"].as_str().unwrap(),
        approval["version"].as_u64().unwrap(),
        &action,
    );
    json!(shown)
}

/// The path of one of the widget's calls about the approval that a client secret is for.
pub fn address(client_secret: &str, path: &str) -> String {
    let id = approval_of(client_secret).unwrap_or("appr_none");
    format!("/v1/approval/{id}{path}")
}
