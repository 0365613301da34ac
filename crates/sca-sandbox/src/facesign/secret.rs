//! Client secrets: each opens the hosted page of one session for a while.

use serde_json::{Value, json};
use uuid::Uuid;

/// One client secret. The simulator's secrets are public; nothing here is worth hiding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientSecret {
    pub(crate) secret: String,
    /// Milliseconds.
    pub(crate) created_at: i64,
    /// Milliseconds.
    pub(crate) expires_at: i64,
    /// Replaced by a newer one, and not kept alive.
    pub(crate) dead: bool,
}

impl ClientSecret {
    /// A new one: `cs` and 32 hexadecimal digits.
    pub(crate) fn mint(now: i64, seconds: u32) -> Self {
        Self {
            secret: format!("cs{}", Uuid::new_v4().simple()),
            created_at: now,
            expires_at: now.saturating_add(i64::from(seconds).saturating_mul(1000)),
            dead: false,
        }
    }

    /// Where the hosted page is.
    pub(crate) fn url(&self, pages: &str) -> String {
        format!("{pages}?cs={}", self.secret)
    }

    /// As the API answers it.
    pub(crate) fn to_json(&self, pages: &str) -> Value {
        json!({
            "secret": self.secret,
            "createdAt": self.created_at,
            "expireAt": self.expires_at,
            "url": self.url(pages),
        })
    }
}
