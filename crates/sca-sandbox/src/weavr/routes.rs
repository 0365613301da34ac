//! Every path of the API and the operation behind it.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::routing::{MethodFilter, on};

use super::door::receive;
use super::endpoint::Endpoint;
use super::errors::not_found;
use crate::state::SandboxState;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

const ROUTES: &[(Endpoint, MethodFilter, &str)] = &[
    (Endpoint::Login, POST, "/multi/login_with_password"),
    (Endpoint::AccessToken, POST, "/multi/access_token"),
    (Endpoint::Logout, POST, "/multi/logout"),
    (Endpoint::CreateWire, POST, "/multi/outgoing_wire_transfers"),
    (Endpoint::ListWires, GET, "/multi/outgoing_wire_transfers"),
    (Endpoint::ReadWire, GET, "/multi/outgoing_wire_transfers/{id}"),
    (Endpoint::Cancel, POST, "/multi/outgoing_wire_transfers/{id}/cancel"),
    (Endpoint::Confirm, POST, "/multi/outgoing_wire_transfers/{id}/confirm"),
    (Endpoint::CreateSend, POST, "/multi/sends"),
    (Endpoint::ListSends, GET, "/multi/sends"),
    (Endpoint::ReadSend, GET, "/multi/sends/{id}"),
    (Endpoint::Cancel, POST, "/multi/sends/{id}/cancel"),
    (Endpoint::IssueOtp, POST, "/multi/challenges/otp/{channel}"),
    (
        Endpoint::VerifyOtp,
        POST,
        "/multi/challenges/{challenge}/otp/{channel}/verify",
    ),
    (Endpoint::IssuePush, POST, "/multi/challenges/push/{channel}"),
    (
        Endpoint::IssueOtp,
        POST,
        "/multi/outgoing_wire_transfers/{id}/challenges/otp/{channel}",
    ),
    (
        Endpoint::VerifyOtp,
        POST,
        "/multi/outgoing_wire_transfers/{id}/challenges/otp/{channel}/verify",
    ),
    (
        Endpoint::IssuePush,
        POST,
        "/multi/outgoing_wire_transfers/{id}/challenges/push/{channel}",
    ),
    (Endpoint::IssueOtp, POST, "/multi/sends/{id}/challenges/otp/{channel}"),
    (
        Endpoint::VerifyOtp,
        POST,
        "/multi/sends/{id}/challenges/otp/{channel}/verify",
    ),
    (Endpoint::IssuePush, POST, "/multi/sends/{id}/challenges/push/{channel}"),
    (Endpoint::StepUpOtp, POST, "/multi/stepup/challenges/otp/{channel}"),
    (
        Endpoint::StepUpVerify,
        POST,
        "/multi/stepup/challenges/otp/{channel}/verify",
    ),
    (Endpoint::StepUpPush, POST, "/multi/stepup/challenges/push/{channel}"),
    (Endpoint::CreatePayees, POST, "/multi/beneficiaries"),
    (Endpoint::ReadPayees, GET, "/multi/beneficiaries"),
    (Endpoint::ReadPayees, GET, "/multi/beneficiaries/batch/{batch}"),
    (
        Endpoint::PayeeOtp,
        POST,
        "/multi/beneficiaries/batch/{batch}/challenges/otp/{channel}",
    ),
    (
        Endpoint::PayeeVerify,
        POST,
        "/multi/beneficiaries/batch/{batch}/challenges/otp/{channel}/verify",
    ),
    (
        Endpoint::PayeePush,
        POST,
        "/multi/beneficiaries/batch/{batch}/challenges/push/{channel}",
    ),
    (Endpoint::Factors, GET, "/multi/authentication_factors"),
    (Endpoint::Enrol, POST, "/multi/authentication_factors/otp/{channel}"),
    (
        Endpoint::VerifyEnrolment,
        POST,
        "/multi/authentication_factors/otp/{channel}/verify",
    ),
    (
        Endpoint::EnrolPush,
        POST,
        "/multi/authentication_factors/push/{channel}",
    ),
    (Endpoint::Unlink, DELETE, "/multi/authentication_factors/push/{channel}"),
    (Endpoint::Statement, GET, "/multi/managed_accounts/{id}/statement"),
    (
        Endpoint::Simulate,
        POST,
        "/simulate/api/factors/{user}/challenges/{challenge}/{outcome}",
    ),
    (
        Endpoint::Simulate,
        POST,
        "/simulate/api/wiretransfers/outgoing/{id}/{outcome}",
    ),
];

/// All of the API's paths.
pub(crate) fn router() -> Router<SandboxState> {
    let mut router = Router::new();
    for (endpoint, method, path) in ROUTES {
        let handler = move |State(state): State<SandboxState>, path: RawPathParams, request: Request| {
            let parameters: BTreeMap<String, String> = path
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            receive(state, *endpoint, parameters, request)
        };
        router = router.route(path, on(*method, handler));
    }
    router.fallback(async || not_found())
}
