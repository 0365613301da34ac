//! The HTTP API. Each route parses its request, calls [`service`](crate::service), and writes the response.

mod caller;
mod confirmations;
mod cors;
mod enrolment;
mod enrolments;
mod events;
mod factors;
mod health;
mod inbound_webhooks;
mod input;
mod isolated;
mod layers;
mod openapi;
mod partner;
mod sca_sessions;
mod transfers;
mod unread_body;
mod widget;

use axum::{Router, middleware};
use sca_protocol::api::ProblemCode;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use caller::{GatePartner, bearer};
pub use confirmations::{
    ConfirmationDecision, ConfirmationHeld, ConfirmationRequest, PayeeBatchRequest, StepUpRequest,
};
pub use enrolments::{BegunEnrolmentResponse, EnrolmentAuthorization, EnrolmentRequest};
pub use factors::{FactorCode, FactorOutcome, FactorRequest, FactorStatus, Factors, FactorsRequest};
pub use inbound_webhooks::receive_webhook;
pub(crate) use input::read as read_body;
pub use openapi::document;
pub use partner::{CreateApprovalRequest, CreatedApproval, PartnerApproval};
pub use sca_sessions::ScaSessionRequest;
pub use transfers::{HeldTransfer, HoldDecision, TransferAmount, TransferHoldRequest, TransferHoldResponse};

use crate::{gate, problem::AppError, service::Backend};

/// All routes: the widget's, the partner's, the providers' webhooks, the gate, health checks, metrics and the OpenAPI document.
pub fn router(backend: Backend) -> Router {
    let (health, _) = health_routes().split_for_parts();
    finish(public(&backend).merge(health), backend)
}

/// All routes but health checks and metrics, for when those have a listener of their own.
pub fn public_router(backend: Backend) -> Router {
    finish(public(&backend), backend)
}

fn public(backend: &Backend) -> Router<Backend> {
    let (partner, _) = partner_routes().split_for_parts();
    widget(backend)
        .merge(partner)
        .merge(gate::routes())
        .merge(openapi::routes())
        .merge(isolated::routes(backend))
}

/// The widget's routes alone, for a partner's server that uses the rest as a library.
pub fn widget_router(backend: Backend) -> Router {
    finish(widget(&backend), backend)
}

/// The widget's routes and the frame of isolated mode, for an origin of their own. Without the setting there is no frame.
pub fn isolated_router(backend: Backend) -> Router {
    finish(widget(&backend).merge(isolated::routes(&backend)), backend)
}

/// Health checks and metrics alone, for a listener of their own.
pub fn admin_router(backend: Backend) -> Router {
    let (routes, _) = health_routes().split_for_parts();
    finish(routes, backend)
}

/// All routes of the OpenAPI document.
fn described() -> OpenApiRouter<Backend> {
    OpenApiRouter::new()
        .merge(widget_routes())
        .merge(partner_routes())
        .merge(health_routes())
}

fn widget_routes() -> OpenApiRouter<Backend> {
    OpenApiRouter::new()
        .routes(routes!(widget::approval))
        .routes(routes!(events::events))
        .routes(routes!(widget::start))
        .routes(routes!(widget::verify))
        .routes(routes!(widget::face_session))
        .routes(routes!(widget::verify_face))
        .routes(routes!(widget::cancel))
        .routes(routes!(widget::deny))
        .routes(routes!(widget::encryption_key))
        .routes(routes!(enrolment::enrolment))
        .routes(routes!(enrolment::encryption_key))
        .routes(routes!(enrolment::set_pin))
        .routes(routes!(enrolment::change_pin))
        .routes(routes!(enrolment::remove_pin))
        .routes(routes!(enrolment::enrol_device))
        .routes(routes!(enrolment::record_device))
        .routes(routes!(enrolment::remove_device))
        .routes(routes!(enrolment::send_phone_code))
        .routes(routes!(enrolment::register_phone))
        .routes(routes!(enrolment::replace_phone))
        .routes(routes!(enrolment::remove_phone))
        .routes(routes!(enrolment::face_session))
        .routes(routes!(enrolment::enrol_face))
        .routes(routes!(enrolment::remove_face))
        .routes(routes!(enrolment::end))
}

/// The widget's routes, for pages of allowed origins.
fn widget(backend: &Backend) -> Router<Backend> {
    let (routes, _) = widget_routes().split_for_parts();
    routes
        .method_not_allowed_fallback(async || AppError::new(ProblemCode::MethodNotAllowed))
        .layer(cors::layer(backend))
        .layer(middleware::from_fn_with_state(
            backend.clone(),
            cors::refuse_other_origins,
        ))
}

fn partner_routes() -> OpenApiRouter<Backend> {
    OpenApiRouter::new()
        .routes(routes!(partner::create))
        .routes(routes!(partner::read))
        .routes(routes!(transfers::hold))
        .routes(routes!(transfers::read))
        .routes(routes!(confirmations::confirm))
        .routes(routes!(confirmations::step_up))
        .routes(routes!(confirmations::trust_payees))
        .routes(routes!(sca_sessions::open))
        .routes(routes!(enrolments::begin))
        .routes(routes!(enrolments::read))
        .routes(routes!(factors::list))
        .routes(routes!(factors::enrol))
        .routes(routes!(factors::verify))
        .routes(routes!(factors::unlink))
        .routes(routes!(inbound_webhooks::receive))
        .routes(routes!(inbound_webhooks::receive_at_path))
}

fn health_routes() -> OpenApiRouter<Backend> {
    OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

fn finish(routes: Router<Backend>, backend: Backend) -> Router {
    let routes = routes
        .fallback(async || AppError::new(ProblemCode::NotFound))
        .method_not_allowed_fallback(async || AppError::new(ProblemCode::MethodNotAllowed));
    layers::wrap(routes, &backend).with_state(backend)
}
