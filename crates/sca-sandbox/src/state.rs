//! What all requests share: the simulated worlds, each behind one lock, and one clock.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::bank::Bank;
use crate::facesign::world::FaceSign;
use crate::outgoing::Outgoing;
use crate::weavr::world::Weavr;
use crate::wise::keys::KeyError;
use crate::wise::world::World;

/// The simulated worlds, shared by every request. Cloning it gives another handle on the same worlds.
#[derive(Clone, Debug)]
pub struct SandboxState {
    world: Arc<Mutex<World>>,
    facesign: Arc<Mutex<FaceSign>>,
    weavr: Arc<Mutex<Weavr>>,
    bank: Arc<Mutex<Bank>>,
    /// Changes whenever something changed that somebody may wait for.
    changes: Arc<watch::Sender<()>>,
    outgoing: Outgoing,
}

impl SandboxState {
    /// New worlds with the seed customers and a fresh encryption key.
    ///
    /// # Errors
    /// When OpenSSL cannot make an RSA key.
    pub fn seeded() -> Result<Self, KeyError> {
        Ok(Self {
            world: Arc::new(Mutex::new(World::seeded()?)),
            facesign: Arc::new(Mutex::new(FaceSign::default())),
            weavr: Arc::new(Mutex::new(Weavr::default())),
            bank: Arc::new(Mutex::new(Bank::default())),
            changes: Arc::new(watch::Sender::new(())),
            outgoing: Outgoing::new(),
        })
    }

    /// Wise's world, for as long as one step takes. Never held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// FaceSign's world, brought up to date. Never held across an await.
    pub(crate) fn facesign(&self) -> Changeable<'_, FaceSign> {
        let now = self.now_ms();
        let mut world = lock(&self.facesign);
        let before = world.revision;
        world.settle(now);
        Changeable {
            world,
            before,
            revision: |world| world.revision,
            changes: &self.changes,
        }
    }

    /// Weavr's world, brought up to date. Never held across an await.
    pub(crate) fn weavr(&self) -> Changeable<'_, Weavr> {
        let now = self.now_ms();
        let mut world = lock(&self.weavr);
        let before = world.revision;
        world.settle(now);
        Changeable {
            world,
            before,
            revision: |world| world.revision,
            changes: &self.changes,
        }
    }

    /// The bank. Never held across an await.
    pub(crate) fn bank(&self) -> Changeable<'_, Bank> {
        let world = lock(&self.bank);
        Changeable {
            before: world.revision,
            world,
            revision: |world| world.revision,
            changes: &self.changes,
        }
    }

    /// The time on the simulated clock, in milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.world().clock.now().as_millisecond()
    }

    /// Tells when something changed.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Says that something changed: the clock.
    pub(crate) fn changed(&self) {
        self.changes.send_replace(());
    }

    pub(crate) fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock means another request panicked; the simulated world is still the best answer there is.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A locked world that tells, when it is let go, whether it changed.
#[derive(Debug)]
pub(crate) struct Changeable<'a, T> {
    world: MutexGuard<'a, T>,
    before: u64,
    revision: fn(&T) -> u64,
    changes: &'a watch::Sender<()>,
}

impl<T> Deref for Changeable<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.world
    }
}

impl<T> DerefMut for Changeable<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.world
    }
}

impl<T> Drop for Changeable<'_, T> {
    fn drop(&mut self) {
        if (self.revision)(&self.world) != self.before {
            self.changes.send_replace(());
        }
    }
}
