//! The switches: what FaceSign's documentation leaves open, and what a test wants to be different.

use crate::kit::switches::{settings, switches};
use crate::kit::webhooks::{self, DeliveryStart};

settings! {
    /// How FaceSign behaves towards a session. The first value of each switch is the default.
    struct Behaviour {
        /// Whether flows are checked.
        validation: Validation,
        /// What a session id looks like.
        id_form: IdForm,
        /// Lifetime of a client secret.
        secret_seconds: u32 = 7200,
        /// What reading a session answers as its client secret.
        secret_in_get: SecretInGet,
        /// What becomes of a client secret once there is a newer one.
        old_secret: OldSecret,
        /// What happens when the hosted page is opened again with the same secret.
        second_open: SecondOpen,
        /// After so long without activity a session in progress is incomplete.
        idle_seconds: u32 = 900,
        /// What happens when the newest secret has expired.
        expiry: Expiry,
        /// What a conversation reports as its outcome.
        conversation_outcome: ConversationOutcome,
        /// What a code's report says of the address that it was sent to.
        reported_email: ReportedEmail,
        /// How many reads after the end still show the session as it was before: the webhook outruns the database.
        stale_reads: u32 = 0,
        /// Shape of errors; account-wide.
        error_shape: ErrorShape,
        /// Status when the `Authorization` header is missing; account-wide.
        missing_key: MissingKey,
        /// Status of a successful creation.
        create_status: u16 = 200,
        /// Rate limit; account-wide. The real sandbox has 100.
        requests_per_minute: Option<u32> = None,
        /// How long after completion the analyses finish.
        analysis_seconds: u32 = 0,
        /// How the video analysis ends, for sessions that asked for it.
        video: Video,
        /// Which of the two words stands for a finished video analysis.
        video_status_words: VideoStatusWords,
        /// How the deepfake detection ends.
        deepfake: Deepfake,
        /// Whether media events are sent after completion.
        media_events: bool = true,
        /// How the session's events are delivered.
        events: EventDelivery,
        /// How the hosted page behaves.
        page: Page,
    }
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

settings! {
    /// How the hosted page behaves.
    #[derive(Copy)]
    struct Page {
        /// The message to the parent window at the end.
        message: Message,
        /// How often it is posted.
        copies: u16 = 1,
        /// Whether messages of other makes are posted as well.
        noise: bool = false,
        /// "Finished" messages a second, from opening on; 0: none.
        flood: u32 = 0,
        load: Load,
        frame_ancestors: FrameAncestors,
        away: Away,
    }
}

switches! {
    /// Whether flows are checked.
    enum Validation {
        /// Anything goes, as observed.
        Lenient,
        /// As documented: one start, an end, known types, edges that lead somewhere.
        Strict,
    }

    /// What a session id looks like.
    enum IdForm {
        /// As in today's documents.
        Uuid,
        /// Twenty letters and digits, as recorded in 2025.
        Short,
    }

    /// What reading a session answers as its client secret.
    enum SecretInGet {
        /// The newest there is.
        Existing,
        /// A new one each time.
        Fresh,
    }

    /// What becomes of a client secret once there is a newer one.
    enum OldSecret {
        /// It opens nothing any more.
        Dead,
        /// It works until it expires.
        Alive,
    }

    /// What happens when the hosted page is opened again with the same secret.
    enum SecondOpen {
        /// The session goes on where it was.
        Resumes,
        /// A secret opens one page.
        Refused,
    }

    /// What happens when the newest secret has expired.
    enum Expiry {
        /// The session becomes incomplete, with its event.
        Incomplete,
        /// The session keeps its status; only the page no longer opens.
        Stays,
    }

    /// What a conversation reports as its outcome.
    enum ConversationOutcome {
        /// The node the flow went to, as the SDK types it.
        Target,
        /// The outcome's own id.
        OutcomeId,
    }

    /// What a code's report says of the address that it was sent to.
    enum ReportedEmail {
        Plain,
        /// With dots for most of it.
        Masked,
        Absent,
    }

    /// Shape of errors.
    enum ErrorShape {
        /// `{"error":{"type","message","code"}}`, as documented.
        Nested,
        /// `{"error":"…"}`, as observed.
        Flat,
    }

    /// Status when the `Authorization` header is missing.
    enum MissingKey {
        /// 401.
        Unauthorized,
        /// 403, as observed.
        Forbidden,
    }

    /// How the video analysis ends.
    enum Video {
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
    enum VideoStatusWords {
        /// The newer list of states.
        Completed,
        /// The older one.
        Succeeded,
    }

    /// How the deepfake detection ends.
    enum Deepfake {
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

    /// Whether events are sent.
    enum Deliver {
        /// When they occur.
        Normal,
        /// When a test releases them.
        Held,
        /// Not at all.
        Never,
    }

    /// The message to the parent window at the end.
    enum Message {
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
    enum Load {
        Normal,
        /// The answer never comes.
        Never,
        /// An empty page comes.
        Blank,
        /// The page comes, its script does not.
        Unstarted,
    }

    /// Who may show the page in a frame.
    enum FrameAncestors {
        Any,
        None,
    }

    /// Whether the page navigates itself to another origin.
    enum Away {
        No,
        /// As soon as it has loaded.
        OnOpen,
        /// At the end.
        OnFinish,
    }
}
