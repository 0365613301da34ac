//! Weavr's part of the pipeline: the fault that is due, the API key, the bearer token, the rate limit, the idempotency
//! reference.

use axum::http::{HeaderMap, HeaderName, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::call::{ApiCall, CallContext, ReceivedCall};
use super::endpoint::{Details, Endpoint};
use super::errors::{WeavrErrors, conflict, too_many_requests};
use super::event::Event;
use super::operations;
use super::resource::Kind;
use super::seed::API_KEY;
use super::state::{IdempotencyKey, IdempotentResponse, Weavr, WeavrState};
use crate::kit::faults::EndpointFault;
use crate::kit::pipeline::{Api, ApiRecords, Arrival, bearer_token, either};
use crate::kit::response::ApiResponse;
use crate::kit::webhooks::{self, DueWebhook};

/// The API key of a programme that none of the customers belong to.
const OTHER_API_KEY: &str = "weavr_other_key";
/// What the simulator API wants in place of the API key.
const PROGRAMME_KEY: &str = "weavr_sandbox_programme";
const IDEMPOTENCY_HEADER: &str = "idempotency-ref";
/// How long a repeated `idempotency-ref` gets the same response.
const IDEMPOTENCY_MS: i64 = 24 * 60 * 60 * 1000;

impl Api for WeavrState {
    type Route = Endpoint;
    type Context = ();
    /// Webhooks that the response waits for.
    type BeforeResponse = Vec<DueWebhook<Event>>;
    type Fault = EndpointFault<Endpoint>;
    type Details = Details;
    type ErrorFormat = WeavrErrors;

    fn records(&mut self) -> &mut ApiRecords<Self::Fault, Details> {
        &mut self.records
    }

    fn arrive(&mut self, call: &ReceivedCall) -> Arrival<()> {
        let user = bearer_token(&call.headers)
            .and_then(|token| self.tokens.get(token))
            .map(|token| token.user.clone());
        let body = String::from_utf8_lossy(&call.body);
        let contains =
            |text: &str| user.as_deref() == Some(text) || call.uri.path().contains(text) || body.contains(text);
        let is_due = |fault: &Self::Fault| fault.is_due(|endpoint| endpoint.covers(call.route), contains);
        let details = Details {
            at: self.timeline.now_ms(),
            endpoint: call.route,
            subject: ["id", "challenge", "batch"]
                .into_iter()
                .find_map(|name| call.parameters.get(name).cloned()),
            idempotent: call.headers.contains_key(IDEMPOTENCY_HEADER),
            user: user.clone(),
        };
        Arrival::new(self.records.arrive(details, is_due), ())
    }

    fn perform(weavr: &Weavr, call: ReceivedCall, _sequence: u64) -> (ApiResponse, Self::BeforeResponse) {
        weavr
            .lock()
            .collect_before_response(|state| either(perform(state, call)))
    }

    async fn before_response(weavr: Weavr, due: Vec<DueWebhook<Event>>) {
        for webhook in due {
            webhooks::send(&weavr, webhook).await;
        }
    }

    fn error_format(&self) -> WeavrErrors {
        WeavrErrors
    }

    fn response_headers(_call: &HeaderMap) -> Vec<(HeaderName, String)> {
        let reference = Uuid::new_v4().simple().to_string();
        vec![(HeaderName::from_static("request-ref"), reference)]
    }
}

fn perform(state: &mut WeavrState, call: ReceivedCall) -> Result<ApiResponse, ApiResponse> {
    check_key(&call)?;
    let context = context(state, &call)?;
    let call = call.with_context(context);
    let key = call
        .header(IDEMPOTENCY_HEADER)
        .filter(|_| call.route.is_idempotent())
        .map(|reference| IdempotencyKey {
            user: call.context.user.clone(),
            endpoint: call.route,
            path: call.uri.path().to_owned(),
            reference: reference.to_owned(),
        });
    if let Some(repeated) = key.as_ref().and_then(|key| repeated(state, key, &call)) {
        return repeated;
    }
    let response = operations::perform(state, &call)?;
    if let Some(key) = key {
        let kept = IdempotentResponse {
            body: call.body,
            response: response.clone(),
            at_ms: state.timeline.now_ms(),
        };
        state.idempotent_responses.insert(key, kept);
    }
    Ok(response)
}

fn check_key(call: &ReceivedCall) -> Result<(), ApiResponse> {
    let (name, expected) = if call.route == Endpoint::Simulate {
        ("programme-key", PROGRAMME_KEY)
    } else {
        ("api-key", API_KEY)
    };
    let Some(key) = call.headers.get(name) else {
        let message = format!("Required request header '{name}' is not present");
        return Err(ApiResponse::json(StatusCode::BAD_REQUEST, &json!({"message": message})));
    };
    if key == expected {
        Ok(())
    } else if key == OTHER_API_KEY {
        Err(ApiResponse::json(
            StatusCode::FORBIDDEN,
            &json!({"errorCode": "INSUFFICIENT_PERMISSIONS"}),
        ))
    } else {
        Err(ApiResponse::empty(StatusCode::UNAUTHORIZED))
    }
}

/// Finds out whose token a call has, and whether it may be used. The login needs no token.
fn context(state: &mut WeavrState, call: &ReceivedCall) -> Result<CallContext, ApiResponse> {
    let kind = match call.uri.path().strip_prefix("/multi/") {
        Some(rest) if rest.starts_with("outgoing_wire_transfers") => Some(Kind::OutgoingWireTransfers),
        Some(rest) if rest.starts_with("sends") => Some(Kind::Sends),
        Some(_) | None => None,
    };
    let token = bearer_token(&call.headers).unwrap_or_default().to_owned();
    if call.route == Endpoint::Login {
        return Ok(CallContext {
            kind,
            user: String::new(),
            token,
            behaviour: state.default_behaviour,
            now: state.timeline.now_ms(),
        });
    }
    let unauthorized = || ApiResponse::empty(StatusCode::UNAUTHORIZED);
    let user = state.tokens.get(&token).map(|token| token.user.clone());
    let user = user.ok_or_else(unauthorized)?;
    let (now, behaviour) = (state.now_of(&user), state.behaviour_of(&user));
    if !state.tokens.touch(&token, now, behaviour.idle_seconds) {
        return Err(unauthorized());
    }
    let customer = state.customers.get_mut(&user).ok_or_else(unauthorized)?;
    if let Some(wait_seconds) = customer.rate_limit.exceeded_for(now, behaviour.requests_per_minute) {
        return Err(too_many_requests(wait_seconds));
    }
    Ok(CallContext {
        kind,
        user,
        token,
        behaviour,
        now,
    })
}

/// The response to a call with the same idempotency reference, or a refusal when its body differs.
fn repeated(state: &WeavrState, key: &IdempotencyKey, call: &ApiCall) -> Option<Result<ApiResponse, ApiResponse>> {
    let kept = state.idempotent_responses.get(key)?;
    if state.timeline.now_ms().saturating_sub(kept.at_ms) > IDEMPOTENCY_MS {
        None
    } else if kept.body == call.body {
        Some(Ok(kept.response.clone()))
    } else {
        Some(Err(conflict("IDEMPOTENCY_REF_ALREADY_USED")))
    }
}
