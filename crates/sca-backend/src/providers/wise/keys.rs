//! Wise's public key for PINs. A browser cannot fetch it: that takes the partner's own client credentials.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode, header};
use base64ct::{Base64, Encoding};
use sca_protocol::api::EncryptionKey;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Wise;
use crate::providers::{InvalidResponse, ProviderError, http::Call, sensitive};
use sca_core::secret::Secret;

/// The partner's credentials with Wise.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The client's id.
    pub id: String,
    /// The client's secret.
    pub secret: Secret,
}

/// The key, and what is needed to fetch it. The key can be read at any time; whoever fetches it does so alone.
#[derive(Debug)]
pub struct KeyCache {
    credentials: ClientCredentials,
    cached: Mutex<Cached>,
    flight: tokio::sync::Mutex<Flight>,
}

#[derive(Debug)]
struct Cached {
    key: Option<EncryptionKey>,
    /// From when on a newer one is asked for.
    ask_at: Instant,
    /// Wise could not decrypt: the key may have been replaced.
    doubted: bool,
    /// When the key was last fetched because of a doubt.
    refetched: Option<Instant>,
}

/// The one fetch that is under way.
#[derive(Debug, Default)]
struct Flight {
    token: Option<(Secret, Instant)>,
    /// When the last one ended, and how.
    last: Option<(Instant, Result<EncryptionKey, ProviderError>)>,
}

/// The least time between two fetches that failures led to: nobody can have Wise asked for keys by sending nonsense, and
/// whoever meets a key that was just replaced finds the new one here.
const REFETCH_AFTER: Duration = Duration::from_secs(30);

/// How long a key is used without asking again. Wise names no period; a key that was replaced shows itself earlier.
const USE_FOR: Duration = Duration::from_secs(3600);

impl KeyCache {
    pub(super) fn new(credentials: ClientCredentials) -> Self {
        Self {
            credentials,
            cached: Mutex::new(Cached {
                key: None,
                ask_at: Instant::now(),
                doubted: false,
                refetched: None,
            }),
            flight: tokio::sync::Mutex::default(),
        }
    }

    fn cached(&self) -> MutexGuard<'_, Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, if it is good enough, and whether somebody should ask for a newer one meanwhile.
    fn known(&self, now: Instant) -> Option<(EncryptionKey, bool)> {
        let mut cached = self.cached();
        let key = cached.key.clone().filter(|_| !cached.doubted)?;
        let due = now >= cached.ask_at;
        if due {
            cached.ask_at = now + REFETCH_AFTER;
        }
        Some((key, due))
    }

    fn doubt(&self, now: Instant) {
        let mut cached = self.cached();
        if cached
            .refetched
            .is_none_or(|last| now.duration_since(last) >= REFETCH_AFTER)
        {
            cached.doubted = true;
        }
    }

    fn note(&self, now: Instant, fetched: &Result<EncryptionKey, ProviderError>) {
        let mut cached = self.cached();
        if std::mem::take(&mut cached.doubted) {
            cached.refetched = Some(now);
        }
        if let Ok(key) = fetched {
            cached.key = Some(key.clone());
            cached.ask_at = now + USE_FOR;
        }
    }
}

impl Wise {
    /// The key that PINs are encrypted to. An old one is given at once, and a newer one asked for meanwhile.
    ///
    /// # Errors
    /// When there is none yet and Wise gives none. A key that was fetched before is used while Wise cannot be reached.
    pub async fn encryption_key(&self) -> Result<EncryptionKey, ProviderError> {
        let asked = Instant::now();
        if let Some((key, due)) = self.keys.known(asked) {
            if due {
                let wise = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = wise.fetch(asked).await {
                        tracing::warn!(%error, "no newer key");
                    }
                });
            }
            return Ok(key);
        }
        let fetched = self.fetch(asked).await;
        fetched.or_else(|error| self.keys.cached().key.clone().ok_or(error))
    }

    /// Wise could not decrypt: the next one to ask for the key has it fetched again, not more often than every 30 seconds.
    pub fn doubt_encryption_key(&self) {
        self.keys.doubt(Instant::now());
    }

    /// Fetches the key. Those who asked while somebody else was at it share what came of that.
    async fn fetch(&self, asked: Instant) -> Result<EncryptionKey, ProviderError> {
        let mut flight = self.keys.flight.lock().await;
        if let Some((ended, outcome)) = &flight.last
            && *ended >= asked
        {
            return outcome.clone();
        }
        let had_token = flight.token.is_some();
        let fetched = match self.fetch_with_token(&mut flight).await {
            // The token may have ended early: once more with a new one.
            Err(ProviderError::SessionEnded) if had_token => {
                flight.token = None;
                self.fetch_with_token(&mut flight).await
            }
            Ok(key) => Ok(key),
            Err(error) => Err(error),
        };
        let fetched = fetched.map_err(|error| {
            // It is our own session that has ended, not the customer's.
            if error == ProviderError::SessionEnded {
                ProviderError::ClientRefused(401)
            } else {
                error
            }
        });
        let now = Instant::now();
        self.keys.note(now, &fetched);
        flight.last = Some((now, fetched.clone()));
        fetched
    }

    async fn fetch_with_token(&self, flight: &mut Flight) -> Result<EncryptionKey, ProviderError> {
        let token = self.client_token(flight).await?;
        let call = Call::new("public-key", Method::GET, self.paths.public_keys()).bearer(&token)?;
        let answer = self.http.call(call).await?;
        if answer.status != StatusCode::OK {
            return Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16())));
        }
        read_key(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body))
    }

    async fn client_token(&self, flight: &mut Flight) -> Result<Secret, ProviderError> {
        if let Some((token, until)) = &flight.token
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let credentials = &self.keys.credentials;
        let pair = Zeroizing::new(format!("{}:{}", credentials.id, credentials.secret.expose()));
        let basic = Zeroizing::new(format!("Basic {}", Base64::encode_string(pair.as_bytes())));
        let basic = sensitive(&basic).ok_or(ProviderError::ClientRefused(401))?;
        let call = Call::new("client-token", Method::POST, "/oauth/token".into())
            .header(header::AUTHORIZATION, basic)
            .body(
                "application/x-www-form-urlencoded",
                Zeroizing::new(b"grant_type=client_credentials".to_vec()),
            );
        let answer = self.http.call(call).await?;
        match answer.status {
            StatusCode::OK => {}
            status if status.is_client_error() => return Err(ProviderError::ClientRefused(status.as_u16())),
            status => return Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
        }
        let (token, lifetime) = read_token(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body))?;
        // A minute early, so that no call starts with a token that ends on its way.
        let until = Instant::now() + lifetime.saturating_sub(Duration::from_secs(60));
        flight.token = Some((token.clone(), until));
        Ok(token)
    }
}

/// Reads a token answer. The token has no fixed form or length; a lifetime that is not told is an hour.
fn read_token(body: &[u8]) -> Option<(Secret, Duration)> {
    #[derive(serde::Deserialize)]
    struct Answer {
        access_token: Secret,
        expires_in: Option<u64>,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let seconds = answer.expires_in.unwrap_or(3600).min(86_400);
    (!answer.access_token.expose().is_empty()).then(|| (answer.access_token, Duration::from_secs(seconds)))
}

/// Reads a key answer: an object, or in some reports a list of them. Whether the key is any good, the widget checks.
fn read_key(body: &[u8]) -> Option<EncryptionKey> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let key = document.as_array().map_or(Some(&document), |list| list.first())?;
    let material = key.get("keyMaterial")?;
    let algorithm = material.get("algorithm").and_then(Value::as_str);
    let spki = material.get("keyMaterial")?.as_str()?;
    let is_ours = algorithm.is_none_or(|algorithm| algorithm == "RSA_OAEP_256");
    let is_base64 = (200..=4096).contains(&spki.len())
        && spki
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    (is_ours && is_base64).then(|| EncryptionKey {
        key_id: key
            .get("keyId")
            .and_then(Value::as_str)
            .filter(|id| is_key_id(id))
            .map(str::to_owned),
        spki: spki.to_owned(),
    })
}

/// An id that a widget takes: visible ASCII that JSON need not escape. A key is as good without one.
fn is_key_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_key_is_given_at_once_and_one_caller_asks_for_a_newer_one() {
        let cache = KeyCache::new(ClientCredentials {
            id: "id".into(),
            secret: Secret::new("secret".into()),
        });
        let start = Instant::now();
        assert!(cache.known(start).is_none());
        let key = EncryptionKey {
            key_id: None,
            spki: "key".into(),
        };
        cache.note(start, &Ok(key));
        let due = |after: Duration| cache.known(start + after).unwrap().1;
        assert!(!due(Duration::ZERO));
        assert!(due(USE_FOR) && !due(USE_FOR));
        cache.note(start + USE_FOR, &Err(ProviderError::TimedOut));
        assert!(!due(USE_FOR) && due(USE_FOR + REFETCH_AFTER));
        cache.doubt(start);
        assert!(cache.known(start).is_none());
        cache.note(start, &Err(ProviderError::TimedOut));
        cache.doubt(start);
        assert!(cache.known(start).is_some(), "asked for again within half a minute");
    }

    #[test]
    fn an_id_that_no_widget_would_take_is_no_id() {
        let spki = "A".repeat(392);
        let long = "x".repeat(129);
        for (id, kept) in [
            ("k-1", true),
            ("", false),
            ("a b", false),
            ("é", false),
            (long.as_str(), false),
            ("a\\\\b", false),
        ] {
            let key = format!(r#"{{"keyId":"{id}","keyMaterial":{{"keyMaterial":"{spki}"}}}}"#);
            assert_eq!(read_key(key.as_bytes()).unwrap().key_id.is_some(), kept, "{id}");
        }
    }

    #[test]
    fn a_key_is_read_with_and_without_an_id_and_from_a_list() {
        let spki = "A".repeat(392);
        let key = format!(r#"{{"version":1,"keyMaterial":{{"algorithm":"RSA_OAEP_256","keyMaterial":"{spki}"}}}}"#);
        assert_eq!(read_key(key.as_bytes()).unwrap().key_id, None);
        assert_eq!(read_key(format!("[{key}]").as_bytes()).unwrap().spki, spki);
        for text in [
            "[]",
            "{}",
            "<html>",
            &key.replace("RSA_OAEP_256", "ECDH_ES"),
            &key.replace(&spki, "<script>"),
        ] {
            assert_eq!(read_key(text.as_bytes()), None, "{text}");
        }
    }
}
