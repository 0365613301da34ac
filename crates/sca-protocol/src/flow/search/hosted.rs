//! The provider of hosted sessions, and what can happen to a session there.

use super::{EXPIRY, RESEND, backend::Backend};
use crate::{FaceSession, SessionUrl, Status, StepFailure, Timestamp};

/// How many sessions may fail before the approval is declined.
const MOST_TRIES: u8 = 2;

impl Backend {
    /// The backend after it has opened a session, or returned the open one with a URL that is still valid.
    pub(super) fn session_opened(&self, id: &str, now: Timestamp) -> Self {
        let Some(hosted) = &self.hosted else {
            return self.clone();
        };
        let known = self
            .approval
            .challenge(id)
            .and_then(|challenge| challenge.face.as_ref());
        if known.is_some_and(|session| session.ended || now < session.expires_at) {
            return self.clone();
        }
        let expires_at = if now < RESEND { RESEND } else { EXPIRY.plus_ms(1_000) };
        self.with(id, |challenge| {
            challenge.step_failure = None;
            challenge.face = Some(FaceSession {
                url: SessionUrl::new(hosted.page.into()),
                expires_at,
                ended: false,
            });
        })
    }

    /// The backend after each change that an open session may undergo by itself.
    pub(super) fn session_changed(&self) -> Vec<Self> {
        let Some(challenge) = self.approval.open_challenge() else {
            return Vec::new();
        };
        let Some(session) = &challenge.face else {
            return Vec::new();
        };
        let mut worlds = self.passed(&challenge.id);
        worlds.push(self.settled(Status::Declined));
        worlds.push(self.failed(&challenge.id));
        if !session.ended {
            worlds.push(self.with(&challenge.id, |challenge| {
                challenge.face.iter_mut().for_each(|session| session.ended = true);
            }));
        }
        worlds
    }

    fn failed(&self, id: &str) -> Self {
        let mut failed = self.with(id, |challenge| {
            challenge.face = None;
            challenge.step_failure = Some(StepFailure::NoFace);
        });
        failed.hosted.iter_mut().for_each(|hosted| hosted.tries += 1);
        if failed.hosted.as_ref().is_some_and(|hosted| hosted.tries >= MOST_TRIES) {
            failed.settle(Status::Declined);
        }
        failed
    }
}
