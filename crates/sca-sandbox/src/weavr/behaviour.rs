//! The switches: what Weavr's documentation leaves open, and what a test wants to be different.

use serde::{Deserialize, Serialize};

use super::resource::RejectedBy;
use crate::kit::webhooks;
use crate::kit::webhooks::queue::DeliveryStart;

/// How Weavr behaves towards a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// Attempts at a code. A number outside 1 to 5 means 5; `null` means no limit.
    pub(crate) attempt_limit: Option<u32>,
    /// How many SMS one confirmation may take; `null` means no limit.
    pub(crate) issue_limit: Option<u32>,
    /// Lifetime of a code.
    pub(crate) code_seconds: u32,
    /// Lifetime of a request on the phone.
    pub(crate) request_seconds: u32,
    /// The cool-down between two SMS.
    pub(crate) cool_down_seconds: u32,
    /// Lifetime of a payment that is not confirmed.
    pub(crate) pending_seconds: u32,
    /// A token expires after so long without a call.
    pub(crate) idle_seconds: u32,
    /// How long after its confirmation a payment is completed; `null` means never.
    pub(crate) completes_after_seconds: Option<u32>,
    pub(crate) codes: Codes,
    pub(crate) resend_id: ResendId,
    pub(crate) after_limit: AfterLimit,
    /// Whether a second SMS is refused while the first code is valid, as before resends were introduced.
    pub(crate) legacy_issue: bool,
    /// Who rejected a payment after the last wrong code.
    pub(crate) rejected_info: RejectedBy,
    pub(crate) spelling: Spelling,
    pub(crate) bad_request: BadRequest,
    pub(crate) step_up_field: StepUpField,
    /// Whether reading payments needs a stepped-up token.
    pub(crate) reads_need_step_up: bool,
    pub(crate) third_step_up: ThirdStepUp,
    /// Whether the event of a step-up contains the token.
    pub(crate) step_up_token_in_event: bool,
    pub(crate) amounts: Amounts,
    pub(crate) event_ids: EventIds,
    /// Whether small payments need no confirmation.
    pub(crate) low_value: bool,
    /// Whether a wire needs a payee check before its challenge.
    pub(crate) payee_check: bool,
    /// How many reads after a change still show the payment as it was before.
    pub(crate) stale_reads: u32,
    /// Rate limit.
    pub(crate) requests_per_minute: Option<u32>,
    /// How events are delivered.
    pub(crate) events: EventDelivery,
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
            events: EventDelivery::default(),
        }
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

/// What is sent by SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Codes {
    /// `123456`, as in the real sandbox.
    Fixed,
    /// New digits each time.
    Fresh,
}

/// The challenge's id after a resend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ResendId {
    New,
    Same,
}

/// The error code after the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AfterLimit {
    /// As observed.
    StateInvalid,
    /// As on the older page.
    LimitExceeded,
}

/// The spelling of the two error codes that the documentation spells in two ways.
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

/// Which field of a 403 has the code of a required step-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StepUpField {
    ErrorCode,
    Message,
}

/// The response to a request for the third SMS of a step-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ThirdStepUp {
    /// 409, as specified.
    LimitExceeded,
    /// 400, as in the [changelog](https://docs.weavr.io/payment-run/changelog/stepup-retry-15seconds).
    InvalidRequest,
}

/// Whether amounts are numbers or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Amounts {
    /// Numbers in responses, text in events.
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

/// When events are sent.
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
    /// Before the response to the call that caused them.
    BeforeResponse,
}
