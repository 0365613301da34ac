//! A customer's face: a scan of the host's SDK goes to the partner's face server, and its encrypted export to the provider. No part of a scan
//! is stored.

use sca_core::{
    EnrolledFactor, EnrolmentRecord, FaceCreation, FaceMap, FaceOutcome, FaceReference, FaceScans, FaceServer,
    KnownFace, ProviderError, RemoveOutcome, RemovedFace, ScanOutcome, ScanResult, Secret, provider::EnrolmentSession,
};
use sca_protocol::{
    api::ProblemCode,
    enrolment_api::{Enrolled, FaceEnrolled},
    face_scan::{Blob, FaceScan, FaceSessionToken},
};
use sca_runtime::random;

use super::{
    super::Backend,
    calls::{CallKind, ReservedCall},
};
use crate::problem::AppError;

/// How many calls to the face server one operation may need: compare, enrol, export twice, remove.
const FACE_CALLS: u32 = 5;

impl Backend {
    /// A token for one scan.
    ///
    /// # Errors
    /// When faces are not offered, or the face server gives no usable response.
    pub async fn enrolment_face_session(&self, record: &EnrolmentRecord) -> Result<FaceSessionToken, AppError> {
        let (server, _) = self.0.providers.faces(&record.provider)?;
        session_token(server).await
    }

    /// Enrols a face.
    ///
    /// # Errors
    /// When faces are not offered, the scan does not have its form, the enrolment is over or has a call in flight, or the face server or the
    /// provider gives no usable response.
    pub async fn enrol_face(&self, record: &EnrolmentRecord, scan: &FaceScan) -> Result<FaceEnrolled, AppError> {
        let (server, provider) = self.0.providers.faces(&record.provider)?;
        check_form(scan)?;
        let fresh = random::name("face_").map_err(AppError::internal)?;
        let fresh = FaceReference::new(&fresh).ok_or_else(|| AppError::internal("a reference is malformed"))?;
        let ReservedCall {
            holder, known, session, ..
        } = self
            .reserve_call_with(
                record,
                CallKind::EnrolFace,
                server.call_timeout() * FACE_CALLS,
                |record, holder, _, now, lease| record.reserve_face(holder, now, lease),
            )
            .await?;
        let (creation, for_capture) = match session {
            Ok(session) => enrol(server, provider, &session, scan, known.face, fresh).await,
            Err(error) => (FaceCreation::NotExported(error), None),
        };
        let kept = creation.kept().cloned();
        let stored = self
            .store_conclusion(record, move |record, known, _| {
                record.conclude_face_creation(&holder, creation, known)
            })
            .await
            .inspect_err(|error| {
                if let Some(kept) = &kept {
                    tracing::error!(
                        enrolment = record.id,
                        reference = kept.as_str(),
                        ?error,
                        "an enrolled face cannot be stored and stays at the face server"
                    );
                }
            })?;
        let concluded = self.enrolled(record, "enrol-face", None, stored).await?;
        Ok(FaceEnrolled {
            verdict: concluded.verdict,
            scan_result: for_capture,
            enrolment: concluded.enrolment,
        })
    }

    /// Removes the face, at the provider and at the face server.
    ///
    /// # Errors
    /// As [`enrol_face`](Self::enrol_face).
    pub async fn remove_face(&self, record: &EnrolmentRecord) -> Result<Enrolled, AppError> {
        let (server, provider) = self.0.providers.faces(&record.provider)?;
        let ReservedCall {
            holder, known, session, ..
        } = self
            .reserve_call_with(
                record,
                CallKind::Remove,
                server.call_timeout(),
                |record, holder, _, now, lease| record.reserve(holder, EnrolledFactor::Face, now, lease),
            )
            .await?;
        let removed = match session {
            Ok(session) => provider.remove_face(&session).await,
            Err(error) => Err(error),
        };
        let face = match known.face {
            Some(KnownFace { reference, .. }) => {
                let is_kept = match &removed {
                    Ok(RemoveOutcome::Removed | RemoveOutcome::NotEnrolled) => {
                        !remove_from(server, record, &reference).await
                    }
                    Ok(RemoveOutcome::Rejected) | Err(_) => true,
                };
                Some(RemovedFace { reference, is_kept })
            }
            None => None,
        };
        self.conclude_enrolment(record, "remove-face", None, move |record, known, _| {
            record.conclude_face_removal(&holder, removed, known, face)
        })
        .await
    }
}

/// A token for one scan.
pub(in crate::service) async fn session_token(server: &dyn FaceServer) -> Result<FaceSessionToken, AppError> {
    let token = server.session_token().await?;
    Ok(FaceSessionToken {
        session_token: Blob::new(token.expose().to_owned()),
    })
}

/// Refuses a scan that does not have its form, without a call.
pub(in crate::service) fn check_form(scan: &FaceScan) -> Result<(), AppError> {
    if scan.has_form() {
        Ok(())
    } else {
        Err(AppError::new(ProblemCode::InvalidRequest).with_source("`scan` does not have the form of one"))
    }
}

/// Exports an enrolled face for the provider.
///
/// Call it only after the face server has accepted a scan of the person.
pub(in crate::service) async fn export(
    server: &dyn FaceServer,
    provider: &dyn FaceScans,
    access_token: &Secret,
    reference: &FaceReference,
) -> Result<FaceMap, ProviderError> {
    let key = provider.export_key(access_token).await?;
    server.export(reference, &key).await
}

/// Enrols a face. Gives how far it has come, and the face server's result for the capture.
async fn enrol(
    server: &dyn FaceServer,
    provider: &dyn FaceScans,
    session: &EnrolmentSession,
    scan: &FaceScan,
    known: Option<KnownFace>,
    fresh: FaceReference,
) -> (FaceCreation, Option<String>) {
    let scanned = match known {
        // The face server knows the customer: the scan has to show the same face.
        Some(known) => match server.compare(&known.reference, scan).await {
            Ok(ScanResult {
                outcome: ScanOutcome::NotEnrolled,
                ..
            }) => enrol_fresh(server, fresh, scan).await,
            compared => compared.map(|scanned| (known.reference, false, scanned)),
        },
        None => enrol_fresh(server, fresh, scan).await,
    };
    let (reference, is_fresh, for_capture) = match scanned {
        Ok((
            reference,
            is_fresh,
            ScanResult {
                outcome: ScanOutcome::Passed,
                for_capture,
            },
        )) => (reference, is_fresh, for_capture),
        Ok((_, _, ScanResult { outcome, for_capture })) => {
            return (FaceCreation::NotScanned(Ok(outcome)), for_capture);
        }
        Err(error) => return (FaceCreation::NotScanned(Err(error)), None),
    };
    let creation = submit(server, provider, session, &reference).await;
    if is_fresh && creation.kept().is_none() {
        discard(server, &reference).await;
    }
    (creation, for_capture)
}

/// Enrols a face at the face server under a new reference. One whose answer was lost is removed again, as far as it is there by then.
async fn enrol_fresh(
    server: &dyn FaceServer,
    fresh: FaceReference,
    scan: &FaceScan,
) -> Result<(FaceReference, bool, ScanResult), ProviderError> {
    match server.enrol(&fresh, scan).await {
        Ok(scanned) => Ok((fresh, true, scanned)),
        Err(error) => {
            if !error.is_not_executed() {
                discard(server, &fresh).await;
            }
            Err(error)
        }
    }
}

/// Removes a face that nothing refers to.
async fn discard(server: &dyn FaceServer, reference: &FaceReference) {
    if let Err(error) = server.remove(reference).await {
        tracing::error!(reference = reference.as_str(), %error, "a face that is not used may stay at the face server");
    }
}

/// Exports an accepted face and submits it. Where the provider could not decrypt it, its key is fetched again, once.
async fn submit(
    server: &dyn FaceServer,
    provider: &dyn FaceScans,
    session: &EnrolmentSession,
    reference: &FaceReference,
) -> FaceCreation {
    let mut is_second = false;
    loop {
        let face_map = match export(server, provider, &session.access_token, reference).await {
            Ok(face_map) => face_map,
            Err(error) => return FaceCreation::NotExported(error),
        };
        let created = provider.create_face(session, &face_map).await;
        if matches!(created, Ok(FaceOutcome::CannotDecrypt)) && !is_second {
            provider.mark_export_key_stale();
            is_second = true;
            continue;
        }
        return FaceCreation::Submitted {
            reference: reference.clone(),
            created,
        };
    }
}

/// Removes a face from the face server. False where that fails, so that it may stay.
async fn remove_from(server: &dyn FaceServer, record: &EnrolmentRecord, reference: &FaceReference) -> bool {
    match server.remove(reference).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(
                enrolment = record.id,
                reference = reference.as_str(),
                %error,
                "a removed face stays at the face server"
            );
            false
        }
    }
}
