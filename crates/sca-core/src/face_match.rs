//! Faces that the host's own SDK scans: the partner's face server compares them and exports them encrypted, and the provider verifies the
//! export.

use std::{
    fmt::{self, Debug},
    time::Duration,
};

use sca_protocol::face_scan::{Blob, FaceScan};

use crate::{
    FaceReference, RemoveOutcome, Secret, VerificationVerdict,
    provider::{Answer, EnrolmentSession, TokenSession},
};

/// A face map, exported for the provider and encrypted to its key: base64. `Debug` hides it, and drop wipes it.
#[derive(Clone)]
pub struct FaceMap(Blob);

impl FaceMap {
    /// Takes ownership of a text in base64. `None` when it is not, or longer than 2 MiB.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let blob = Blob::new(text);
        (blob.is_base64() && blob.as_str().len() <= MAX_FACE_MAP).then_some(Self(blob))
    }

    /// The text. A caller that copies it has to wipe the copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }
}

/// The maximum length of a face map, in bytes of base64.
const MAX_FACE_MAP: usize = 2 * 1024 * 1024;

impl Debug for FaceMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FaceMap(hidden)")
    }
}

/// The provider's public key that face maps are exported for: a checked PEM (RFC 7468).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceExportKey(String);

impl FaceExportKey {
    /// A PEM that the adapter has checked.
    #[must_use]
    pub fn new(pem: String) -> Self {
        Self(pem)
    }

    /// The PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.0
    }
}

/// The partner's face server, which holds the enrolled faces.
pub trait FaceServer: Debug + Send + Sync {
    /// The total timeout of one call.
    fn call_timeout(&self) -> Duration;

    /// A token for one scan.
    fn session_token(&self) -> Answer<'_, Secret>;

    /// Enrols a face under a new reference.
    fn enrol<'a>(&'a self, reference: &'a FaceReference, scan: &'a FaceScan) -> Answer<'a, ScanResult>;

    /// Compares a scan with the enrolled face.
    fn compare<'a>(&'a self, reference: &'a FaceReference, scan: &'a FaceScan) -> Answer<'a, ScanResult>;

    /// Exports the enrolled face for the provider. Call it only after [`compare`](Self::compare) or [`enrol`](Self::enrol) has accepted a
    /// scan: the export is of the enrolled face, and says nothing about who is in front of the camera.
    fn export<'a>(&'a self, reference: &'a FaceReference, key: &'a FaceExportKey) -> Answer<'a, FaceMap>;

    /// Removes an enrolled face. It is a success that there is none.
    fn remove<'a>(&'a self, reference: &'a FaceReference) -> Answer<'a, ()>;
}

/// What the face server says about a scan.
pub struct ScanResult {
    /// The outcome.
    pub outcome: ScanOutcome,
    /// Its result for the capture's SDK.
    pub for_capture: Option<String>,
}

impl Debug for ScanResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ScanResult({:?})", self.outcome)
    }
}

/// The outcome of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanOutcome {
    /// It shows a living person, and with a comparison the enrolled one.
    Passed,
    /// It does not show a living person, or failed another check of its own.
    Rejected,
    /// It shows another face than the enrolled one.
    NoMatch,
    /// The face server has no face under this reference.
    NotEnrolled,
}

/// A provider that verifies exported face maps.
pub trait FaceScans: Debug + Send + Sync {
    /// The provider's public key for exports. Cached.
    fn export_key<'a>(&'a self, access_token: &'a Secret) -> Answer<'a, FaceExportKey>;

    /// Marks the key as stale, after the provider could not decrypt.
    fn mark_export_key_stale(&self);

    /// Enrols a face.
    fn create_face<'a>(&'a self, session: &'a EnrolmentSession, face_map: &'a FaceMap) -> Answer<'a, FaceOutcome>;

    /// Removes the face.
    fn remove_face<'a>(&'a self, session: &'a EnrolmentSession) -> Answer<'a, RemoveOutcome>;

    /// Verifies a face for a one-time token.
    fn verify_face<'a>(&'a self, session: &'a TokenSession, face_map: &'a FaceMap) -> Answer<'a, VerificationVerdict>;
}

/// The outcome of a call that enrols a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceOutcome {
    /// The face is enrolled.
    Enrolled,
    /// Nothing has changed: the customer has a face.
    AlreadyEnrolled,
    /// Nothing has changed: the provider could not decrypt the face map. The key may have been rotated.
    CannotDecrypt,
    /// Nothing has changed: the provider rejected the call.
    Rejected,
}
