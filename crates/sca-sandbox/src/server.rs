//! Starting and stopping the simulator.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::connection::{CutOff, CuttableListener};
use crate::state::SandboxState;
use crate::wise::keys::KeyError;
use crate::{bank, control, facesign, weavr, wise};

/// How long calls in flight may take to finish once the simulator was told to stop. A scripted "slow" can be longer than
/// anyone wants to wait.
const GRACE: Duration = Duration::from_secs(2);

/// Where to listen. Loopback addresses only; port 0 lets the system choose a free one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Wise, the bank and the control API.
    pub listen: SocketAddr,
    /// FaceSign's API.
    pub facesign_listen: SocketAddr,
    /// FaceSign's hosted pages: another port is another origin to a browser.
    pub facesign_pages_listen: SocketAddr,
    /// Weavr's API and its simulator API.
    pub weavr_listen: SocketAddr,
    /// The phone on which a customer of Weavr approves and rejects.
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

/// Why the simulator did not start. In each case the move is that of the person who starts it.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address can be reached from other machines. The simulator has well-known secrets: choose a loopback address.
    NotLoopback(SocketAddr),
    /// The address cannot be listened on; it is probably taken.
    Listen(SocketAddr, io::Error),
    /// OpenSSL could not make the encryption key.
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

/// All routes of the main listener: Wise's, the bank's and the control API's. Events are sent by a running [`Sandbox`] only.
pub fn router(state: SandboxState) -> Router {
    wise::routes::router()
        .merge(bank::router())
        .merge(control::router())
        .fallback(|State(state): State<SandboxState>, request: Request| async move {
            wise::door::unknown_path(&state, &request)
        })
        .with_state(state)
}

/// A running simulator. Dropping it stops it; [`stop`](Self::stop) also waits until it has.
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
    /// Starts a simulator with its own seeded world. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`StartError`]; an address that is not loopback is refused before anything is bound.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let wanted = [
            config.listen,
            config.facesign_listen,
            config.facesign_pages_listen,
            config.weavr_listen,
            config.weavr_phone_listen,
        ];
        for address in wanted {
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
            let mut facesign_world = state.facesign();
            facesign_world.api_url = format!("http://{facesign}");
            facesign_world.pages_url = format!("http://{facesign_pages}");
        }
        {
            let mut weavr_world = state.weavr();
            weavr_world.api_url = format!("http://{weavr}");
            weavr_world.phone_url = format!("http://{weavr_phone}");
        }
        let api = facesign::api::router().merge(facesign::page::elsewhere());
        let pages = facesign::page::router();
        let listeners = vec![
            Listening::start(listener, router(state.clone())),
            Listening::start(facesign_listener, api.with_state(state.clone())),
            Listening::start(pages_listener, pages.with_state(state.clone())),
            Listening::start(weavr_listener, weavr::routes::router().with_state(state.clone())),
            Listening::start(phone_listener, weavr::phone::router().with_state(state.clone())),
        ];
        let senders = [
            AbortOnDrop(tokio::spawn(facesign::sender::run(state.clone()))),
            AbortOnDrop(tokio::spawn(weavr::sender::run(state.clone()))),
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

    /// Where Wise, the bank and the control API are: `http://` and the address, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where FaceSign's API is, without a slash at the end.
    pub fn facesign_url(&self) -> String {
        format!("http://{}", self.facesign)
    }

    /// The origin of FaceSign's hosted pages.
    pub fn facesign_pages_url(&self) -> String {
        format!("http://{}", self.facesign_pages)
    }

    /// Where Weavr's API is, without a slash at the end: `/multi` and `/simulate/api` come behind it.
    pub fn weavr_url(&self) -> String {
        format!("http://{}", self.weavr)
    }

    /// The origin of the phone page.
    pub fn weavr_phone_url(&self) -> String {
        format!("http://{}", self.weavr_phone)
    }

    /// The simulated world, for another [`router`] on the same data.
    pub fn state(&self) -> SandboxState {
        self.state.clone()
    }

    /// Stops accepting, lets calls in flight finish for at most two seconds, then ends.
    pub async fn stop(self) {
        drop(self.senders);
        let deadline = Instant::now() + GRACE;
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

/// One listener that is being served. Dropping it tells it to stop.
#[derive(Debug)]
struct Listening {
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
}

impl Listening {
    fn start(listener: TcpListener, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let service = router.into_make_service_with_connect_info::<CutOff>();
        let server = tokio::spawn(async move {
            axum::serve(CuttableListener(listener), service)
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

async fn bind(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Listen(wanted, cause);
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
