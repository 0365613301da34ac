//! The state of the shop: its customers' sessions, and what its handlers call.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::{HeaderMap, HeaderName};
use sca_backend::{gate::Gate, problem::AppError, service::Backend};
use sca_core::secret::Secret;
use sca_protocol::api::ProblemCode;
use sca_wise::paths::PathGeneration;
use serde::Deserialize;

use crate::{
    bank::Bank,
    open_approvals::OpenApproval,
    security::BegunEnrolment,
    weavr::{Account, Weavr},
};

/// The name of the shop's API key at the backend, which owns its approvals.
pub(crate) const OWNER: &str = "checkout";

const SESSION: HeaderName = HeaderName::from_static("x-demo-session");

#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) gate: Gate,
    pub(crate) backend: Backend,
    pub(crate) paths: PathGeneration,
    pub(crate) sandbox: String,
    /// The bank that executes wires, where FaceSign is configured.
    pub(crate) bank: Option<Bank>,
    /// Weavr, where it is configured.
    pub(crate) weavr: Option<Weavr>,
    pub(crate) sessions: Arc<Mutex<HashMap<String, Customer>>>,
    /// The open approvals of each customer, by the id at Wise. A real shop stores them with its sessions, where no page can read them.
    pub(crate) approvals: Arc<Mutex<HashMap<u64, Vec<OpenApproval>>>>,
    /// The last enrolment of each customer, by the id at Wise.
    pub(crate) enrolments: Arc<Mutex<HashMap<u64, BegunEnrolment>>>,
    pub(crate) has_test_controls: bool,
}

/// A signed-in customer. A real shop has a login, and stores its customers' tokens at Wise.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    pub(crate) user_id: u64,
    pub(crate) access_token: Secret,
    pub(crate) profile_id: u64,
    pub(crate) balance_id: u64,
    pub(crate) currency: String,
    pub(crate) transfer_ids: Vec<u64>,
    /// The same person at Weavr.
    #[serde(skip)]
    pub(crate) weavr: Option<Account>,
}

impl Customer {
    /// The shop's own id of the customer.
    pub(crate) fn id(&self) -> String {
        format!("customer-{}", self.user_id)
    }
}

impl Shop {
    /// The customer of a request.
    pub(crate) fn customer(&self, headers: &HeaderMap) -> Result<Customer, AppError> {
        let session = headers.get(SESSION).and_then(|value| value.to_str().ok());
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let customer = session.and_then(|session| sessions.get(session).cloned());
        customer.ok_or_else(|| AppError::new(ProblemCode::Unauthorized))
    }

    /// Signs a customer in.
    pub(crate) fn sign_in(&self, session: String, customer: Customer) {
        self.sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(session, customer);
    }

    /// The open approvals of all customers.
    pub(crate) fn approvals(&self) -> MutexGuard<'_, HashMap<u64, Vec<OpenApproval>>> {
        self.approvals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A customer's last enrolment.
    pub(crate) fn last_enrolment(&self, user: u64) -> Option<BegunEnrolment> {
        let enrolments = self.enrolments.lock().unwrap_or_else(PoisonError::into_inner);
        enrolments.get(&user).cloned()
    }

    pub(crate) fn store_enrolment(&self, user: u64, enrolment: BegunEnrolment) {
        self.enrolments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(user, enrolment);
    }

    pub(crate) fn bank(&self) -> Result<&Bank, AppError> {
        self.bank.as_ref().ok_or_else(|| AppError::new(ProblemCode::NotFound))
    }

    /// Weavr, and the customer's account there.
    pub(crate) fn weavr<'a>(&'a self, customer: &'a Customer) -> Result<(&'a Weavr, &'a Account), AppError> {
        self.weavr
            .as_ref()
            .zip(customer.weavr.as_ref())
            .ok_or_else(|| AppError::new(ProblemCode::NotFound))
    }
}
