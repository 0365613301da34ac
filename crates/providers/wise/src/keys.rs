//! Wise's public key for encrypted PINs. Reading it requires the partner's client credentials, so a browser cannot fetch it.
//!
//! The endpoint is in <https://docs.wise.com/api-reference/jose>, the use of the key in
//! <https://docs.wise.com/guides/developer/auth-and-security/jose-jwe>.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use base64ct::{Base64, Encoding};
use http::{Method, StatusCode, header};
use sca_protocol::api::EncryptionKey;
use serde_json::Value;
use zeroize::Zeroizing;

use super::Wise;
use sca_core::{InvalidResponse, ProviderError, secret::Secret};
use sca_jose::{JoseError, PublicKey};
use sca_provider_http::{Call, sensitive};

/// The partner's client credentials at Wise.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The client's id.
    pub id: String,
    /// The client's secret.
    pub secret: Secret,
}

/// The cached key. Readers never wait for a lock that is held during a call; at most one fetch runs at a time.
#[derive(Debug)]
pub struct KeyCache {
    credentials: ClientCredentials,
    cached: Mutex<Cached>,
    flight: tokio::sync::Mutex<Flight>,
}

#[derive(Debug)]
struct Cached {
    key: Option<EncryptionKey>,
    /// When a background fetch is due.
    refresh_at: Instant,
    /// Whether Wise failed to decrypt, so that the key may have been rotated.
    is_stale: bool,
    /// When the key was last fetched because it was stale.
    refetched: Option<Instant>,
}

/// The state of the fetch, which one task holds at a time.
#[derive(Debug, Default)]
struct Flight {
    token: Option<(Secret, Instant)>,
    /// The time and result of the last fetch.
    last: Option<(Instant, Result<EncryptionKey, ProviderError>)>,
}

/// The minimum time between two fetches after failures. It bounds the calls to Wise that invalid PINs can cause, and is short enough
/// for a rotated key.
const REFETCH_AFTER: Duration = Duration::from_secs(30);

/// How long a key is used before a background fetch. Wise asks partners to store the key and documents no period:
/// <https://docs.wise.com/api-reference/jose>. A rotated key is noticed earlier by a failed decryption.
const USE_FOR: Duration = Duration::from_secs(3600);

impl KeyCache {
    pub(super) fn new(credentials: ClientCredentials) -> Self {
        Self {
            credentials,
            cached: Mutex::new(Cached {
                key: None,
                refresh_at: Instant::now(),
                is_stale: false,
                refetched: None,
            }),
            flight: tokio::sync::Mutex::default(),
        }
    }

    fn cached(&self) -> MutexGuard<'_, Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cached key unless it is stale, and whether the caller should start a background fetch.
    fn known(&self, now: Instant) -> Option<(EncryptionKey, bool)> {
        let mut cached = self.cached();
        let key = cached.key.clone().filter(|_| !cached.is_stale)?;
        let due = now >= cached.refresh_at;
        if due {
            cached.refresh_at = now + REFETCH_AFTER;
        }
        Some((key, due))
    }

    fn mark_stale(&self, now: Instant) {
        let mut cached = self.cached();
        if cached
            .refetched
            .is_none_or(|last| now.duration_since(last) >= REFETCH_AFTER)
        {
            cached.is_stale = true;
        }
    }

    fn record_fetch(&self, now: Instant, fetched: &Result<EncryptionKey, ProviderError>) {
        let mut cached = self.cached();
        if std::mem::take(&mut cached.is_stale) {
            cached.refetched = Some(now);
        }
        if let Ok(key) = fetched {
            cached.key = Some(key.clone());
            cached.refresh_at = now + USE_FOR;
        }
    }
}

impl Wise {
    /// The public key for PINs. An old key is returned at once, and refreshed in the background.
    ///
    /// # Errors
    /// When there is no cached key and the fetch fails. A cached key is used while Wise is unreachable.
    pub async fn encryption_key(&self) -> Result<EncryptionKey, ProviderError> {
        let requested_at = Instant::now();
        if let Some((key, due)) = self.keys.known(requested_at) {
            if due {
                let wise = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = wise.fetch(requested_at).await {
                        tracing::warn!(%error, "background refresh of the encryption key failed");
                    }
                });
            }
            return Ok(key);
        }
        let fetched = self.fetch(requested_at).await;
        fetched.or_else(|error| self.keys.cached().key.clone().ok_or(error))
    }

    /// Marks the key as stale after Wise failed to decrypt, so that the next reader fetches it again. Fetches are at least 30 seconds
    /// apart. Wise documents one fetch and one retry: <https://docs.wise.com/api-reference/jose>.
    pub fn mark_encryption_key_stale(&self) {
        self.keys.mark_stale(Instant::now());
    }

    /// Fetches the key. Callers that waited for a running fetch share its result.
    async fn fetch(&self, requested_at: Instant) -> Result<EncryptionKey, ProviderError> {
        let mut flight = self.keys.flight.lock().await;
        if let Some((ended, outcome)) = &flight.last
            && *ended >= requested_at
        {
            return outcome.clone();
        }
        let had_token = flight.token.is_some();
        let fetched = match self.fetch_with_token(&mut flight).await {
            // The client token may have been revoked early.
            Err(ProviderError::SessionEnded) if had_token => {
                flight.token = None;
                self.fetch_with_token(&mut flight).await
            }
            Ok(key) => Ok(key),
            Err(error) => Err(error),
        };
        let fetched = fetched.map_err(ProviderError::of_own_credentials);
        let now = Instant::now();
        self.keys.record_fetch(now, &fetched);
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
        read_key(&answer.body).map_err(|reason| {
            tracing::error!(
                reason,
                "the provider's key for PINs is refused: no PIN can be encrypted"
            );
            ProviderError::Unusable(InvalidResponse::Body)
        })
    }

    /// Sends a call with the partner's client credentials.
    ///
    /// # Errors
    /// [`ProviderError::ClientRefused`] when Wise does not accept the credentials; or when there is no usable response.
    pub(super) async fn call_as_client(
        &self,
        call: impl Fn() -> Call + Send,
    ) -> Result<sca_provider_http::Answer, ProviderError> {
        let called = match self.try_as_client(call()).await {
            // The client token may have been revoked early. With it, Wise has executed nothing.
            Err(ProviderError::SessionEnded) => {
                self.keys.flight.lock().await.token = None;
                self.try_as_client(call()).await
            }
            called => called,
        };
        called.map_err(ProviderError::of_own_credentials)
    }

    async fn try_as_client(&self, call: Call) -> Result<sca_provider_http::Answer, ProviderError> {
        // The lock is not held during the call.
        let token = self.client_token(&mut *self.keys.flight.lock().await).await?;
        self.http.call(call.bearer(&token)?).await
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
        // A minute early, so that the token does not expire during a call.
        let until = Instant::now() + lifetime.saturating_sub(Duration::from_secs(60));
        flight.token = Some((token.clone(), until));
        Ok(token)
    }
}

/// Parses a token response. The token has no fixed form or length:
/// <https://docs.wise.com/guides/developer/auth-and-security/client-credentials-token-migration>. Without `expires_in` an hour is assumed.
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

/// Parses a key response: an object as documented, or a list of objects as some deployments return. The key is checked as the widget will check
/// it; its base64 may be in lines of any length.
///
/// # Errors
/// The check that failed.
fn read_key(body: &[u8]) -> Result<EncryptionKey, String> {
    let document: Value = serde_json::from_slice(body).map_err(|_| "not JSON".to_owned())?;
    let key = document.as_array().map_or(Some(&document), |list| list.first());
    let material = key.and_then(|key| key.get("keyMaterial"));
    let member = |name: &str| material.and_then(|material| material.get(name)?.as_str());
    if let Some(algorithm) = member("algorithm").filter(|algorithm| *algorithm != "RSA_OAEP_256") {
        return Err(format!("the algorithm {algorithm:.32}"));
    }
    let spki = member("keyMaterial").ok_or_else(|| "no keyMaterial".to_owned())?;
    let spki: String = spki.split_ascii_whitespace().collect();
    check_key(&spki)?;
    let id = key.and_then(|key| key.get("keyId")?.as_str());
    Ok(EncryptionKey {
        key_id: id.filter(|id| is_key_id(id)).map(str::to_owned),
        spki,
    })
}

/// Checks the base64 of an RSA SubjectPublicKeyInfo.
///
/// # Errors
/// The check that failed.
pub(super) fn check_key(spki: &str) -> Result<(), String> {
    match PublicKey::from_base64_spki(spki) {
        Ok(_) => Ok(()),
        // Its `Display` does not name the check.
        Err(JoseError::KeyRefused(flaw)) => Err(format!("{flaw:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether the widget accepts the id: visible ASCII without JSON escapes. A key can be used without an id.
fn is_key_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPKI: &str = include_str!("../../../../tests/fixtures/public-key.spki.base64");

    #[test]
    fn an_old_key_is_returned_at_once_and_one_caller_refreshes_it() {
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
        cache.record_fetch(start, &Ok(key));
        let due = |after: Duration| cache.known(start + after).unwrap().1;
        assert!(!due(Duration::ZERO));
        assert!(due(USE_FOR) && !due(USE_FOR));
        cache.record_fetch(start + USE_FOR, &Err(ProviderError::TimedOut));
        assert!(!due(USE_FOR) && due(USE_FOR + REFETCH_AFTER));
        cache.mark_stale(start);
        assert!(cache.known(start).is_none());
        cache.record_fetch(start, &Err(ProviderError::TimedOut));
        cache.mark_stale(start);
        assert!(cache.known(start).is_some(), "fetched again within 30 seconds");
    }

    #[test]
    fn an_id_that_the_widget_rejects_is_dropped() {
        let long = "x".repeat(129);
        for (id, kept) in [
            ("k-1", true),
            ("", false),
            ("a b", false),
            ("é", false),
            (long.as_str(), false),
            ("a\\\\b", false),
        ] {
            let key = format!(r#"{{"keyId":"{id}","keyMaterial":{{"keyMaterial":"{SPKI}"}}}}"#);
            assert_eq!(read_key(key.as_bytes()).unwrap().key_id.is_some(), kept, "{id}");
        }
    }

    #[test]
    fn a_key_is_parsed_with_and_without_an_id_from_a_list_and_in_lines() {
        let key = format!(r#"{{"version":1,"keyMaterial":{{"algorithm":"RSA_OAEP_256","keyMaterial":"{SPKI}"}}}}"#);
        assert_eq!(read_key(key.as_bytes()).unwrap().key_id, None);
        assert_eq!(read_key(format!("[{key}]").as_bytes()).unwrap().spki, SPKI);
        for length in [64, 76] {
            let lines: Vec<&str> = SPKI
                .as_bytes()
                .chunks(length)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            let key = key.replace(SPKI, &lines.join("\\r\\n"));
            assert_eq!(read_key(key.as_bytes()).unwrap().spki, SPKI, "{length}");
        }
    }

    /// As `openssl` writes them, but for the one thing that is wrong.
    #[test]
    fn a_key_that_no_widget_could_use_is_refused_with_the_failed_check() {
        let der = Base64::decode_vec(SPKI).unwrap();
        let without_null = {
            // The lengths of the two sequences, and the NULL behind the algorithm's id.
            let mut der = der.clone();
            der.drain(17..19);
            der[3] -= 2;
            der[5] -= 2;
            der
        };
        let with_pss = {
            let mut der = der.clone();
            der[16] = 10;
            der
        };
        let random = der.iter().map(|byte| byte.wrapping_mul(31)).collect();
        let answer = |spki: &str| format!(r#"{{"keyMaterial":{{"algorithm":"RSA_OAEP_256","keyMaterial":"{spki}"}}}}"#);
        for (der, what) in [(without_null, "no NULL"), (with_pss, "PSS"), (random, "random bytes")] {
            let refused = read_key(answer(&Base64::encode_string(&der)).as_bytes()).unwrap_err();
            assert_eq!(refused, "NotSubjectPublicKeyInfo", "{what}");
        }
        for (text, reason) in [
            ("[]".to_owned(), "no keyMaterial"),
            ("{}".to_owned(), "no keyMaterial"),
            ("<html>".to_owned(), "not JSON"),
            (answer(SPKI).replace("RSA_OAEP_256", "ECDH_ES"), "the algorithm ECDH_ES"),
            (answer("<script>"), "Encoding"),
        ] {
            assert_eq!(read_key(text.as_bytes()).unwrap_err(), reason, "{text}");
        }
    }
}
