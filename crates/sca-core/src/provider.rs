//! The traits of a provider. A provider implements [`Provider`] and those of the capabilities that it has. An adapter translates
//! the provider's responses and webhooks into the types of this crate. The provider's own terms stay in its adapter.

use std::{fmt::Debug, time::Duration};

use futures_core::future::BoxFuture;
use sca_protocol::{
    Action, Factor, Money, Payment, PlainText, Timestamp,
    api::{EncryptionKey, Entry},
};

use crate::{
    ChallengeId, CorrelationKey, DeviceId, FaceReport, FaceScans, Observation, OtpSendResult, PayeeBatchPhase,
    PaymentPhase, PhoneEnrolment, ProviderError, ProviderId, Recipient, RejectedBy, RequiredAnalyses, ResourceId,
    ResourceKind, Secret, TokenStatus, Transfer, VerificationResult,
};

/// The future of a provider call.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ProviderError>>;

/// A provider of strong customer authentication.
pub trait Provider: Debug + Send + Sync {
    /// The provider's id.
    fn id(&self) -> ProviderId;

    /// The total timeout of one HTTP call.
    fn call_timeout(&self) -> Duration;

    /// The total timeout of an operation, which may need several HTTP calls.
    fn operation_timeout(&self) -> Duration {
        self.call_timeout()
    }

    /// The provider's one-time tokens, where it rejects calls that wait for the customer.
    fn one_time_tokens(&self) -> Option<&dyn OneTimeTokens> {
        None
    }

    /// The provider's confirmations, where it issues challenges itself.
    fn confirmations(&self) -> Option<&dyn Confirmations> {
        None
    }

    /// The provider's hosted sessions, where it has face verification.
    fn hosted_sessions(&self) -> Option<&dyn HostedSessions> {
        None
    }

    /// The provider's enrolment, where a partner's server can manage a customer's factors.
    fn enrolment(&self) -> Option<&dyn Enrolment> {
        None
    }

    /// The provider's factor enrolment, where a customer can set up factors in the widget.
    fn factor_enrolment(&self) -> Option<&dyn FactorEnrolment> {
        None
    }

    /// The provider's registration of phone numbers, where it is the partner's server that registers them.
    fn phones(&self) -> Option<&dyn PhoneEnrolment> {
        None
    }

    /// The provider's verification of exported face maps, where the partner's face server exports them.
    fn face_scans(&self) -> Option<&dyn FaceScans> {
        None
    }

    /// The name of the signature header of its webhooks, in lower case; `None` for a provider whose webhooks are not read. The backend
    /// rejects a webhook without that header before it reads the body.
    fn webhook_signature_header(&self) -> Option<&'static str>;

    /// Verifies the signature of a webhook and parses it.
    ///
    /// # Errors
    /// [`WebhookError::Signature`] when the signature is not valid, [`WebhookError::Invalid`] when the body does not have the form
    /// that its path or type requires.
    fn parse_webhook(&self, webhook: &Webhook<'_>, now: Timestamp) -> Result<WebhookEvent, WebhookError>;
}

/// An inbound webhook, not yet verified.
#[derive(Clone, Copy)]
pub struct Webhook<'a> {
    /// The path below the provider's webhook path, without a slash at either end: `send/watch`, or empty.
    pub path: &'a str,
    /// The headers: lower-case names and values, in the order of arrival. A name may occur more than once.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body, byte for byte as it was received.
    pub body: &'a [u8],
}

impl Debug for Webhook<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Webhook({}, {} bytes)", self.path, self.body.len())
    }
}

/// A verified and parsed webhook.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookEvent {
    /// The provider's id of the event, the same in every redelivery: 1 to 255 printable ASCII characters. The backend rejects another one.
    pub id: String,
    /// The event's type or state as the provider spells it, for the log: at most 200 characters.
    pub kind: String,
    /// What it reports.
    pub meaning: WebhookMeaning,
}

impl WebhookEvent {
    /// Whether the id can be stored and logged: 1 to 255 printable ASCII characters.
    #[must_use]
    pub fn has_valid_id(&self) -> bool {
        (1..=255).contains(&self.id.len()) && self.id.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    }
}

/// What a webhook reports, in the core's words. This is a translation only: [`Record::apply_observation`](crate::Record::apply_observation)
/// decides.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhookMeaning {
    /// The webhook reports a state.
    Observed {
        /// The key of its subject.
        key: CorrelationKey,
        /// The reported state.
        observation: Observation,
        /// Whether to store it even when no approval has this key yet, because it can arrive before the response that names the key.
        keep_always: bool,
    },
    /// A hosted session has changed. The backend polls it.
    SessionChanged {
        /// The provider's id of the session.
        session: String,
    },
    /// Irrelevant for approvals.
    Ignored,
}

/// Why a webhook was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The signature is missing, wrong, too old or from the future.
    #[error("the webhook's signature is invalid: {0}")]
    Signature(&'static str),
    /// The body does not have the required form.
    #[error("the webhook is invalid: {0}")]
    Invalid(&'static str),
}

/// A provider that rejects a call with a one-time token. The customer passes the token's challenges, and the provider executes the
/// repeated call with that token.
pub trait OneTimeTokens: Debug + Send + Sync {
    /// The total number of challenges of a token, where the provider reports them one at a time and the partner knows their number.
    fn expected_steps(&self) -> Option<u8> {
        None
    }

    /// Whether a text has the form of a one-time token.
    fn is_token(&self, text: &str) -> bool;

    /// Checks the customer's profile at the provider.
    ///
    /// # Errors
    /// When it is missing although calls contain it, or does not have the provider's form.
    fn check_profile(&self, profile: Option<&str>) -> Result<(), ProfileError>;

    /// Opens a session for what the provider protects with one approval for a while. Returns the one-time token to clear. `None` where the
    /// provider has no such sessions.
    fn open_session<'a>(&'a self, _access_token: &'a Secret, _profile: Option<&'a str>) -> Option<Answer<'a, Secret>> {
        None
    }

    /// For how long an approval lets a call pass that the partner calls low risk, by [`open_session`](Self::open_session) or otherwise. `None`
    /// for every other call. The provider decides by its own clock, and may refuse the call all the same.
    fn session_for(&self, _method: &str, _path_and_query: &str) -> Option<Duration> {
        None
    }

    /// Reads the challenges of a token.
    fn status<'a>(&'a self, session: &'a TokenSession) -> Answer<'a, TokenStatus>;

    /// The public key that secrets are encrypted under in the browser.
    fn encryption_key(&self) -> Answer<'_, EncryptionKey>;

    /// Marks the key as stale, after the provider could not decrypt.
    fn mark_encryption_key_stale(&self);

    /// Whether the provider sends a code for a factor.
    fn sends_otp(&self, factor: &Factor) -> bool;

    /// Sends a code.
    fn send_otp<'a>(&'a self, session: &'a TokenSession, factor: &'a Factor) -> Answer<'a, OtpSendResult>;

    /// Checks the form of an entry, without a call. The backend reserves no attempt for an entry that fails.
    ///
    /// # Errors
    /// When the entry does not have the form of the factor, or the provider does not support the factor.
    fn check_entry(&self, factor: &Factor, entry: &Entry) -> Result<(), EntryError>;

    /// Submits an entry that [`check_entry`](Self::check_entry) accepted.
    fn verify<'a>(
        &'a self,
        session: &'a TokenSession,
        factor: &'a Factor,
        entry: &'a Entry,
    ) -> Answer<'a, VerificationResult>;

    /// How the provider's data describes a call; `None` for a call that the partner has to describe.
    fn described_by(&self, method: &str, path_and_query: &str) -> Option<DescribedBy>;

    /// Describes a call, with data that it reads with the customer's token.
    fn describe<'a>(&'a self, method: &'a str, path_and_query: &'a str, access_token: &'a Secret)
    -> Answer<'a, Action>;

    /// The customer's profile in the path of a call.
    fn profile_in(&self, path_and_query: &str) -> Option<String>;

    /// Sends a partner's call, with a cleared token where there is one. Every status is a response.
    fn forward<'a>(&'a self, call: &'a ForwardedCall<'a>, token: Option<&'a Secret>) -> Answer<'a, ForwardedResponse>;
}

/// The tokens for calls on a customer's behalf.
#[derive(Clone, Debug)]
pub struct TokenSession {
    /// The customer's access token at the provider.
    pub access_token: Secret,
    /// The one-time token that is to be cleared.
    pub one_time_token: Secret,
    /// The customer's profile, where the provider's calls contain it.
    pub profile: Option<String>,
}

/// What is wrong with a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The provider's calls contain it, and there is none.
    #[error("the provider's calls contain the customer's profile, and none is given")]
    Missing,
    /// It does not have the provider's form.
    #[error("the profile does not have the provider's form")]
    Malformed,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It does not have the form of the factor.
    #[error("the entry does not have the form of the factor")]
    Malformed,
    /// The provider does not support the factor.
    #[error("the provider does not support the factor")]
    UnsupportedFactor,
}

/// Whether a text has the form of a one-time code: six ASCII digits, which need no JSON escapes.
#[must_use]
pub fn is_otp(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How a call is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescribedBy {
    /// The request itself fixes what it does.
    Request,
    /// The provider's data, which can change between the rejection and the repeated call.
    ProviderData,
}

/// A partner's call, to be sent to the provider.
#[derive(Clone, Copy)]
pub struct ForwardedCall<'a> {
    /// The method: `GET`.
    pub method: &'a str,
    /// The provider's path and query.
    pub path_and_query: &'a str,
    /// Further headers: lower-case names and values. None of them has credentials or belongs to one connection.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: &'a [u8],
    /// The customer's access token.
    pub access_token: &'a Secret,
    /// The maximum size of the response's body, in bytes.
    pub max_response_bytes: usize,
}

impl Debug for ForwardedCall<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ForwardedCall({}, {} bytes)", self.method, self.body.len())
    }
}

/// A provider's response to a partner's call.
pub struct ForwardedResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers: lower-case names and values, in the order of arrival.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// The one-time token, where the provider rejected the call until the customer approves it.
    pub one_time_token: Option<Secret>,
}

impl Debug for ForwardedResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "ForwardedResponse({}, {} bytes)",
            self.status,
            self.body.len()
        )
    }
}

/// A provider that issues challenges itself, for payments, for stepping a session up and for batches of payees.
pub trait Confirmations: Debug + Send + Sync {
    /// Parses the provider's name of a kind of payment; `None` for a kind that is not supported.
    fn resource_kind(&self, name: &str) -> Option<ResourceKind>;

    /// Parses an id of the provider's; `None` when it does not have the provider's form.
    fn resource_id(&self, text: &str) -> Option<ResourceId>;

    /// The factors that the provider supports, in the order in which the widget offers them.
    fn factors(&self) -> &'static [Factor];

    /// Whether the provider reports the payee of payments of this kind. If not, the partner has to name the payees.
    fn reports_payees(&self, kind: &ResourceKind) -> bool;

    /// Whether one challenge can confirm several payments.
    fn confirms_many(&self) -> bool;

    /// Those of [`factors`](Self::factors) that the customer can use now.
    fn active_factors<'a>(&'a self, token: &'a Secret) -> Answer<'a, Vec<Factor>>;

    /// Reads a payment; `None` when it does not exist or is not the customer's.
    fn read_payment<'a>(
        &'a self,
        token: &'a Secret,
        kind: &'a ResourceKind,
        id: &'a ResourceId,
    ) -> Answer<'a, Option<PaymentDetails>>;

    /// Reads a batch of payees; `None` when it does not exist or is not the customer's.
    fn read_payee_batch<'a>(&'a self, token: &'a Secret, id: &'a ResourceId) -> Answer<'a, Option<PayeeBatchPhase>>;

    /// Issues a challenge: the provider sends a code or a phone request. `reference` is the call's idempotency key.
    fn issue<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a ChallengeTarget,
        factor: &'a Factor,
        reference: &'a str,
    ) -> Answer<'a, IssueResult>;

    /// Submits a code. `challenge` is the id that [`issue`](Self::issue) returned, where the provider assigns one.
    fn verify<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a ChallengeTarget,
        factor: &'a Factor,
        challenge: Option<&'a ChallengeId>,
        code: &'a Secret,
    ) -> Answer<'a, VerifyResult>;
}

/// The target of a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeTarget {
    /// Payments of one kind.
    Payments {
        /// The kind.
        kind: ResourceKind,
        /// The provider's ids of the payments.
        ids: Vec<ResourceId>,
    },
    /// The customer's session, which is to be stepped up.
    StepUp,
    /// A batch of payees that are to become trusted beneficiaries (Delegated Regulation (EU) 2018/389, article 13).
    PayeeBatch(ResourceId),
}

/// A payment as the provider returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentDetails {
    /// The provider's id of it.
    pub id: ResourceId,
    /// Its phase.
    pub phase: PaymentPhase,
    /// The amount that the payee receives.
    pub amount: Money,
    /// The payee's name, where the provider reports it.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account, where the provider reports them.
    pub account_tail: Option<PlainText>,
    /// The reference that the payee sees.
    pub reference: Option<PlainText>,
    /// Who rejected it, where it was rejected and the provider reports that.
    pub rejected_by: Option<RejectedBy>,
    /// Whether the provider exempted it from authentication, for a reason that the adapter knows.
    pub exempted: bool,
}

impl PaymentDetails {
    /// Whether the provider exempted it and executes it. An unknown state is never exempt.
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

    /// The payee, for dynamic linking.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient {
            payee: self.payee.clone(),
            account_tail: self.account_tail.clone(),
        }
    }
}

/// The result of issuing a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueResult {
    /// The provider issued it.
    Issued {
        /// The provider's id of the challenge, where it assigns one.
        challenge: Option<ChallengeId>,
    },
    /// The customer cannot use this factor: not set up, not supported, or no message can be sent to the number.
    FactorNotSetUp,
    /// The last challenge is too recent.
    TooEarly,
    /// The provider issues no more challenges with this factor.
    LimitReached,
    /// The target does not wait for a challenge, or the provider exempted it.
    NothingPending,
    /// The provider does not know the target.
    NotFound,
    /// The provider rejected the call with an unknown error code, which the log has.
    Rejected,
}

/// The result of submitting a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyResult {
    /// The code is correct. The payments themselves show whether they are confirmed.
    Accepted,
    /// The challenge was verified before.
    AlreadyVerified,
    /// The code is wrong.
    Wrong,
    /// The code is wrong, and the next attempt is the last.
    WrongLastAttemptLeft,
    /// The code is wrong, and no attempt is left.
    LimitReached,
    /// The code has expired, or the provider no longer knows the challenge.
    CodeExpired,
    /// The target does not wait for a code, or the provider exempted it.
    NothingPending,
    /// The customer cannot use this factor.
    FactorNotSetUp,
    /// The code does not have the required form. The provider did not verify it, and no attempt was used.
    Malformed,
    /// The provider rejected the call with an unknown error code, which the log has. The attempt may count.
    Rejected,
}

/// Hosted sessions with face verification: the customer confirms a transfer on a page of the provider's.
pub trait HostedSessions: Debug + Send + Sync {
    /// The analyses that have to be clear before a transfer is executed.
    fn required_analyses(&self) -> RequiredAnalyses;

    /// Whether a text has the form of the provider's session ids.
    fn is_session_id(&self, text: &str) -> bool;

    /// Opens a session for a transfer, from the data that the approval was created with.
    fn open<'a>(&'a self, approval: &'a str, transfer: &'a Transfer, payment: &'a Payment)
    -> Answer<'a, OpenedSession>;

    /// Gets a new URL of an open session.
    fn renew<'a>(&'a self, session: &'a str) -> Answer<'a, SessionUrl>;

    /// Reads the session's report, and compares `expected`, which [`open`](Self::open) returned, with what the provider returns
    /// (dynamic linking).
    fn report<'a>(&'a self, session: &'a str, expected: &'a Secret) -> Answer<'a, FaceReport>;
}

/// An opened session.
#[derive(Clone, Debug)]
pub struct OpenedSession {
    /// The provider's id of it.
    pub id: String,
    /// The page for the customer.
    pub link: SessionUrl,
    /// The data that the report must repeat (dynamic linking). Stored encrypted.
    pub expected: Secret,
}

/// The URL of a hosted session. It contains the session's client secret.
#[derive(Clone, Debug)]
pub struct SessionUrl {
    /// The URL.
    pub url: Secret,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Enrolment: the partner's server manages a customer's factors.
pub trait Enrolment: Debug + Send + Sync {
    /// The factors that the customer has enrolled or has begun to enrol.
    fn list<'a>(&'a self, token: &'a Secret) -> Answer<'a, Vec<FactorReport>>;

    /// Starts an enrolment. `reference` is the call's idempotency key. `None` when the provider does not support the factor.
    fn enrol<'a>(
        &'a self,
        token: &'a Secret,
        factor: &'a Factor,
        reference: &'a str,
    ) -> Option<Answer<'a, EnrolmentOutcome>>;

    /// Verifies the enrolment with the code that was sent. `None` when the provider does not support the factor.
    fn verify<'a>(
        &'a self,
        token: &'a Secret,
        factor: &'a Factor,
        code: &'a Secret,
    ) -> Option<Answer<'a, EnrolmentOutcome>>;

    /// Removes a factor. `None` when the provider does not support the factor.
    fn unlink<'a>(&'a self, token: &'a Secret, factor: &'a Factor) -> Option<Answer<'a, EnrolmentOutcome>>;
}

/// Factor enrolment: the customer sets up and removes factors in the widget, which encrypts them for the provider.
///
/// A call has an outcome only if the provider's response is documented. Everything else is a [`ProviderError`], which says whether the
/// provider may have executed the call.
pub trait FactorEnrolment: Debug + Send + Sync {
    /// Checks the provider's ids of a customer, without a call.
    ///
    /// # Errors
    /// When one is missing although calls contain it, or does not have the provider's form.
    fn check_customer(&self, profile: Option<&str>, user: Option<&str>) -> Result<(), CustomerIdError>;

    /// Checks the form of an encrypted PIN or fingerprint, without a call.
    ///
    /// # Errors
    /// [`EntryError::Malformed`] when the provider would reject it.
    fn check_ciphertext(&self, jwe: &str) -> Result<(), EntryError>;

    /// Parses an id of a device; `None` when it does not have the provider's form.
    fn device_id(&self, text: &str) -> Option<DeviceId>;

    /// As [`device_id`](Self::device_id), for an id that the browser names: exactly the documented form.
    fn named_device_id(&self, text: &str) -> Option<DeviceId> {
        self.device_id(text)
    }

    /// The public key that PINs and fingerprints are encrypted under in the browser.
    fn encryption_key(&self) -> Answer<'_, EncryptionKey>;

    /// Marks the key as stale, after the provider could not decrypt.
    fn mark_encryption_key_stale(&self);

    /// Sets a PIN.
    fn create_pin<'a>(&'a self, session: &'a EnrolmentSession, jwe: &'a str) -> Answer<'a, CreateResult<()>>;

    /// Removes the PIN.
    fn remove_pin<'a>(&'a self, session: &'a EnrolmentSession) -> Answer<'a, RemoveOutcome>;

    /// Enrols a device by its fingerprint. The device is `None` where the provider named its id to the browser alone, in an encrypted
    /// response.
    fn create_device<'a>(
        &'a self,
        session: &'a EnrolmentSession,
        jwe: &'a str,
    ) -> Answer<'a, CreateResult<Option<CreatedDevice>>>;

    /// Removes a device.
    fn remove_device<'a>(&'a self, session: &'a EnrolmentSession, device: &'a DeviceId) -> Answer<'a, RemoveOutcome>;
}

/// What a provider's calls for an enrolment carry.
#[derive(Clone, Debug)]
pub struct EnrolmentSession {
    /// The customer's access token at the provider.
    pub access_token: Secret,
    /// The customer's profile, where the provider's calls contain it.
    pub profile: Option<String>,
    /// The customer's user id at the provider, where its calls contain it.
    pub user: Option<String>,
}

/// What is wrong with a provider's ids of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomerIdError {
    /// The profile is missing or malformed.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The provider's calls contain the customer's user id, and there is none.
    #[error("the provider's calls contain the customer's user id, and none is given")]
    UserMissing,
    /// The user id does not have the provider's form.
    #[error("the user id does not have the provider's form")]
    UserMalformed,
}

/// The response to a call that enrols a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateResult<T> {
    /// The outcome.
    pub outcome: CreateOutcome<T>,
    /// The provider's encrypted response for the browser, unchanged.
    pub relayed: Option<String>,
}

/// The outcome of a call that enrols a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateOutcome<T> {
    /// The factor is enrolled.
    Enrolled(T),
    /// Nothing has changed: the customer has this factor.
    AlreadyEnrolled,
    /// Nothing has changed: the customer has as many as the provider allows.
    LimitReached,
    /// The provider failed to decrypt. The key may have been rotated. Some providers report an internal error in the same way, so that
    /// the factor may be enrolled.
    CannotDecrypt,
    /// Nothing has changed: the provider rejected the call.
    Rejected,
}

/// The outcome of a call that removes a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveOutcome {
    /// The factor is removed.
    Removed,
    /// The customer did not have the factor.
    NotEnrolled,
    /// Nothing has changed: the provider rejected the call.
    Rejected,
}

/// A device that was just enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedDevice {
    /// The provider's id of it.
    pub id: DeviceId,
    /// When it was enrolled by the provider's clock, where the response has a readable time.
    pub created_at: Option<Timestamp>,
}

/// A factor that a customer has enrolled or has begun to enrol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorReport {
    /// The factor; an unknown one has the provider's name.
    pub factor: Factor,
    /// `active`, `pending-verification`, `inactive`, or the provider's own name of an unknown status.
    pub status: String,
}

/// The result of an enrolment call, as the partner's server receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnrolmentOutcome {
    /// The provider sent the customer a code or a phone request.
    Started,
    /// The factor is active now, and the customer's session is stepped up.
    SetUp,
    /// The factor was active before.
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
    /// No enrolment waits for a code.
    NothingToVerify,
    /// No attempt is left.
    TooMany,
    /// This API or this kind of customer cannot enrol or remove the factor.
    NotSupported,
    /// The provider has to prepare the factor first.
    NotReady,
    /// The provider has no phone number of the customer.
    NumberMissing,
    /// No text message can be sent to the customer's number.
    NumberUnusable,
    /// The customer has not chosen a passcode yet.
    PasscodeMissing,
    /// The customer's credentials are inactive.
    Inactive,
    /// The customer has to step the session up first.
    StepUpRequired,
    /// The provider rejected the call with an unknown error code, which the log has.
    Refused,
}
