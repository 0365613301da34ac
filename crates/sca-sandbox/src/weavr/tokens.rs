//! Bearer tokens, which expire when they are not used.

use std::collections::HashMap;

use uuid::Uuid;

use crate::kit::clock::after_seconds;

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) user: String,
    /// Milliseconds on the customer's clock.
    pub(crate) used_at: i64,
    pub(crate) stepped_up: bool,
}

/// All tokens that were not revoked.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    by_text: HashMap<String, Token>,
}

impl Tokens {
    /// Issues a token for a user.
    pub(crate) fn issue(&mut self, user: &str, now: i64) -> String {
        let text = format!("weavr-token-{}", Uuid::new_v4().simple());
        let token = Token {
            user: user.to_owned(),
            used_at: now,
            stepped_up: false,
        };
        self.by_text.insert(text.clone(), token);
        text
    }

    pub(crate) fn get(&self, text: &str) -> Option<&Token> {
        self.by_text.get(text)
    }

    /// Records the use of a token. Returns whether it is still valid.
    pub(crate) fn touch(&mut self, text: &str, now: i64, idle_seconds: u32) -> bool {
        let Some(token) = self.by_text.get_mut(text) else {
            return false;
        };
        if now > after_seconds(token.used_at, idle_seconds) {
            return false;
        }
        token.used_at = now;
        true
    }

    /// Steps a token up.
    pub(crate) fn step_up(&mut self, text: &str) {
        if let Some(token) = self.by_text.get_mut(text) {
            token.stepped_up = true;
        }
    }

    pub(crate) fn is_stepped_up(&self, text: &str) -> bool {
        self.by_text.get(text).is_some_and(|token| token.stepped_up)
    }

    /// Revokes a token.
    pub(crate) fn revoke(&mut self, text: &str) {
        self.by_text.remove(text);
    }

    /// Revokes all of a user's tokens.
    pub(crate) fn revoke_all(&mut self, user: &str) {
        self.by_text.retain(|_, token| token.user != user);
    }
}
