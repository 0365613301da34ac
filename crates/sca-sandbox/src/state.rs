//! The simulators of one sandbox.

use crate::bank::{Bank, BankState};
use crate::facesign::{FaceSign, FaceSignState};
use crate::facetec::{FaceTec, FaceTecState};
use crate::kit::simulator::Environment;
use crate::weavr::{Weavr, WeavrState};
use crate::wise::keys::KeyError;
use crate::wise::{Wise, WiseState};

/// The simulators of one sandbox. They share a clock and nothing else. Cloning it gives another handle on the same simulators.
#[derive(Clone, Debug)]
pub struct SandboxState {
    pub(crate) wise: Wise,
    pub(crate) facesign: FaceSign,
    pub(crate) weavr: Weavr,
    pub(crate) bank: Bank,
    pub(crate) facetec: FaceTec,
}

impl SandboxState {
    /// New simulators with the seed customers and a new encryption key.
    ///
    /// # Errors
    /// When OpenSSL cannot generate an RSA key.
    pub fn seeded() -> Result<Self, KeyError> {
        let environment = Environment::default();
        Ok(Self {
            wise: Wise::new(WiseState::seeded(environment.clock.clone())?, environment.clone()),
            facesign: FaceSign::new(FaceSignState::default(), environment.clone()),
            weavr: Weavr::new(WeavrState::default(), environment.clone()),
            bank: Bank::new(BankState::default(), environment.clone()),
            facetec: FaceTec::new(FaceTecState::default(), environment),
        })
    }
}
