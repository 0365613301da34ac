//! Payees that the customer wants to trust: several at once, confirmed together.

use axum::http::Method;
use serde_json::Value;

use super::{Weavr, call::Said, open_names::names, resource::ResourceId, values};
use crate::providers::{InvalidResponse, ProviderError};
use sca_core::secret::Secret;

names! {
    /// Where a batch of payees stands.
    BatchState {
        /// It was made.
        Initialised = "INITIALISED",
        /// It failed.
        Failed = "FAILED",
        /// It waits for the customer to confirm it.
        PendingChallenge = "PENDING_CHALLENGE",
        /// The customer did not confirm it.
        ChallengeFailed = "CHALLENGE_FAILED",
        /// The customer confirmed it.
        ChallengeCompleted = "CHALLENGE_COMPLETED",
        /// The payees are as the customer wanted them.
        Completed = "COMPLETED",
    }
}

impl Weavr {
    /// Where a batch of payees stands; `None` when Weavr does not know it, or not as the customer's.
    ///
    /// # Errors
    /// When Weavr does not say.
    pub async fn batch(&self, token: &Secret, id: &ResourceId) -> Result<Option<BatchState>, ProviderError> {
        let path = format!("/beneficiaries/batch/{}", id.as_str());
        let call = self.request("weavr-batch", Method::GET, &path, token)?;
        match self.ask(call).await? {
            Said::Done(answer) => serde_json::from_slice::<Value>(&answer.body)
                .ok()
                .and_then(|document| read(&document, id))
                .map(Some)
                .ok_or(ProviderError::Unusable(InvalidResponse::Body)),
            Said::Missing => Ok(None),
            Said::Conflict(_) => Err(ProviderError::Unusable(InvalidResponse::Status(409))),
            Said::Syntax(_) => Err(ProviderError::Unusable(InvalidResponse::Status(400))),
        }
    }
}

/// `{"operationBatchId": {"batchId", "operation"}, "state"}`.
fn read(document: &Value, id: &ResourceId) -> Option<BatchState> {
    let told = document.pointer("/operationBatchId/batchId").and_then(values::id)?;
    let state = document.get("state").and_then(Value::as_str)?;
    (told == id.as_str()).then(|| BatchState::from_name(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_batch_is_read_by_its_own_name() {
        let id = ResourceId::new("115").unwrap();
        let document =
            |state: &str| json!({"operationBatchId": {"batchId": "115", "operation": "CREATE"}, "state": state});
        assert_eq!(read(&document("COMPLETED"), &id), Some(BatchState::Completed));
        assert_eq!(
            read(&document("CHALLENGE_COMPLETED"), &id),
            Some(BatchState::ChallengeCompleted)
        );
        assert!(matches!(read(&document("DONE"), &id), Some(BatchState::Other(_))));
        assert_eq!(read(&document("COMPLETED"), &ResourceId::new("116").unwrap()), None);
        assert_eq!(read(&json!({"state": "COMPLETED"}), &id), None);
        assert_eq!(
            read(&json!({"operationBatchId": {"batchId": "115"}, "state": 1}), &id),
            None
        );
    }
}
