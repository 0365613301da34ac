//! Random bytes.

use crate::driver::ports::{NoRandomness, Random};

/// `crypto.getRandomValues`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebRandom;

impl Random for WebRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        web_sys::window()
            .and_then(|window| window.crypto().ok())
            .and_then(|crypto| crypto.get_random_values_with_u8_array(buffer).ok())
            .map(drop)
            .ok_or(NoRandomness)
    }
}
