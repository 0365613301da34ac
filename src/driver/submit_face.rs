//! Has the host's SDK scan the customer's face, and submits the scan.

use std::rc::Rc;

use sca_protocol::{
    api::Verified,
    face_scan::{FACE, FACE_SESSION, FaceSessionToken, FaceVerified, write_verify_face},
    flow::{Event, FaceSubmission, Failure, NoScan, OnScreen},
};

use crate::json::FromJson;

use super::{
    backend::{Backend, Call, read},
    ports::{CapturedFace, FaceCapture, FinishCapture, Ports},
};

/// How long the capture of a face may take, in milliseconds. The customer can leave it before, and the approval may end before.
pub const CAPTURE_DEADLINE_MS: u64 = 180_000;

/// Why a face was not captured. Nothing was submitted.
pub(crate) enum NotCaptured {
    Scan(NoScan),
    Session(Failure),
}

/// Requests a token for one scan and has the host's SDK make it. `path` is that of the token's route.
pub(crate) async fn capture_face<P: Ports>(
    backend: &Rc<Backend<P>>,
    path: &'static str,
) -> Result<CapturedFace, NotCaptured> {
    let session: FaceSessionToken = read(backend.call(Call::post(path, None)).await)
        // Without a scan, a token counts for nothing.
        .map_err(|failure| match failure {
            Failure::OutcomeUnknown | Failure::OtherApproval => NotCaptured::Session(Failure::NotSent),
            Failure::NotSent
            | Failure::NotYet { .. }
            | Failure::OutOfDate
            | Failure::ShownMismatch
            | Failure::AccessEnded
            | Failure::SessionEnded
            | Failure::CannotEncrypt => NotCaptured::Session(failure),
        })?;
    let capturing = backend.ports.face_capture().capture(&session.session_token);
    let captured = backend.before_deadline(CAPTURE_DEADLINE_MS, capturing).await;
    captured.unwrap_or(Err(NoScan::Failed)).map_err(NotCaptured::Scan)
}

/// Submits a scan, and passes the face server's result to the host's SDK. `result` finds it in the answer.
pub(crate) async fn submit_scan<P: Ports, T: FromJson>(
    backend: &Rc<Backend<P>>,
    call: Call,
    finish: FinishCapture,
    result: fn(&T) -> &Option<String>,
) -> Result<T, Failure> {
    let answer = read(backend.call(call.with_scan()).await);
    finish(answer.as_ref().ok().and_then(|answer| result(answer).as_deref()));
    answer
}

/// Submits a scan of the customer's face. `scanned` is called when there is one; it tells the flow, and returns what the screen shows then.
pub(super) async fn submit_face<P: Ports>(
    backend: &Rc<Backend<P>>,
    submission: FaceSubmission,
    scanned: impl FnOnce() -> Option<OnScreen>,
) -> Event {
    let FaceSubmission {
        attempt,
        challenge_id,
        here,
    } = submission;
    let captured = match capture_face(backend, FACE_SESSION).await {
        Ok(captured) => captured,
        Err(NotCaptured::Scan(cause)) => return Event::FaceNotScanned(attempt, cause, here),
        Err(NotCaptured::Session(failure)) => return Event::VerifyFailed(attempt, failure),
    };
    let body = write_verify_face(&challenge_id, &captured.scan);
    let call = Call::post(FACE, Some(body)).with_shown(scanned());
    let answer = submit_scan(backend, call, captured.finish, |verified: &FaceVerified| {
        &verified.scan_result
    });
    match answer.await {
        Ok(FaceVerified { verdict, approval, .. }) => {
            let verified = Verified {
                verdict,
                relayed: None,
                approval,
            };
            Event::Verified(attempt, verified)
        }
        Err(failure) => Event::VerifyFailed(attempt, failure),
    }
}
