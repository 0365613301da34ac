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

/// An operation with its path in calendar versions, below the version, and its older paths.
type Operation = (
    Endpoint,
    MethodFilter,
    &'static str,
    &'static [(Generation, &'static str)],
);

#[rustfmt::skip]
const OPERATIONS: [Operation; 16] = [
    (Token, POST, "/oauth/token", &[(First, "/oauth/token")]),
    (PublicKey, GET, "/auth/jose/response/public-keys", &[(First, "/v1/auth/jose/response/public-keys")]),
    (Playground, POST, "/auth/jose/playground/jwe-direct-encryption", &[(First, "/v1/auth/jose/playground/jwe-direct-encryption")]),
    (Status, GET, "/one-time-token/status", &[(First, "/v1/one-time-token/status"), (First, "/v1/identity/one-time-token/status")]),
    (PinCreate, POST, "/profiles/{profile}/pin", &[(First, "/v1/user/pin"), (Second, "/v2/profiles/{profile}/pin")]),
    (PinVerify, POST, "/profiles/{profile}/pin/verify", &[(First, "/v1/one-time-token/pin/verify"), (Second, "/v2/profiles/{profile}/pin/verify")]),
    (PinDelete, DELETE, "/profiles/{profile}/pin", &[(First, "/v1/users/{user}/pin"), (Second, "/v2/profiles/{profile}/pin")]),
    (CodeTrigger, POST, "/one-time-token/{channel}/trigger", &[(First, "/v1/one-time-token/{channel}/trigger")]),
    (CodeVerify, POST, "/one-time-token/{channel}/verify", &[(First, "/v1/one-time-token/{channel}/verify")]),
    (ScaSession, POST, "/profiles/{profile}/sca-sessions/authorise", &[(Second, "/v2/profiles/{profile}/sca-sessions/authorise")]),
    (Balances, GET, "/profiles/{profile}/balances", &[(First, "/v4/profiles/{profile}/balances")]),
    (Balance, GET, "/profiles/{profile}/balances/{balance}", &[(First, "/v4/profiles/{profile}/balances/{balance}")]),
    (Statement, GET, "/profiles/{profile}/balance-statements/{balance}/statement.json", &[(First, "/v1/profiles/{profile}/balance-statements/{balance}/statement.json")]),
    (Transfer, GET, "/transfers/{transfer}", &[(First, "/v1/transfers/{transfer}")]),
    (FundTransfer, POST, "/profiles/{profile}/transfers/{transfer}/payments", &[(First, "/v3/profiles/{profile}/transfers/{transfer}/payments")]),
    (Recipient, GET, "/accounts/{recipient}", &[(First, "/v1/accounts/{recipient}"), (Second, "/v2/accounts/{recipient}")]),
];

/// All of Wise's paths.
pub(crate) fn router() -> Router<Wise> {
    let mut router = Router::new();
    for (endpoint, method, path, older) in OPERATIONS {
        let calendar = (Calendar, format!("/{{version}}{path}"));
        let older = older.iter().map(|(generation, path)| (*generation, (*path).to_owned()));
        for (generation, path) in older.chain([calendar]) {
            let route = Route { endpoint, generation };
            let handler = async move |State(wise): State<Wise>, parameters: RawPathParams, request: Request| {
                let is_version = |(name, value): (&str, &str)| name != "version" || is_calendar_version(value);
                if parameters.iter().all(is_version) {
                    handle(wise, route, parameters, request).await
                } else {
                    unknown_path(&wise, &request)
                }
            };
            router = router.route(&path, on(method, handler));
        }
    }
    router
}
