//! [Client secrets](https://docs.facesign.ai/docs/reference/client-secrets): each opens the hosted page of one session until it
//! expires.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::clock::after_seconds;

/// One client secret. The simulator's secrets are public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientSecret {
    pub(crate) secret: String,
    /// Milliseconds.
    pub(crate) created_at: i64,
    /// Milliseconds.
    pub(crate) expires_at: i64,
    /// Replaced by a newer one.
    pub(crate) revoked: bool,
}

impl ClientSecret {
    /// Issues a new one: `cs` and 32 hexadecimal digits.
    pub(crate) fn issue(now: i64, seconds: u32) -> Self {
        Self {
            secret: format!("cs{}", Uuid::new_v4().simple()),
            created_at: now,
            expires_at: after_seconds(now, seconds),
            revoked: false,
        }
    }

    /// The address of the hosted page.
    pub(crate) fn url(&self, pages: &str) -> String {
        format!("{pages}?cs={}", self.secret)
    }

    /// The secret in JSON, as the API returns it.
    pub(crate) fn to_json(&self, pages: &str) -> Value {
        json!({
            "secret": self.secret,
            "createdAt": self.created_at,
            "expireAt": self.expires_at,
            "url": self.url(pages),
        })
    }
}
