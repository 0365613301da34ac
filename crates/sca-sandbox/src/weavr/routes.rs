//! The paths of the [API](https://api.weavr.io/products/multi/openapi/confirmation-challenges) and of the
//! [simulator API](https://api.weavr.io/products/simulator/openapi).

use axum::Router;
use axum::routing::MethodFilter;

use super::endpoint::Endpoint::{self, *};
use super::errors::not_found;
use super::state::Weavr;
use crate::kit::pipeline;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

#[rustfmt::skip]
const ROUTES: [(Endpoint, MethodFilter, &str); 38] = [
    (Login, POST, "/multi/login_with_password"),
    (AccessToken, POST, "/multi/access_token"),
    (Logout, POST, "/multi/logout"),
    (CreateWire, POST, "/multi/outgoing_wire_transfers"),
    (ListWires, GET, "/multi/outgoing_wire_transfers"),
    (ReadWire, GET, "/multi/outgoing_wire_transfers/{id}"),
    (Cancel, POST, "/multi/outgoing_wire_transfers/{id}/cancel"),
    (Confirm, POST, "/multi/outgoing_wire_transfers/{id}/confirm"),
    (CreateSend, POST, "/multi/sends"),
    (ListSends, GET, "/multi/sends"),
    (ReadSend, GET, "/multi/sends/{id}"),
    (Cancel, POST, "/multi/sends/{id}/cancel"),
    (IssueOtp, POST, "/multi/challenges/otp/{channel}"),
    (VerifyOtp, POST, "/multi/challenges/{challenge}/otp/{channel}/verify"),
    (IssuePush, POST, "/multi/challenges/push/{channel}"),
    (IssueOtp, POST, "/multi/outgoing_wire_transfers/{id}/challenges/otp/{channel}"),
    (VerifyOtp, POST, "/multi/outgoing_wire_transfers/{id}/challenges/otp/{channel}/verify"),
    (IssuePush, POST, "/multi/outgoing_wire_transfers/{id}/challenges/push/{channel}"),
    (IssueOtp, POST, "/multi/sends/{id}/challenges/otp/{channel}"),
    (VerifyOtp, POST, "/multi/sends/{id}/challenges/otp/{channel}/verify"),
    (IssuePush, POST, "/multi/sends/{id}/challenges/push/{channel}"),
    (StepUpOtp, POST, "/multi/stepup/challenges/otp/{channel}"),
    (StepUpVerify, POST, "/multi/stepup/challenges/otp/{channel}/verify"),
    (StepUpPush, POST, "/multi/stepup/challenges/push/{channel}"),
    (CreatePayees, POST, "/multi/beneficiaries"),
    (ReadPayees, GET, "/multi/beneficiaries"),
    (ReadPayees, GET, "/multi/beneficiaries/batch/{batch}"),
    (PayeeOtp, POST, "/multi/beneficiaries/batch/{batch}/challenges/otp/{channel}"),
    (PayeeVerify, POST, "/multi/beneficiaries/batch/{batch}/challenges/otp/{channel}/verify"),
    (PayeePush, POST, "/multi/beneficiaries/batch/{batch}/challenges/push/{channel}"),
    (Factors, GET, "/multi/authentication_factors"),
    (Enrol, POST, "/multi/authentication_factors/otp/{channel}"),
    (VerifyEnrolment, POST, "/multi/authentication_factors/otp/{channel}/verify"),
    (EnrolPush, POST, "/multi/authentication_factors/push/{channel}"),
    (Unlink, DELETE, "/multi/authentication_factors/push/{channel}"),
    (Statement, GET, "/multi/managed_accounts/{id}/statement"),
    (Simulate, POST, "/simulate/api/factors/{user}/challenges/{challenge}/{outcome}"),
    (Simulate, POST, "/simulate/api/wiretransfers/outgoing/{id}/{outcome}"),
];

/// All of the API's paths.
pub(crate) fn router() -> Router<Weavr> {
    pipeline::router(ROUTES).fallback(async || not_found())
}
