use super::Record;
use crate::delivery::Kind;

/// What another server is to be told about a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// What it is about.
    pub kind: Kind,
    /// What there is to say: a JSON object.
    pub data: serde_json::Value,
}

impl Record {
    /// What follows from this decision for others; written down together with it.
    #[must_use]
    pub fn news(&self) -> Vec<News> {
        vec![News {
            kind: Kind::ApprovalSettled,
            data: serde_json::json!({
                "id": self.id,
                "status": self.status,
                "reason": self.reason,
            }),
        }]
    }
}
