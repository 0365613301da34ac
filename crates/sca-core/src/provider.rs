//! What the backend needs of a provider. A provider implements [`Provider`] and, of the three capabilities, those that it has. Whatever
//! comes back, by answer, poll or webhook, is in the words of this crate; the provider's own words stay in its folder.

use std::{fmt::Debug, time::Duration};

use futures_core::future::BoxFuture;
use sca_protocol::{Factor, Money, Payment, PlainText, Timestamp};

use crate::{
    ChallengeId, CorrelationKey, FaceReport, Observation, PayeeBatchPhase, PaymentPhase, ProviderError, ProviderId,
    Recipient, RejectedBy, RequiredAnalyses, ResourceId, ResourceKind, Secret, Transfer,
};

/// The answer of a provider, later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ProviderError>>;

/// A provider of strong customer authentication.
pub trait Provider: Debug + Send + Sync {
    /// Its name.
    fn id(&self) -> ProviderId;

    /// How long one call may take in all.
    fn call_timeout(&self) -> Duration;

    /// How long an operation may take in all, where it can need several calls.
    fn operation_timeout(&self) -> Duration {
        self.call_timeout()
    }

    /// Confirms payments with challenges of its own.
    fn confirmations(&self) -> Option<&dyn Confirmations> {
        None
    }

    /// Opens hosted sessions in which a customer shows a face.
    fn hosted_sessions(&self) -> Option<&dyn HostedSessions> {
        None
    }

    /// Lets a partner's server manage a customer's factors.
    fn enrolment(&self) -> Option<&dyn Enrolment> {
        None
    }

    /// The header without which no webhook is read, in lower case; `None` for a provider that sends none.
    fn webhook_signature_header(&self) -> Option<&'static str>;

    /// Verifies that a webhook is the provider's, and reads it.
    ///
    /// # Errors
    /// [`WebhookError::Signature`] when it is not the provider's, [`WebhookError::Invalid`] when it is not what its path or type
    /// promises.
    fn parse_webhook(&self, webhook: &Webhook<'_>, now: Timestamp) -> Result<WebhookEvent, WebhookError>;
}

/// A webhook as it arrived.
#[derive(Clone, Copy)]
pub struct Webhook<'a> {
    /// The path below the provider's own, without a slash at either end: `send/watch`, or empty.
    pub path: &'a str,
    /// The headers: lower-case names and values, in the order of arrival. A name may come more than once.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body, byte for byte as it was signed.
    pub body: &'a [u8],
}

impl Debug for Webhook<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Webhook({}, {} bytes)", self.path, self.body.len())
    }
}

/// What a verified webhook says.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookEvent {
    /// The provider's id of the event, the same for each delivery: at most 200 visible ASCII characters.
    pub id: String,
    /// Its type or state in the provider's words, for the log: at most 200 characters.
    pub kind: String,
    /// What it means.
    pub meaning: WebhookMeaning,
}

/// What a webhook means for approvals.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhookMeaning {
    /// Something was observed about this.
    Observed {
        /// What it is about.
        key: CorrelationKey,
        /// What was observed.
        observation: Observation,
        /// It can arrive before the answer to the call that caused it: it is kept even where no approval waits for it yet.
        keep_always: bool,
    },
    /// A session has changed: it is to be polled.
    SessionChanged {
        /// The provider's id of the session.
        session: String,
    },
    /// Nothing that decides about an approval.
    Ignored,
}

/// Why a webhook was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The signature is missing, wrong, too old or from the future.
    #[error("the webhook's signature is invalid: {0}")]
    Signature(&'static str),
    /// The body is not what was promised.
    #[error("the webhook is invalid: {0}")]
    Invalid(&'static str),
}

/// Payments, sessions and payees that a provider confirms with challenges of its own.
pub trait Confirmations: Debug + Send + Sync {
    /// A kind of payment by the provider's name for it; `None` for one that cannot be confirmed here.
    fn resource_kind(&self, name: &str) -> Option<ResourceKind>;

    /// An id in the provider's form.
    fn resource_id(&self, text: &str) -> Option<ResourceId>;

    /// The factors with which the provider confirms, in the order in which they are offered.
    fn factors(&self) -> &'static [Factor];

    /// Whether the provider reports the payee of payments of this kind. Where it does not, the partner names them.
    fn reports_payees(&self, kind: &ResourceKind) -> bool;

    /// Whether one challenge can confirm several payments.
    fn confirms_many(&self) -> bool;

    /// Which of [`factors`](Self::factors) the customer can use now.
    fn active_factors<'a>(&'a self, token: &'a Secret) -> Answer<'a, Vec<Factor>>;

    /// Reads a payment; `None` when the provider does not know it as the customer's.
    fn read_payment<'a>(
        &'a self,
        token: &'a Secret,
        kind: &'a ResourceKind,
        id: &'a ResourceId,
    ) -> Answer<'a, Option<PaymentDetails>>;

    /// Reads a batch of payees; `None` when the provider does not know it as the customer's.
    fn read_payee_batch<'a>(&'a self, token: &'a Secret, id: &'a ResourceId) -> Answer<'a, Option<PayeeBatchPhase>>;

    /// Has a challenge issued. `reference` is the call's idempotency key.
    fn issue<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a ChallengeTarget,
        factor: &'a Factor,
        reference: &'a str,
    ) -> Answer<'a, IssueResult>;

    /// Hands a code in.
    fn verify<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a ChallengeTarget,
        factor: &'a Factor,
        challenge: Option<&'a ChallengeId>,
        code: &'a Secret,
    ) -> Answer<'a, VerifyResult>;
}

/// What a challenge is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeTarget {
    /// Payments of one kind.
    Payments {
        /// The kind.
        kind: ResourceKind,
        /// Which.
        ids: Vec<ResourceId>,
    },
    /// The customer's session, which is stepped up.
    StepUp,
    /// A batch of payees that are to be trusted.
    PayeeBatch(ResourceId),
}

/// A payment as the provider reports it when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentDetails {
    /// Which.
    pub id: ResourceId,
    /// Its phase.
    pub phase: PaymentPhase,
    /// What the payee receives.
    pub amount: Money,
    /// The payee's name, where the provider reports it.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account, where the provider reports them.
    pub account_tail: Option<PlainText>,
    /// The reference that the payee sees.
    pub reference: Option<PlainText>,
    /// Who rejected it.
    pub rejected_by: Option<RejectedBy>,
    /// The provider exempted it from authentication, for a reason that is known here.
    pub exempted: bool,
}

impl PaymentDetails {
    /// Whether the provider has exempted it and executes it. A state that is not known lets nothing through.
    #[must_use]
    pub fn is_exempt(&self) -> bool {
        self.exempted
            && match self.phase {
                PaymentPhase::Cleared | PaymentPhase::Scheduled | PaymentPhase::Processing => true,
                PaymentPhase::Waiting
                | PaymentPhase::Rejected
                | PaymentPhase::Failed
                | PaymentPhase::Cancelled
                | PaymentPhase::Undecided => false,
            }
    }

    /// Whom it is for.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient {
            payee: self.payee.clone(),
            account_tail: self.account_tail.clone(),
        }
    }
}

/// What came of having a challenge issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueResult {
    /// It was issued.
    Issued {
        /// The provider's id of it, where it gives one.
        challenge: Option<ChallengeId>,
    },
    /// The customer cannot use this factor: not set up, not supported, or no message can be sent to the number.
    FactorNotSetUp,
    /// The last challenge is too recent.
    TooEarly,
    /// No more challenges with this factor.
    LimitReached,
    /// Nothing waits for a challenge, or the provider has exempted it.
    NothingPending,
    /// The provider does not know what the challenge is about.
    NotFound,
    /// The provider refused for a reason that is not known here; the log has it.
    Rejected,
}

/// What came of handing a code in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyResult {
    /// The code is right. What it confirms is seen in the payments.
    Accepted,
    /// The challenge was verified before.
    AlreadyVerified,
    /// The code is wrong.
    Wrong,
    /// The code is wrong, and the next attempt is the last.
    WrongLastAttemptLeft,
    /// The code is wrong, and no attempt is left.
    LimitReached,
    /// The code has expired, or the challenge is not known any more.
    CodeExpired,
    /// Nothing waits for a code, or the provider has exempted it.
    NothingPending,
    /// The customer cannot use this factor.
    FactorNotSetUp,
    /// The code has not the form that the provider takes. It was not judged and no attempt was used.
    Malformed,
    /// The provider refused for a reason that is not known here; the log has it. The attempt may have counted.
    Rejected,
}

/// Hosted sessions in which a customer shows a face.
pub trait HostedSessions: Debug + Send + Sync {
    /// Which analyses have to be clear before a transfer is executed.
    fn required_analyses(&self) -> RequiredAnalyses;

    /// Whether a text is in the form of the provider's session ids.
    fn is_session_id(&self, text: &str) -> bool;

    /// Opens a session about a transfer, made from what was frozen.
    fn open<'a>(&'a self, approval: &'a str, transfer: &'a Transfer, payment: &'a Payment)
    -> Answer<'a, OpenedSession>;

    /// A new URL of an open session.
    fn renew<'a>(&'a self, session: &'a str) -> Answer<'a, SessionUrl>;

    /// The session's report, with `expected` (what [`open`](Self::open) gave) held against what the provider returns.
    fn report<'a>(&'a self, session: &'a str, expected: &'a Secret) -> Answer<'a, FaceReport>;
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct OpenedSession {
    /// The provider's id of it.
    pub id: String,
    /// Where the customer goes.
    pub link: SessionUrl,
    /// What the report must repeat (dynamic linking). Stored sealed.
    pub expected: Secret,
}

/// The URL of a hosted session. It contains the session's client secret.
#[derive(Clone, Debug)]
pub struct SessionUrl {
    /// The URL.
    pub url: Secret,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// A customer's factors, managed by the partner's server.
pub trait Enrolment: Debug + Send + Sync {
    /// The factors that the customer has set up or begun to set up.
    fn list<'a>(&'a self, token: &'a Secret) -> Answer<'a, Vec<FactorReport>>;

    /// Begins to set a factor up. `reference` is the call's idempotency key. `None` when the provider has no such factor.
    fn enrol<'a>(
        &'a self,
        token: &'a Secret,
        factor: &'a Factor,
        reference: &'a str,
    ) -> Option<Answer<'a, EnrolmentOutcome>>;

    /// Verifies the factor with the code that was sent. `None` when the provider has no such factor.
    fn verify<'a>(
        &'a self,
        token: &'a Secret,
        factor: &'a Factor,
        code: &'a Secret,
    ) -> Option<Answer<'a, EnrolmentOutcome>>;

    /// Removes a factor. `None` when the provider has no such factor.
    fn unlink<'a>(&'a self, token: &'a Secret, factor: &'a Factor) -> Option<Answer<'a, EnrolmentOutcome>>;
}

/// A factor that a customer has set up or has begun to set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorReport {
    /// The factor; one that is not known here by the provider's name.
    pub factor: Factor,
    /// `active`, `pending-verification`, `inactive`, or the provider's word where that is not known.
    pub status: String,
}

/// What came of setting a factor up or removing it, as the partner's server receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnrolmentOutcome {
    /// A code or a request was sent to the customer.
    Started,
    /// The factor can be used now; the customer's session is stepped up with that.
    SetUp,
    /// The factor could be used before.
    AlreadySetUp,
    /// The factor was removed.
    Unlinked,
    /// The customer did not have the factor.
    NotSetUp,
    /// The code is wrong.
    Wrong,
    /// The code is wrong, and the next attempt is the last.
    LastTry,
    /// The code has expired.
    CodeExpired,
    /// Nothing waits for a code.
    NothingToVerify,
    /// No attempt is left.
    TooMany,
    /// The factor cannot be set up or removed from here, or not by customers of this kind.
    NotSupported,
    /// The provider has to make the factor ready first.
    NotReady,
    /// The provider has no phone number of the customer.
    NumberMissing,
    /// No text message can be sent to the customer's number.
    NumberUnusable,
    /// The customer has not chosen a passcode yet.
    PasscodeMissing,
    /// The customer's credentials are inactive.
    Inactive,
    /// The session has to be stepped up first.
    StepUpRequired,
    /// The provider refused for a reason that is not known here; the log has it.
    Refused,
}
