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

use crate::connection::{CutOff, CuttableListener};
use crate::state::SandboxState;
use crate::wise::keys::KeyError;
use crate::{control, wise};

/// How long calls in flight may take to finish once the simulator was told to stop. A scripted "slow" can be longer than
/// anyone wants to wait.
const GRACE: Duration = Duration::from_secs(2);

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// A loopback address; port 0 lets the system choose a free one.
    pub listen: SocketAddr,
}

impl Default for Config {
    /// `127.0.0.1`, any free port.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
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

/// All routes of the simulator: the providers' and the control API's.
pub fn router(state: SandboxState) -> Router {
    wise::routes::router()
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
    state: SandboxState,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
}

impl Sandbox {
    /// Starts a simulator with its own seeded world. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// See [`StartError`]; an address that is not loopback is refused before anything is bound.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if !config.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.listen));
        }
        let state = SandboxState::seeded().map_err(StartError::Key)?;
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|cause| StartError::Listen(config.listen, cause))?;
        let address = listener
            .local_addr()
            .map_err(|cause| StartError::Listen(config.listen, cause))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let service = router(state.clone()).into_make_service_with_connect_info::<CutOff>();
        let server = tokio::spawn(async move {
            axum::serve(CuttableListener(listener), service)
                .with_graceful_shutdown(async move {
                    // An error means that the handle was dropped, which is a request to stop as well.
                    let _ = stopped.await;
                })
                .await
        });
        Ok(Self {
            address,
            state,
            stop: Some(stop),
            server,
        })
    }

    /// The address it listens on, with the port the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://` and the address, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The simulated world, for another [`router`] on the same data.
    pub fn state(&self) -> SandboxState {
        self.state.clone()
    }

    /// Stops accepting, lets calls in flight finish for at most two seconds, then ends.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}
