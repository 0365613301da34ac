//! Authentication of widgets and partners.

use axum::{
    extract::{FromRequestParts, Path, RawPathParams},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use sca_protocol::api::{ProblemCode, approval_of};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::{problem::AppError, service::Backend};
use sca_core::{EnrolmentRecord, Record, secret::Secret};

/// The header with a partner's API key, where `Authorization` carries the customer's token.
pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A widget, authenticated by the client secret of the approval in its path.
pub(super) struct Widget(pub(super) Record);

impl FromRequestParts<Backend> for Widget {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, backend: &Backend) -> Result<Self, AppError> {
        let secret = bearer(&parts.headers).ok_or_else(unauthorised)?;
        let path = Path::<String>::from_request_parts(parts, backend).await;
        let Path(id) = path.map_err(|_| unauthorised())?;
        if approval_of(secret.expose()) != Some(&id) {
            return Err(unauthorised());
        }
        Ok(Self(backend.authorise(&secret).await?))
    }
}

/// A widget, authenticated by the client secret of the enrolment in its path.
pub(super) struct EnrolmentWidget(pub(super) EnrolmentRecord);

impl FromRequestParts<Backend> for EnrolmentWidget {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, backend: &Backend) -> Result<Self, AppError> {
        let secret = bearer(&parts.headers).ok_or_else(unauthorised)?;
        let path = RawPathParams::from_request_parts(parts, backend).await;
        let path = path.map_err(|_| unauthorised())?;
        let id = path.iter().find_map(|(name, value)| (name == "id").then_some(value));
        if id.is_none() || approval_of(secret.expose()) != id {
            return Err(unauthorised());
        }
        Ok(Self(backend.authorise_enrolment(&secret).await?))
    }
}

/// A partner's server, authenticated by its API key. Contains the key's name.
#[derive(Clone, Debug)]
pub(crate) struct Partner(pub(crate) String);

impl FromRequestParts<Backend> for Partner {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, backend: &Backend) -> Result<Self, AppError> {
        partner(backend, &partner_key(&parts.headers).ok_or_else(unauthorised)?)
    }
}

/// A partner's server at the gate, where `Authorization` carries the customer's token for the provider.
#[derive(Clone, Debug)]
pub(crate) struct GatePartner(pub(crate) String);

impl FromRequestParts<Backend> for GatePartner {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, backend: &Backend) -> Result<Self, AppError> {
        let Partner(owner) = partner(backend, &named_key(&parts.headers).ok_or_else(unauthorised)?)?;
        Ok(Self(owner))
    }
}

/// Whether the headers authenticate a partner's server, at the gate or elsewhere.
pub(super) fn is_partner(backend: &Backend, headers: &HeaderMap) -> bool {
    partner_key(headers).is_some_and(|key| partner(backend, &key).is_ok())
}

fn partner_key(headers: &HeaderMap) -> Option<Secret> {
    if headers.contains_key(API_KEY) {
        named_key(headers)
    } else {
        bearer(headers)
    }
}

fn named_key(headers: &HeaderMap) -> Option<Secret> {
    let key = headers.get(API_KEY)?.to_str().ok()?;
    Some(Secret::new(key.to_owned()))
}

/// Compares with every configured key, in a time that does not depend on which one matches.
fn partner(backend: &Backend, key: &Secret) -> Result<Partner, AppError> {
    let digest = key.digest();
    let keys = &backend.settings().api_keys;
    let mut found = u64::MAX;
    for (place, known) in (0_u64..).zip(keys) {
        let matches: Choice = known.digest.as_bytes().ct_eq(digest.as_bytes());
        found = u64::conditional_select(&found, &place, matches);
    }
    usize::try_from(found)
        .ok()
        .and_then(|place| keys.get(place))
        .map(|key| Partner(key.name.clone()))
        .ok_or_else(unauthorised)
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token.to_owned()))
}

fn unauthorised() -> AppError {
    AppError::new(ProblemCode::Unauthorized)
}
