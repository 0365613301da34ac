//! A partner's checkout, in one file: the shop's own API, the widget's routes under `/sca`, and the pages.
//!
//! The shop calls Wise through the [`Gate`]. When Wise wants the customer's approval, the gate's answer, a 403 with an
//! approval, goes to the page as it is; the page shows the widget, and once the customer has approved it makes the same call
//! again with `x-sca-approval`.
//!
//! ```text
//! cargo run -p sca-sandbox -- --listen 127.0.0.1:4010
//! cargo run -p sca-backend --example checkout -- --listen 127.0.0.1:4020 --wise http://127.0.0.1:4010 --www www --pkg pkg
//! ```

use std::{
    collections::HashMap,
    error::Error,
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use clap::Parser;
use sca_backend::{
    config::{Config, WiseConfig},
    gate::{Gate, GateRequest},
    problem::AppError,
    provider::wise::{describe::Describable, paths::PathGeneration},
    routes,
    secret::Secret,
    server,
    service::Backend,
};
use sca_protocol::{Action, wire::ProblemCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};
use tracing_subscriber::EnvFilter;

/// The demo's partner.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The sandbox, which stands for Wise.
    #[arg(long)]
    wise: String,
    /// Which generation of Wise's paths: v1, v2, or a calendar version such as 2026Q3.
    #[arg(long, default_value = "v1")]
    paths: String,
    /// The pages.
    #[arg(long, default_value = "www")]
    www: PathBuf,
    /// The widget's package, served under /pkg.
    #[arg(long, default_value = "pkg")]
    pkg: PathBuf,
    /// For how many seconds an approval lives.
    #[arg(long, default_value_t = 900)]
    approval_lifetime: u64,
    /// For how many seconds after a code none can be asked for on the same channel.
    #[arg(long, default_value_t = 30)]
    resend_after: u64,
    /// How many steps there are, for a provider that names them one at a time.
    #[arg(long)]
    expected_steps: Option<u8>,
    /// How many milliseconds a call to Wise may take.
    #[arg(long, default_value_t = 10_000)]
    provider_timeout: u64,
}

/// The strictest policy that a page with a WebAssembly module can have.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    connect-src 'self'; img-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const SESSION: HeaderName = HeaderName::from_static("x-demo-session");
const APPROVAL: HeaderName = HeaderName::from_static("x-sca-approval");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let mut config = Config::new(WiseConfig {
        base: arguments.wise.clone(),
        paths: arguments.paths.clone(),
        client_id: "sandbox-client".into(),
        client_secret: Secret::new("sandbox-client-secret".into()),
        expected_steps: arguments.expected_steps,
        connect_timeout: 3_000,
        timeout: arguments.provider_timeout,
    });
    config.approval_lifetime = arguments.approval_lifetime;
    config.resend_after = arguments.resend_after;
    let backend = config.backend().await?;
    let shop = Shop {
        gate: Gate::new(backend.clone(), "checkout"),
        backend: backend.clone(),
        paths: arguments.paths.parse()?,
        sandbox: arguments.wise,
        sessions: Arc::default(),
    };
    let listener = TcpListener::bind(arguments.listen).await?;
    let routes = pages(&arguments.www, &arguments.pkg)
        .merge(shop.routes())
        .nest("/sca", routes::widget_router(backend.clone()));
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    server::serve(listener, routes, backend, server::asked_to_stop()).await;
    Ok(())
}

fn pages(www: &PathBuf, pkg: &PathBuf) -> Router {
    let header = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .nest_service("/pkg", ServeDir::new(pkg))
        .fallback_service(ServeDir::new(www))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-cache"))
}

#[derive(Clone)]
struct Shop {
    gate: Gate,
    backend: Backend,
    paths: PathGeneration,
    sandbox: String,
    sessions: Arc<Mutex<HashMap<String, Customer>>>,
}

/// Who is signed in at the shop. A real shop has a login and keeps Wise's tokens of its own customers.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    access_token: Secret,
    profile_id: u64,
    balance_id: u64,
    currency: String,
    transfer_ids: Vec<u64>,
}

#[derive(Deserialize)]
struct Period {
    from: String,
    to: String,
}

impl Shop {
    fn routes(self) -> Router {
        Router::new()
            .route("/api/demo/customer", post(new_customer))
            .route("/api/statement", get(statement))
            .route("/api/transfers", get(transfers))
            .route("/api/transfers/{id}/fund", post(fund))
            .layer(SetResponseHeaderLayer::overriding(
                header::CACHE_CONTROL,
                HeaderValue::from_static("no-store"),
            ))
            .with_state(self)
    }

    fn customer(&self, headers: &HeaderMap) -> Result<Customer, AppError> {
        let session = headers.get(SESSION).and_then(|value| value.to_str().ok());
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let customer = session.and_then(|session| sessions.get(session).cloned());
        customer.ok_or_else(|| AppError::new(ProblemCode::Unauthorised))
    }

    /// Calls Wise on the customer's behalf. What comes back, an approval that is needed included, is for the page.
    async fn call(&self, request: GateRequest, headers: &HeaderMap) -> Response {
        let approval = headers.get(APPROVAL).and_then(|value| value.to_str().ok());
        self.gate
            .send(request.approval(approval.map(str::to_owned)))
            .await
            .map_or_else(IntoResponse::into_response, IntoResponse::into_response)
    }

    /// The start of Wise's paths.
    fn version(&self, legacy: &str) -> String {
        match &self.paths {
            PathGeneration::V1 | PathGeneration::V2 => legacy.into(),
            calendar @ PathGeneration::Calendar(_) => calendar.to_string(),
        }
    }
}

/// "Show my statement".
async fn statement(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Query(period): Query<Period>,
) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    if !is_day(&period.from) || !is_day(&period.to) {
        return Err(AppError::new(ProblemCode::Malformed));
    }
    let path = format!(
        "/{}/profiles/{}/balance-statements/{}/statement.json?currency={}&intervalStart={}T00:00:00.000Z\
         &intervalEnd={}T23:59:59.999Z",
        shop.version("v1"),
        customer.profile_id,
        customer.balance_id,
        customer.currency,
        period.from,
        period.to
    );
    let request = GateRequest::new(Method::GET, path, customer.access_token);
    Ok(shop.call(request, &headers).await)
}

/// "Send a transfer".
async fn fund(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<u64>) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    if !customer.transfer_ids.contains(&id) {
        return Err(AppError::new(ProblemCode::NotFound));
    }
    let path = format!(
        "/{}/profiles/{}/transfers/{id}/payments",
        shop.version("v3"),
        customer.profile_id
    );
    let request = GateRequest::new(Method::POST, path, customer.access_token).json(r#"{"type":"BALANCE"}"#);
    Ok(shop.call(request, &headers).await)
}

/// The transfers that can be sent.
async fn transfers(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Vec<Value>>, AppError> {
    let customer = shop.customer(&headers)?;
    let mut list = Vec::new();
    for id in &customer.transfer_ids {
        let transfer = Describable::Transfer {
            transfer: id.to_string(),
        };
        let Action::Payments(payments) = shop.backend.wise().describe(&transfer, &customer.access_token).await? else {
            continue;
        };
        list.extend(payments.as_slice().iter().map(|payment| {
            json!({
                "id": id,
                "payee": payment.payee,
                "amount": {"value": payment.amount.minor(), "currency": payment.amount.currency()},
                "reference": payment.reference,
            })
        }));
    }
    Ok(Json(list))
}

/// Makes a customer in the sandbox who is nobody else's, and signs them in.
async fn new_customer(State(shop): State<Shop>, body: Bytes) -> Result<Response, AppError> {
    let failed = |error: Box<dyn Error + Send + Sync>| AppError::new(ProblemCode::ProviderUnusable).because(error);
    let answer = reqwest::Client::new()
        .post(format!("{}/control/customers", shop.sandbox))
        .header(header::CONTENT_TYPE, "application/json")
        .body(if body.is_empty() {
            Bytes::from_static(b"{}")
        } else {
            body
        })
        .send()
        .await
        .map_err(|error| failed(error.into()))?;
    let status = answer.status();
    let text = answer.bytes().await.map_err(|error| failed(error.into()))?;
    if status != StatusCode::CREATED {
        // The sandbox says what is wrong with the body.
        return Ok((status, [(header::CONTENT_TYPE, "application/json")], text).into_response());
    }
    let customer: Customer = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
    let mut shown: Value = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
    // The customer's token stays here: no page has any use for it.
    if let Some(members) = shown.as_object_mut() {
        members.remove("accessToken");
    }
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|_| AppError::new(ProblemCode::Internal))?;
    let session = Base64UrlUnpadded::encode_string(&random);
    shop.sessions
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(session.clone(), customer);
    let answer = json!({"session": session, "customer": shown});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `2026-01-31`.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
