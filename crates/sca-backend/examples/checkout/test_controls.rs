//! What only tests may do with this demo, and only where it was started with `--test-controls`: move its clock, and have payments
//! confirmed that the demo did not make.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{Json, Router, extract::State, routing::post};
use sca_backend::{problem::AppError, service::Backend};
use sca_protocol::Timestamp;
use sca_runtime::clock::{Clock, SystemClock};
use serde::{Deserialize, Serialize};

/// The machine's clock, moved forward by tests.
#[derive(Debug, Default)]
pub(crate) struct MovedClock {
    ahead_ms: AtomicU64,
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_ms(self.ahead_ms.load(Ordering::SeqCst))
    }
}

#[derive(Clone)]
struct Controls {
    clock: Arc<MovedClock>,
    backend: Backend,
}

/// By how much the clock is moved; 0 only asks what time it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    milliseconds: u64,
}

#[derive(Serialize)]
struct Time {
    now: Timestamp,
}

/// `POST /test/advance`: moves the clock. What is due by then is done before the answer.
pub(crate) fn routes(clock: Arc<MovedClock>, backend: Backend) -> Router {
    Router::new()
        .route("/test/advance", post(advance))
        .with_state(Controls { clock, backend })
}

async fn advance(State(controls): State<Controls>, Json(by): Json<Advance>) -> Result<Json<Time>, AppError> {
    if by.milliseconds > 0 {
        controls.clock.ahead_ms.fetch_add(by.milliseconds, Ordering::SeqCst);
        controls.backend.sweep().await?;
    }
    Ok(Json(Time {
        now: controls.clock.now(),
    }))
}
