//! What all requests share: one simulated world behind one lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::wise::keys::KeyError;
use crate::wise::world::World;

/// The simulated world, shared by every request. Cloning it gives another handle on the same world.
#[derive(Clone, Debug)]
pub struct SandboxState {
    world: Arc<Mutex<World>>,
}

impl SandboxState {
    /// A new world with the seed customers and a fresh encryption key.
    ///
    /// # Errors
    /// When OpenSSL cannot make an RSA key.
    pub fn seeded() -> Result<Self, KeyError> {
        Ok(Self {
            world: Arc::new(Mutex::new(World::seeded()?)),
        })
    }

    /// The world, for as long as one step takes. Never held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A poisoned lock means another request panicked; the simulated world is still the best answer there is.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
