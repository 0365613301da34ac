//! Every path of every generation, and the operation behind it.

use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::routing::{MethodFilter, on};

use super::door;
use super::endpoint::Endpoint;
use super::generation::Generation::{self, Calendar, First, Second};
use crate::state::SandboxState;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

const ROUTES: &[(Endpoint, Generation, MethodFilter, &str)] = &[
    (Endpoint::Token, First, POST, "/oauth/token"),
    (Endpoint::Token, Calendar, POST, "/{version}/oauth/token"),
    (Endpoint::PublicKey, First, GET, "/v1/auth/jose/response/public-keys"),
    (
        Endpoint::PublicKey,
        Calendar,
        GET,
        "/{version}/auth/jose/response/public-keys",
    ),
    (
        Endpoint::Playground,
        First,
        POST,
        "/v1/auth/jose/playground/jwe-direct-encryption",
    ),
    (
        Endpoint::Playground,
        Calendar,
        POST,
        "/{version}/auth/jose/playground/jwe-direct-encryption",
    ),
    (Endpoint::Status, First, GET, "/v1/one-time-token/status"),
    (Endpoint::Status, First, GET, "/v1/identity/one-time-token/status"),
    (Endpoint::Status, Calendar, GET, "/{version}/one-time-token/status"),
    (Endpoint::PinCreate, First, POST, "/v1/user/pin"),
    (Endpoint::PinCreate, Second, POST, "/v2/profiles/{profile}/pin"),
    (Endpoint::PinCreate, Calendar, POST, "/{version}/profiles/{profile}/pin"),
    (Endpoint::PinVerify, First, POST, "/v1/one-time-token/pin/verify"),
    (Endpoint::PinVerify, Second, POST, "/v2/profiles/{profile}/pin/verify"),
    (
        Endpoint::PinVerify,
        Calendar,
        POST,
        "/{version}/profiles/{profile}/pin/verify",
    ),
    (Endpoint::PinDelete, First, DELETE, "/v1/users/{user}/pin"),
    (Endpoint::PinDelete, Second, DELETE, "/v2/profiles/{profile}/pin"),
    (
        Endpoint::PinDelete,
        Calendar,
        DELETE,
        "/{version}/profiles/{profile}/pin",
    ),
    (
        Endpoint::CodeTrigger,
        First,
        POST,
        "/v1/one-time-token/{channel}/trigger",
    ),
    (
        Endpoint::CodeTrigger,
        Calendar,
        POST,
        "/{version}/one-time-token/{channel}/trigger",
    ),
    (Endpoint::CodeVerify, First, POST, "/v1/one-time-token/{channel}/verify"),
    (
        Endpoint::CodeVerify,
        Calendar,
        POST,
        "/{version}/one-time-token/{channel}/verify",
    ),
    (
        Endpoint::ScaSession,
        Second,
        POST,
        "/v2/profiles/{profile}/sca-sessions/authorise",
    ),
    (
        Endpoint::ScaSession,
        Calendar,
        POST,
        "/{version}/profiles/{profile}/sca-sessions/authorise",
    ),
    (Endpoint::Balances, First, GET, "/v4/profiles/{profile}/balances"),
    (
        Endpoint::Balances,
        Calendar,
        GET,
        "/{version}/profiles/{profile}/balances",
    ),
    (
        Endpoint::Balance,
        First,
        GET,
        "/v4/profiles/{profile}/balances/{balance}",
    ),
    (
        Endpoint::Balance,
        Calendar,
        GET,
        "/{version}/profiles/{profile}/balances/{balance}",
    ),
    (
        Endpoint::Statement,
        First,
        GET,
        "/v1/profiles/{profile}/balance-statements/{balance}/statement.json",
    ),
    (
        Endpoint::Statement,
        Calendar,
        GET,
        "/{version}/profiles/{profile}/balance-statements/{balance}/statement.json",
    ),
    (Endpoint::Transfer, First, GET, "/v1/transfers/{transfer}"),
    (Endpoint::Transfer, Calendar, GET, "/{version}/transfers/{transfer}"),
    (
        Endpoint::FundTransfer,
        First,
        POST,
        "/v3/profiles/{profile}/transfers/{transfer}/payments",
    ),
    (
        Endpoint::FundTransfer,
        Calendar,
        POST,
        "/{version}/profiles/{profile}/transfers/{transfer}/payments",
    ),
    (Endpoint::Recipient, First, GET, "/v1/accounts/{recipient}"),
    (Endpoint::Recipient, Second, GET, "/v2/accounts/{recipient}"),
    (Endpoint::Recipient, Calendar, GET, "/{version}/accounts/{recipient}"),
];

/// All of Wise's paths.
pub(crate) fn router() -> Router<SandboxState> {
    ROUTES
        .iter()
        .fold(Router::new(), |router, &(endpoint, generation, method, path)| {
            let answer = move |State(state): State<SandboxState>, parameters: RawPathParams, request: Request| {
                let parameters = parameters
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                door::receive(state, endpoint, generation, parameters, request)
            };
            router.route(path, on(method, answer))
        })
}
