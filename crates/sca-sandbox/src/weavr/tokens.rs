//! Bearer tokens, which die when they are not used.

use std::collections::HashMap;

use uuid::Uuid;

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) user: String,
    /// Milliseconds on the customer's clock.
    pub(crate) used_at: i64,
    pub(crate) stepped_up: bool,
}

/// All tokens that were not logged out.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    by_text: HashMap<String, Token>,
}

impl Tokens {
    /// A new token for this user.
    pub(crate) fn give(&mut self, user: &str, now: i64) -> String {
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

    /// Notes that a token is used; whether it still lives.
    pub(crate) fn touch(&mut self, text: &str, now: i64, idle_seconds: u32) -> bool {
        let Some(token) = self.by_text.get_mut(text) else {
            return false;
        };
        let dies_at = token
            .used_at
            .saturating_add(i64::from(idle_seconds).saturating_mul(1000));
        if now > dies_at {
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

    /// Ends one token.
    pub(crate) fn end(&mut self, text: &str) {
        self.by_text.remove(text);
    }

    /// Ends all of a user's tokens.
    pub(crate) fn end_all(&mut self, user: &str) {
        self.by_text.retain(|_, token| token.user != user);
    }
}
