//! The signature of a webhook: <https://docs.weavr.io/start/multi-webhooks>. `signature-v2` is the base64 of an HMAC-SHA256 (RFC 2104)
//! under an API key over `call-ref`, the received bytes of the body and `published-timestamp`, concatenated without separators. The
//! older `signature` covers only the time and is ignored.
//!
//! Without separators, bytes could move from one part to the next under the same signature. That is harmless here: the time is digits,
//! and a body is JSON that ends in a brace. A `call-ref` that contains the start of a body leaves a body that is not JSON, which is
//! rejected.

use std::time::Duration;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sca_protocol::Timestamp;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use sca_core::secret::Secret;

/// The signature header.
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature-v2");
/// The header with the event's id, the same in every redelivery.
pub const CALL_REF: HeaderName = HeaderName::from_static("call-ref");
/// The header with the time in milliseconds.
pub const PUBLISHED: HeaderName = HeaderName::from_static("published-timestamp");

/// The maximum age of an event. Weavr redelivers after 10, 60, 360, 2160 and 12960 seconds, more than four hours in total
/// (<https://docs.weavr.io/start/multi-webhooks>), and does not document whether a redelivery has a new time. Replays are detected by
/// `call-ref`, so a wide window is safe.
pub const MAX_AGE: Duration = Duration::from_secs(6 * 3_600);

/// How far Weavr's clock may be ahead of the backend's clock.
pub const MAX_CLOCK_SKEW: Duration = Duration::from_secs(300);

/// The maximum length of a `call-ref` in bytes: <https://docs.weavr.io/start/multi-webhooks>.
const MAX_CALL_REF_BYTES: usize = 255;

/// The id of an event, the same in every redelivery: `call-ref`, or without one a digest of the body, which contains the time of the
/// event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallRef(String);

impl CallRef {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a signature is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The signature header is missing.
    Missing,
    /// A header is missing, repeated or malformed.
    Malformed,
    /// The time differs too much from the backend's clock.
    Stale,
    /// No configured key gives this signature for these bytes.
    Wrong,
}

impl SignatureError {
    /// A description for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "the signature header is missing",
            Self::Malformed => "a header is missing, repeated or malformed",
            Self::Stale => "the time differs too much from the backend's clock",
            Self::Wrong => "the signature does not match",
        }
    }
}

/// Verifies a webhook and returns the event's id. All keys are compared in constant time.
///
/// # Errors
/// Why the signature is invalid, for the log. The response to the sender does not contain it.
pub fn verify(keys: &[Secret], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<CallRef, SignatureError> {
    let signature = single(headers, &SIGNATURE)?.ok_or(SignatureError::Missing)?;
    let signature = parse_signature(signature).ok_or(SignatureError::Malformed)?;
    let published = single(headers, &PUBLISHED)?.ok_or(SignatureError::Malformed)?;
    let at = parse_time(published).ok_or(SignatureError::Malformed)?;
    let call_ref = single(headers, &CALL_REF)?.unwrap_or_default();
    if call_ref.len() > MAX_CALL_REF_BYTES {
        return Err(SignatureError::Malformed);
    }
    let mut is_valid = Choice::from(0);
    for key in keys {
        if let Some(expected) = sign(key, &[call_ref.as_bytes(), body, published.as_bytes()]) {
            is_valid |= expected.ct_eq(&signature);
        }
    }
    if !bool::from(is_valid) {
        return Err(SignatureError::Wrong);
    }
    if at.until(now) > MAX_AGE || now.until(at) > MAX_CLOCK_SKEW {
        return Err(SignatureError::Stale);
    }
    Ok(if call_ref.is_empty() {
        let digest = Base64UrlUnpadded::encode_string(&Sha256::digest(body));
        CallRef(format!("body-{digest}"))
    } else {
        CallRef(call_ref.to_owned())
    })
}

/// The value of a header that occurs at most once and is text.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (values.next(), value.to_str()) {
        (None, Ok(text)) => Ok(Some(text)),
        (Some(_), _) | (None, Err(_)) => Err(SignatureError::Malformed),
    }
}

/// Never `None`, because HMAC accepts a key of any length (RFC 2104, section 2).
fn sign(key: &Secret, parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose().as_bytes()).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

fn parse_signature(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    let decoded = Base64::decode(text, &mut bytes).ok()?;
    (decoded.len() == 32).then_some(bytes)
}

/// Parses milliseconds: 1 to 15 digits.
fn parse_time(text: &str) -> Option<Timestamp> {
    let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?.map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    const KEY: &str = "test_api_key";
    const NAME: &str = "CALLREF1";
    const BODY: &str = r#"{"status":"VERIFIED"}"#;
    const TIME: &str = "1700000000000";
    const GOOD: &str = "ALm0Nnn7kup0Kd//CltUdoB72Aa5QwhLbjvKpGf67L4=";
    const OLD: &str = "/VbrzK6x4qE4hvZH2ydD7RLeoHHFolFcnEMr+IESnqU=";
    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn keys(texts: &[&str]) -> Vec<Secret> {
        texts.iter().map(|text| Secret::new((*text).into())).collect()
    }

    fn headers(name: Option<&str>, time: Option<&str>, signature: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (header, value) in [(CALL_REF, name), (PUBLISHED, time), (SIGNATURE, signature)] {
            if let Some(value) = value {
                headers.append(header, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
        }
        headers
    }

    fn good() -> HeaderMap {
        headers(Some(NAME), Some(TIME), Some(GOOD))
    }

    fn check(headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<CallRef, SignatureError> {
        verify(&keys(&[KEY]), headers, body, now)
    }

    fn signed(name: &str, body: &[u8], time: &str) -> String {
        let key = Secret::new(KEY.into());
        Base64::encode_string(&sign(&key, &[name.as_bytes(), body, time.as_bytes()]).unwrap())
    }

    #[test]
    fn the_vector_verifies_and_returns_its_id() {
        assert_eq!(check(&good(), BODY.as_bytes(), NOW).unwrap().as_str(), NAME);
        assert_eq!(signed(NAME, BODY.as_bytes(), TIME), GOOD);
        assert_eq!(signed("", b"", TIME), OLD);
    }

    #[test]
    fn one_matching_key_is_enough() {
        for (known, fits) in [
            (keys(&["next_api_key", KEY]), true),
            (keys(&[KEY, "next_api_key"]), true),
            (keys(&["next_api_key"]), false),
            (keys(&[""]), false),
            (Vec::new(), false),
        ] {
            let checked = verify(&known, &good(), BODY.as_bytes(), NOW);
            assert_eq!(checked.is_ok(), fits, "{}", known.len());
        }
    }

    #[test]
    fn a_changed_body_or_header_does_not_match() {
        for at in 0..BODY.len() {
            let mut body = BODY.as_bytes().to_vec();
            *body.get_mut(at).unwrap() ^= 1;
            assert_eq!(check(&good(), &body, NOW), Err(SignatureError::Wrong), "{at}");
        }
        for body in [
            String::new(),
            format!("{BODY}\n"),
            format!(" {BODY}"),
            format!("\u{FEFF}{BODY}"),
        ] {
            assert_eq!(
                check(&good(), body.as_bytes(), NOW),
                Err(SignatureError::Wrong),
                "{body}"
            );
        }
        for changed in [
            headers(Some("CALLREF2"), Some(TIME), Some(GOOD)),
            headers(Some("callref1"), Some(TIME), Some(GOOD)),
            headers(None, Some(TIME), Some(GOOD)),
            headers(Some(NAME), Some("1700000000001"), Some(GOOD)),
            headers(Some(NAME), Some("01700000000000"), Some(GOOD)),
        ] {
            assert_eq!(check(&changed, BODY.as_bytes(), NOW), Err(SignatureError::Wrong));
        }
    }

    /// It does not cover the body, so an observed one could sign any body.
    #[test]
    fn the_older_signature_is_not_accepted() {
        assert_eq!(
            check(&headers(Some(NAME), Some(TIME), Some(OLD)), BODY.as_bytes(), NOW),
            Err(SignatureError::Wrong)
        );
        let mut alone = headers(Some(NAME), Some(TIME), None);
        alone.insert("signature", HeaderValue::from_static(OLD));
        assert_eq!(check(&alone, BODY.as_bytes(), NOW), Err(SignatureError::Missing));
    }

    #[test]
    fn missing_repeated_and_non_text_headers_are_rejected() {
        assert_eq!(
            check(&headers(Some(NAME), Some(TIME), None), BODY.as_bytes(), NOW),
            Err(SignatureError::Missing)
        );
        assert_eq!(
            check(&headers(Some(NAME), None, Some(GOOD)), BODY.as_bytes(), NOW),
            Err(SignatureError::Malformed)
        );
        for (header, value) in [(SIGNATURE, GOOD), (PUBLISHED, TIME), (CALL_REF, NAME)] {
            let mut doubled = good();
            doubled.append(header.clone(), HeaderValue::from_static(value));
            assert_eq!(
                check(&doubled, BODY.as_bytes(), NOW),
                Err(SignatureError::Malformed),
                "{header}"
            );
            let mut latin = good();
            latin.insert(
                header.clone(),
                HeaderValue::from_bytes(&[value.as_bytes(), &[0xE9]].concat()).unwrap(),
            );
            assert_eq!(
                check(&latin, BODY.as_bytes(), NOW),
                Err(SignatureError::Malformed),
                "{header}"
            );
        }
        let long = "r".repeat(256);
        let signature = signed(&long, BODY.as_bytes(), TIME);
        assert_eq!(
            check(
                &headers(Some(&long), Some(TIME), Some(&signature)),
                BODY.as_bytes(),
                NOW
            ),
            Err(SignatureError::Malformed)
        );
    }

    #[test]
    fn malformed_signatures_and_times_are_rejected() {
        let hex = "00b9b43679fb92ea7429dfff0a5b5476807bd806b943084b6e3bcaa467faecbe";
        for signature in [
            "",
            "AA==",
            "not base64!",
            hex,
            &GOOD.replace('/', "_"),
            GOOD.trim_end_matches('='),
            &format!("{GOOD} "),
            &format!("{GOOD}{GOOD}"),
            &format!("AAAA{GOOD}"),
        ] {
            let checked = check(&headers(Some(NAME), Some(TIME), Some(signature)), BODY.as_bytes(), NOW);
            assert_eq!(checked, Err(SignatureError::Malformed), "{signature}");
        }
        for time in [
            "",
            "-1700000000000",
            "+1700000000000",
            "1.7e12",
            " 1700000000000",
            "1700000000000.0",
            "9999999999999999",
        ] {
            let signature = signed(NAME, BODY.as_bytes(), time);
            let checked = check(&headers(Some(NAME), Some(time), Some(&signature)), BODY.as_bytes(), NOW);
            assert_eq!(checked, Err(SignatureError::Malformed), "{time}");
        }
    }

    /// The last redelivery comes four and a third hours after the first delivery.
    #[test]
    fn a_redelivery_is_accepted_within_the_maximum_age() {
        let schedule: u64 = [10, 60, 360, 2160, 12960].iter().sum();
        for (now, stale) in [
            (NOW.plus(Duration::from_secs(schedule + 60)), false),
            (NOW.plus(MAX_AGE), false),
            (NOW.plus(MAX_AGE).plus_ms(1), true),
            (NOW.minus(MAX_CLOCK_SKEW), false),
            (Timestamp(NOW.minus(MAX_CLOCK_SKEW).0 - 1), true),
            (Timestamp(0), true),
            (Timestamp(u64::MAX), true),
        ] {
            let checked = check(&good(), BODY.as_bytes(), now);
            assert_eq!(checked == Err(SignatureError::Stale), stale, "{now:?}");
            assert_eq!(checked.is_ok(), !stale, "{now:?}");
        }
    }

    #[test]
    fn without_a_call_ref_the_id_is_a_digest_of_the_body() {
        let unnamed = |body: &str, time: &str| {
            let signature = signed("", body.as_bytes(), time);
            check(&headers(None, Some(time), Some(&signature)), body.as_bytes(), NOW).unwrap()
        };
        let first = unnamed(BODY, TIME);
        assert_eq!(unnamed(BODY, "1700000010000"), first);
        assert_ne!(unnamed(r#"{"status":"DECLINED"}"#, TIME), first);
        let empty = headers(Some(""), Some(TIME), Some(&signed("", BODY.as_bytes(), TIME)));
        assert_eq!(check(&empty, BODY.as_bytes(), NOW), Ok(first));
    }

    /// The signed parts have no separators. A replayed webhook can be split in other places under its own signature, and would then have a
    /// new id. Its body is not an event then.
    #[test]
    fn a_webhook_split_in_other_places_is_not_an_event() {
        let body = r#"{"credential":{"type":"USER","id":"7"},"challengeId":"117","status":"VERIFIED","publishedTimestamp":"1"}"#;
        let whole = format!("{NAME}{body}{TIME}");
        let signature = signed(NAME, body.as_bytes(), TIME);
        let read = |body: &[u8]| crate::event::read("stepup/watch", body);
        let mut passed = 0;
        for start in 0..=whole.len() {
            for end in start..=whole.len() {
                let (name, rest) = whole.split_at(start);
                let (cut, time) = rest.split_at(end - start);
                let checked = check(&headers(Some(name), Some(time), Some(&signature)), cut.as_bytes(), NOW);
                if checked.is_ok() && cut != body {
                    passed += 1;
                    assert!(read(cut.as_bytes()).is_err(), "{cut}");
                }
            }
        }
        assert!(passed > 0, "no other split verifies: the test covers nothing");
        assert!(read(body.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn every_signed_body_verifies(name in "[!-~]{1,255}", body in proptest::collection::vec(any::<u8>(), 0..256)) {
            let signature = signed(&name, &body, TIME);
            let checked = check(&headers(Some(&name), Some(TIME), Some(&signature)), &body, NOW);
            let checked = checked.unwrap();
            prop_assert_eq!(checked.as_str(), name);
        }

        #[test]
        fn no_other_signature_matches(guess in any::<[u8; 32]>()) {
            let guess = Base64::encode_string(&guess);
            let checked = check(&headers(Some(NAME), Some(TIME), Some(&guess)), BODY.as_bytes(), NOW);
            prop_assert_eq!(checked.is_ok(), guess == GOOD);
        }
    }
}
