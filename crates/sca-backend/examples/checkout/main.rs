//! A partner's checkout: the shop's own API, the widget's routes under `/sca`, and the pages.
//!
//! The shop calls Wise through the [`Gate`]. If Wise requires the customer's approval, the gate answers 403 with an approval, and the
//! shop passes that answer on. The page mounts the widget. Once the customer has approved, the page repeats the call with
//! `x-sca-approval`. A wire is held: once the customer has passed FaceSign's check, the backend sends `transfer.execute` to the bank,
//! and the page polls the bank's state. Payments through Weavr are created first. Weavr executes them once the customer has confirmed
//! them. The "Security" page begins an enrolment, with an approval of the customer's own.
//!
//! The widget's routes are also on a second listener, with the frame of isolated mode: `www/isolated.html` shows the widget in it.
//!
//! A page that is reloaded asks the shop for the customer's open approvals, and goes on with each.
//!
//! ```text
//! cargo run -p sca-sandbox -- --listen 127.0.0.1:4010 --facesign-listen 127.0.0.1:4011 --facesign-pages-listen 127.0.0.1:4012 \
//!     --weavr-listen 127.0.0.1:4013 --weavr-phone-listen 127.0.0.1:4014
//! cargo run -p sca-backend --example checkout -- --listen 127.0.0.1:4020 --wise http://127.0.0.1:4010 \
//!     --facesign http://127.0.0.1:4011 --facesign-frame-origin http://127.0.0.1:4012 \
//!     --weavr http://127.0.0.1:4013 --weavr-phone http://127.0.0.1:4014 --www www --pkg pkg
//! ```

mod account;
mod bank;
mod open_approvals;
mod pages;
mod payments;
mod problems;
mod security;
mod shop;
mod test_controls;
mod weavr;
mod wires;

use std::{error::Error, io::Write, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderValue, header},
};
use clap::Parser;
use sca_backend::{
    config::{
        Config, ExemptionConfig, FaceSignConfig, FaceTecConfig, IsolatedConfig, PartnerWebhookConfig, PhoneConfig,
        TransfersConfig, WeavrConfig, WiseConfig,
    },
    gate::Gate,
    routes, server,
};
use sca_core::secret::Secret;
use sca_facesign::config::Environment;
use sca_protocol::Currency;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing_subscriber::EnvFilter;

use crate::{bank::Bank, shop::Shop, test_controls::MovedClock, weavr::Weavr};

/// The demo's partner.
#[derive(Debug, Parser)]
struct Arguments {
    /// The address to listen at; port 0 selects a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The base URL of the simulated Wise.
    #[arg(long)]
    wise: String,
    /// The generation of Wise's paths: v1, v2, or a calendar version such as 2026Q3.
    #[arg(long, default_value = "v1")]
    paths: String,
    /// The address of isolated mode's frame, an origin of its own.
    #[arg(long, default_value = "127.0.0.1:0")]
    isolated_listen: SocketAddr,
    /// The origin of pages that may show that frame; the checkout's own if absent. Repeat it for several.
    #[arg(long)]
    isolated_parent: Vec<String>,
    /// The pages.
    #[arg(long, default_value = "www")]
    www: PathBuf,
    /// The widget's package, served under /pkg.
    #[arg(long, default_value = "pkg")]
    pkg: PathBuf,
    /// How long an approval stays open: `15m`.
    #[arg(long, default_value = "15m", value_parser = duration)]
    approval_lifetime: Duration,
    /// How long a customer has to wait between two codes on one channel.
    #[arg(long, default_value = "30s", value_parser = duration)]
    resend_after: Duration,
    /// The total number of challenges, for a provider that reports them one at a time.
    #[arg(long)]
    expected_steps: Option<u8>,
    /// The deadline of a call to a provider.
    #[arg(long, default_value = "10s", value_parser = duration)]
    provider_timeout: Duration,
    /// The base URL of FaceSign's API. If absent, there are no wires.
    #[arg(long, requires = "facesign_frame_origin")]
    facesign: Option<String>,
    /// The origin of FaceSign's pages.
    #[arg(long)]
    facesign_frame_origin: Option<String>,
    /// How long after the last webhook a session is polled.
    #[arg(long, default_value = "15s", value_parser = duration)]
    facesign_poll_interval: Duration,
    /// How long to wait for analyses.
    #[arg(long, default_value = "5m", value_parser = duration)]
    facesign_analyses_wait: Duration,
    /// Does not register for FaceSign's webhooks at the sandbox, which sends them to one shop only.
    #[arg(long)]
    no_facesign_webhook: bool,
    /// The base URL of Weavr's API, without the prefix of its paths. If absent, there are no payments through Weavr.
    #[arg(long, requires = "weavr_phone")]
    weavr: Option<String>,
    /// The base URL of the simulated phones of Weavr's customers.
    #[arg(long)]
    weavr_phone: Option<String>,
    /// Confirms payments one at a time, at Weavr's deprecated endpoints.
    #[arg(long)]
    weavr_deprecated: bool,
    /// How long a customer has to wait between two codes of Weavr's.
    #[arg(long, default_value = "15s", value_parser = duration)]
    weavr_resend_after: Duration,
    /// How long Weavr accepts a code.
    #[arg(long, default_value = "5m", value_parser = duration)]
    weavr_code_lifetime: Duration,
    /// How long a push request on the phone can be answered.
    #[arg(long, default_value = "5m", value_parser = duration)]
    weavr_request_lifetime: Duration,
    /// How long after the last webhook Weavr is polled.
    #[arg(long, default_value = "5s", value_parser = duration)]
    weavr_poll_interval: Duration,
    /// Does not register for Weavr's webhooks at the sandbox, which sends them to one shop only.
    #[arg(long)]
    no_weavr_webhook: bool,
    /// Enables the test routes: tests move the clock, and confirm payments that they have created themselves.
    #[arg(long)]
    test_controls: bool,
}

/// Reads a duration as the backend's configuration does: `500ms`, `30s`, `15m`.
fn duration(text: &str) -> Result<Duration, jiff::Error> {
    Duration::try_from(text.parse::<jiff::SignedDuration>()?)
}

/// The signing secret of the sandbox's bank.
const BANK_SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";
/// What the sandbox's bank knows the backend by when it verifies phone numbers.
const PHONE_SECRET: &str = "sandbox-phone-verification-secret";
/// The webhook signing secret and the API key at the simulated FaceSign.
const FACESIGN_WEBHOOK_SECRET: &str = "whsec_sandbox";
const FACESIGN_KEY: &str = "sk_test_sandbox";
/// The device key of the sandbox's FaceTec server.
const FACETEC_KEY: &str = "sandbox-device-key";
/// The programme's API key at the simulated Weavr, which signs webhooks, too.
const WEAVR_KEY: &str = "weavr_sandbox_key";

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
        low_risk_calls: Vec::new(),
        connect_timeout: Duration::from_secs(3),
        timeout: arguments.provider_timeout,
    });
    config.partner_webhook = Some(PartnerWebhookConfig {
        url: format!("{}/bank/notices", arguments.wise),
        secrets: vec![Secret::new(BANK_SECRET.into())],
        timeout: Duration::from_secs(5),
    });
    let codes = format!("{}/bank/phone-codes", arguments.wise);
    let mut phone = PhoneConfig::new(
        codes.clone(),
        format!("{codes}/check"),
        Secret::new(PHONE_SECRET.into()),
    );
    phone.resend_after = arguments.resend_after;
    config.phone = Some(phone);
    let facetec = format!("{}/facetec", arguments.wise);
    config.facetec = Some(FaceTecConfig::new(facetec, Secret::new(FACETEC_KEY.into())));
    config.approval_lifetime = arguments.approval_lifetime;
    config.resend_after = arguments.resend_after;
    let frame_origin = arguments.facesign_frame_origin.clone();
    let bank = match (&arguments.facesign, &frame_origin) {
        (Some(facesign), Some(origin)) => Some(hold_wires(&mut config, &arguments, facesign, origin)?),
        (None, _) | (_, None) => None,
    };
    let weavr = match (&arguments.weavr, &arguments.weavr_phone) {
        (Some(weavr), Some(phone)) => Some(pay_through_weavr(&mut config, &arguments, weavr, phone)?),
        (None, _) | (_, None) => None,
    };
    let listener = TcpListener::bind(arguments.listen).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let isolated = TcpListener::bind(arguments.isolated_listen).await?;
    let isolated_origin = format!("http://{}", isolated.local_addr()?);
    let parents = if arguments.isolated_parent.is_empty() {
        vec![address.clone()]
    } else {
        arguments.isolated_parent.clone()
    };
    config.isolated = Some(IsolatedConfig::new(parents, &arguments.pkg));
    let moved = arguments.test_controls.then(|| Arc::new(MovedClock::default()));
    let backend = match &moved {
        Some(clock) => config.backend_with(clock.clone()).await?,
        None => config.backend().await?,
    };
    if bank.is_some() && !arguments.no_facesign_webhook {
        let setting = json!({"url": format!("{address}/webhooks/facesign"), "secret": FACESIGN_WEBHOOK_SECRET});
        set_at_sandbox(&arguments.wise, "facesign/webhook", &setting).await?;
    }
    if weavr.is_some() && !arguments.no_weavr_webhook {
        let setting = json!({"url": format!("{address}/webhooks/weavr"), "key": WEAVR_KEY});
        set_at_sandbox(&arguments.wise, "weavr/webhooks", &setting).await?;
    }
    let shop = Shop {
        gate: Gate::new(backend.clone(), "checkout"),
        backend: backend.clone(),
        paths: arguments.paths.parse()?,
        sandbox: arguments.wise,
        bank,
        weavr,
        sessions: Arc::default(),
        approvals: Arc::default(),
        enrolments: Arc::default(),
        has_test_controls: arguments.test_controls,
    };
    let mut routes = pages::routes(
        &arguments.www,
        &arguments.pkg,
        frame_origin.as_deref(),
        &isolated_origin,
    )?
    .merge(shop_routes(shop))
    .nest("/sca", routes::widget_router(backend.clone()));
    if let Some(clock) = moved {
        routes = routes.merge(test_controls::routes(clock, backend.clone()));
    }
    let stop = server::asked_to_stop()?;
    let frame = Router::new().nest("/sca", routes::isolated_router(backend.clone()));
    let stopped = backend.stopping().clone();
    let frame_connections = backend.settings().connections;
    tokio::spawn(async move { server::serve_routes(isolated, frame, frame_connections, stopped.cancelled()).await });
    writeln!(std::io::stdout(), "isolated on {isolated_origin}")?;
    writeln!(std::io::stdout(), "listening on {address}")?;
    server::serve(listener, routes, backend, stop).await;
    Ok(())
}

/// The shop's own API.
fn shop_routes(shop: Shop) -> Router {
    account::routes()
        .into_iter()
        .chain(open_approvals::routes())
        .chain(wires::routes())
        .chain(payments::routes())
        .chain(security::routes())
        .fold(Router::new(), |router, (path, route)| router.route(path, route))
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .with_state(shop)
}

/// Configures wires: held above an amount, checked by FaceSign, executed by the sandbox's bank.
fn hold_wires(
    config: &mut Config,
    arguments: &Arguments,
    facesign: &str,
    frame_origin: &str,
) -> Result<Bank, Box<dyn Error>> {
    let transfers = TransfersConfig {
        execute_url: format!("{}/bank/wires", arguments.wise),
        secrets: vec![Secret::new(BANK_SECRET.into())],
        timeout: Duration::from_secs(5),
    };
    let bank = Bank::new(arguments.wise.clone(), &transfers, frame_origin.to_owned())?;
    config.transfers = Some(transfers);
    config.exemptions = vec![ExemptionConfig {
        currency: Currency::new("USD").ok_or("USD is a currency")?,
        up_to: wires::EXEMPT_UP_TO,
        regions: Vec::new(),
    }];
    config.facesign = Some(FaceSignConfig {
        base: facesign.to_owned(),
        environment: Environment::Sandbox,
        api_key: Secret::new(FACESIGN_KEY.into()),
        webhook_secrets: vec![Secret::new(FACESIGN_WEBHOOK_SECRET.into())],
        frame_origins: vec![frame_origin.to_owned()],
        video_analysis: true,
        deepfake_analysis: false,
        analyses_wait: arguments.facesign_analyses_wait,
        poll_interval: arguments.facesign_poll_interval,
        sessions: 3,
        connect_timeout: Duration::from_secs(3),
        timeout: arguments.provider_timeout,
    });
    Ok(bank)
}

/// Configures payments through Weavr.
fn pay_through_weavr(
    config: &mut Config,
    arguments: &Arguments,
    weavr: &str,
    phone: &str,
) -> Result<Weavr, Box<dyn Error>> {
    let base = format!("{weavr}/multi");
    let key = || Secret::new(WEAVR_KEY.into());
    config.weavr = Some(WeavrConfig {
        base: base.clone(),
        api_key: key(),
        webhook_keys: Vec::new(),
        deprecated_endpoints: arguments.weavr_deprecated,
        connect_timeout: Duration::from_secs(3),
        timeout: arguments.provider_timeout,
        resend_after: arguments.weavr_resend_after,
        code_lifetime: arguments.weavr_code_lifetime,
        request_lifetime: arguments.weavr_request_lifetime,
        poll_interval: arguments.weavr_poll_interval,
    });
    Weavr::new(base, key(), phone.to_owned(), arguments.wise.clone())
}

/// Sets the address of webhooks at the sandbox. At the real providers, the account's settings have a form for it.
async fn set_at_sandbox(sandbox: &str, path: &str, setting: &Value) -> Result<(), Box<dyn Error>> {
    let answer = reqwest::Client::new()
        .put(format!("{sandbox}/control/{path}"))
        .header("content-type", "application/json")
        .body(setting.to_string())
        .send()
        .await?;
    answer.error_for_status()?;
    Ok(())
}
