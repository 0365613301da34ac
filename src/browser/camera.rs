//! The camera, as far as a page can know of it.

use sca_protocol::flow;

use crate::driver::ports::Camera;

/// Nothing is asked of the browser yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserCamera;

impl Camera for BrowserCamera {
    fn look(&self, _: &str) -> impl Future<Output = flow::Camera> {
        std::future::ready(flow::Camera::Unknown)
    }
}
