//! The scan of a face, which the host's own SDK captures in the browser. The backend passes it to the partner's face server and keeps nothing
//! of it.

use zeroize::Zeroizing;

use crate::{
    Approval,
    api::{Shown, Verdict, write_text},
    hidden_text::hidden_text,
};

/// `POST` without a body, after an approval: a token for one scan. Answers a [`FaceSessionToken`].
pub const FACE_SESSION: &str = "/face/session";
/// `POST` [`VerifyFace`], after an approval: verifies a scan. Answers [`FaceVerified`].
pub const FACE: &str = "/face";
/// The maximum length of a body with a scan, in bytes.
pub const MAX_SCAN_BODY: usize = 3 * 1024 * 1024;

/// A token that the capture's SDK needs for one scan.
///
/// In JSON: `{"sessionToken": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaceSessionToken {
    /// The token of the face server.
    pub session_token: Blob,
}

/// The scan of a face, as the SDK gives it: three texts in standard base64 (RFC 4648, section 4). Never in a log, and wiped from
/// memory after use.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaceScan {
    /// The three-dimensional scan.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, min_length = 4, pattern = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$")
    )]
    pub face_scan: Blob,
    /// The picture that belongs to it.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, min_length = 4, pattern = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$")
    )]
    pub audit_trail_image: Blob,
    /// The same, at a lower quality.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, min_length = 4, pattern = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$")
    )]
    pub low_quality_audit_trail_image: Blob,
    /// What the SDK says about itself and the session, for the face server's `X-User-Agent`: at most 512 visible ASCII characters.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 512, pattern = "^[ -~]+$"))]
    pub user_agent: Option<String>,
}

hidden_text! {
    /// Part of a scan, or a token for one. Never in a log, and wiped from memory after use.
    Blob
}

impl Blob {
    /// Whether it is a text in standard base64 that is not empty.
    #[must_use]
    pub fn is_base64(&self) -> bool {
        let bytes = self.0.as_bytes();
        let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
        let digits = bytes.get(..bytes.len() - padding).unwrap_or_default();
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        !digits.is_empty() && padding <= 2 && bytes.len().is_multiple_of(4) && digits.iter().all(is_digit)
    }
}

impl FaceScan {
    /// Whether its parts have their form.
    #[must_use]
    pub fn has_form(&self) -> bool {
        let is_agent =
            |text: &String| (1..=512).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let parts = [
            &self.face_scan,
            &self.audit_trail_image,
            &self.low_quality_audit_trail_image,
        ];
        parts.into_iter().all(Blob::is_base64) && self.user_agent.as_ref().is_none_or(is_agent)
    }
}

impl std::fmt::Debug for FaceScan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FaceScan(hidden)")
    }
}

/// Submits the scan of a face for a challenge.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyFace {
    /// The challenge's id.
    pub challenge: String,
    /// What the payer saw.
    pub shown: Shown,
    /// The scan.
    pub scan: FaceScan,
}

impl std::fmt::Debug for VerifyFace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "VerifyFace({}, hidden)", self.challenge)
    }
}

/// The body of a [`VerifyFace`], without `shown`. Wiped when dropped.
#[must_use]
pub fn write_verify_face(challenge: &str, scan: &FaceScan) -> Zeroizing<String> {
    let mut body = body_for(scan, challenge.len());
    body.push_str("{\"challenge\":");
    write_text(&mut body, challenge);
    body.push(',');
    write_scan(&mut body, scan);
    body
}

/// The body of a [`NewFace`](crate::enrolment_api::NewFace). Wiped when dropped.
#[must_use]
pub fn write_new_face(scan: &FaceScan) -> Zeroizing<String> {
    let mut body = body_for(scan, 0);
    body.push('{');
    write_scan(&mut body, scan);
    body
}

/// A buffer with room for a scan and `more` bytes, so that no copy of the scan stays behind.
fn body_for(scan: &FaceScan, more: usize) -> Zeroizing<String> {
    let FaceScan {
        face_scan,
        audit_trail_image,
        low_quality_audit_trail_image,
        user_agent,
    } = scan;
    let agent = user_agent.as_ref().map_or(0, String::len);
    let blobs = [face_scan, audit_trail_image, low_quality_audit_trail_image];
    let length: usize = blobs.into_iter().map(|blob| blob.as_str().len()).sum();
    Zeroizing::new(String::with_capacity(length + 2 * (agent + more) + 160))
}

/// The member `scan`, and the end of the object that it is in.
fn write_scan(body: &mut String, scan: &FaceScan) {
    for (name, blob) in [
        ("\"scan\":{\"faceScan\":", &scan.face_scan),
        (",\"auditTrailImage\":", &scan.audit_trail_image),
        (",\"lowQualityAuditTrailImage\":", &scan.low_quality_audit_trail_image),
    ] {
        body.push_str(name);
        write_text(body, blob.as_str());
    }
    if let Some(agent) = &scan.user_agent {
        body.push_str(",\"userAgent\":");
        write_text(body, agent);
    }
    body.push_str("}}");
}

/// The verdict on the scan of a face, and the approval after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaceVerified {
    /// The verdict. A scan that shows no living person, and one of another person, is `refused`.
    pub verdict: Verdict,
    /// The face server's result for the capture's SDK, which shows the customer how the scan went. Opaque.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub scan_result: Option<String>,
    /// The approval, as the backend read it from the provider after the attempt.
    pub approval: Approval,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_base64_is_part_of_a_scan() {
        for (text, expected) in [
            ("YQ==", true),
            ("YWI=", true),
            ("YWJj", true),
            ("+/+/", true),
            ("", false),
            ("====", false),
            ("YQ=", false),
            ("Y===", false),
            ("YQ==YQ==", false),
            ("YWJ\"", false),
            ("YW J", false),
            ("-_-_", false),
        ] {
            assert_eq!(Blob::new(text.into()).is_base64(), expected, "{text}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_written_body_is_what_serde_reads() {
        let blob = |text: &str| Blob::new(text.into());
        for user_agent in [None, Some("facetec|sdk|\"9.7\"\\".to_owned())] {
            let scan = FaceScan {
                face_scan: blob("YQ=="),
                audit_trail_image: blob("YWI="),
                low_quality_audit_trail_image: blob("YWJj"),
                user_agent,
            };
            let body = write_new_face(&scan);
            assert!(body.capacity() >= body.len());
            let read: crate::enrolment_api::NewFace = serde_json::from_str(&body).unwrap();
            assert_eq!(read.scan, scan);
            let body = write_verify_face("c\"1", &scan);
            let body = crate::api::write_shown("apr_1", 7, "00ff", &body);
            let read: VerifyFace = serde_json::from_str(&body).unwrap();
            assert_eq!(
                (read.challenge.as_str(), read.shown.version, read.scan),
                ("c\"1", 7, scan)
            );
        }
    }

    #[test]
    fn debug_hides_a_scan() {
        let scan = FaceScan {
            face_scan: Blob::new("Y2FuYXJ5".into()),
            audit_trail_image: Blob::new("Y2FuYXJ5".into()),
            low_quality_audit_trail_image: Blob::new("Y2FuYXJ5".into()),
            user_agent: None,
        };
        assert!(scan.has_form());
        assert!(!format!("{scan:?} {:?}", scan.face_scan).contains("Y2FuYXJ5"));
    }
}
