//! Enrols the customer's face.

use std::rc::Rc;

use sca_protocol::{
    enrolment_api::{Enrolled, FACE, FACE_SESSION, FaceEnrolled},
    enrolment_flow::{Attempt, Event},
    face_scan::write_new_face,
};

use crate::driver::{
    backend::{Backend, Call},
    ports::Ports,
    submit_face::{NotCaptured, capture_face, submit_scan},
};

/// Has the host's SDK scan the face, and submits the scan. `scanned` is called when there is one.
pub(super) async fn enrol_face<P: Ports>(backend: &Rc<Backend<P>>, attempt: Attempt, scanned: impl FnOnce()) -> Event {
    let captured = match capture_face(backend, FACE_SESSION).await {
        Ok(captured) => captured,
        Err(NotCaptured::Scan(cause)) => return Event::FaceNotScanned(attempt, cause),
        Err(NotCaptured::Session(failure)) => return Event::CallFailed(attempt, failure),
    };
    scanned();
    let call = Call::post(FACE, Some(write_new_face(&captured.scan)));
    let answer = submit_scan(backend, call, captured.finish, |enrolled: &FaceEnrolled| {
        &enrolled.scan_result
    });
    match answer.await {
        Ok(FaceEnrolled { verdict, enrolment, .. }) => {
            let enrolled = Enrolled {
                verdict,
                relayed: None,
                enrolment,
            };
            Event::Answered(attempt, enrolled)
        }
        Err(failure) => Event::CallFailed(attempt, failure),
    }
}
