//! A face that clears a challenge of a one-time token: the partner's face server compares the scan with the enrolled face, and only then
//! exports that face for the provider, which decides. No part of a scan is stored.

use std::time::Duration;

use sca_core::{
    AttemptResult, FaceReference, FaceScans, FaceServer, ProviderError, Record, ScanOutcome, ScanResult, Source,
    TokenStatus, VerificationVerdict,
    provider::{OneTimeTokens, TokenSession},
};
use sca_protocol::{
    Factor,
    api::Verified,
    face_scan::{FaceSessionToken, FaceVerified, VerifyFace},
};
use tokio::time::{Instant, timeout_at};

use super::{
    Backend,
    enrolments::face::{check_form, export, session_token},
};
use crate::problem::AppError;

/// How far an attempt has come.
enum Attempt {
    /// The provider was not called.
    NotSubmitted(ProviderError),
    /// The face server, or the provider, has judged it.
    Judged {
        verdict: Result<VerificationVerdict, ProviderError>,
        status: Option<TokenStatus>,
    },
}

impl Backend {
    /// A token for one scan.
    ///
    /// # Errors
    /// When faces are not configured for the approval's provider, or the face server gives no usable response.
    pub async fn face_session(&self, record: &Record) -> Result<FaceSessionToken, AppError> {
        let (server, _) = self.0.providers.faces(Self::rejected_by(record)?)?;
        session_token(server).await
    }

    /// Verifies the scan of a face and applies the result.
    ///
    /// # Errors
    /// When faces are not configured, the scan does not have its form, the challenge or the factor is not available now, or the face server or
    /// the provider gives no verdict.
    pub async fn verify_face(&self, record: &Record, verify: &VerifyFace) -> Result<FaceVerified, AppError> {
        let id = record.id.as_str();
        let provider_id = Self::rejected_by(record)?.clone();
        let (server, faces) = self.0.providers.faces(&provider_id)?;
        let tokens = self.tokens_of(record)?;
        let call_timeout = self.0.providers.get(&provider_id)?.call_timeout();
        check_form(&verify.scan)?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let waits = self.factor_waits_of(record).await?;
        let (challenge, shown) = (verify.challenge.clone(), verify.shown.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.apply_waits(waits, now);
                record.with_evidence(&shown, &challenge, &Factor::FaceScan, now, |record| {
                    record.reserve_attempt(&challenge, &Factor::FaceScan, &holder, now, &limits)
                })
            })
            .await?;
        let attempt = reserved?;
        let (tried, for_capture) = match self.face_and_session(&record).await {
            Ok((None, _)) => {
                let verdict = Ok(VerificationVerdict::NotSetUp);
                (Attempt::Judged { verdict, status: None }, None)
            }
            Ok((Some(reference), session)) => match server.compare(&reference, &verify.scan).await {
                Ok(ScanResult {
                    outcome: ScanOutcome::Passed,
                    for_capture,
                }) => {
                    let tried = submit(server, faces, tokens, call_timeout, &session, &reference).await;
                    (tried, for_capture)
                }
                Ok(ScanResult { outcome, for_capture }) => (unmatched(outcome), for_capture),
                Err(error) => (Attempt::NotSubmitted(error), None),
            },
            Err(error) => {
                tracing::error!(approval = id, ?error, "reading the face or the tokens failed");
                (Attempt::NotSubmitted(ProviderError::Unreachable), None)
            }
        };
        // The face may have been enrolled during the attempt. Without an answer to that, the attempt has none either.
        let waits = self.factor_waits_of(&record).await?;
        let (record, (attempt, result)) = self
            .update_record(id, move |record, now| {
                record.apply_waits(waits, now);
                let result = match tried {
                    Attempt::NotSubmitted(error) => record.conclude_unsubmitted_attempt(&attempt, error, now),
                    Attempt::Judged { verdict, status } => {
                        record.conclude_attempt(&attempt, verdict, status.as_ref(), now, &limits)
                    }
                };
                (attempt, result)
            })
            .await?;
        let is_verdict = matches!(result, AttemptResult::Verdict(_));
        let Verified { verdict, approval, .. } = self.verification_response(&record, &attempt, result, None)?;
        Ok(FaceVerified {
            verdict,
            scan_result: for_capture.filter(|_| is_verdict),
            approval,
        })
    }

    /// The enrolled face of an approval's customer, and the tokens for the provider's calls.
    async fn face_and_session(&self, record: &Record) -> Result<(Option<FaceReference>, TokenSession), AppError> {
        let session = self.session(record).await?;
        let profile = match &record.source {
            Source::OneTimeToken { profile, .. } => profile.as_deref(),
            Source::Transfer(_) | Source::Confirmation(_) => None,
        };
        let user = record.progress.user.as_deref();
        let provider = Self::rejected_by(record)?;
        let face = self
            .0
            .store
            .face_of_customer(&record.owner, provider, profile, user)
            .await?;
        Ok((face, session))
    }
}

/// What a scan that the face server did not accept means for the attempt.
fn unmatched(outcome: ScanOutcome) -> Attempt {
    let verdict = match outcome {
        ScanOutcome::Passed | ScanOutcome::Rejected | ScanOutcome::NoMatch => VerificationVerdict::Refused,
        ScanOutcome::NotEnrolled => VerificationVerdict::NotSetUp,
    };
    Attempt::Judged {
        verdict: Ok(verdict),
        status: None,
    }
}

/// Exports the face and has the provider verify it, then reads the token's status. Where the provider could not decrypt the export, its key is
/// fetched again, once.
async fn submit(
    server: &dyn FaceServer,
    faces: &dyn FaceScans,
    tokens: &dyn OneTimeTokens,
    call_timeout: Duration,
    session: &TokenSession,
    reference: &FaceReference,
) -> Attempt {
    let mut is_second = false;
    let verdict = loop {
        let face_map = match export(server, faces, &session.access_token, reference).await {
            Ok(face_map) => face_map,
            // It is the customer's session that the key is read with.
            Err(error @ ProviderError::SessionEnded) => {
                return Attempt::Judged {
                    verdict: Err(error),
                    status: None,
                };
            }
            Err(error) => return Attempt::NotSubmitted(error),
        };
        let verdict = faces.verify_face(session, &face_map).await;
        if matches!(verdict, Ok(VerificationVerdict::CannotDecrypt)) && !is_second {
            // The key may have been rotated. Nothing was verified.
            faces.mark_export_key_stale();
            is_second = true;
            continue;
        }
        break verdict;
    };
    let reads_status = match &verdict {
        Ok(VerificationVerdict::CannotDecrypt) => false,
        Ok(_) => true,
        Err(error) => !error.is_not_executed() && !matches!(error, ProviderError::TokenRefused(_)),
    };
    let status = if reads_status {
        timeout_at(Instant::now() + call_timeout, tokens.status(session))
            .await
            .ok()
    } else {
        None
    };
    match status {
        Some(Ok(status)) => Attempt::Judged {
            verdict,
            status: Some(status),
        },
        Some(Err(error @ (ProviderError::SessionEnded | ProviderError::TokenRefused(_)))) => Attempt::Judged {
            verdict: Err(error),
            status: None,
        },
        Some(Err(_)) | None => Attempt::Judged { verdict, status: None },
    }
}
