//! Weavr, as the shop calls it: payments are created there, confirmed by the customer where Weavr requires it, and executed by Weavr.

mod api;
mod order;

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::header;
use sca_backend::problem::AppError;
use sca_core::secret::Secret;
use serde_json::Value;

use self::api::Api;
pub(crate) use self::{
    api::{Account, Payment},
    order::{Amounts, Kind, Line, Order, What},
};
use crate::problems::unreachable;

/// Weavr, as the shop uses it.
#[derive(Clone)]
pub(crate) struct Weavr {
    pub(crate) api: Api,
    /// The base URL of the simulated phones.
    pub(crate) phone: String,
    sandbox: String,
    /// The last basket of each customer, by the id at Weavr.
    baskets: Arc<Mutex<HashMap<String, Basket>>>,
}

/// A basket whose payments were created at Weavr.
#[derive(Clone)]
pub(crate) struct Basket {
    pub(crate) kind: Kind,
    pub(crate) payments: Vec<(Line, Payment)>,
    pub(crate) token: Secret,
    /// The id of the approval, where Weavr requires a confirmation.
    pub(crate) approval: Option<String>,
}

impl Weavr {
    /// The client: Weavr's API, the base URL of the simulated phones, and the sandbox's control API.
    pub(crate) fn new(api: String, key: Secret, phone: String, sandbox: String) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            api: Api::new(api, key)?,
            phone,
            sandbox,
            baskets: Arc::default(),
        })
    }

    /// Creates a customer of this session alone.
    pub(crate) async fn new_customer(&self, request: &Value) -> Result<Account, AppError> {
        let answer = reqwest::Client::new()
            .post(format!("{}/control/weavr/customers", self.sandbox))
            .header(header::CONTENT_TYPE, "application/json")
            .body(request.to_string())
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(unreachable)?;
        let text = answer.bytes().await.map_err(unreachable)?;
        serde_json::from_slice(&text).map_err(unreachable)
    }

    /// The customer's last basket.
    pub(crate) fn last_basket(&self, account: &Account) -> Option<Basket> {
        let baskets = self.baskets.lock().unwrap_or_else(PoisonError::into_inner);
        baskets.get(&account.user_id).cloned()
    }

    pub(crate) fn store_basket(&self, account: &Account, basket: Basket) {
        self.baskets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(account.user_id.clone(), basket);
    }
}
