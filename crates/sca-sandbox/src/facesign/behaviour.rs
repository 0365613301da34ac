//! The switches: what FaceSign's documentation leaves open, and what a test wants to be different.

use crate::kit::switches::{settings, switches};
use crate::kit::webhooks::{self, DeliveryStart};

settings! {
    /// How FaceSign behaves towards a session.
    struct Behaviour {
        validation: Validation,
        id_form: IdForm,
        /// Lifetime of a client secret.
        secret_seconds: u32 = 7200,
        secret_in_get: SecretInGet,
        old_secret: OldSecret,
        second_open: SecondOpen,
        /// A session in progress becomes incomplete after so long without activity.
        idle_seconds: u32 = 900,
        expiry: Expiry,
        conversation_outcome: ConversationOutcome,
        reported_email: ReportedEmail,
        /// How many reads after the end still show the session as it was before. This simulates a database that lags behind
        /// the webhook.
        stale_reads: u32 = 0,
        /// For the whole account.
        error_shape: ErrorShape,
        /// For the whole account.
        missing_key: MissingKey,
        /// Status of a successful creation.
        create_status: u16 = 200,
        /// Rate limit of the whole account. The real sandbox has 100.
        requests_per_minute: Option<u32> = None,
        /// How long after completion the analyses finish.
        analysis_seconds: u32 = 0,
        /// For sessions that requested it.
        video: Video,
        video_status_words: VideoStatusWords,
        deepfake: Deepfake,
        /// Whether media events are sent after completion.
        media_events: bool = true,
        events: EventDelivery,
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
        message: Message,
        /// How often it is posted.
        copies: u16 = 1,
        /// Whether the page posts messages in other formats as well.
        noise: bool = false,
        /// How many end messages the page posts in a second from its opening on; 0: none.
        flood: u32 = 0,
        load: Load,
        frame_ancestors: FrameAncestors,
        away: Away,
    }
}

switches! {
    /// Whether flows are validated.
    enum Validation {
        /// Every flow is accepted, as observed.
        Lenient,
        /// As documented: one start node, an end node, known types, edges to existing nodes.
        Strict,
    }

    /// The form of a session id.
    enum IdForm {
        /// As documented.
        Uuid,
        /// Twenty letters and digits, as recorded in 2025.
        Short,
    }

    /// The client secret in the response to reading a session.
    enum SecretInGet {
        /// The newest.
        Existing,
        /// A new one each time.
        Fresh,
    }

    /// The older client secrets of a session, after a refresh.
    enum OldSecret {
        /// They are revoked.
        Dead,
        /// They are valid until they expire.
        Alive,
    }

    /// Opening the hosted page again with the same secret.
    enum SecondOpen {
        /// The session continues at its current node.
        Resumes,
        /// The page is not shown.
        Refused,
    }

    /// The session after its newest secret has expired.
    enum Expiry {
        /// It becomes incomplete, with an event.
        Incomplete,
        /// It keeps its status; only the page cannot be opened.
        Stays,
    }

    /// The outcome in the report of a conversation.
    enum ConversationOutcome {
        /// The id of the next node, as the SDK types it.
        Target,
        /// The id of the outcome.
        OutcomeId,
    }

    /// The e-mail address in the report of a code.
    enum ReportedEmail {
        Plain,
        /// Most of it replaced by asterisks.
        Masked,
        Absent,
    }

    /// The shape of errors.
    enum ErrorShape {
        /// `{"error":{"type","message","code"}}`, as documented.
        Nested,
        /// `{"error":"…"}`, as observed.
        Flat,
    }

    /// The status when the `Authorization` header is missing.
    enum MissingKey {
        /// 401.
        Unauthorized,
        /// 403, as observed.
        Forbidden,
    }

    /// The result of the video analysis.
    enum Video {
        /// No criterion is conspicuous.
        Normal,
        /// One criterion is suspicious.
        Suspicious,
        /// One criterion is a high fraud risk.
        HighFraudRisk,
        Failed,
        TimedOut,
        /// It stays pending.
        Never,
    }

    /// The status of a finished video analysis.
    enum VideoStatusWords {
        /// From the newer list of states.
        Completed,
        /// From the older list.
        Succeeded,
    }

    /// The result of the deepfake detection.
    enum Deepfake {
        /// It is not part of the session.
        NotRequested,
        /// A real recording.
        Authentic,
        /// A manipulated recording.
        Manipulated,
        /// No verdict.
        Unknown,
        Failed,
        TimedOut,
        /// It stays pending.
        Never,
    }

    /// When events are sent.
    enum Deliver {
        /// When they occur.
        Normal,
        /// When a test releases them.
        Held,
        /// Not at all.
        Never,
    }

    /// The message that the page posts to the parent window at the end.
    enum Message {
        /// A JSON text, as [FaceSign's sample](https://github.com/facesignai/facesign-api-sample) expects it.
        Json,
        /// An object.
        Object,
        /// None.
        Off,
        /// Posted by a nested frame of another origin.
        WrongOrigin,
        /// Posted by a nested frame of the same origin.
        WrongWindow,
    }

    /// How the page loads.
    enum Load {
        Normal,
        /// There is no response.
        Never,
        /// The page is empty.
        Blank,
        /// The page has no script.
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
