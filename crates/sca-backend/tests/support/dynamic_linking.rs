//! What a widget shows, and says that it has shown.

use sca_protocol::{
    Action,
    api::{Shown, approval_of, shown_text},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What goes with a call by a widget that shows this.
pub fn shown(approval: &str, version: u64, action: &Action) -> Shown {
    Shown {
        approval: approval.into(),
        version,
        digest: digest_of(&shown_text(approval, action)),
    }
}

pub fn digest_of(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same, from an approval as it is told.
pub fn shown_of(approval: &Value) -> Value {
    let action = serde_json::from_value(approval["action"].clone()).unwrap();
    let shown = shown(
        approval["id"].as_str().unwrap(),
        approval["version"].as_u64().unwrap(),
        &action,
    );
    json!(shown)
}

/// An address of the widget's.
pub fn address(client_secret: &str, path: &str) -> String {
    let id = approval_of(client_secret).unwrap_or("appr_none");
    format!("/v1/approval/{id}{path}")
}
