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
const PUT: MethodFilter = MethodFilter::PUT;
const DELETE: MethodFilter = MethodFilter::DELETE;

/// The prefixes of a path in the older generations.
type Prefixes = &'static [(Generation, &'static str)];

/// The operations with their paths below a calendar version, and the older prefixes of the same paths.
#[rustfmt::skip]
const OPERATIONS: [(Endpoint, MethodFilter, &str, Prefixes); 25] = [
    (Token, POST, "/oauth/token", &[(First, "")]),
    (PublicKey, GET, "/auth/jose/response/public-keys", &[(First, "/v1")]),
    (Playground, POST, "/auth/jose/playground/jwe-direct-encryption", &[(First, "/v1")]),
    (Status, GET, "/one-time-token/status", &[(First, "/v1"), (First, "/v1/identity")]),
    (PinCreate, POST, "/profiles/{profile}/pin", &[(Second, "/v2")]),
    (PinVerify, POST, "/profiles/{profile}/pin/verify", &[(Second, "/v2")]),
    (PinDelete, DELETE, "/profiles/{profile}/pin", &[(Second, "/v2")]),
    (DeviceFingerprintCreate, POST, "/profiles/{profile}/device-fingerprints", &[(Second, "/v2")]),
    (DeviceFingerprintVerify, POST, "/profiles/{profile}/device-fingerprints/verify", &[(Second, "/v2")]),
    (DeviceFingerprintDelete, DELETE, "/profiles/{profile}/device-fingerprints/{fingerprint}", &[(Second, "/v2")]),
    (FaceMapEnrol, POST, "/profiles/{profile}/facemaps", &[(Second, "/v2")]),
    (FaceMapVerify, POST, "/profiles/{profile}/facemaps/verify", &[(Second, "/v2")]),
    (FaceMapDelete, DELETE, "/profiles/{profile}/facemaps", &[(Second, "/v2")]),
    (FacetecPublicKey, GET, "/facetec/public-key", &[(First, "/v1")]),
    (PhoneCreate, POST, "/application/users/{user}/phone-numbers", &[(First, "/v1")]),
    (PhoneDelete, DELETE, "/application/users/{user}/phone-numbers/{phone}", &[(First, "/v1")]),
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

/// The operations whose paths in the first generation have another form, or which no later generation has.
#[rustfmt::skip]
const FIRST_GENERATION: [(Endpoint, MethodFilter, &str); 12] = [
    (PinCreate, POST, "/v1/user/pin"),
    (PinVerify, POST, "/v1/one-time-token/pin/verify"),
    (PinDelete, DELETE, "/v1/users/{user}/pin"),
    (DeviceFingerprintCreate, POST, "/v1/user/partner-device-fingerprints"),
    (DeviceFingerprintVerify, POST, "/v1/one-time-token/partner-device-fingerprint/verify"),
    (DeviceFingerprintList, GET, "/v1/users/{user}/partner-device-fingerprints"),
    (DeviceFingerprintDelete, DELETE, "/v1/users/{user}/partner-device-fingerprints/{fingerprint}"),
    (FaceMapEnrol, POST, "/v1/user/facemap/enrol"),
    (FaceMapVerify, POST, "/v1/one-time-token/facemap/verify"),
    (FaceMapDelete, DELETE, "/v1/users/{user}/facemap/enrol"),
    (PhoneList, GET, "/v1/application/users/{user}/phone-numbers"),
    (PhoneUpdate, PUT, "/v1/application/users/{user}/phone-numbers/{phone}"),
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
