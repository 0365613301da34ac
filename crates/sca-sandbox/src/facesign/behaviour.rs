//! The switches: what FaceSign's documentation leaves open, and what a test wants to be different.

use serde::{Deserialize, Serialize};

use crate::kit::webhooks;
use crate::kit::webhooks::queue::DeliveryStart;

/// How FaceSign behaves towards a session. The first value of each switch is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// Whether flows are checked.
    pub(crate) validation: Validation,
    /// What a session id looks like.
    pub(crate) id_form: IdForm,
    /// Lifetime of a client secret.
    pub(crate) secret_seconds: u32,
    /// What reading a session answers as its client secret.
    pub(crate) secret_in_get: SecretInGet,
    /// What becomes of a client secret once there is a newer one.
    pub(crate) old_secret: OldSecret,
    /// What happens when the hosted page is opened again with the same secret.
    pub(crate) second_open: SecondOpen,
    /// After so long without activity a session in progress is incomplete.
    pub(crate) idle_seconds: u32,
    /// What happens when the newest secret has expired.
    pub(crate) expiry: Expiry,
    /// What a conversation reports as its outcome.
    pub(crate) conversation_outcome: ConversationOutcome,
    /// What a code's report says of the address that it was sent to.
    pub(crate) reported_email: ReportedEmail,
    /// How many reads after the end still show the session as it was before: the webhook outruns the database.
    pub(crate) stale_reads: u32,
    /// Shape of errors; account-wide.
    pub(crate) error_shape: ErrorShape,
    /// Status when the `Authorization` header is missing; account-wide.
    pub(crate) missing_key: MissingKey,
    /// Status of a successful creation.
    pub(crate) create_status: u16,
    /// Rate limit; account-wide. The real sandbox has 100.
    pub(crate) requests_per_minute: Option<u32>,
    /// How long after completion the analyses finish.
    pub(crate) analysis_seconds: u32,
    /// How the video analysis ends, for sessions that asked for it.
    pub(crate) video: Video,
    /// Which of the two words stands for a finished video analysis.
    pub(crate) video_status_words: VideoStatusWords,
    /// How the deepfake detection ends.
    pub(crate) deepfake: Deepfake,
    /// Whether media events are sent after completion.
    pub(crate) media_events: bool,
    /// How the session's events are delivered.
    pub(crate) events: EventDelivery,
    /// How the hosted page behaves.
    pub(crate) page: Page,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            validation: Validation::Lenient,
            id_form: IdForm::Uuid,
            secret_seconds: 7200,
            secret_in_get: SecretInGet::Existing,
            old_secret: OldSecret::Dead,
            second_open: SecondOpen::Resumes,
            idle_seconds: 900,
            expiry: Expiry::Incomplete,
            conversation_outcome: ConversationOutcome::Target,
            reported_email: ReportedEmail::Plain,
            stale_reads: 0,
            error_shape: ErrorShape::Nested,
            missing_key: MissingKey::Unauthorized,
            create_status: 200,
            requests_per_minute: None,
            analysis_seconds: 0,
            video: Video::Normal,
            video_status_words: VideoStatusWords::Completed,
            deepfake: Deepfake::NotRequested,
            media_events: true,
            events: EventDelivery::default(),
            page: Page::default(),
        }
    }
}

/// Whether flows are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Validation {
    /// Anything goes, as observed.
    Lenient,
    /// As documented: one start, an end, known types, edges that lead somewhere.
    Strict,
}

/// What a session id looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum IdForm {
    /// As in today's documents.
    Uuid,
    /// Twenty letters and digits, as recorded in 2025.
    Short,
}

/// What reading a session answers as its client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SecretInGet {
    /// The newest there is.
    Existing,
    /// A new one each time.
    Fresh,
}

/// What becomes of a client secret once there is a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OldSecret {
    /// It opens nothing any more.
    Dead,
    /// It works until it expires.
    Alive,
}

/// What happens when the hosted page is opened again with the same secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SecondOpen {
    /// The session goes on where it was.
    Resumes,
    /// A secret opens one page.
    Refused,
}

/// What happens when the newest secret has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Expiry {
    /// The session becomes incomplete, with its event.
    Incomplete,
    /// The session keeps its status; only the page no longer opens.
    Stays,
}

/// What a conversation reports as its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ConversationOutcome {
    /// The node the flow went to, as the SDK types it.
    Target,
    /// The outcome's own id.
    OutcomeId,
}

/// What a code's report says of the address that it was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReportedEmail {
    Plain,
    /// With dots for most of it.
    Masked,
    Absent,
}

/// Shape of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ErrorShape {
    /// `{"error":{"type","message","code"}}`, as documented.
    Nested,
    /// `{"error":"…"}`, as observed.
    Flat,
}

/// Status when the `Authorization` header is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum MissingKey {
    /// 401.
    Unauthorized,
    /// 403, as observed.
    Forbidden,
}

/// How the video analysis ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Video {
    /// Nothing unusual.
    Normal,
    /// One criterion is suspicious.
    Suspicious,
    /// One criterion is a high fraud risk.
    HighFraudRisk,
    /// It failed.
    Failed,
    /// It took too long.
    TimedOut,
    /// It stays pending.
    Never,
}

/// Which of the two words stands for a finished video analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum VideoStatusWords {
    /// The newer list of states.
    Completed,
    /// The older one.
    Succeeded,
}

/// How the deepfake detection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Deepfake {
    /// It is not part of the session; nothing is said about it.
    NotRequested,
    /// A real recording.
    Authentic,
    /// A manipulated one.
    Manipulated,
    /// No verdict.
    Unknown,
    /// It failed.
    Failed,
    /// It took too long.
    TimedOut,
    /// It stays pending.
    Never,
}

/// How a session's events are delivered.
pub(crate) type EventDelivery = webhooks::EventDelivery<Deliver>;

impl EventDelivery {
    pub(super) fn start(self) -> DeliveryStart {
        match self.deliver {
            Deliver::Normal => DeliveryStart::After(self.delay_seconds),
            Deliver::Held => DeliveryStart::Held,
            Deliver::Never => DeliveryStart::Never,
        }
    }
}

/// Whether events are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Deliver {
    /// When they occur.
    #[default]
    Normal,
    /// When a test releases them.
    Held,
    /// Not at all.
    Never,
}

/// How the hosted page behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Page {
    /// The message to the parent window at the end.
    pub(crate) message: Message,
    /// How often it is posted.
    pub(crate) copies: u16,
    /// Whether messages of other makes are posted as well.
    pub(crate) noise: bool,
    /// "Finished" messages a second, from opening on; 0: none.
    pub(crate) flood: u32,
    pub(crate) load: Load,
    pub(crate) frame_ancestors: FrameAncestors,
    pub(crate) away: Away,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            message: Message::Json,
            copies: 1,
            noise: false,
            flood: 0,
            load: Load::Normal,
            frame_ancestors: FrameAncestors::Any,
            away: Away::No,
        }
    }
}

/// The message to the parent window at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Message {
    /// A JSON text, as FaceSign's own sample expects it.
    Json,
    /// An object.
    Object,
    /// None.
    Off,
    /// From a frame within, of another origin.
    WrongOrigin,
    /// From a frame within, of the same origin.
    WrongWindow,
}

/// How the page loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Load {
    Normal,
    /// The answer never comes.
    Never,
    /// An empty page comes.
    Blank,
    /// The page comes, its script does not.
    Unstarted,
}

/// Who may show the page in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FrameAncestors {
    Any,
    None,
}

/// Whether the page navigates itself to another origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Away {
    No,
    /// As soon as it has loaded.
    OnOpen,
    /// At the end.
    OnFinish,
}
