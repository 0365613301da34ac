//! The switches: what Weavr's documents leave open, and what a test wants to go differently.

use serde::{Deserialize, Serialize};

use super::resource::RejectedBy;
use crate::deliveries::Start;

/// How Weavr behaves towards a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// Tries of a code; what is not 1 to 5 counts as 5, `null` is without end.
    pub(crate) attempt_limit: Option<u32>,
    /// How many SMS one confirmation may take; `null` is without end.
    pub(crate) issue_limit: Option<u32>,
    /// Lifetime of a code.
    pub(crate) code_seconds: u32,
    /// Lifetime of a request on the phone.
    pub(crate) request_seconds: u32,
    /// The wait between two SMS.
    pub(crate) cool_down_seconds: u32,
    /// Lifetime of a payment that waits for its confirmation.
    pub(crate) pending_seconds: u32,
    /// A token dies after so long without a call.
    pub(crate) idle_seconds: u32,
    /// How long after its confirmation a payment is completed; `null`: never.
    pub(crate) completes_after_seconds: Option<u32>,
    pub(crate) codes: Codes,
    pub(crate) resend_id: ResendId,
    pub(crate) after_limit: AfterLimit,
    /// Whether a second SMS is refused while the first code lives, as before the resend came.
    pub(crate) legacy_issue: bool,
    /// Who is said to have rejected a payment after the last wrong code.
    pub(crate) rejected_info: RejectedBy,
    pub(crate) spelling: Spelling,
    pub(crate) bad_request: BadRequest,
    pub(crate) step_up_field: StepUpField,
    /// Whether payments are read with a stepped-up token only.
    pub(crate) reads_need_step_up: bool,
    pub(crate) third_step_up: ThirdStepUp,
    /// Whether the event of a step-up brings the token.
    pub(crate) step_up_token_in_event: bool,
    pub(crate) amounts: Amounts,
    pub(crate) event_ids: EventIds,
    /// Whether small payments need no confirmation.
    pub(crate) low_value: bool,
    /// Whether a wire waits for its payee check first.
    pub(crate) payee_check: bool,
    /// How many reads after a change still show a payment as it was before.
    pub(crate) stale_reads: u32,
    /// Rate limit.
    pub(crate) requests_per_minute: Option<u32>,
    /// How events are delivered.
    pub(crate) events: Events,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            attempt_limit: Some(5),
            issue_limit: Some(2),
            code_seconds: 300,
            request_seconds: 300,
            cool_down_seconds: 15,
            pending_seconds: 7 * 24 * 60 * 60,
            idle_seconds: 300,
            completes_after_seconds: Some(0),
            codes: Codes::Fixed,
            resend_id: ResendId::New,
            after_limit: AfterLimit::StateInvalid,
            legacy_issue: false,
            rejected_info: RejectedBy::User,
            spelling: Spelling::Specification,
            bad_request: BadRequest::Fields,
            step_up_field: StepUpField::ErrorCode,
            reads_need_step_up: false,
            third_step_up: ThirdStepUp::LimitExceeded,
            step_up_token_in_event: false,
            amounts: Amounts::Documented,
            event_ids: EventIds::Object,
            low_value: true,
            payee_check: false,
            stale_reads: 0,
            requests_per_minute: None,
            events: Events::default(),
        }
    }
}

impl Behaviour {
    /// How many tries are left after so many wrong ones; `None`: without end.
    pub(crate) fn tries_left(&self, wrong: u32) -> Option<u32> {
        let limit = self.attempt_limit?;
        let limit = if (1..=5).contains(&limit) { limit } else { 5 };
        Some(limit.saturating_sub(wrong))
    }
}

/// What is sent by SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Codes {
    /// `123456`, as in the real sandbox.
    Fixed,
    /// Six other digits each time.
    Fresh,
}

/// The challenge's id after a resend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ResendId {
    New,
    Same,
}

/// What is answered after the last try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AfterLimit {
    /// As observed.
    StateInvalid,
    /// As the older page has it.
    LimitExceeded,
}

/// How the two codes are spelt that the documents spell in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Spelling {
    /// `RETRY_IN_15SEC`, `CHALLENGE_LIMIT_EXCEEDED`.
    Specification,
    /// `RETRY_IN_15_SECS`, `CHALLENGE_LIMIT_EXCEED`.
    Prose,
}

/// The form of a 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum BadRequest {
    /// `syntaxErrors.invalidFields`, as specified.
    Fields,
    /// One text.
    Message,
    /// `_embedded.errors`.
    Embedded,
}

/// Which field of a 403 says that a step-up is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StepUpField {
    ErrorCode,
    Message,
}

/// What the third SMS of a step-up is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ThirdStepUp {
    /// 409, as specified.
    LimitExceeded,
    /// 400, as the changelog says.
    InvalidRequest,
}

/// Whether amounts are numbers or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Amounts {
    /// Numbers in answers, text in events.
    Documented,
    /// The other way round.
    Swapped,
}

/// A payment's id in its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EventIds {
    /// `{"type", "id"}`, as specified.
    Object,
    Text,
}

/// How a customer's events are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Events {
    pub(crate) deliver: Deliver,
    /// How many copies are sent at once.
    pub(crate) copies: u16,
    /// How late they are sent.
    pub(crate) delay_seconds: u32,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            deliver: Deliver::Normal,
            copies: 1,
            delay_seconds: 0,
        }
    }
}

impl Events {
    /// When a message is sent that no call waits for.
    pub(crate) fn start(self) -> Start {
        match self.deliver {
            Deliver::Normal | Deliver::BeforeResponse => Start::After(self.delay_seconds),
            Deliver::Held => Start::Held,
            Deliver::Never => Start::Never,
        }
    }
}

/// When events are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Deliver {
    /// When they happen.
    Normal,
    /// When the control API releases them.
    Held,
    /// Not at all.
    Never,
    /// Before the call is answered that caused them.
    BeforeResponse,
}
