//! What the calls do.

mod batches;
mod challenges;
mod factors;
mod login;
mod payments;
pub(crate) mod simulator;
mod statement;
mod step_up;

use super::door::Call;
use super::endpoint::Endpoint;
use super::world::Weavr;
use crate::answer::Answer;

/// Does what was called for. `Err` is a refusal.
pub(crate) fn perform(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    match call.endpoint {
        Endpoint::Login => login::with_password(weavr, call),
        Endpoint::AccessToken => login::access_token(weavr, call),
        Endpoint::Logout => Ok(login::logout(weavr, call)),
        Endpoint::CreateWire => payments::create_wire(weavr, call),
        Endpoint::CreateSend => payments::create_send(weavr, call),
        Endpoint::ReadWire | Endpoint::ReadSend => payments::read(weavr, call),
        Endpoint::ListWires | Endpoint::ListSends => payments::list(weavr, call),
        Endpoint::Cancel => payments::cancel(weavr, call),
        Endpoint::Confirm => payments::confirm(weavr, call),
        Endpoint::IssueOtp => challenges::issue_otp(weavr, call),
        Endpoint::VerifyOtp => challenges::verify_otp(weavr, call),
        Endpoint::IssuePush => challenges::issue_push(weavr, call),
        Endpoint::StepUpOtp => step_up::issue_otp(weavr, call),
        Endpoint::StepUpVerify => step_up::verify_otp(weavr, call),
        Endpoint::StepUpPush => step_up::issue_push(weavr, call),
        Endpoint::CreatePayees => batches::create(weavr, call),
        Endpoint::ReadPayees => batches::read(weavr, call),
        Endpoint::PayeeOtp => batches::issue_otp(weavr, call),
        Endpoint::PayeeVerify => batches::verify_otp(weavr, call),
        Endpoint::PayeePush => batches::issue_push(weavr, call),
        Endpoint::Factors => factors::list(weavr, call),
        Endpoint::Enrol => factors::enrol(weavr, call),
        Endpoint::VerifyEnrolment => factors::verify(weavr, call),
        Endpoint::EnrolPush => factors::enrol_push(weavr, call),
        Endpoint::Unlink => factors::unlink(weavr, call),
        Endpoint::Statement => statement::read(weavr, call),
        Endpoint::Simulate | Endpoint::Any => simulator::perform(weavr, call),
    }
}
