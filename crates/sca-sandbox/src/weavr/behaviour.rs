//! The switches: what Weavr's documentation leaves open, and what a test wants to be different.

use serde::{Deserialize, Serialize};

use crate::kit::switches::{settings, switches};
use crate::kit::webhooks::{self, DeliveryStart};

settings! {
    /// How Weavr behaves towards a customer.
    #[derive(Copy)]
    struct Behaviour {
        /// Attempts at a code. A number outside 1 to 5 means 5; `null` means no limit.
        attempt_limit: Option<u32> = Some(5),
        /// How many SMS one confirmation may take; `null` means no limit.
        issue_limit: Option<u32> = Some(2),
        /// Lifetime of a code.
        code_seconds: u32 = 300,
        /// Lifetime of a request on the phone.
        request_seconds: u32 = 300,
        /// The cool-down between two SMS.
        cool_down_seconds: u32 = 15,
        /// Lifetime of a payment that is not confirmed.
        pending_seconds: u32 = 7 * 24 * 60 * 60,
        /// A token expires after so long without a call.
        idle_seconds: u32 = 300,
        /// How long after its confirmation a payment is completed; `null` means never.
        completes_after_seconds: Option<u32> = Some(0),
        codes: Codes,
        resend_id: ResendId,
        after_limit: AfterLimit,
        /// Whether a second SMS is refused while the first code is valid, as before resends were introduced.
        legacy_issue: bool = false,
        /// After the last wrong code.
        rejected_info: RejectedBy,
        spelling: Spelling,
        bad_request: BadRequest,
        step_up_field: StepUpField,
        /// Whether reading payments needs a stepped-up token.
        reads_need_step_up: bool = false,
        third_step_up: ThirdStepUp,
        /// Whether the event of a step-up contains the token.
        step_up_token_in_event: bool = false,
        amounts: Amounts,
        event_ids: EventIds,
        /// Whether small payments need no confirmation.
        low_value: bool = true,
        /// Whether a wire needs a payee check before its challenge.
        payee_check: bool = false,
        /// How many reads after a change still show the payment as it was before.
        stale_reads: u32 = 0,
        /// Rate limit.
        requests_per_minute: Option<u32> = None,
        events: EventDelivery,
    }
}

impl Behaviour {
    /// How many attempts are left after so many wrong codes; `None` means no limit.
    pub(super) fn attempts_left(&self, wrong: u32) -> Option<u32> {
        let limit = self.attempt_limit?;
        let limit = if (1..=5).contains(&limit) { limit } else { 5 };
        Some(limit.saturating_sub(wrong))
    }
}

/// How a customer's events are delivered.
pub(crate) type EventDelivery = webhooks::EventDelivery<Deliver>;

impl EventDelivery {
    /// When an event is sent that no response waits for.
    pub(super) fn start(self) -> DeliveryStart {
        match self.deliver {
            Deliver::Normal | Deliver::BeforeResponse => DeliveryStart::After(self.delay_seconds),
            Deliver::Held => DeliveryStart::Held,
            Deliver::Never => DeliveryStart::Never,
        }
    }
}

/// Who rejected a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RejectedBy {
    #[serde(rename = "SYSTEM", alias = "system")]
    System,
    #[serde(rename = "USER", alias = "user")]
    #[default]
    User,
}

impl RejectedBy {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::System => "SYSTEM",
            Self::User => "USER",
        }
    }
}

switches! {
    /// What is sent by SMS.
    enum Codes {
        /// `123456`, as in the real sandbox.
        Fixed,
        /// New digits each time.
        Fresh,
    }

    /// The challenge's id after a resend.
    enum ResendId {
        New,
        Same,
    }

    /// The error code after the last attempt.
    enum AfterLimit {
        /// As observed.
        StateInvalid,
        /// As on the older page.
        LimitExceeded,
    }

    /// The spelling of the two error codes that the documentation spells inconsistently.
    enum Spelling {
        /// `RETRY_IN_15SEC`, `CHALLENGE_LIMIT_EXCEEDED`.
        Specification,
        /// `RETRY_IN_15_SECS`, `CHALLENGE_LIMIT_EXCEED`.
        Prose,
    }

    /// The form of a 400.
    enum BadRequest {
        /// `syntaxErrors.invalidFields`, as specified.
        Fields,
        /// One text.
        Message,
        /// `_embedded.errors`.
        Embedded,
    }

    /// Which field of a 403 has the code of a required step-up.
    enum StepUpField {
        ErrorCode,
        Message,
    }

    /// The response to a request for the third SMS of a step-up.
    enum ThirdStepUp {
        /// 409, as specified.
        LimitExceeded,
        /// 400, as in the [changelog](https://docs.weavr.io/payment-run/changelog/stepup-retry-15seconds).
        InvalidRequest,
    }

    /// Whether amounts are numbers or text.
    enum Amounts {
        /// Numbers in responses, text in events.
        Documented,
        /// Text in responses, numbers in events.
        Swapped,
    }

    /// A payment's id in its events.
    enum EventIds {
        /// `{"type", "id"}`, as specified.
        Object,
        Text,
    }

    /// When events are sent.
    enum Deliver {
        /// When they occur.
        Normal,
        /// When a test releases them.
        Held,
        /// Not at all.
        Never,
        /// Before the response to the call that caused them.
        BeforeResponse,
    }
}
