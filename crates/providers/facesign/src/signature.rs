//! The signature of a webhook: `X-FaceSign-Signature: t=<time>,v1=<hex>[,v1=<hex>…]`. Each `v1` is an HMAC-SHA256 (RFC 2104) over the
//! text of the time, a dot and the received bytes of the body: <https://docs.facesign.ai/docs/guides/add-webhooks>.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sca_protocol::Timestamp;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use sca_core::secret::Secret;

/// The signature header.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-facesign-signature");

/// The maximum difference between the signature's time and the backend's clock, in both directions. FaceSign documents none.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// The maximum length of the header in bytes.
const MAX_HEADER_BYTES: usize = 1024;

/// A larger time is in milliseconds, because in seconds it would be after the year 5138.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// Why a signature is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The header is missing.
    Missing,
    /// The header is malformed or repeated.
    Malformed,
    /// The time differs too much from the backend's clock.
    Stale,
    /// No configured secret gives this signature for these bytes.
    Wrong,
}

impl SignatureError {
    /// A description for the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "the signature header is missing",
            Self::Malformed => "the signature header is malformed",
            Self::Stale => "the signature's time differs too much from the backend's clock",
            Self::Wrong => "the signature does not match",
        }
    }
}

/// A parsed header.
#[derive(Debug)]
struct Signature<'a> {
    /// The text of the time, as signed.
    text: &'a str,
    at: Timestamp,
    candidates: Vec<[u8; 32]>,
}

/// Verifies a webhook. All secrets and signatures are compared in constant time.
///
/// # Errors
/// Why the signature is invalid, for the log. The response to the sender does not contain it.
pub fn verify(secrets: &[Secret], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
    let mut values = headers.get_all(SIGNATURE).iter();
    let value = values.next().ok_or(SignatureError::Missing)?;
    if values.next().is_some() {
        return Err(SignatureError::Malformed);
    }
    let signature = parse(value.as_bytes()).ok_or(SignatureError::Malformed)?;
    let mut is_valid = Choice::from(0);
    for secret in secrets {
        let Some(expected) = sign(secret, signature.text, body) else {
            continue;
        };
        for candidate in &signature.candidates {
            is_valid |= expected.ct_eq(candidate);
        }
    }
    if !bool::from(is_valid) {
        return Err(SignatureError::Wrong);
    }
    if signature.at.until(now).max(now.until(signature.at)) > TOLERANCE {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

/// Never `None`, because HMAC accepts a key of any length (RFC 2104, section 2).
fn sign(secret: &Secret, time: &str, body: &[u8]) -> Option<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac.finalize().into_bytes().into())
}

/// Parses the header: one `t` and at least one `v1`, in any order. Other versions are ignored; any other part is an error. An intermediary
/// may put blanks around the parts (RFC 9110, section 5.6.1).
fn parse(header: &[u8]) -> Option<Signature<'_>> {
    if header.len() > MAX_HEADER_BYTES || !header.is_ascii() {
        return None;
    }
    let text = std::str::from_utf8(header).ok()?;
    let mut time = None;
    let mut candidates = Vec::new();
    for part in text.split(',') {
        let (name, value) = part.trim_matches([' ', '\t']).split_once('=')?;
        match name {
            "t" if time.is_some() => return None,
            "t" => time = Some((value, parse_time(value)?)),
            "v1" => candidates.push(parse_hex(value)?),
            other => {
                let is_version = other
                    .strip_prefix('v')
                    .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
                if !is_version {
                    return None;
                }
            }
        }
    }
    let (text, at) = time?;
    (!candidates.is_empty()).then_some(Signature { text, at, candidates })
}

/// Parses the time: a whole number without sign, space or leading zero. FaceSign does not document the unit
/// (<https://docs.facesign.ai/docs/guides/add-webhooks>), so both seconds and milliseconds are accepted.
fn parse_time(text: &str) -> Option<Timestamp> {
    let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || text.starts_with('0') {
        return None;
    }
    let number: u64 = text.parse().ok()?;
    Some(Timestamp(if number > MILLISECONDS_FROM {
        number
    } else {
        number.saturating_mul(1000)
    }))
}

/// Parses 64 lower-case hexadecimal digits.
fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    let length = base16ct::lower::decode(text, &mut bytes).ok()?.len();
    (length == bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const BODY: &str = r#"{"id":"evt_1","type":"session.status","createdAt":1761594651878,"sessionId":"s1"}"#;
    const GOOD: &str = "286ac1c9d9b17a4413b38dcc91d6d84024d43348be7d514cbd465fe56143904d";
    const NOW: Timestamp = Timestamp(1_761_594_651_000);

    fn secrets(texts: &[&str]) -> Vec<Secret> {
        texts.iter().map(|text| Secret::new((*text).into())).collect()
    }

    fn check(header: &[u8], body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE, HeaderValue::from_bytes(header).unwrap());
        verify(&secrets(&["whsec_test"]), &headers, body, now)
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A header with a valid signature for a time text.
    fn signed_at(time: &str) -> String {
        let signature = sign(&Secret::new("whsec_test".into()), time, BODY.as_bytes()).unwrap();
        format!("t={time},v1={}", hex(&signature))
    }

    #[test]
    fn the_vector_verifies_with_its_parts_in_any_order() {
        for header in [
            format!("t=1761594651,v1={GOOD}"),
            format!("v1={GOOD},t=1761594651"),
            format!("t=1761594651, v1={GOOD}"),
            format!(" t=1761594651 \t,\tv1={GOOD} "),
            format!("t=1761594651,v0=abc,v1={GOOD},v2=ABC"),
        ] {
            assert_eq!(check(header.as_bytes(), BODY.as_bytes(), NOW), Ok(()), "{header}");
        }
    }

    #[test]
    fn one_of_several_signatures_and_one_of_two_secrets_is_enough() {
        let other = "0".repeat(64);
        for header in [
            format!("t=1761594651,v1={other},v1={GOOD}"),
            format!("t=1761594651,v1={GOOD},v1={other}"),
        ] {
            assert_eq!(check(header.as_bytes(), BODY.as_bytes(), NOW), Ok(()));
        }
        let mut headers = HeaderMap::new();
        let header = format!("t=1761594651,v1={GOOD}");
        headers.insert(SIGNATURE, HeaderValue::from_str(&header).unwrap());
        for (known, fits) in [
            (secrets(&["whsec_next", "whsec_test"]), true),
            (secrets(&["whsec_test", "whsec_next"]), true),
            (secrets(&["whsec_next"]), false),
            (Vec::new(), false),
        ] {
            assert_eq!(
                verify(&known, &headers, BODY.as_bytes(), NOW).is_ok(),
                fits,
                "{known:?}"
            );
        }
    }

    #[test]
    fn malformed_headers_are_rejected() {
        let many = format!("t=1761594651,v1={GOOD}{}", ",v0=0".repeat(250));
        assert!(many.len() > MAX_HEADER_BYTES);
        for header in [
            String::new(),
            GOOD.to_owned(),
            "t=1761594651".to_owned(),
            format!("v1={GOOD}"),
            format!("t=1761594651,v0={GOOD}"),
            format!("t=1761594651,t=1761594651,v1={GOOD}"),
            format!("t=,v1={GOOD}"),
            format!("t=-1761594651,v1={GOOD}"),
            format!("t=+1761594651,v1={GOOD}"),
            format!("t=1761594651.0,v1={GOOD}"),
            format!("t=1.7e9,v1={GOOD}"),
            format!("t= 1761594651,v1={GOOD}"),
            format!("t=01761594651,v1={GOOD}"),
            format!("t=99999999999999999999999,v1={GOOD}"),
            format!("t =1761594651,v1={GOOD}"),
            format!("t=1761594651;v1={GOOD}"),
            format!("t=1761594651,v1={GOOD},"),
            format!("T=1761594651,v1={GOOD}"),
            format!("t=1761594651,V1={GOOD}"),
            format!("t=1761594651,v1={}", GOOD.to_uppercase()),
            format!("t=1761594651,v1={}", GOOD.get(2..).unwrap()),
            format!("t=1761594651,v1={GOOD}00"),
            format!("t=1761594651,v1={}zz", GOOD.get(2..).unwrap()),
            format!("t=1761594651,v1={GOOD},v1=zz"),
            format!("t=1761594651,v1={GOOD},x=é"),
            format!("t=１７６１５９４６５１,v1={GOOD}"),
            many,
        ] {
            let checked = check(header.as_bytes(), BODY.as_bytes(), NOW);
            assert_eq!(checked, Err(SignatureError::Malformed), "{header}");
        }
        let latin = [format!("t=1761594651,v1={GOOD}").as_bytes(), &[0xE9]].concat();
        assert_eq!(check(&latin, BODY.as_bytes(), NOW), Err(SignatureError::Malformed));
    }

    #[test]
    fn a_missing_and_a_repeated_header_are_rejected() {
        let mut headers = HeaderMap::new();
        let known = secrets(&["whsec_test"]);
        let missing = verify(&known, &headers, BODY.as_bytes(), NOW);
        assert_eq!(missing, Err(SignatureError::Missing));
        for _ in 0..2 {
            let header = format!("t=1761594651,v1={GOOD}");
            headers.append(SIGNATURE, HeaderValue::from_str(&header).unwrap());
        }
        let doubled = verify(&known, &headers, BODY.as_bytes(), NOW);
        assert_eq!(doubled, Err(SignatureError::Malformed));
    }

    #[test]
    fn a_changed_body_does_not_match() {
        let header = format!("t=1761594651,v1={GOOD}");
        for body in [
            String::new(),
            format!("{BODY}\r\n"),
            format!("{BODY} "),
            format!("\u{FEFF}{BODY}"),
            BODY.replace(',', ",\r\n"),
            BODY.replace("s1", "s2"),
        ] {
            let checked = check(header.as_bytes(), body.as_bytes(), NOW);
            assert_eq!(checked, Err(SignatureError::Wrong), "{body}");
        }
        // Line ends are signed as they are.
        let broken = BODY.replace(',', ",\r\n");
        let signature = sign(&Secret::new("whsec_test".into()), "1761594651", broken.as_bytes()).unwrap();
        let header = format!("t=1761594651,v1={}", hex(&signature));
        assert_eq!(check(header.as_bytes(), broken.as_bytes(), NOW), Ok(()));
        let turned = broken.replace("\r\n", "\n");
        assert_eq!(
            check(header.as_bytes(), turned.as_bytes(), NOW),
            Err(SignatureError::Wrong)
        );
    }

    #[test]
    fn the_tolerance_is_five_minutes_in_both_directions() {
        let header = format!("t=1761594651,v1={GOOD}");
        for (now, checked) in [
            (NOW.plus_ms(300_000), Ok(())),
            (NOW.plus_ms(300_001), Err(SignatureError::Stale)),
            (Timestamp(NOW.0 - 300_000), Ok(())),
            (Timestamp(NOW.0 - 300_001), Err(SignatureError::Stale)),
            (Timestamp(0), Err(SignatureError::Stale)),
            (Timestamp(u64::MAX), Err(SignatureError::Stale)),
        ] {
            assert_eq!(check(header.as_bytes(), BODY.as_bytes(), now), checked, "{now:?}");
        }
    }

    #[test]
    fn times_in_milliseconds_are_recognised() {
        for (time, checked) in [
            ("1761594651000", Ok(())),
            ("1761594951000", Ok(())),
            ("1761594951001", Err(SignatureError::Stale)),
            ("1761594350999", Err(SignatureError::Stale)),
            // A hundred thousand million is still seconds.
            ("100000000000", Err(SignatureError::Stale)),
            ("1", Err(SignatureError::Stale)),
            ("999999999999999", Err(SignatureError::Stale)),
        ] {
            assert_eq!(
                check(signed_at(time).as_bytes(), BODY.as_bytes(), NOW),
                checked,
                "{time}"
            );
        }
        assert_eq!(parse_time("100000000000"), Some(Timestamp(100_000_000_000_000)));
        assert_eq!(parse_time("100000000001"), Some(Timestamp(100_000_000_001)));
    }

    #[test]
    fn a_signature_for_another_time_does_not_match() {
        for header in [format!("t=1761594652,v1={GOOD}"), format!("t=1761594651000,v1={GOOD}")] {
            assert_eq!(
                check(header.as_bytes(), BODY.as_bytes(), NOW),
                Err(SignatureError::Wrong)
            );
        }
    }
}
