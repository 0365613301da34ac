//! The partner's own FaceTec server: liveness checks, enrollments, 3D matches, and exports of 3D FaceMaps to other organisations
//! ([API guide](https://dev.facetec.com/api-guide)).
//!
//! Its paths are below `/facetec` on the main listener. Members of requests and responses have the names of FaceTec's API. Its
//! statuses, the text of its errors and the call that exports a FaceMap are not public; the choices made here are described where
//! they are made. In place of its browser SDK, `/facetec/capture.js` captures faces with the customer's camera. Face scans and exported FaceMaps, which are proprietary, have simple forms of the simulator's own.

mod behaviour;
mod capture;
pub(crate) mod control;
mod endpoint;
mod export;
mod operations;
mod pipeline;
mod response;
mod scan;
mod state;

pub(crate) use capture::router as capture;
pub(crate) use pipeline::router;
pub(crate) use state::{FaceTec, FaceTecState};
