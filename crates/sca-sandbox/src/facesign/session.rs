//! One session: its [status](https://docs.facesign.ai/docs/reference/concepts), its client secrets, its current node and its
//! report.

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::analysis::{Analysis, report_deepfake, report_video};
use super::behaviour::{Behaviour, Deepfake, Expiry, IdForm, OldSecret, SecretInGet, Video};
use super::flow::{Flow, normalise};
use super::secret::ClientSecret;
use crate::kit::clock::after_seconds;
use crate::kit::json::{merge, set};

/// A session's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
    Created,
    InProgress,
    Complete,
    Incomplete,
}

impl Status {
    /// Whether the session is over.
    pub(crate) fn is_over(self) -> bool {
        match self {
            Self::Created | Self::InProgress => false,
            Self::Complete | Self::Incomplete => true,
        }
    }

    /// The value in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::InProgress => "inProgress",
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
        }
    }
}

/// One session. All instants are in milliseconds of the session's own clock.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) created_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
    pub(crate) status: Status,
    /// The body that it was created with, after normalisation of its flow.
    pub(crate) settings: Value,
    pub(crate) flow: Flow,
    /// The id of its current node; empty before the start and after the end.
    pub(crate) node: String,
    /// Newest last.
    pub(crate) secrets: Vec<ClientSecret>,
    pub(crate) transcript: Vec<Value>,
    pub(crate) node_reports: Vec<Value>,
    pub(crate) video: Analysis<Video>,
    pub(crate) deepfake: Analysis<Deepfake>,
    analysis_due: Option<i64>,
    /// Wrong codes entered at the current node.
    pub(crate) wrong_codes: u64,
    /// How often the hosted page was opened.
    pub(crate) opened: u32,
    /// How often the client secret was refreshed.
    pub(crate) refreshed: u32,
    last_activity: i64,
    last_report: i64,
    /// How many more reads show the session as it was before its end, and what they show.
    stale: Option<(u32, Value)>,
    /// A JSON merge patch by a test on what the API returns.
    pub(crate) patch: Option<Value>,
    pub(crate) behaviour: Behaviour,
    /// How many milliseconds this session's clock is ahead of FaceSign's.
    pub(crate) ahead_ms: i64,
    /// Counts changes, for pages that wait for one.
    pub(crate) version: u64,
    /// Types of the events that are not queued yet.
    pub(crate) new_events: Vec<&'static str>,
}

impl Session {
    /// Creates a session. Returns the warnings about its flow as well.
    pub(crate) fn create(mut settings: Value, behaviour: Behaviour, now: i64) -> (Self, Vec<Value>) {
        let warnings = settings.get_mut("flow").map(normalise).unwrap_or_default();
        if !warnings.is_empty()
            && let Some(settings) = settings.as_object_mut()
        {
            settings.insert("flowNormalizations".to_owned(), json!(warnings));
        }
        let id = match behaviour.id_form {
            IdForm::Uuid => Uuid::new_v4().to_string(),
            IdForm::Short => Uuid::new_v4().simple().to_string().chars().take(20).collect(),
        };
        let flow = settings.get("flow").map(Flow::read).unwrap_or_default();
        let wants_video = settings.get("videoAIAnalysisEnabled") == Some(&Value::Bool(true));
        let session = Self {
            id,
            created_at: now,
            started_at: None,
            finished_at: None,
            status: Status::Created,
            flow,
            settings,
            node: String::new(),
            secrets: vec![ClientSecret::issue(now, behaviour.secret_seconds)],
            transcript: Vec::new(),
            node_reports: Vec::new(),
            video: if wants_video {
                Analysis::Pending(None)
            } else {
                Analysis::NotRequested
            },
            deepfake: match behaviour.deepfake {
                Deepfake::NotRequested => Analysis::NotRequested,
                Deepfake::Authentic
                | Deepfake::Manipulated
                | Deepfake::Unknown
                | Deepfake::Failed
                | Deepfake::TimedOut
                | Deepfake::Never => Analysis::Pending(None),
            },
            analysis_due: None,
            wrong_codes: 0,
            opened: 0,
            refreshed: 0,
            last_activity: now,
            last_report: now,
            stale: None,
            patch: None,
            behaviour,
            ahead_ms: 0,
            version: 0,
            new_events: vec!["session.status"],
        };
        (session, warnings)
    }

    /// The partner's own id of it.
    pub(crate) fn client_reference(&self) -> Option<&str> {
        self.settings.get("clientReferenceId").and_then(Value::as_str)
    }

    /// The newest secret.
    pub(crate) fn secret(&self) -> Option<&ClientSecret> {
        self.secrets.last()
    }

    /// Whether this secret is valid now.
    pub(crate) fn accepts(&self, secret: &str, now: i64) -> bool {
        self.secrets
            .iter()
            .any(|known| known.secret == secret && !known.revoked && now < known.expires_at)
    }

    /// Issues a new client secret. Status, report and flow do not change.
    pub(crate) fn refresh(&mut self, now: i64) {
        if self.behaviour.old_secret == OldSecret::Dead {
            for secret in &mut self.secrets {
                secret.revoked = true;
            }
        }
        self.secrets
            .push(ClientSecret::issue(now, self.behaviour.secret_seconds));
    }

    /// The hosted page was opened.
    pub(crate) fn open(&mut self, now: i64) {
        self.opened = self.opened.saturating_add(1);
        self.touch(now);
        if self.status != Status::Created {
            return;
        }
        self.status = Status::InProgress;
        self.started_at = Some(now);
        self.new_events.push("session.status");
        match self.flow.first().map(ToOwned::to_owned) {
            Some(node) => self.go_to(&node, now),
            // The lenient mode accepts a session without a flow.
            None => self.finish(Status::Complete, now),
        }
    }

    /// Ends the session.
    pub(crate) fn finish(&mut self, status: Status, now: i64) {
        if self.status.is_over() {
            return;
        }
        if self.behaviour.stale_reads > 0 {
            self.stale = Some((self.behaviour.stale_reads, self.to_json()));
        }
        self.status = status;
        self.finished_at = Some(now);
        self.node.clear();
        self.version = self.version.saturating_add(1);
        self.new_events.push("session.status");
        if status != Status::Complete {
            return;
        }
        if self.behaviour.media_events {
            self.new_events.extend(["media.user_photo", "media.user_video"]);
        }
        if self.video.is_pending() {
            self.video = Analysis::Pending(Some(now));
        }
        if self.deepfake.is_pending() {
            self.deepfake = Analysis::Pending(Some(now));
        }
        if self.video.is_pending() || self.deepfake.is_pending() {
            self.analysis_due = Some(after_seconds(now, self.behaviour.analysis_seconds));
        }
    }

    /// Lets every secret expire.
    pub(crate) fn expire(&mut self, now: i64) {
        for secret in &mut self.secrets {
            secret.expires_at = secret.expires_at.min(now);
        }
        self.advance_to(now);
    }

    /// Finishes the analyses with these results.
    pub(crate) fn analyse(&mut self, video: Option<Video>, deepfake: Option<Deepfake>, now: i64) {
        if let Some(video) = video {
            self.video.finish(now, video);
            self.new_events.push("analysis.video");
        }
        if let Some(deepfake) = deepfake {
            self.deepfake.finish(now, deepfake);
            self.new_events.push("analysis.deepfake");
        }
    }

    /// Appends a node report. Its instant is later than that of the report before it.
    pub(crate) fn report(&mut self, mut report: Value, now: i64) {
        self.last_report = now.max(self.last_report.saturating_add(1));
        if let Some(report) = report.as_object_mut() {
            report.entry("createdAt").or_insert(json!(self.last_report));
        }
        self.node_reports.push(report);
    }

    /// Appends a line to the transcript.
    pub(crate) fn say(&mut self, text: &str, is_avatar: bool, now: i64) {
        self.transcript.push(json!({
            "id": Uuid::new_v4().to_string(),
            "createdAt": now,
            "text": text,
            "isAvatar": is_avatar,
        }));
    }

    /// Records activity on the page.
    pub(crate) fn touch(&mut self, now: i64) {
        self.last_activity = now;
        self.version = self.version.saturating_add(1);
    }

    /// When time alone will change it next.
    pub(crate) fn due(&self) -> Option<i64> {
        let expiry = match self.behaviour.expiry {
            Expiry::Incomplete if !self.status.is_over() => self.secret().map(|secret| secret.expires_at),
            Expiry::Incomplete | Expiry::Stays => None,
        };
        [expiry, self.idle_until(), self.analysis_due]
            .into_iter()
            .flatten()
            .min()
    }

    fn idle_until(&self) -> Option<i64> {
        (self.status == Status::InProgress).then(|| after_seconds(self.last_activity, self.behaviour.idle_seconds))
    }

    /// Applies what time alone changes: expiry, the idle limit, the end of the analyses.
    pub(crate) fn advance_to(&mut self, now: i64) {
        let expired =
            self.behaviour.expiry == Expiry::Incomplete && self.secret().is_some_and(|secret| secret.expires_at <= now);
        if !self.status.is_over() && (expired || self.idle_until().is_some_and(|until| until <= now)) {
            self.finish(Status::Incomplete, now);
        }
        if self.analysis_due.is_some_and(|due| due <= now) {
            self.analysis_due = None;
            let video =
                (self.video.is_pending() && self.behaviour.video != Video::Never).then_some(self.behaviour.video);
            let deepfake = (self.deepfake.is_pending() && self.behaviour.deepfake != Deepfake::Never)
                .then_some(self.behaviour.deepfake);
            self.analyse(video, deepfake, now);
        }
    }

    /// Whether its reference or a value of its metadata contains this text.
    pub(crate) fn is_about(&self, text: &str) -> bool {
        is_about(&self.settings, text)
    }

    /// Whether a read changes the session.
    pub(crate) fn changes_when_read(&self) -> bool {
        self.stale.is_some() || self.behaviour.secret_in_get == SecretInGet::Fresh
    }

    /// What the API returns for the next read, with a new client secret or a stale session where a switch asks for it.
    pub(crate) fn read(&mut self, now: i64) -> Value {
        if self.behaviour.secret_in_get == SecretInGet::Fresh {
            self.refresh(now);
        }
        match self.stale.take() {
            Some((left, before)) if left > 0 => {
                self.stale = Some((left.saturating_sub(1), before.clone()));
                before
            }
            Some(_) | None => self.to_json(),
        }
    }

    /// The session in JSON, as the API returns it.
    pub(crate) fn to_json(&self) -> Value {
        let mut report = Map::new();
        report.insert("transcript".to_owned(), json!(self.transcript));
        report.insert("lang".to_owned(), json!("en"));
        report.insert("nodeReports".to_owned(), json!(self.node_reports));
        report_video(&mut report, self.video, self.behaviour.video_status_words);
        report_deepfake(&mut report, self.deepfake);
        let mut session = json!({
            "id": self.id,
            "createdAt": self.created_at,
            "status": self.status.name(),
            "settings": self.settings,
            "report": report,
        });
        for (name, instant) in [("startedAt", self.started_at), ("finishedAt", self.finished_at)] {
            if let Some(instant) = instant {
                set(&mut session, name, json!(instant));
            }
        }
        if let Some(patch) = &self.patch {
            merge(&mut session, patch);
        }
        session
    }
}

/// Whether the reference of these settings, or a value of their metadata, contains this text.
pub(crate) fn is_about(settings: &Value, text: &str) -> bool {
    let contains = |value: &Value| match value {
        Value::String(value) => value.contains(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    };
    settings.get("clientReferenceId").is_some_and(contains)
        || settings
            .get("metadata")
            .and_then(Value::as_object)
            .is_some_and(|metadata| metadata.values().any(contains))
}
