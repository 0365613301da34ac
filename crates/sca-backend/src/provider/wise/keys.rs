//! Wise's public key for PINs. A browser cannot fetch it: that takes the partner's own client credentials.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode, header};
use base64ct::{Base64, Encoding};
use sca_protocol::wire::EncryptionKey;
use serde_json::Value;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::{Wise, http::Call, sensitive};
use crate::{
    provider::{Flaw, ProviderError},
    secret::Secret,
};

/// The partner's credentials with Wise.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The client's id.
    pub id: String,
    /// The client's secret.
    pub secret: Secret,
}

/// The key, and the token that it is fetched with.
#[derive(Debug)]
pub struct KeyCache {
    credentials: ClientCredentials,
    cached: Mutex<Cached>,
}

#[derive(Debug, Default)]
struct Cached {
    token: Option<(Secret, Instant)>,
    key: Option<(EncryptionKey, Instant)>,
    /// When the key was last fetched because of a failure.
    refetched: Option<Instant>,
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
            cached: Mutex::default(),
        }
    }
}

impl Wise {
    /// The key that PINs are encrypted to.
    ///
    /// # Errors
    /// When there is none yet and Wise gives none. A key that was fetched before is used while Wise cannot be reached.
    pub async fn encryption_key(&self) -> Result<EncryptionKey, ProviderError> {
        let mut cached = self.keys.cached.lock().await;
        match &cached.key {
            Some((key, fetched)) if fetched.elapsed() < USE_FOR => Ok(key.clone()),
            Some((key, _)) => {
                let old = key.clone();
                Ok(self.fetch(&mut cached).await.unwrap_or(old))
            }
            None => self.fetch(&mut cached).await,
        }
    }

    /// Fetches the key again, because Wise could not decrypt; not more often than every 30 seconds.
    ///
    /// # Errors
    /// When Wise gives none.
    pub async fn refetch_encryption_key(&self) -> Result<(), ProviderError> {
        let mut cached = self.keys.cached.lock().await;
        if cached.refetched.is_none_or(|last| last.elapsed() >= REFETCH_AFTER) {
            cached.refetched = Some(Instant::now());
            self.fetch(&mut cached).await?;
        }
        Ok(())
    }

    async fn fetch(&self, cached: &mut Cached) -> Result<EncryptionKey, ProviderError> {
        let had_token = cached.token.is_some();
        let fetched = match self.fetch_with_token(cached).await {
            // The token may have ended early: once more with a new one.
            Err(ProviderError::SessionEnded) if had_token => {
                cached.token = None;
                self.fetch_with_token(cached).await
            }
            Ok(key) => Ok(key),
            Err(error) => Err(error),
        };
        let key = fetched.map_err(|error| {
            // It is our own session that has ended, not the customer's.
            if error == ProviderError::SessionEnded {
                ProviderError::ClientRefused(401)
            } else {
                error
            }
        })?;
        cached.key = Some((key.clone(), Instant::now()));
        Ok(key)
    }

    async fn fetch_with_token(&self, cached: &mut Cached) -> Result<EncryptionKey, ProviderError> {
        let token = self.client_token(cached).await?;
        let call = Call::new("public-key", Method::GET, self.paths.public_keys()).bearer(&token)?;
        let answer = self.http.call(call).await?;
        if answer.status != StatusCode::OK {
            return Err(ProviderError::Unusable(Flaw::Status(answer.status.as_u16())));
        }
        read_key(&answer.body).ok_or(ProviderError::Unusable(Flaw::Body))
    }

    async fn client_token(&self, cached: &mut Cached) -> Result<Secret, ProviderError> {
        if let Some((token, until)) = &cached.token
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
            status => return Err(ProviderError::Unusable(Flaw::Status(status.as_u16()))),
        }
        let (token, lifetime) = read_token(&answer.body).ok_or(ProviderError::Unusable(Flaw::Body))?;
        // A minute early, so that no call starts with a token that ends on its way.
        let until = Instant::now() + lifetime.saturating_sub(Duration::from_secs(60));
        cached.token = Some((token.clone(), until));
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
        key_id: key.get("keyId").and_then(Value::as_str).map(str::to_owned),
        spki: spki.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
