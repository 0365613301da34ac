//! Scenarios of the flow machine alone.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::contract::{Availability, Factor, Money, Outcome, OutcomeName, Reason, Status, StepFailure, Verdict};

/// One scenario of the flow machine: what happens to the widget, and what it does and shows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowScenario {
    /// The schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// What the scenario shows, in a sentence.
    pub title: String,
    /// What happens, in order. The last step settles the flow.
    pub steps: Vec<FlowStep>,
}

/// One event, and what is expected of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FlowStep {
    /// When it happens, in milliseconds since the widget was opened. Absent: when the step before it happened, or 0.
    pub at_ms: Option<u64>,
    /// What happens.
    pub event: Event,
    /// All effects of the machine, in order. Absent: none.
    #[serde(default)]
    pub expect_effects: Vec<Effect>,
    /// Why the machine ignores the event. There are no effects then, and nothing has changed.
    pub expect_ignored: Option<Ignored>,
    /// The complete screen afterwards. Absent: it is not checked.
    pub expect_screen: Option<Screen>,
    /// The payments that the screen shows. Absent: they are not checked.
    pub expect_payments: Option<Vec<Payment>>,
}

/// What can happen to the flow machine. `call` is the number of the call that is answered: calls count from 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The widget has appeared.
    Opened,
    /// The customer does something.
    Customer(CustomerAction),
    /// The approval was read.
    ApprovalRead {
        /// The call's number.
        call: u32,
        /// The snapshot of the approval.
        approval: Approval,
    },
    /// The approval could not be read.
    ReadFailed {
        /// The call's number.
        call: u32,
        /// Why.
        failure: Failure,
    },
    /// A code or request was sent, or a FaceSign session was opened.
    Started {
        /// The call's number.
        call: u32,
        /// The snapshot of the approval.
        approval: Approval,
    },
    /// The start failed, as far as the widget knows.
    StartFailed {
        /// The call's number.
        call: u32,
        /// Why.
        failure: Failure,
    },
    /// The provider has checked a code or PIN.
    Verified {
        /// The call's number.
        call: u32,
        /// The provider's verdict.
        verdict: Verdict,
        /// The snapshot of the approval.
        approval: Approval,
    },
    /// It was not checked, as far as the widget knows.
    VerifyFailed {
        /// The call's number.
        call: u32,
        /// Why.
        failure: Failure,
    },
    /// The browser keeps no key of the customer, so no fingerprint was submitted.
    DeviceKeyMissing {
        /// The call's number.
        call: u32,
    },
    /// The host's SDK has scanned the customer's face, and the scan is being submitted.
    FaceScanned {
        /// The call's number.
        call: u32,
    },
    /// There is no scan of the customer's face, so nothing was submitted.
    FaceNotScanned {
        /// The call's number.
        call: u32,
        /// Why.
        cause: NoScan,
    },
    /// The backend has answered the cancellation.
    Cancelled {
        /// The call's number.
        call: u32,
        /// The snapshot of the approval.
        approval: Approval,
    },
    /// The cancellation failed.
    CancelFailed {
        /// The call's number.
        call: u32,
        /// Why.
        failure: Failure,
    },
    /// The event stream brings a new snapshot.
    ApprovalChanged(Approval),
    /// The event stream has ended, or could not be opened.
    ListeningEnded,
    /// The browser reports whether there is a camera and whether it may be used.
    CameraPermission(Camera),
    /// Something has loaded in FaceSign's frame.
    FrameLoaded,
    /// The frame reports that the customer is done.
    FrameFinished,
    /// The page has removed the frame.
    FrameLost,
    /// A timer fires.
    TimerFired(Timer),
    /// The page is visible or online again.
    Resumed,
}

/// What the customer does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum CustomerAction {
    /// Chooses a factor.
    Choose(Factor),
    /// Requests the choice of factors.
    OtherFactor,
    /// Enters a PIN and submits it.
    EnterPin(String),
    /// Enters a code and submits it.
    EnterCode(String),
    /// Requests another code.
    Resend,
    /// Tries again after the server could not be reached.
    Retry,
    /// Cancels.
    Cancel,
    /// Says that the action is not theirs.
    Deny,
    /// Begins the face check on this page.
    BeginFaceCheck,
    /// Opens the face check in another tab.
    OpenFaceCheckElsewhere,
}

/// Why a call brought no usable answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Failure {
    /// The request never left the browser.
    NotSent,
    /// The server may have executed it.
    OutcomeUnknown,
    /// The server requires a wait; nothing was executed.
    NotYet {
        /// For how long, in milliseconds.
        retry_after_ms: u64,
    },
    /// The approval has changed.
    OutOfDate,
    /// The answer is about another approval.
    OtherApproval,
    /// The customer was shown something else than what is approved.
    ShownMismatch,
    /// The client secret is invalid, or no longer valid.
    AccessEnded,
    /// The customer's session with the provider has ended.
    SessionEnded,
    /// The browser cannot encrypt, or not to the provider's key.
    CannotEncrypt,
}

/// Why there is no scan of the customer's face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NoScan {
    /// The customer has ended the capture.
    Cancelled,
    /// The host's SDK could not capture the face.
    Failed,
}

/// What is known about the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Camera {
    /// Nothing.
    #[default]
    Unknown,
    /// There is one, and the customer has allowed it or will be asked.
    Ready,
    /// The customer has denied it.
    Refused,
    /// The page's policy does not delegate it to the frame.
    BlockedByPolicy,
    /// There is none.
    Missing,
}

/// A timer of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Timer {
    /// The end of the approval.
    Expiry,
    /// The next poll of the backend.
    Poll,
    /// The deadline of the frame to load; later, the end of its session.
    Frame,
    /// The end of the request on the phone.
    Request,
}

/// Why the machine ignores an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ignored {
    /// The flow is over.
    Settled,
    /// The answer belongs to a call that was superseded or abandoned.
    Superseded,
    /// The snapshot is as old as the last one, or older.
    OutOfDate,
    /// The event is not possible in this state.
    NotNow,
    /// The wait that the server requires is not over.
    TooEarly,
    /// The snapshot is of another approval or another action.
    OtherApproval,
}

/// A snapshot of an approval.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Approval {
    /// Its id.
    #[serde(default = "own_approval")]
    pub id: String,
    /// Grows with every change.
    pub version: u64,
    /// The status.
    #[serde(default = "pending")]
    pub status: Status,
    /// Why it ended.
    pub reason: Option<Reason>,
    /// What is approved.
    #[serde(default)]
    pub action: Action,
    /// The challenges that the provider has named so far, in order. Their ids are 1, 2 and so on.
    #[serde(default)]
    pub challenges: Vec<Challenge>,
    /// How many challenges there are in all, if that is known.
    pub challenge_count: Option<u8>,
    /// How many more attempts may fail.
    pub attempts_left: Option<u8>,
    /// Whether it names the customer's key for the factor `device`.
    #[serde(default)]
    pub browser_key: bool,
    /// When it ends, in milliseconds since the widget was opened.
    #[serde(default = "quarter_of_an_hour")]
    pub expires_at_ms: u64,
}

fn own_approval() -> String {
    "apr_1".into()
}

fn pending() -> Status {
    Status::Pending
}

fn quarter_of_an_hour() -> u64 {
    900_000
}

/// What is approved.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum Action {
    /// A statement is shown.
    #[default]
    Statement,
    /// Payments are made.
    Payments(Vec<Payment>),
    /// The backend does not say: the approval is settled.
    None,
}

/// A payment to be approved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The payee.
    pub payee: String,
    /// The amount.
    pub amount: Money,
}

/// A challenge that the customer has to clear.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Challenge {
    /// The factors that clear it, the suggested one first.
    #[schemars(length(min = 1))]
    pub factors: Vec<Factor>,
    /// Those of the factors that cannot be used. The others are available.
    #[serde(default)]
    pub unavailable: Vec<Unavailable>,
    /// Whether it is cleared.
    #[serde(default)]
    pub passed: bool,
    /// The last code or request.
    pub delivery: Option<Delivery>,
    /// The open session at FaceSign.
    pub face_session: Option<FaceSession>,
    /// Why the last attempt failed.
    pub step_failure: Option<StepFailure>,
}

/// A factor that cannot be used.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unavailable {
    /// The factor.
    pub factor: Factor,
    /// The reason.
    pub availability: Availability,
}

/// A code or a request that was sent to the customer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Delivery {
    /// How it was sent.
    pub factor: Factor,
    /// In how many milliseconds another can be requested.
    #[serde(default = "half_a_minute")]
    pub resend_in_ms: u64,
    /// When it ends, in milliseconds since the widget was opened. Absent: the provider does not say.
    pub expires_at_ms: Option<u64>,
}

fn half_a_minute() -> u64 {
    30_000
}

/// A session at FaceSign.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FaceSession {
    /// The URL of FaceSign's page.
    #[serde(default = "hosted_page")]
    pub url: String,
    /// When the URL expires, in milliseconds since the widget was opened.
    #[serde(default = "two_hours")]
    pub expires_at_ms: u64,
    /// Whether the customer has completed it and the backend is deciding.
    #[serde(default)]
    pub ended: bool,
}

fn hosted_page() -> String {
    "https://session.facesign.ai?cs=cs01".into()
}

fn two_hours() -> u64 {
    7_200_000
}

/// An effect of the machine. `call` is the number that the answer will have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Read the approval.
    ReadApproval {
        /// The call's number.
        call: u32,
    },
    /// Open the event stream.
    Listen,
    /// Close it.
    StopListening,
    /// Have a code or request sent, or a FaceSign session opened.
    StartFactor {
        /// The call's number.
        call: u32,
        /// The challenge's id.
        challenge: String,
        /// Which factor.
        factor: Factor,
    },
    /// Encrypt the PIN and submit it.
    SubmitPin {
        /// The call's number.
        call: u32,
        /// The challenge's id.
        challenge: String,
    },
    /// Encrypt the fingerprint of this browser and submit it.
    SubmitDevice {
        /// The call's number.
        call: u32,
        /// The challenge's id.
        challenge: String,
    },
    /// Have the host's SDK scan the customer's face, and submit the scan.
    SubmitFace {
        /// The call's number.
        call: u32,
        /// The challenge's id.
        challenge: String,
    },
    /// Submit the code.
    SubmitCode {
        /// The call's number.
        call: u32,
        /// The challenge's id.
        challenge: String,
        /// How the code was sent.
        factor: Factor,
    },
    /// Find out about the camera, without asking the customer for it.
    QueryCameraPermission {
        /// The origin of the frame that needs it.
        origin: String,
    },
    /// Cancel the approval at the backend.
    CancelApproval {
        /// The call's number.
        call: u32,
    },
    /// Decline the approval at the backend: the customer says that the action is not theirs.
    DenyApproval {
        /// The call's number.
        call: u32,
    },
    /// Stop waiting for a call's answer.
    Abandon {
        /// The call's number.
        call: u32,
    },
    /// Start a timer. It replaces the timer of the same name.
    StartTimer {
        /// Which timer.
        timer: Timer,
        /// When it fires, in milliseconds since the widget was opened.
        until_ms: u64,
    },
    /// Report the outcome to the page.
    Settle(Outcome),
}

/// The complete screen. An absent member is not on it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// The question or the message.
    pub view: View,
    /// The position of the challenge.
    pub challenge: Option<ChallengeNumber>,
    /// The notice.
    pub notice: Option<Notice>,
}

/// "Step 1 of 2".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeNumber {
    /// Counted from one.
    pub number: u8,
    /// How many there are; absent if that is not known.
    pub of: Option<u8>,
}

/// The question or the message of a screen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum View {
    /// The approval is being read.
    Loading,
    /// Asks which factor to use.
    Choose {
        /// The factors, in order.
        factors: Vec<Factor>,
        /// Those of them that cannot be chosen.
        #[serde(default)]
        unusable: Vec<Factor>,
        /// The one that is being started.
        starting: Option<Factor>,
        /// Whether it only scans the customer's face so far, so that another one can be chosen instead.
        #[serde(default)]
        scanning: bool,
    },
    /// Asks for the PIN.
    Pin {
        /// How many digits it has.
        digits: u8,
        /// Whether it is being submitted.
        #[serde(default)]
        submitting: bool,
        /// Whether another factor is offered.
        #[serde(default)]
        other_factor: bool,
    },
    /// Asks for a code.
    Code {
        /// How it was sent.
        factor: Factor,
        /// The destination.
        destination: Option<String>,
        /// How many digits it has.
        digits: u8,
        /// When another can be requested, in milliseconds since the widget was opened.
        resend_at_ms: Option<u64>,
        /// When it ends, in milliseconds since the widget was opened.
        expires_at_ms: Option<u64>,
        /// Whether it is being submitted.
        #[serde(default)]
        submitting: bool,
        /// Whether another is being sent.
        #[serde(default)]
        resending: bool,
        /// Whether another factor is offered.
        #[serde(default)]
        other_factor: bool,
    },
    /// Asks the customer to answer on the phone.
    Phone {
        /// How the request was sent.
        factor: Factor,
        /// When it ends, in milliseconds since the widget was opened.
        expires_at_ms: Option<u64>,
        /// The code that is offered instead.
        code_instead: Option<Factor>,
        /// Whether yet another factor is offered.
        #[serde(default)]
        other_factor: bool,
    },
    /// Asks for the face check.
    Face {
        /// The stage of the check.
        stage: FaceStage,
        /// Until when the customer cannot begin, in milliseconds since the widget was opened.
        not_before_ms: Option<u64>,
        /// What is known about the camera.
        #[serde(default)]
        camera: Camera,
        /// Why the last attempt failed.
        step_failure: Option<StepFailure>,
        /// Whether another factor is offered.
        #[serde(default)]
        other_factor: bool,
    },
    /// The widget polls the approval.
    Checking,
    /// The server cannot be reached.
    Unreachable,
    /// The widget supports none of the challenge's factors.
    CannotBeDoneHere,
    /// The approval is being cancelled at the backend.
    Cancelling,
    /// It is over.
    Done {
        /// The outcome.
        outcome: OutcomeName,
    },
}

/// The stage of the face check.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaceStage {
    /// The widget explains it, and the customer can begin.
    Explaining,
    /// The session is being opened.
    Opening,
    /// FaceSign's page is in the frame.
    Shown {
        /// The page.
        url: String,
        /// Whether the page has not loaded in time.
        #[serde(default)]
        late: bool,
    },
    /// FaceSign's page is open in another tab, or can be opened there.
    Elsewhere {
        /// The page.
        url: String,
    },
}

/// The notice of a screen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notice {
    /// The code or PIN was wrong.
    Wrong {
        /// How many attempts are left, if the backend says.
        attempts_left: Option<u8>,
    },
    /// The code has expired, or a newer one has been sent.
    CodeExpired,
    /// The provider has blocked the factor for a while.
    Blocked(Factor),
    /// The customer has not set the factor up.
    NotSetUp(Factor),
    /// The code or request could not be sent, or the session could not be opened.
    NotDelivered(Factor),
    /// The request on the phone was not answered in time.
    RequestExpired,
    /// Another code was sent.
    Sent(Factor),
    /// The code or PIN did not get through to the provider.
    NotReceived,
    /// What was submitted brought no answer, and may have counted as an attempt.
    NoAnswer,
    /// The face check is not over yet.
    NotFinished,
    /// The page has removed the frame.
    FrameLost,
    /// The origin of FaceSign's page is not listed.
    FrameNotAllowed,
    /// The server requires a wait.
    Wait {
        /// Until when, in milliseconds since the widget was opened.
        until_ms: u64,
    },
    /// The browser cannot encrypt, or not to the provider's key.
    CannotEncrypt,
    /// The browser keeps no key of the customer.
    DeviceKeyMissing,
    /// The provider did not recognise this browser.
    DeviceNotRecognised {
        /// How many attempts are left, if the backend says.
        attempts_left: Option<u8>,
    },
    /// The host's SDK made no scan of the customer's face.
    FaceNotScanned,
    /// The provider did not recognise the customer's face.
    FaceNotRecognised {
        /// How many attempts are left, if the backend says.
        attempts_left: Option<u8>,
    },
    /// The answers were about another approval.
    OtherApproval,
}
