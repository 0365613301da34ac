//! The API's operations.

mod batches;
mod challenges;
mod factors;
pub(super) mod login;
mod payments;
pub(super) mod simulator;
mod statement;
mod step_up;

use super::call::ApiCall;
use super::endpoint::Endpoint;
use super::state::WeavrState;
use crate::kit::response::ApiResponse;

/// Performs a call. `Err` is a refusal.
pub(super) fn perform(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    match call.route {
        Endpoint::Login => login::with_password(state, call),
        Endpoint::AccessToken => login::access_token(state, call),
        Endpoint::Logout => Ok(login::logout(state, call)),
        Endpoint::CreateWire => payments::create_wire(state, call),
        Endpoint::CreateSend => payments::create_send(state, call),
        Endpoint::ReadWire | Endpoint::ReadSend => payments::read(state, call),
        Endpoint::ListWires | Endpoint::ListSends => payments::list(state, call),
        Endpoint::Cancel => payments::cancel(state, call),
        Endpoint::Confirm => payments::confirm(state, call),
        Endpoint::IssueOtp => challenges::issue_otp(state, call),
        Endpoint::VerifyOtp => challenges::verify_otp(state, call),
        Endpoint::IssuePush => challenges::issue_push(state, call),
        Endpoint::StepUpOtp => step_up::issue_otp(state, call),
        Endpoint::StepUpVerify => step_up::verify_otp(state, call),
        Endpoint::StepUpPush => step_up::issue_push(state, call),
        Endpoint::CreatePayees => batches::create(state, call),
        Endpoint::ReadPayees => batches::read(state, call),
        Endpoint::PayeeOtp => batches::issue_otp(state, call),
        Endpoint::PayeeVerify => batches::verify_otp(state, call),
        Endpoint::PayeePush => batches::issue_push(state, call),
        Endpoint::Factors => factors::list(state, call),
        Endpoint::Enrol => factors::enrol(state, call),
        Endpoint::VerifyEnrolment => factors::verify(state, call),
        Endpoint::EnrolPush => factors::enrol_push(state, call),
        Endpoint::Unlink => factors::unlink(state, call),
        Endpoint::Statement => statement::read(state, call),
        Endpoint::Simulate | Endpoint::Any => simulator::perform(state, call),
    }
}
