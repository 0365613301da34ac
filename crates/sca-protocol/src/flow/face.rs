//! Showing the face: in a frame here, or in another tab.
//!
//! Nothing that comes from the frame decides anything. It can make the flow look at the backend, once each time it was shown,
//! and the customer can go on from wherever that leads.

use super::{
    camera::Camera,
    effect::{Effect, Timer},
    machine::{Effects, Ignored},
    moves::{LONGEST_LOOK_PAUSE, pause_after},
    notice::Notice,
    state::{After, Facing, Flow, Loading, Phase, Wanted},
};
use crate::{Availability, Challenge, FaceSession, Factor, Timestamp, face::origin_of, factor::Handling};

/// How long something may take to load in the frame before another tab is offered, in milliseconds.
const LONGEST_LOAD: u64 = 15_000;
/// How long a frame is believed that says the customer is done, while the backend has not heard so, in milliseconds.
const LONGEST_BELIEF: u64 = 15_000;

impl Flow {
    /// Tells the customer what showing the face is about. Opens nothing.
    pub(super) fn explain(&mut self, challenge: String, factor: Factor, notice: Option<Notice>, effects: &mut Effects) {
        self.phase = Phase::Facing {
            challenge,
            factor,
            stage: Facing::Explaining,
        };
        self.notice = notice;
        self.look_at_camera(effects);
    }

    pub(super) fn look_at_camera(&self, effects: &mut Effects) {
        let session = self.open_step().and_then(|step| step.face.as_ref());
        let origin = session
            .and_then(|session| origin_of(session.url.as_str()))
            .or_else(|| self.frame_origins.first().cloned());
        effects.extend(origin.map(|origin| Effect::LookAtCamera { origin }));
    }

    pub(super) fn begin_here(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Facing {
            stage: Facing::Explaining | Facing::Elsewhere { .. },
            ..
        } = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        let mut effects = self.open_session(Wanted::Frame, now)?;
        if is_in_the_way(self.camera) {
            // The customer may have mended it since.
            self.camera = Camera::Unknown;
            self.look_at_camera(&mut effects);
        }
        Ok(effects)
    }

    pub(super) fn begin_elsewhere(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Facing { stage, .. } = &mut self.phase else {
            return Err(Ignored::NotNow);
        };
        match stage {
            Facing::Explaining => self.open_session(Wanted::OtherTab, now),
            Facing::Shown { session, .. } => {
                *stage = Facing::Elsewhere {
                    url: session.url.clone(),
                };
                self.notice = None;
                Ok(Vec::new())
            }
            Facing::Elsewhere { .. } => Err(Ignored::NotNow),
        }
    }

    fn open_session(&mut self, wanted: Wanted, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Facing { challenge, factor, .. } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        self.refuse_too_early(now)?;
        let (challenge, factor) = (challenge.clone(), factor.clone());
        Ok(self.start(challenge, factor, wanted))
    }

    /// The backend has answered a start, or was asked what became of it.
    pub(super) fn session_opened(
        &mut self,
        challenge: String,
        factor: Factor,
        wanted: Wanted,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        if !self.can_ask(&challenge, &factor) {
            return self.leave_face(&challenge, &factor, now, effects);
        }
        let session = self.step_named(&challenge).and_then(|step| step.face.clone());
        let Some(session) = session.filter(|session| session.ended || now < self.local(session.expires_at)) else {
            let notice = Some(Notice::NotDelivered(factor.clone()));
            return self.explain(challenge, factor, notice, effects);
        };
        let is_here = match wanted {
            Wanted::Frame => true,
            Wanted::OtherTab | Wanted::First | Wanted::Another => false,
        };
        if session.ended {
            self.notice = None;
            self.enter_open_step(now, effects);
        } else if !is_here {
            self.show(
                challenge,
                factor,
                Facing::Elsewhere {
                    url: session.url.clone(),
                },
            );
        } else if is_in_the_way(self.camera) {
            self.explain(challenge, factor, None, effects);
        } else {
            let late_at = now.plus_ms(LONGEST_LOAD);
            effects.push(Effect::Wait(Timer::Frame, late_at));
            let loading = Loading::UnderWay { late_at };
            self.show(challenge, factor, Facing::Shown { session, loading });
        }
    }

    fn show(&mut self, challenge: String, factor: Factor, stage: Facing) {
        self.notice = None;
        self.phase = Phase::Facing {
            challenge,
            factor,
            stage,
        };
    }

    pub(super) fn camera_looked(&mut self, camera: Camera) -> Result<Effects, Ignored> {
        if matches!(self.phase, Phase::New) {
            return Err(Ignored::NotNow);
        }
        // A frame that is shown stays: only the provider's page knows for sure, and it may be in the middle of things.
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

    /// The frame has had its time to load, or its session has come to its end.
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
            // The customer may be past the point where the address matters: the backend knows.
            self.look(&mut effects);
        }
        Ok(effects)
    }

    /// Takes the frame away and asks the backend. Whoever sends this a thousand times is heard once: the frame is gone then.
    pub(super) fn frame_finished(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let (challenge, factor) = self.shown_step()?;
        let after = After::Frame {
            challenge,
            factor,
            believed_until: now.plus_ms(LONGEST_BELIEF),
        };
        let mut effects = Vec::new();
        self.fruitless_looks = 0;
        self.check(after, &mut effects);
        Ok(effects)
    }

    pub(super) fn frame_lost(&mut self) -> Result<Effects, Ignored> {
        let (challenge, factor) = self.shown_step()?;
        let mut effects = Vec::new();
        self.explain(challenge, factor, Some(Notice::FrameLost), &mut effects);
        Ok(effects)
    }

    fn shown_step(&self) -> Result<(String, Factor), Ignored> {
        let Phase::Facing {
            challenge,
            factor,
            stage: Facing::Shown { .. },
        } = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        Ok((challenge.clone(), factor.clone()))
    }

    fn shown(&mut self) -> Result<(&FaceSession, &mut Loading), Ignored> {
        let Phase::Facing {
            stage: Facing::Shown { session, loading },
            ..
        } = &mut self.phase
        else {
            return Err(Ignored::NotNow);
        };
        Ok((session, loading))
    }

    /// Goes where a snapshot says that came while the face was being shown.
    pub(super) fn follow_face(
        &mut self,
        challenge: String,
        factor: Factor,
        stage: &Facing,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        if !self.can_ask(&challenge, &factor) {
            return self.leave_face(&challenge, &factor, now, effects);
        }
        match (self.session_of(&challenge), stage) {
            (Session::Ended, _) => {
                self.notice = None;
                self.enter_open_step(now, effects);
            }
            (Session::Closed, Facing::Shown { .. } | Facing::Elsewhere { .. }) => {
                self.explain(challenge, factor, None, effects);
            }
            // Nothing is left of what could be gone on with.
            (Session::Closed, Facing::Explaining) => {
                let is_stale = |notice: &Notice| matches!(notice, Notice::NotFinished | Notice::FrameLost);
                self.notice = self.notice.take().filter(|notice| !is_stale(notice));
            }
            (Session::Open, _) => {}
        }
    }

    /// Goes where a snapshot says that came after the frame said that the customer is done.
    pub(super) fn check_face(
        &mut self,
        challenge: String,
        factor: Factor,
        believed_until: Timestamp,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        if !self.can_ask(&challenge, &factor) {
            return self.leave_face(&challenge, &factor, now, effects);
        }
        match self.session_of(&challenge) {
            Session::Ended => self.enter_open_step(now, effects),
            Session::Closed => self.explain(challenge, factor, None, effects),
            Session::Open if self.look.is_some() => {}
            Session::Open if now < believed_until => {
                self.fruitless_looks = self.fruitless_looks.saturating_add(1);
                let pause = pause_after(self.fruitless_looks, LONGEST_LOOK_PAUSE);
                effects.push(Effect::Wait(Timer::Look, now.plus_ms(pause)));
            }
            Session::Open => self.explain(challenge, factor, Some(Notice::NotFinished), effects),
        }
    }

    /// The step is taken, or the face no longer takes it.
    fn leave_face(&mut self, challenge: &str, factor: &Factor, now: Timestamp, effects: &mut Effects) {
        let step = self.open_step().filter(|step| step.id == challenge);
        let option = step.and_then(|step| step.option(factor));
        self.notice = option.and_then(|option| match option.availability {
            Availability::Blocked => Some(Notice::Blocked(factor.clone())),
            Availability::NotSetUp => Some(Notice::NotSetUp(factor.clone())),
            Availability::Available => step
                .filter(|step| !self.may_show(step))
                .map(|_| Notice::FrameNotAllowed),
            Availability::Other(_) => None,
        });
        self.enter_open_step(now, effects);
    }

    fn session_of(&self, challenge: &str) -> Session {
        match self.step_named(challenge).and_then(|step| step.face.as_ref()) {
            Some(session) if session.ended => Session::Ended,
            Some(_) => Session::Open,
            None => Session::Closed,
        }
    }

    /// Whether the step's session, or the one it would get, comes from an origin on the list.
    pub(super) fn may_show(&self, step: &Challenge) -> bool {
        match &step.face {
            Some(session) => origin_of(session.url.as_str()).is_some_and(|origin| self.frame_origins.contains(&origin)),
            None => !self.frame_origins.is_empty(),
        }
    }

    /// Whether the step would be taken by showing the face, were it not for where its page comes from.
    pub(super) fn is_shut_out(&self, step: &Challenge) -> bool {
        let option = &step.primary;
        option.factor.handling() == Handling::Frame && option.is_usable() && !self.may_show(step)
    }
}

/// How it stands with a step's session, as the backend told last.
enum Session {
    Open,
    Ended,
    Closed,
}

/// Whether showing the face here is known to fail.
fn is_in_the_way(camera: Camera) -> bool {
    match camera {
        Camera::Unknown | Camera::Ready => false,
        Camera::Refused | Camera::BlockedByPolicy | Camera::Missing => true,
    }
}
