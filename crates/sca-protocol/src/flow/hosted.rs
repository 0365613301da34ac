//! Hosted challenges: a page of the provider carries them out, in a frame here or in another tab.
//!
//! A message of the frame decides nothing. It makes the flow poll the backend, once each time the frame is shown, and the
//! backend's answer decides.

use super::{
    camera::Camera,
    effect::{Effect, Timer},
    machine::{Effects, Ignored},
    notice::Notice,
    pause::{MAX_POLL_PAUSE_MS, pause_after},
    state::{Flow, HostedPhase, Loading, PendingCheck, Phase, StartPurpose},
};
use crate::{
    Availability, Challenge, FaceSession as HostedSession, Factor, FactorOption, HostedChallenges, Timestamp,
    face::origin_of, factor::Handling,
};

/// How long the page may take to load in the frame before another tab is offered, in milliseconds.
const MAX_LOAD_MS: u64 = 15_000;
/// How long the backend is polled after the frame reported that the customer is done, in milliseconds.
const MAX_FINISH_CHECK_MS: u64 = 15_000;

impl Flow {
    /// Explains the challenge to the customer. Opens nothing.
    pub(super) fn explain(
        &mut self,
        challenge_id: String,
        factor: Factor,
        here: HostedChallenges,
        notice: Option<Notice>,
        effects: &mut Effects,
    ) {
        self.phase = Phase::Hosted {
            challenge_id,
            factor,
            stage: HostedPhase::Explaining,
            here,
        };
        self.notice = notice;
        self.query_camera_permission(here, effects);
    }

    pub(super) fn query_camera_permission(&self, here: HostedChallenges, effects: &mut Effects) {
        let session = self.open_challenge().and_then(hosted_session);
        let origin = session
            .and_then(|session| origin_of(session.url.as_str()))
            .or_else(|| self.frame_origins.first().cloned());
        effects.extend(origin.map(|origin| Effect::QueryCameraPermission { origin, here }));
    }

    pub(super) fn open_frame(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Hosted {
            stage: HostedPhase::Explaining | HostedPhase::Elsewhere { .. },
            here,
            ..
        } = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        // Whatever is known about the camera: that is a hint, and the provider's page finds out.
        self.open_session(StartPurpose::Frame(*here), now)
    }

    pub(super) fn open_tab(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Hosted { stage, here, .. } = &mut self.phase else {
            return Err(Ignored::NotNow);
        };
        match stage {
            HostedPhase::Explaining => {
                let purpose = StartPurpose::OtherTab(*here);
                self.open_session(purpose, now)
            }
            HostedPhase::Shown { session, .. } => {
                *stage = HostedPhase::Elsewhere {
                    url: session.url.clone(),
                };
                self.notice = None;
                Ok(Vec::new())
            }
            HostedPhase::Elsewhere { .. } => Err(Ignored::NotNow),
        }
    }

    fn open_session(&mut self, purpose: StartPurpose, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Hosted {
            challenge_id, factor, ..
        } = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        self.refuse_too_early(now)?;
        let (challenge_id, factor) = (challenge_id.clone(), factor.clone());
        Ok(self.start(challenge_id, factor, purpose))
    }

    /// Applies the session of a start that succeeded, or that was found by a check after its response was lost.
    pub(super) fn session_opened(
        &mut self,
        challenge_id: String,
        factor: Factor,
        purpose: StartPurpose,
        here: HostedChallenges,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        if !self.can_ask(&challenge_id, &factor) {
            return self.leave_hosted(&challenge_id, &factor, now, effects);
        }
        let session = self.challenge_by_id(&challenge_id).and_then(hosted_session).cloned();
        let Some(session) = session.filter(|session| session.ended || now < self.local(session.expires_at)) else {
            let notice = Some(Notice::NotDelivered(factor.clone()));
            return self.explain(challenge_id, factor, here, notice, effects);
        };
        let is_here = match purpose {
            StartPurpose::Frame(_) => true,
            StartPurpose::OtherTab(_) | StartPurpose::First | StartPurpose::Another => false,
        };
        if session.ended {
            self.notice = None;
            self.enter_open_challenge(now, effects);
        } else if !is_here {
            self.show(
                challenge_id,
                factor,
                HostedPhase::Elsewhere {
                    url: session.url.clone(),
                },
                here,
            );
        } else {
            let late_at = now.plus_ms(MAX_LOAD_MS);
            effects.push(Effect::Wait(Timer::Frame, late_at));
            let loading = Loading::UnderWay { late_at };
            self.show(challenge_id, factor, HostedPhase::Shown { session, loading }, here);
        }
    }

    fn show(&mut self, challenge_id: String, factor: Factor, stage: HostedPhase, here: HostedChallenges) {
        self.notice = None;
        self.phase = Phase::Hosted {
            challenge_id,
            factor,
            stage,
            here,
        };
    }

    pub(super) fn camera_permission_changed(&mut self, camera: Camera) -> Result<Effects, Ignored> {
        if matches!(self.phase, Phase::New) {
            return Err(Ignored::NotNow);
        }
        // A frame that is shown stays: only the provider's page knows for sure, and the customer may be using it.
        self.camera = camera;
        Ok(Vec::new())
    }

    pub(super) fn frame_loaded(&mut self) -> Result<Effects, Ignored> {
        let (session, loading) = self.shown()?;
        match loading {
            Loading::UnderWay { .. } | Loading::Late => *loading = Loading::Done,
            Loading::Done => return Err(Ignored::NotNow),
        }
        let end = session.expires_at;
        Ok(vec![Effect::Wait(Timer::Frame, self.local(end))])
    }

    /// The time to load is over, or the session has expired.
    pub(super) fn frame_is_due(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let (session, loading) = self.shown()?;
        let end = session.expires_at;
        match loading {
            Loading::UnderWay { late_at } if now < *late_at => return Ok(vec![Effect::Wait(Timer::Frame, *late_at)]),
            Loading::UnderWay { .. } => *loading = Loading::Late,
            Loading::Late | Loading::Done => {}
        }
        let end = self.local(end);
        let mut effects = Vec::new();
        if now < end {
            effects.push(Effect::Wait(Timer::Frame, end));
        } else {
            // The customer may have completed the page already: the backend knows.
            self.poll(&mut effects);
        }
        Ok(effects)
    }

    /// Closes the frame and polls the backend. A page that sends this a thousand times causes one poll: its frame is gone after the
    /// first.
    pub(super) fn frame_finished(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let (challenge_id, factor, here) = self.framed_challenge()?;
        let pending = PendingCheck::Frame {
            challenge_id,
            factor,
            check_until: now.plus_ms(MAX_FINISH_CHECK_MS),
            here,
        };
        let mut effects = Vec::new();
        self.idle_polls = 0;
        self.check(pending, &mut effects);
        Ok(effects)
    }

    pub(super) fn frame_lost(&mut self) -> Result<Effects, Ignored> {
        let (challenge_id, factor, here) = self.framed_challenge()?;
        let mut effects = Vec::new();
        self.explain(challenge_id, factor, here, Some(Notice::FrameLost), &mut effects);
        Ok(effects)
    }

    fn framed_challenge(&self) -> Result<(String, Factor, HostedChallenges), Ignored> {
        let Phase::Hosted {
            challenge_id,
            factor,
            stage: HostedPhase::Shown { .. },
            here,
        } = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        Ok((challenge_id.clone(), factor.clone(), *here))
    }

    fn shown(&mut self) -> Result<(&HostedSession, &mut Loading), Ignored> {
        let Phase::Hosted {
            stage: HostedPhase::Shown { session, loading },
            ..
        } = &mut self.phase
        else {
            return Err(Ignored::NotNow);
        };
        Ok((session, loading))
    }

    /// Applies a snapshot that arrives while the challenge is explained or its page is open.
    pub(super) fn apply_to_hosted(
        &mut self,
        challenge_id: String,
        factor: Factor,
        stage: &HostedPhase,
        here: HostedChallenges,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        if !self.can_ask(&challenge_id, &factor) {
            return self.leave_hosted(&challenge_id, &factor, now, effects);
        }
        match (self.session_of(&challenge_id), stage) {
            (Session::Ended, _) => {
                self.notice = None;
                self.enter_open_challenge(now, effects);
            }
            (Session::Closed, HostedPhase::Shown { .. } | HostedPhase::Elsewhere { .. }) => {
                self.explain(challenge_id, factor, here, None, effects);
            }
            // The session that the customer could have continued is closed.
            (Session::Closed, HostedPhase::Explaining) => {
                let is_stale = |notice: &Notice| matches!(notice, Notice::NotFinished | Notice::FrameLost);
                self.notice = self.notice.take().filter(|notice| !is_stale(notice));
            }
            (Session::Open, _) => {}
        }
    }

    /// Applies a snapshot that arrives after the frame reported that the customer is done.
    pub(super) fn check_hosted(
        &mut self,
        challenge_id: String,
        factor: Factor,
        check_until: Timestamp,
        here: HostedChallenges,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        if !self.can_ask(&challenge_id, &factor) {
            return self.leave_hosted(&challenge_id, &factor, now, effects);
        }
        match self.session_of(&challenge_id) {
            Session::Ended => self.enter_open_challenge(now, effects),
            Session::Closed => self.explain(challenge_id, factor, here, None, effects),
            Session::Open if self.poll.is_some() => {}
            Session::Open if now < check_until => {
                self.idle_polls = self.idle_polls.saturating_add(1);
                let pause = pause_after(self.idle_polls, MAX_POLL_PAUSE_MS);
                effects.push(Effect::Wait(Timer::Poll, now.plus_ms(pause)));
            }
            Session::Open => self.explain(challenge_id, factor, here, Some(Notice::NotFinished), effects),
        }
    }

    /// Leaves a hosted challenge that is cleared, or that its factor can no longer clear.
    fn leave_hosted(&mut self, challenge_id: &str, factor: &Factor, now: Timestamp, effects: &mut Effects) {
        let challenge = self.open_challenge().filter(|challenge| challenge.id == challenge_id);
        let option = challenge.and_then(|challenge| challenge.option(factor));
        self.notice = option.and_then(|option| match option.availability {
            Availability::Blocked => Some(Notice::Blocked(factor.clone())),
            Availability::NotSetUp => Some(Notice::NotSetUp(factor.clone())),
            Availability::Available => challenge
                .filter(|challenge| !self.is_origin_allowed(challenge))
                .map(|_| Notice::FrameNotAllowed),
            Availability::CoolingOff | Availability::Other(_) => None,
        });
        self.enter_open_challenge(now, effects);
    }

    /// Whether the customer could clear the open challenge in a build that shows hosted challenges, and this is none.
    #[must_use]
    pub fn lacks_hosted_challenges(&self) -> bool {
        HostedChallenges::HERE.is_none() && self.offers_hosted_challenge()
    }

    /// Whether the customer, unless they have cancelled, could clear the open challenge at a page of the provider.
    #[must_use]
    pub fn offers_hosted_challenge(&self) -> bool {
        let is_hosted =
            |option: &FactorOption| option.factor == Factor::Face && option.availability == Availability::Available;
        !self.is_stopping() && self.open_challenge().is_some_and(|open| open.options().any(is_hosted))
    }

    fn session_of(&self, challenge_id: &str) -> Session {
        match self.challenge_by_id(challenge_id).and_then(hosted_session) {
            Some(session) if session.ended => Session::Ended,
            Some(_) => Session::Open,
            None => Session::Closed,
        }
    }

    /// Whether the page of the open session, or of the next one, may be shown: its origin has to be listed.
    pub(super) fn is_origin_allowed(&self, challenge: &Challenge) -> bool {
        match hosted_session(challenge) {
            Some(session) => origin_of(session.url.as_str()).is_some_and(|origin| self.frame_origins.contains(&origin)),
            None => !self.frame_origins.is_empty(),
        }
    }

    /// Whether the challenge suggests a hosted factor whose page is not from a listed origin.
    pub(super) fn is_origin_refused(&self, challenge: &Challenge) -> bool {
        let option = &challenge.primary;
        matches!(option.factor.handling(), Handling::Frame(_))
            && option.is_usable()
            && !self.is_origin_allowed(challenge)
    }
}

/// The session of a hosted challenge. The contract has one kind so far, that of the face.
pub(super) fn hosted_session(challenge: &Challenge) -> Option<&HostedSession> {
    challenge.face.as_ref()
}

/// The state of a challenge's session in the newest snapshot.
enum Session {
    Open,
    Ended,
    Closed,
}
