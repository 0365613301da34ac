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
    /// Everything that the machine wants done, in order. Absent: nothing.
    #[serde(default)]
    pub expect_effects: Vec<Effect>,
    /// Why the machine ignores the event. Nothing is done then, and nothing has changed.
    pub expect_ignored: Option<Ignored>,
    /// The whole screen afterwards. Absent: it is not looked at.
    pub expect_screen: Option<Screen>,
    /// The payments that the screen shows. Absent: they are not looked at.
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
        /// What the backend says of the approval.
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
        /// What the backend says of the approval.
        approval: Approval,
    },
    /// Neither was done, as far as the widget can tell.
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
        /// What the provider says.
        verdict: Verdict,
        /// What the backend says of the approval.
        approval: Approval,
    },
    /// It was not checked, as far as the widget can tell.
    VerifyFailed {
        /// The call's number.
        call: u32,
        /// Why.
        failure: Failure,
    },
    /// The backend knows that the customer stopped.
    Cancelled {
        /// The call's number.
        call: u32,
        /// What the backend says of the approval.
        approval: Approval,
    },
    /// It could not be told so.
    CancelFailed {
        /// The call's number.
        call: u32,
        /// Why.
        failure: Failure,
    },
    /// The backend's stream of changes brings a change.
    ApprovalChanged(Approval),
    /// The stream of changes has ended, or could not be opened.
    ListeningEnded,
    /// The browser answers whether there is a camera and whether it may be used.
    CameraPermission(Camera),
    /// Something has loaded in FaceSign's frame.
    FrameLoaded,
    /// The frame says that the customer is done.
    FrameFinished,
    /// The page has removed the frame.
    FrameLost,
    /// A timer is over.
    TimerFired(Timer),
    /// The page is in view or connected again.
    Resumed,
}

/// What the customer does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum CustomerAction {
    /// Chooses a factor.
    Choose(Factor),
    /// Asks for the choice of factors.
    OtherFactor,
    /// Enters a PIN and submits it.
    EnterPin(String),
    /// Enters a code and submits it.
    EnterCode(String),
    /// Asks for another code.
    Resend,
    /// Tries again after the server could not be reached.
    Retry,
    /// Stops.
    Cancel,
    /// Begins the face check on this page.
    BeginFaceCheck,
    /// Opens the face check in another tab.
    OpenFaceCheckElsewhere,
}

/// Why a call brought no answer that can be used.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Failure {
    /// The request never left the browser.
    NotSent,
    /// The server may have carried it out.
    OutcomeUnknown,
    /// The server wants the widget to wait; nothing was executed.
    NotYet {
        /// For how long, in milliseconds.
        retry_after_ms: u64,
    },
    /// The approval has moved on.
    OutOfDate,
    /// The answer is about another approval.
    OtherApproval,
    /// The customer was shown something else than what is approved.
    ShownMismatch,
    /// The client secret is not valid, or not valid any more.
    AccessEnded,
    /// The customer's session with the provider has ended.
    SessionEnded,
    /// The browser cannot encrypt, or not to the provider's key.
    CannotEncrypt,
}

/// What can be known about the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Camera {
    /// Nothing.
    #[default]
    Unknown,
    /// There is one, and it may be used or asked for.
    Ready,
    /// The customer has refused it.
    Refused,
    /// The page's policy does not hand it on to the frame.
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
    /// The frame should have loaded; later, the end of its session.
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
    /// The event does not belong to this state.
    NotNow,
    /// The server said to wait.
    TooEarly,
    /// The snapshot is of another approval or another action.
    OtherApproval,
}

/// What the backend says of an approval.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Approval {
    /// Its id.
    #[serde(default = "own_approval")]
    pub id: String,
    /// Grows with every change.
    pub version: u64,
    /// Where it stands.
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
    /// How many challenges there are in all, where the provider says so.
    pub challenge_count: Option<u8>,
    /// How many wrong codes or PINs are left.
    pub attempts_left: Option<u8>,
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
    /// Who gets it.
    pub payee: String,
    /// How much.
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
    /// The code or request that was sent last.
    pub delivery: Option<Delivery>,
    /// The open session at FaceSign.
    pub face_session: Option<FaceSession>,
    /// Why the last try failed.
    pub step_failure: Option<StepFailure>,
}

/// A factor that cannot be used.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unavailable {
    /// The factor.
    pub factor: Factor,
    /// Why not.
    pub availability: Availability,
}

/// A code or a request on its way to the customer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Delivery {
    /// How it was sent.
    pub factor: Factor,
    /// In how many milliseconds another can be had.
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
    /// The address of FaceSign's page.
    #[serde(default = "hosted_page")]
    pub url: String,
    /// When the address stops working, in milliseconds since the widget was opened.
    #[serde(default = "two_hours")]
    pub expires_at_ms: u64,
    /// Whether the customer is done and the backend decides.
    #[serde(default)]
    pub ended: bool,
}

fn hosted_page() -> String {
    "https://session.facesign.ai?cs=cs01".into()
}

fn two_hours() -> u64 {
    7_200_000
}

/// What the machine wants done. `call` is the number that the answer will carry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Read the approval.
    ReadApproval {
        /// The call's number.
        call: u32,
    },
    /// Open the stream of changes.
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
    /// Tell the backend that the customer stopped.
    CancelApproval {
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
    /// Tell the page how the approval ended.
    Settle(Outcome),
}

/// The whole screen. What is absent here is not on it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// What it asks or tells.
    pub view: View,
    /// Which challenge it says this is.
    pub challenge: Option<ChallengeNumber>,
    /// What it tells besides.
    pub notice: Option<Notice>,
}

/// "Step 1 of 2".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeNumber {
    /// Counted from one.
    pub number: u8,
    /// How many there are; absent where that is not known.
    pub of: Option<u8>,
}

/// What a screen asks or tells.
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
        /// Where to.
        destination: Option<String>,
        /// How many digits it has.
        digits: u8,
        /// When another can be had, in milliseconds since the widget was opened.
        resend_at_ms: u64,
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
    /// Asks the customer to look at the phone.
    Phone {
        /// How the request was sent.
        factor: Factor,
        /// When it ends, in milliseconds since the widget was opened.
        expires_at_ms: Option<u64>,
        /// The code that is offered instead.
        code_instead: Option<Factor>,
        /// Whether another factor is offered besides.
        #[serde(default)]
        other_factor: bool,
    },
    /// Asks for the face check.
    Face {
        /// How far the check is.
        stage: FaceStage,
        /// Until when it cannot be begun, in milliseconds since the widget was opened.
        not_before_ms: Option<u64>,
        /// What is known about the camera.
        #[serde(default)]
        camera: Camera,
        /// Why the last try failed.
        step_failure: Option<StepFailure>,
        /// Whether another factor is offered.
        #[serde(default)]
        other_factor: bool,
    },
    /// The backend is asked what has become of the approval.
    Checking,
    /// The server cannot be reached.
    Unreachable,
    /// The challenge asks for something that the widget cannot do.
    CannotBeDoneHere,
    /// The backend is told that the customer stopped.
    Cancelling,
    /// It is over.
    Done {
        /// How it ended.
        outcome: OutcomeName,
    },
}

/// How far the face check is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaceStage {
    /// It is explained, and can be begun.
    Explaining,
    /// The session is being opened.
    Opening,
    /// FaceSign's page is in the frame.
    Shown {
        /// The page.
        url: String,
        /// Whether nothing has loaded in time.
        #[serde(default)]
        late: bool,
    },
    /// FaceSign's page is open in another tab, or can be opened there.
    Elsewhere {
        /// The page.
        url: String,
    },
}

/// What a screen tells besides what it asks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Notice {
    /// The code or PIN was wrong.
    Wrong {
        /// How many attempts are left, where the backend says so.
        attempts_left: Option<u8>,
    },
    /// The code is too old, or another was sent since.
    CodeExpired,
    /// The provider has blocked the factor for a while.
    Blocked(Factor),
    /// The customer has not set the factor up.
    NotSetUp(Factor),
    /// The code or request could not be sent, or the session not opened.
    NotDelivered(Factor),
    /// The request on the phone was not answered in time.
    RequestExpired,
    /// Another code was sent.
    Sent(Factor),
    /// The code or PIN did not reach the server.
    NotReceived,
    /// The face check is not over yet.
    NotFinished,
    /// The page has removed the frame.
    FrameLost,
    /// FaceSign's page comes from an origin that is not listed.
    FrameNotAllowed,
    /// The server wants the customer to wait.
    Wait {
        /// Until when, in milliseconds since the widget was opened.
        until_ms: u64,
    },
    /// The browser cannot encrypt, or not to the provider's key.
    CannotEncrypt,
    /// The answers were about another approval.
    OtherApproval,
}
