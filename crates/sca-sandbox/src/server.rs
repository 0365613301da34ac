//! Starting and stopping the simulators.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::Request;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::kit::connection::{ConnectionReset, ResettableListener};
use crate::kit::webhooks;
use crate::state::SandboxState;
use crate::wise::keys::KeyError;
use crate::{bank, facesign, facetec, weavr, wise};

/// How long [`Sandbox::stop`] waits for calls in flight. A scripted `slow` can take longer.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The addresses to listen on. Loopback only; port 0 lets the system choose a free port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Wise, the bank, the FaceTec server and the control API.
    pub listen: SocketAddr,
    /// FaceSign's API.
    pub facesign_listen: SocketAddr,
    /// FaceSign's hosted pages. Another port is another origin to a browser.
    pub facesign_pages_listen: SocketAddr,
    /// Weavr's API and its simulator API.
    pub weavr_listen: SocketAddr,
    /// The phone on which Weavr's customers approve and reject.
    pub weavr_phone_listen: SocketAddr,
}

impl Default for Config {
    /// `127.0.0.1`, any free ports.
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: anywhere,
            facesign_listen: anywhere,
            facesign_pages_listen: anywhere,
            weavr_listen: anywhere,
            weavr_phone_listen: anywhere,
        }
    }
}

/// Why the simulators did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address can be reached from other machines. The simulators' secrets are public, so a loopback address is needed.
    NotLoopback(SocketAddr),
    /// The address cannot be bound; it is probably in use.
    Listen(SocketAddr, io::Error),
    /// OpenSSL could not generate the encryption key.
    Key(KeyError),
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => {
                write!(
                    formatter,
                    "{address} is not a loopback address: the simulator's secrets are public, use 127.0.0.1 or [::1]"
                )
            }
            Self::Listen(address, _) => write!(formatter, "cannot listen on {address}"),
            Self::Key(_) => formatter.write_str("cannot make the encryption key"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotLoopback(_) => None,
            Self::Listen(_, cause) => Some(cause),
            Self::Key(cause) => Some(cause),
        }
    }
}

/// All routes of the main listener: Wise's, the bank's, the FaceTec server's and the control API's. Only a running [`Sandbox`] sends
/// webhooks.
pub fn router(state: SandboxState) -> Router {
    let SandboxState {
        wise,
        facesign,
        weavr,
        bank,
        facetec,
    } = state;
    let unknown_path = wise.clone();
    Router::new()
        .route("/control/health", get(async || Json(json!({"status": "ok"}))))
        .merge(wise::router().merge(wise::control::router()).with_state(wise))
        .merge(bank::router().merge(bank::control::router()).with_state(bank))
        .merge(
            facetec::router()
                .merge(facetec::capture())
                .merge(facetec::control::router())
                .with_state(facetec),
        )
        .merge(facesign::control::router().with_state(facesign))
        .merge(weavr::control::router().with_state(weavr))
        .fallback(async move |request: Request| wise::unknown_path(&unknown_path, &request))
}

/// The running simulators. Dropping it stops them; [`stop`](Self::stop) also waits until they have stopped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    facesign: SocketAddr,
    facesign_pages: SocketAddr,
    weavr: SocketAddr,
    weavr_phone: SocketAddr,
    state: SandboxState,
    listeners: Vec<Listening>,
    senders: [AbortOnDrop; 2],
}

impl Sandbox {
    /// Starts the simulators with their seed data. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`StartError`]. An address that is not loopback is refused before anything is bound.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let addresses = [
            config.listen,
            config.facesign_listen,
            config.facesign_pages_listen,
            config.weavr_listen,
            config.weavr_phone_listen,
        ];
        for address in addresses {
            if !address.ip().is_loopback() {
                return Err(StartError::NotLoopback(address));
            }
        }
        let state = SandboxState::seeded().map_err(StartError::Key)?;
        let (listener, address) = bind(config.listen).await?;
        let (facesign_listener, facesign) = bind(config.facesign_listen).await?;
        let (pages_listener, facesign_pages) = bind(config.facesign_pages_listen).await?;
        let (weavr_listener, weavr) = bind(config.weavr_listen).await?;
        let (phone_listener, weavr_phone) = bind(config.weavr_phone_listen).await?;
        {
            let mut facesign_state = state.facesign.lock();
            facesign_state.api_url = format!("http://{facesign}");
            facesign_state.pages_url = format!("http://{facesign_pages}");
        }
        {
            let mut weavr_state = state.weavr.lock();
            weavr_state.api_url = format!("http://{weavr}");
            weavr_state.phone_url = format!("http://{weavr_phone}");
        }
        let api = facesign::router().merge(facesign::page::elsewhere());
        let pages = facesign::page::router();
        let listeners = vec![
            Listening::start(listener, router(state.clone())),
            Listening::start(facesign_listener, api.with_state(state.facesign.clone())),
            Listening::start(pages_listener, pages.with_state(state.facesign.clone())),
            Listening::start(weavr_listener, weavr::router().with_state(state.weavr.clone())),
            Listening::start(phone_listener, weavr::phone::router().with_state(state.weavr.clone())),
        ];
        let senders = [
            AbortOnDrop(tokio::spawn(webhooks::run(state.facesign.clone()))),
            AbortOnDrop(tokio::spawn(webhooks::run(state.weavr.clone()))),
        ];
        Ok(Self {
            address,
            facesign,
            facesign_pages,
            weavr,
            weavr_phone,
            state,
            listeners,
            senders,
        })
    }

    /// The address of the main listener, with the port the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of Wise, the bank and the control API: `http://` and the address, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of the partner's FaceTec server, without a slash at the end.
    pub fn facetec_url(&self) -> String {
        format!("{}/facetec", self.base_url())
    }

    /// The URL of FaceSign's API, without a slash at the end.
    pub fn facesign_url(&self) -> String {
        format!("http://{}", self.facesign)
    }

    /// The origin of FaceSign's hosted pages.
    pub fn facesign_pages_url(&self) -> String {
        format!("http://{}", self.facesign_pages)
    }

    /// The URL of Weavr's API, without a slash at the end. `/multi` and `/simulate/api` are below it.
    pub fn weavr_url(&self) -> String {
        format!("http://{}", self.weavr)
    }

    /// The origin of the phone page.
    pub fn weavr_phone_url(&self) -> String {
        format!("http://{}", self.weavr_phone)
    }

    /// Handles on the simulators, for another [`router`] on the same state.
    pub fn state(&self) -> SandboxState {
        self.state.clone()
    }

    /// Stops accepting connections and waits at most two seconds for calls in flight.
    pub async fn stop(self) {
        drop(self.senders);
        let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
        let mut listeners = self.listeners;
        for listening in &mut listeners {
            drop(listening.stop.take());
        }
        for mut listening in listeners {
            if tokio::time::timeout_at(deadline, &mut listening.server).await.is_err() {
                listening.server.abort();
            }
        }
    }
}

/// One listener that is being served. Dropping it stops it.
#[derive(Debug)]
struct Listening {
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
}

impl Listening {
    fn start(listener: TcpListener, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let service = router.into_make_service_with_connect_info::<ConnectionReset>();
        let server = tokio::spawn(async move {
            axum::serve(ResettableListener(listener), service)
                .with_graceful_shutdown(async move {
                    // An error means that the handle was dropped, which is a request to stop as well.
                    let _ = stopped.await;
                })
                .await
        });
        Self {
            stop: Some(stop),
            server,
        }
    }
}

/// A task that ends with its owner.
#[derive(Debug)]
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn bind(requested: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Listen(requested, cause);
    let listener = TcpListener::bind(requested).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
