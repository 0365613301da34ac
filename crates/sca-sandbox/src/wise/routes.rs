//! Every path of every generation, and the operation behind it.
//!
//! A [calendar version](https://docs.wise.com/guides/developer/global-versioning) has the same paths as the older generations,
//! with the version in place of `v1`, `v2`, `v3` or `v4`.

use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::routing::{MethodFilter, on};

use super::call::Route;
use super::endpoint::Endpoint::{self, *};
use super::generation::Generation::{self, Calendar, First, Second};
use super::generation::is_calendar_version;
use super::pipeline::unknown_path;
use super::state::Wise;
use crate::kit::pipeline::handle;

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// The prefixes of a path in the older generations.
type Prefixes = &'static [(Generation, &'static str)];

/// The operations with their paths below a calendar version, and the older prefixes of the same paths.
#[rustfmt::skip]
const OPERATIONS: [(Endpoint, MethodFilter, &str, Prefixes); 16] = [
    (Token, POST, "/oauth/token", &[(First, "")]),
    (PublicKey, GET, "/auth/jose/response/public-keys", &[(First, "/v1")]),
    (Playground, POST, "/auth/jose/playground/jwe-direct-encryption", &[(First, "/v1")]),
    (Status, GET, "/one-time-token/status", &[(First, "/v1"), (First, "/v1/identity")]),
    (PinCreate, POST, "/profiles/{profile}/pin", &[(Second, "/v2")]),
    (PinVerify, POST, "/profiles/{profile}/pin/verify", &[(Second, "/v2")]),
    (PinDelete, DELETE, "/profiles/{profile}/pin", &[(Second, "/v2")]),
    (CodeTrigger, POST, "/one-time-token/{channel}/trigger", &[(First, "/v1")]),
    (CodeVerify, POST, "/one-time-token/{channel}/verify", &[(First, "/v1")]),
    (ScaSession, POST, "/profiles/{profile}/sca-sessions/authorise", &[(Second, "/v2")]),
    (Balances, GET, "/profiles/{profile}/balances", &[(First, "/v4")]),
    (Balance, GET, "/profiles/{profile}/balances/{balance}", &[(First, "/v4")]),
    (Statement, GET, "/profiles/{profile}/balance-statements/{balance}/statement.json", &[(First, "/v1")]),
    (Transfer, GET, "/transfers/{transfer}", &[(First, "/v1")]),
    (FundTransfer, POST, "/profiles/{profile}/transfers/{transfer}/payments", &[(First, "/v3")]),
    (Recipient, GET, "/accounts/{recipient}", &[(First, "/v1"), (Second, "/v2")]),
];

/// The operations whose paths in the first generation have another form.
const FIRST_GENERATION: [(Endpoint, MethodFilter, &str); 3] = [
    (PinCreate, POST, "/v1/user/pin"),
    (PinVerify, POST, "/v1/one-time-token/pin/verify"),
    (PinDelete, DELETE, "/v1/users/{user}/pin"),
];

/// All of Wise's paths.
pub(crate) fn router() -> Router<Wise> {
    let mut router = Router::new();
    for (endpoint, method, path, older) in OPERATIONS {
        for (generation, prefix) in older.iter().chain(&[(Calendar, "/{version}")]) {
            router = add(router, endpoint, *generation, method, &format!("{prefix}{path}"));
        }
    }
    for (endpoint, method, path) in FIRST_GENERATION {
        router = add(router, endpoint, First, method, path);
    }
    router
}

fn add(
    router: Router<Wise>,
    endpoint: Endpoint,
    generation: Generation,
    method: MethodFilter,
    path: &str,
) -> Router<Wise> {
    let route = Route { endpoint, generation };
    let handler = async move |State(wise): State<Wise>, parameters: RawPathParams, request: Request| {
        let is_served = |(name, value): (&str, &str)| name != "version" || is_calendar_version(value);
        if parameters.iter().all(is_served) {
            handle(wise, route, parameters, request).await
        } else {
            unknown_path(&wise, &request)
        }
    };
    router.route(path, on(method, handler))
}
