//! The OpenAPI document, generated from the routes.

use std::collections::BTreeMap;

use axum::{Json, Router, routing::get};
use sca_protocol::api::ProblemCode;
use utoipa::{
    IntoResponses, OpenApi, ToSchema,
    openapi::{
        Content, OpenApi as Document, Ref, RefOr, Response, Schema,
        path::{Operation, ParameterIn},
        response::ResponseBuilder,
        schema::AdditionalProperties,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::caller::API_KEY;
use crate::{
    problem::{AppError, ProblemDocument},
    service::Backend,
};

/// The scheme of a client secret.
const CLIENT_SECRET: &str = "client-secret";
/// The scheme of an API key in `Authorization`.
const BEARER_KEY: &str = "api-key";
/// The scheme of an API key in a header of its own.
const HEADER_KEY: &str = "api-key-header";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "sca-backend",
        description = "Strong customer authentication: the widget's routes (client secret) and the partner's (API key)."
    ),
    servers((url = "/", description = "The backend that serves this document")),
    tags(
        (name = "widget", description = "One approval, for the widget. The credential is its client secret."),
        (name = "enrolment", description = "One customer's enrolment: a partner's server begins it, the widget carries it out."),
        (name = "approvals", description = "Approvals and SCA sessions, for partners' servers."),
        (name = "transfers", description = "Transfers that are held until the customer's face is verified, for partners' servers."),
        (name = "confirmations", description = "Payments, step-ups and payees that the customer confirms, for partners' servers."),
        (name = "factors", description = "A customer's factors at the provider, for partners' servers."),
        (name = "webhooks", description = "Events from the providers. A signature takes the place of a credential."),
        (name = "health", description = "Liveness, readiness and metrics, for operators."),
    )
)]
struct Description;

/// The OpenAPI 3.1 document of all routes but the gate's, which has the provider's API, and the document's own.
#[must_use]
pub fn document() -> Document {
    let mut document = Description::openapi();
    document.merge(super::described().into_openapi());
    // OpenAPI has no syntax for a parameter with slashes.
    let paths = std::mem::take(&mut document.paths.paths).into_iter();
    document.paths.paths = paths.map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            add_problems(operation);
        }
    }
    let components = document.components.get_or_insert_with(Default::default);
    components.schemas.values_mut().for_each(allow_one_member);
    for (name, scheme) in [
        (
            CLIENT_SECRET,
            bearer("The client secret of one approval or enrolment, which the path names"),
        ),
        (BEARER_KEY, bearer("The API key of a partner's server")),
        (
            HEADER_KEY,
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                API_KEY.as_str(),
                "The API key of a partner's server. It takes precedence over `Authorization`.",
            ))),
        ),
    ] {
        components.add_security_scheme(name, scheme);
    }
    document
}

/// Forbids further members in the variants of an enum that are written as an object with one member.
fn allow_one_member(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(variants)) = schema else {
        return;
    };
    for variant in &mut variants.items {
        if let RefOr::T(Schema::Object(object)) = variant
            && object.properties.len() == 1
        {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

fn bearer(description: &str) -> SecurityScheme {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(description));
    SecurityScheme::Http(scheme.build())
}

/// The problems of a route that calls a provider. The document adds `provider-session-ended` to them.
pub(super) struct ProviderProblems;

impl IntoResponses for ProviderProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&PROVIDER_PROBLEMS)
    }
}

/// The problems of a call in an enrolment, whose number is limited.
pub(super) struct EnrolmentProblems;

impl IntoResponses for EnrolmentProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = ProviderProblems::responses();
        add(&mut responses, &ProblemCode::EnrolmentLimitReached);
        responses
    }
}

const PROVIDER_PROBLEMS: [ProblemCode; 3] = [
    ProblemCode::TooManyRequests,
    ProblemCode::ProviderError,
    ProblemCode::ProviderTimeout,
];

/// Adds the problems that follow from what a route takes: credentials, an idempotency key, a body.
fn add_problems(operation: &mut Operation) {
    let takes = |scheme: &str| {
        let requirement = SecurityRequirement::new(scheme, [""; 0]);
        operation.security.iter().flatten().any(|taken| *taken == requirement)
    };
    let is_widgets = takes(CLIENT_SECRET);
    let is_authenticated = is_widgets || takes(BEARER_KEY);
    let has_key = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Header),
        RefOr::Ref(_) => false,
    });
    let has_body = operation.request_body.is_some();
    let responses = &mut operation.responses.responses;
    let calls_provider = responses.contains_key(AppError::new(ProblemCode::ProviderTimeout).status().as_str());
    for (applies, codes) in [
        (is_authenticated, &[ProblemCode::Unauthorized][..]),
        (is_widgets, &[ProblemCode::OriginNotAllowed]),
        (
            has_key,
            &[
                ProblemCode::InvalidRequest,
                ProblemCode::IdempotencyKeyMissing,
                ProblemCode::RequestTimeout,
                ProblemCode::RequestInProgress,
                ProblemCode::PayloadTooLarge,
                ProblemCode::IdempotencyKeyReused,
            ],
        ),
        (
            has_body && is_authenticated,
            &[
                ProblemCode::InvalidRequest,
                ProblemCode::RequestTimeout,
                ProblemCode::PayloadTooLarge,
                ProblemCode::UnsupportedMediaType,
            ],
        ),
        (calls_provider, &[ProblemCode::ProviderSessionEnded]),
        (
            is_authenticated || has_body,
            &[ProblemCode::Internal, ProblemCode::ServiceUnavailable],
        ),
    ] {
        if applies {
            codes.iter().for_each(|code| add(responses, code));
        }
    }
}

fn responses(codes: &[ProblemCode]) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = BTreeMap::new();
    codes.iter().for_each(|code| add(&mut responses, code));
    responses
}

/// Adds a problem to those of its status, unless it is among them.
fn add(responses: &mut BTreeMap<String, RefOr<Response>>, code: &ProblemCode) {
    let problem = AppError::new(code.clone());
    let response = responses.entry(problem.status().as_str().to_owned());
    let response = response.or_insert_with(|| {
        let schema = Ref::from_schema_name(ProblemDocument::name());
        ResponseBuilder::new()
            .content("application/problem+json", Content::new(Some(schema)))
            .build()
            .into()
    });
    let RefOr::T(Response { description, .. }) = response else {
        return;
    };
    let name = format!("`{}`", code.as_str());
    if description.contains(&name) {
        return;
    }
    if !description.is_empty() {
        description.push_str("; ");
    }
    description.push_str(&format!("{name}: {}", problem.document().title));
}

pub(super) fn routes() -> Router<Backend> {
    Router::new().route("/openapi.json", get(async || Json(document())))
}
