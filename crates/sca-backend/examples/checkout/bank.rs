//! The bank that executes wires.

use std::{sync::Arc, time::Duration};

use sca_backend::{config::TransfersConfig, problem::AppError};
use sca_outbound_webhooks::{EventType, Message, WebhookTransport, http_transport::Webhooks};
use sca_protocol::api::ProblemCode;
use sca_runtime::clock::{Clock, SystemClock};
use serde_json::Value;

use crate::problems::unreachable;

/// The client of the bank.
#[derive(Clone)]
pub(crate) struct Bank {
    base: String,
    webhooks: Arc<Webhooks>,
    /// The origin of FaceSign's pages.
    pub(crate) frame_origin: String,
}

impl Bank {
    pub(crate) fn new(
        base: String,
        config: &TransfersConfig,
        frame_origin: String,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let webhooks = Webhooks::new(Some(config.endpoint()?), None, Arc::new(SystemClock))?;
        Ok(Self {
            base,
            webhooks: Arc::new(webhooks),
            frame_origin,
        })
    }

    /// Sends an exempt wire to the bank, with three attempts. The transfer's id is the message's id, so the bank executes it once.
    pub(crate) async fn execute(&self, transfer: &str, data: &Value) -> Result<(), AppError> {
        let message = Message {
            id: transfer.to_owned(),
            kind: EventType::TransferExecute,
            happened_at: SystemClock.now(),
            data: data.to_string(),
        };
        for pause in [0, 200, 1_000] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if self.webhooks.deliver(&message).await.is_ok() {
                return Ok(());
            }
        }
        Err(AppError::new(ProblemCode::ProviderError))
    }

    /// The bank's record of a transfer.
    pub(crate) async fn read(&self, transfer: &str) -> Result<Value, AppError> {
        let response = reqwest::get(format!("{}/bank/wires/{transfer}", self.base))
            .await
            .map_err(unreachable)?;
        let body = response.bytes().await.map_err(unreachable)?;
        serde_json::from_slice(&body).map_err(unreachable)
    }
}
