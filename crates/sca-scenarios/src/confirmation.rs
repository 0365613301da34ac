//! Scenarios of payments that a customer confirms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contract::Outcome;

/// One scenario of a customer who confirms payments at Weavr.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationScenario {
    /// The schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// What the scenario shows, in a sentence.
    pub title: String,
    /// What is different from a customer with all factors, at a provider without faults.
    #[serde(default)]
    pub setup: Setup,
    /// What the partner asks to have confirmed.
    pub payment: PaymentKind,
    /// What happens, in order. If there is an approval, the last steps end it.
    pub steps: Vec<ConfirmationStep>,
}

/// The differences from the defaults.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Setup {
    /// Which of Weavr's channels the customer has set up. Absent: all, active.
    pub factors: Option<Channels>,
    /// Weavr's behaviour for this customer.
    pub behaviour: Behaviour,
    /// Faults of Weavr.
    pub faults: Vec<Fault>,
}

impl Setup {
    /// Whether Weavr's webhooks reach the backend. If not, the backend polls.
    #[must_use]
    pub fn has_webhooks(&self) -> bool {
        match self.behaviour.events.and_then(|events| events.deliver) {
            Some(Deliver::Never) => false,
            Some(Deliver::Normal | Deliver::BeforeResponse) | None => true,
        }
    }
}

/// The channels that a customer has set up, as Weavr spells them. One that is absent is not set up.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "UPPERCASE", default)]
pub struct Channels {
    /// The factor `sms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<ChannelStatus>,
    /// The factor `push`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authy: Option<ChannelStatus>,
    /// The factor `biometric`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biometric: Option<ChannelStatus>,
}

/// Whether a channel can be used, as Weavr spells it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChannelStatus {
    /// It can be used.
    Active,
    /// It can no longer be used.
    Inactive,
    /// It cannot be used yet.
    PendingVerification,
}

/// Weavr's behaviour for the customer, in the words of the sandbox's control API.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Behaviour {
    /// How many wrong codes are accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_limit: Option<u32>,
    /// For how many seconds a code is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_seconds: Option<u32>,
    /// Which codes are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<Codes>,
    /// The id of the challenge after another code was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resend_id: Option<ResendId>,
    /// How the error codes are spelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spelling: Option<Spelling>,
    /// The form of a 400.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad_request: Option<BadRequest>,
    /// Whether amounts are numbers or text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amounts: Option<Amounts>,
    /// How a payment's id is written in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_ids: Option<EventIds>,
    /// How events are delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Events>,
}

/// Which codes are sent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Codes {
    /// Always `123456`.
    Fixed,
    /// Another each time.
    Fresh,
}

/// The id of the challenge after another code was sent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResendId {
    /// A new one.
    New,
    /// The same as before.
    Same,
}

/// How the error codes are spelled that Weavr's documents spell in two ways.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Spelling {
    /// As in the specification.
    Specification,
    /// As in the text.
    Prose,
}

/// The form of a 400.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BadRequest {
    /// A list of invalid fields.
    Fields,
    /// One text.
    Message,
    /// A list of embedded errors.
    Embedded,
}

/// Whether amounts are numbers or text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Amounts {
    /// Numbers in answers, text in events.
    Documented,
    /// The other way round.
    Swapped,
}

/// How a payment's id is written in events.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EventIds {
    /// As an object.
    Object,
    /// As text.
    Text,
}

/// How events are delivered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Events {
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver: Option<Deliver>,
    /// How many copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<u16>,
}

/// When events are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Deliver {
    /// When they happen.
    Normal,
    /// Before the answer to the call that caused them.
    BeforeResponse,
    /// Never: the backend has to poll.
    Never,
}

/// A fault of the customer's next call to an endpoint, in the words of the sandbox's control API.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which call.
    pub endpoint: Endpoint,
    /// Whether Weavr acts on the call first.
    #[serde(default)]
    pub when: When,
    /// What goes wrong.
    pub fault: FaultKind,
}

/// One of Weavr's endpoints for payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Endpoint {
    /// Sends a code.
    IssueOtp,
    /// Checks a code.
    VerifyOtp,
    /// Sends a request to the phone.
    IssuePush,
}

impl Endpoint {
    /// The endpoint's name at the sandbox.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IssueOtp => "issueOtp",
            Self::VerifyOtp => "verifyOtp",
            Self::IssuePush => "issuePush",
        }
    }
}

/// Whether Weavr acts on the call before the fault.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// It does not.
    #[default]
    Before,
    /// It does; only the answer is affected.
    After,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    deny_unknown_fields,
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum FaultKind {
    /// The answer has this status.
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The connection breaks without an answer.
    Reset {},
    /// The answer is 429.
    TooManyRequests {
        /// Its `Retry-After`, in seconds.
        retry_after: u32,
    },
}

/// What the partner creates a confirmation for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PaymentKind {
    /// One outgoing wire transfer.
    SingleWire,
    /// Several, in two currencies.
    BulkWires,
    /// One send to another account at Weavr.
    SingleSend,
    /// Several sends.
    BulkSends,
    /// A wire below the limit for low-value payments.
    SmallWire,
    /// Several of them.
    SmallWires,
    /// A send below the limit for low-value payments.
    SmallSend,
    /// Several of them.
    SmallSends,
    /// A wire that does not exist.
    UnknownId,
    /// A wire of the customer's, and one of another customer's.
    ForeignId,
    /// A wire and a send, both called wires.
    MixedTypes,
    /// A wire that was executed before.
    Executed,
}

/// What happens, or what is expected.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum ConfirmationStep {
    /// The customer does something on the page.
    Customer(ConfirmationAction),
    /// The customer answers the request on the phone, or it expires.
    Phone(PhoneAnswer),
    /// The customer answers the request on the phone again, and Weavr refuses that.
    ExpectPhoneRefused(PhoneAnswer),
    /// This many seconds pass.
    AdvanceSeconds(u64),
    /// The customer's sessions at Weavr end.
    EndProviderSession,
    /// Weavr sets all payments to this state, whatever the customer did.
    SetPaymentState(PaymentState),
    /// The payments need no approval.
    ExpectExempt,
    /// The backend creates no approval, for this reason.
    ExpectRefused(Refusal),
    /// Exactly these factors are offered.
    ExpectFactors(Vec<ConfirmationFactor>),
    /// The screen eventually shows this. Absent members are not checked.
    ExpectScreen(ScreenPart),
    /// The approval ends like this, in every tab.
    ExpectOutcome(Outcome),
    /// All payments reach this state at Weavr.
    ExpectPaymentState(PaymentState),
    /// How often Weavr was called for this customer.
    ExpectProviderCalls(ProviderCalls),
}

/// How often each of Weavr's endpoints was called. An absent one is not checked.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("minProperties" = 1))]
pub struct ProviderCalls {
    /// Sends a code.
    pub issue_otp: Option<usize>,
    /// Checks a code.
    pub verify_otp: Option<usize>,
    /// Sends a request to the phone.
    pub issue_push: Option<usize>,
}

impl ProviderCalls {
    /// The endpoints to check, by their names at the sandbox, with the number of calls.
    pub fn counts(self) -> impl Iterator<Item = (&'static str, usize)> {
        [
            (Endpoint::IssueOtp, self.issue_otp),
            (Endpoint::VerifyOtp, self.verify_otp),
            (Endpoint::IssuePush, self.issue_push),
        ]
        .into_iter()
        .filter_map(|(endpoint, count)| Some((endpoint.as_str(), count?)))
    }
}

/// What the customer does on the page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum ConfirmationAction {
    /// Chooses a factor.
    Choose(ConfirmationFactor),
    /// Requests the choice of factors.
    OtherFactor,
    /// Enters a code and submits it.
    EnterCode(String),
    /// Enters a code that was sent and submits it.
    EnterSentCode(SentCode),
    /// Requests another code.
    Resend,
    /// Cancels.
    Cancel,
    /// Says that the action is not theirs.
    Deny,
    /// Loads the page again.
    Reload,
    /// Opens the same approval in a second tab, and continues there.
    OpenSecondTab,
    /// Goes back to the first tab.
    SwitchToFirstTab,
}

/// A factor that Weavr has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConfirmationFactor {
    /// A code by text message.
    Sms,
    /// An approval in an app on the phone.
    Push,
    /// The same, by fingerprint or face on the phone.
    Biometric,
}

impl ConfirmationFactor {
    /// The name of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Push => "push",
            Self::Biometric => "biometric",
        }
    }
}

/// A code that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SentCode {
    /// The last one.
    Newest,
    /// The last one that another replaced.
    Superseded,
}

/// The result of the request on the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PhoneAnswer {
    /// The customer approves.
    Approve,
    /// The customer rejects.
    Reject,
    /// The customer does not answer in time.
    Expire,
}

impl PhoneAnswer {
    /// The answer's name at the sandbox.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Expire => "expire",
        }
    }
}

/// The state of a payment, as Weavr spells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PaymentState {
    /// It waits for the customer.
    #[serde(rename = "PENDING_CHALLENGE")]
    PendingChallenge,
    /// It is executed.
    #[serde(rename = "COMPLETED")]
    Completed,
    /// It is rejected.
    #[serde(rename = "REJECTED")]
    Rejected,
    /// A state that Weavr does not document.
    #[serde(rename = "unknown")]
    Unknown(String),
}

impl PaymentState {
    /// The state as Weavr spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::PendingChallenge => "PENDING_CHALLENGE",
            Self::Completed => "COMPLETED",
            Self::Rejected => "REJECTED",
            Self::Unknown(state) => state,
        }
    }
}

/// Why the backend creates no approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// One of the payments does not exist, or is not the customer's.
    NotFound,
    /// None of the payments waits for the customer.
    NoPendingPayment,
    /// The customer has no factor that can be used.
    FactorNotSetUp,
}

/// What a screen shows. At least one member is present.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("minProperties" = 1))]
pub struct ScreenPart {
    /// The question.
    pub view: Option<ViewName>,
    /// The notice.
    pub notice: Option<NoticeName>,
    /// Whether the screen says that no more codes are sent for the approval.
    pub no_more_codes: Option<bool>,
    /// Whether it warns that this is the last attempt.
    pub last_attempt: Option<bool>,
}

/// The question of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ViewName {
    /// Asks which factor to use.
    Choose,
    /// Asks for a code.
    Code,
    /// Asks the customer to answer on the phone.
    Phone,
}

/// The notice of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NoticeName {
    /// The code or PIN was wrong.
    Wrong,
    /// The code has expired, or a newer one has been sent.
    CodeExpired,
    /// The request on the phone was not answered in time.
    RequestExpired,
    /// Another code was sent.
    Sent,
    /// The server requires a wait.
    Wait,
}
