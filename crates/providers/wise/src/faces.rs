//! Faces that the partner's FaceTec server exports for Wise: <https://docs.wise.com/api-reference/sca-facemaps>. Wise's key for the export
//! is in <https://docs.wise.com/api-reference/facetec/facetecpublickeyget>.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use sca_core::{
    FaceExportKey, FaceMap, FaceOutcome, FaceScans, InvalidResponse, ProviderError, RemoveOutcome, Secret,
    VerificationVerdict,
    provider::{Answer, EnrolmentSession, TokenSession},
};
use sca_provider_http::Call;
use zeroize::Zeroizing;

use super::{
    Wise,
    enrolment::{own, profile_of, user_of},
    keys::check_key,
    paths::ProfileId,
    verify::{error_codes, has_new_token, is_json, verdict_of},
};

/// How long a key is used. Wise documents no period, and says that it rarely changes.
const USE_FOR: Duration = Duration::from_secs(3600);
/// The minimum time between two fetches after failed decryptions.
const REFETCH_AFTER: Duration = Duration::from_secs(30);
/// The maximum size of a PEM, in bytes.
const MAX_PEM: usize = 8 * 1024;

/// The cached key.
#[derive(Debug, Default)]
pub(super) struct ExportKeyCache {
    cached: Mutex<Cached>,
    /// Held by the one fetch that runs.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Cached {
    key: Option<(FaceExportKey, Instant)>,
    marked_stale: Option<Instant>,
}

impl ExportKeyCache {
    fn cached(&self) -> MutexGuard<'_, Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, now: Instant) -> Option<FaceExportKey> {
        let cached = self.cached();
        let (key, fetched) = cached.key.as_ref()?;
        (now.duration_since(*fetched) < USE_FOR).then(|| key.clone())
    }

    fn mark_stale(&self, now: Instant) {
        let mut cached = self.cached();
        let is_due = |last| now.duration_since(last) >= REFETCH_AFTER;
        if cached.marked_stale.is_none_or(is_due) {
            cached.marked_stale = Some(now);
            cached.key = None;
        }
    }
}

impl FaceScans for Wise {
    fn export_key<'a>(&'a self, access_token: &'a Secret) -> Answer<'a, FaceExportKey> {
        Box::pin(async move {
            if let Some(key) = self.export_keys.known(Instant::now()) {
                return Ok(key);
            }
            // As long as the one fetch takes that is running. A caller that comes after several others does not wait for all of them.
            let flight = tokio::time::timeout(self.http.total(), self.export_keys.flight.lock()).await;
            let _flight = flight.map_err(|_| ProviderError::TimedOut)?;
            // Another caller may have fetched it meanwhile.
            if let Some(key) = self.export_keys.known(Instant::now()) {
                return Ok(key);
            }
            let key = self.fetch_export_key(access_token).await?;
            self.export_keys.cached().key = Some((key.clone(), Instant::now()));
            Ok(key)
        })
    }

    fn mark_export_key_stale(&self) {
        self.export_keys.mark_stale(Instant::now());
    }

    fn create_face<'a>(&'a self, session: &'a EnrolmentSession, face_map: &'a FaceMap) -> Answer<'a, FaceOutcome> {
        Box::pin(async move {
            let path = self.paths.face_create(profile_of(session).as_ref());
            let path = path.ok_or(ProviderError::Malformed)?;
            let call = Call::new("create-face", Method::POST, path)
                .bearer(&session.access_token)?
                .body("application/json", body_of(face_map));
            outcome_of(&self.http.call(call).await?)
        })
    }

    fn remove_face<'a>(&'a self, session: &'a EnrolmentSession) -> Answer<'a, RemoveOutcome> {
        Box::pin(async move {
            let (profile, user) = (profile_of(session), user_of(session));
            let endpoint = self.paths.face_delete(profile.as_ref(), user.as_ref());
            self.delete("delete-face", session, endpoint).await
        })
    }

    fn verify_face<'a>(&'a self, session: &'a TokenSession, face_map: &'a FaceMap) -> Answer<'a, VerificationVerdict> {
        Box::pin(async move {
            let profile = session.profile.as_deref().and_then(ProfileId::new);
            let path = self.paths.face_verify(profile.as_ref());
            let path = path.ok_or(ProviderError::Unusable(InvalidResponse::Status(404)))?;
            let call = self
                .verification_call("verify-face", session, path)?
                .body("application/json", body_of(face_map));
            let answer = self.http.call(call).await?;
            match answer.status {
                StatusCode::OK | StatusCode::CREATED if is_json(&answer.body) => Ok(VerificationVerdict::Accepted),
                StatusCode::BAD_REQUEST if is_undecryptable(&answer.body) => Ok(VerificationVerdict::CannotDecrypt),
                _ => verdict_of(&answer),
            }
        })
    }
}

impl Wise {
    async fn fetch_export_key(&self, access_token: &Secret) -> Result<FaceExportKey, ProviderError> {
        let mut call = Call::new("face-key", Method::GET, self.paths.face_key()).bearer(access_token)?;
        call.cap = Some(MAX_PEM);
        let answer = self.http.call(call).await?;
        if answer.status != StatusCode::OK {
            return Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16())));
        }
        checked_key(&answer.body).map_err(|reason| {
            tracing::error!(
                reason,
                "the provider's key for face maps is refused: nothing is exported"
            );
            ProviderError::Unusable(InvalidResponse::Body)
        })
    }
}

/// Reads a PEM with one RSA key as a SubjectPublicKeyInfo (RFC 7468, section 13).
fn checked_key(body: &[u8]) -> Result<FaceExportKey, String> {
    const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
    const END: &str = "-----END PUBLIC KEY-----";
    let text = std::str::from_utf8(body).map_err(|_| "not UTF-8".to_owned())?.trim();
    let inner = text.strip_prefix(BEGIN).and_then(|text| text.strip_suffix(END));
    let inner = inner.ok_or_else(|| "not one PEM block `PUBLIC KEY`".to_owned())?;
    let base64: String = inner.split_ascii_whitespace().collect();
    check_key(&base64)?;
    // Written anew, so that the face server receives nothing that was not checked.
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    Ok(FaceExportKey::new(format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"))))
}

/// `{"faceMap":"…"}`. Base64 needs no JSON escapes.
fn body_of(face_map: &FaceMap) -> Zeroizing<Vec<u8>> {
    let mut body = Zeroizing::new(Vec::with_capacity(face_map.expose().len() + 16));
    body.extend_from_slice(b"{\"faceMap\":\"");
    body.extend_from_slice(face_map.expose().as_bytes());
    body.extend_from_slice(b"\"}");
    body
}

/// Wise documents 204 and 409. A face map that it cannot decrypt has no documented status; a code that says so decides.
fn outcome_of(answer: &sca_provider_http::Answer) -> Result<FaceOutcome, ProviderError> {
    let status = answer.status;
    if has_new_token(status, &answer.headers) {
        return Err(ProviderError::StepUpRequired);
    }
    match status {
        StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => own(answer, FaceOutcome::Enrolled),
        StatusCode::CONFLICT => own(answer, FaceOutcome::AlreadyEnrolled),
        StatusCode::BAD_REQUEST if is_undecryptable(&answer.body) => Ok(FaceOutcome::CannotDecrypt),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => own(answer, FaceOutcome::Rejected),
        StatusCode::FORBIDDEN => Err(ProviderError::Forbidden),
        status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
    }
}

fn is_undecryptable(body: &[u8]) -> bool {
    error_codes(body).iter().any(|code| code.contains("decrypt"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ClientCredentials;
    use http::HeaderMap;
    use sca_provider_http::{HttpLimits, ProviderHttp};
    use sca_runtime::metrics::Metrics;

    #[test]
    fn every_documented_response_is_an_outcome_and_no_other_is() {
        let undecryptable = r#"{"errors":[{"code":"facemap.undecryptable"}]}"#;
        let unusable = |error| Err(ProviderError::Unusable(error));
        for (status, body, expected) in [
            (204, "", Ok(FaceOutcome::Enrolled)),
            (200, "{}", Ok(FaceOutcome::Enrolled)),
            (200, "<html>", unusable(InvalidResponse::Body)),
            (409, "", Ok(FaceOutcome::AlreadyEnrolled)),
            (400, undecryptable, Ok(FaceOutcome::CannotDecrypt)),
            (400, "{}", Ok(FaceOutcome::Rejected)),
            (422, "", Ok(FaceOutcome::Rejected)),
            (403, "", Err(ProviderError::Forbidden)),
            (404, "", unusable(InvalidResponse::Status(404))),
            (500, "{}", unusable(InvalidResponse::Status(500))),
        ] {
            let answer = sca_provider_http::Answer {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: body.as_bytes().to_vec(),
            };
            assert_eq!(outcome_of(&answer), expected, "{status} {body}");
        }
    }

    #[test]
    fn only_an_rsa_key_in_one_pem_block_is_a_key() {
        for text in [
            "",
            "<html>",
            "-----BEGIN PUBLIC KEY-----\nbm90IGEga2V5\n-----END PUBLIC KEY-----\n",
            "-----BEGIN RSA PUBLIC KEY-----\nbm90IGEga2V5\n-----END RSA PUBLIC KEY-----\n",
            // An EC key (P-256).
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\nq9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n-----END PUBLIC KEY-----\n",
        ] {
            assert!(checked_key(text.as_bytes()).is_err(), "{text}");
        }
    }

    /// The caller's lease counts with one call's time for it.
    #[test]
    fn a_caller_waits_for_another_ones_fetch_no_longer_than_for_a_call() {
        let limits = HttpLimits {
            total: Duration::from_millis(20),
            ..HttpLimits::default()
        };
        let http = ProviderHttp::new("wise", "https://api.example", limits, Metrics::default());
        let credentials = ClientCredentials {
            id: "id".into(),
            secret: Secret::new("secret".into()),
        };
        let wise = Wise::new(http.unwrap(), "v2".parse().unwrap(), credentials);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(async {
            let _other = wise.export_keys.flight.lock().await;
            let token = Secret::new("token".into());
            let waited = tokio::time::timeout(Duration::from_secs(30), wise.export_key(&token)).await;
            assert!(matches!(waited, Ok(Err(ProviderError::TimedOut))));
        });
    }

    #[test]
    fn a_key_is_kept_for_an_hour_and_dropped_when_it_is_stale() {
        let cache = ExportKeyCache::default();
        let start = Instant::now();
        assert!(cache.known(start).is_none());
        cache.cached().key = Some((FaceExportKey::new("pem".into()), start));
        assert!(cache.known(start + USE_FOR.saturating_sub(REFETCH_AFTER)).is_some());
        assert!(cache.known(start + USE_FOR).is_none());
        cache.mark_stale(start);
        assert!(cache.known(start).is_none());
        cache.cached().key = Some((FaceExportKey::new("pem".into()), start));
        cache.mark_stale(start);
        assert!(cache.known(start).is_some(), "fetched again within 30 seconds");
    }
}
