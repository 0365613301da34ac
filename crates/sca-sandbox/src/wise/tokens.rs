//! [Access tokens](https://docs.wise.com/guides/developer/auth-and-security/client-credentials-token-migration): the partner's
//! own, and those of its customers.

use std::collections::HashMap;
use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::kit::clock::later;

/// How long a client-credentials token lives, in seconds.
pub(crate) const CLIENT_TOKEN_SECONDS: i64 = 43_199;

/// The owner of a call's access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Caller {
    /// No token, or one that is unknown or expired.
    Nobody,
    /// The partner itself.
    Client,
    /// A customer, by user id.
    User(u64),
}

/// The tokens that Wise has issued.
#[derive(Default)]
pub(crate) struct AccessTokens {
    /// Client-credentials tokens and when each expires.
    clients: HashMap<String, Timestamp>,
    /// User tokens. They do not expire; the fault `expiredToken` simulates an expired one.
    users: HashMap<String, u64>,
}

impl AccessTokens {
    /// Issues a client-credentials token.
    pub(crate) fn issue_client(&mut self, now: Timestamp) -> (String, Timestamp) {
        self.clients.retain(|_, expires| *expires > now);
        // Longer than a UUID, because Wise is changing its tokens from UUIDs to long opaque strings.
        let token = format!("client-{}-{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let expires = later(now, SignedDuration::from_secs(CLIENT_TOKEN_SECONDS));
        self.clients.insert(token.clone(), expires);
        (token, expires)
    }

    /// Adds the token of a user.
    pub(crate) fn add_user(&mut self, token: String, user: u64) {
        self.users.insert(token, user);
    }

    /// The owner of the token in the `Authorization` header.
    pub(crate) fn identify(&self, headers: &HeaderMap, now: Timestamp) -> Caller {
        let Some(token) = authorization(headers, "Bearer") else {
            return Caller::Nobody;
        };
        if let Some(user) = self.users.get(token) {
            return Caller::User(*user);
        }
        match self.clients.get(token) {
            Some(expires) if now < *expires => Caller::Client,
            Some(_) | None => Caller::Nobody,
        }
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessTokens")
            .field("clients", &self.clients.len())
            .field("users", &self.users.len())
            .finish_non_exhaustive()
    }
}

/// The credentials of the `Authorization` header, if it has this scheme.
pub(crate) fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (sent, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    sent.eq_ignore_ascii_case(scheme).then(|| credentials.trim())
}
