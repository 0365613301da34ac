//! Payee batches, which one challenge confirms: <https://weavr-multi-api.redoc.ly/>, "beneficiaries".

use http::Method;
use serde_json::Value;

use super::{Weavr, call::Response, open_names::names, resource::ResourceId, values};
use sca_core::{InvalidResponse, ProviderError, secret::Secret};

names! {
    /// The state of a payee batch.
    BatchState {
        /// It was created.
        Initialised = "INITIALISED",
        /// It failed.
        Failed = "FAILED",
        /// It waits for the customer's confirmation.
        PendingChallenge = "PENDING_CHALLENGE",
        /// The customer failed or rejected the challenge.
        ChallengeFailed = "CHALLENGE_FAILED",
        /// The customer confirmed it.
        ChallengeCompleted = "CHALLENGE_COMPLETED",
        /// The payees were processed.
        Completed = "COMPLETED",
    }
}

impl Weavr {
    /// Reads the state of a payee batch; `None` when it does not exist or is not the customer's.
    ///
    /// # Errors
    /// When there is no usable response.
    pub async fn batch(&self, token: &Secret, id: &ResourceId) -> Result<Option<BatchState>, ProviderError> {
        let path = format!("/beneficiaries/batch/{}", id.as_str());
        let call = self.request("weavr-batch", Method::GET, &path, token)?;
        match self.send(call).await? {
            Response::Success(answer) => serde_json::from_slice::<Value>(&answer.body)
                .ok()
                .and_then(|document| parse(&document, id))
                .map(Some)
                .ok_or(ProviderError::Unusable(InvalidResponse::Body)),
            Response::NotFound => Ok(None),
            Response::Conflict(_) => Err(ProviderError::Unusable(InvalidResponse::Status(409))),
            Response::BadRequest(_) => Err(ProviderError::Unusable(InvalidResponse::Status(400))),
        }
    }
}

/// Parses `{"operationBatchId": {"batchId", "operation"}, "state"}`. `None` for another batch.
fn parse(document: &Value, id: &ResourceId) -> Option<BatchState> {
    let batch_id = document.pointer("/operationBatchId/batchId").and_then(values::id)?;
    let state = document.get("state").and_then(Value::as_str)?;
    (batch_id == id.as_str()).then(|| BatchState::from_name(state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_batch_is_parsed_only_with_its_own_id() {
        let id = ResourceId::new("115").unwrap();
        let document =
            |state: &str| json!({"operationBatchId": {"batchId": "115", "operation": "CREATE"}, "state": state});
        assert_eq!(parse(&document("COMPLETED"), &id), Some(BatchState::Completed));
        assert_eq!(
            parse(&document("CHALLENGE_COMPLETED"), &id),
            Some(BatchState::ChallengeCompleted)
        );
        assert!(matches!(parse(&document("DONE"), &id), Some(BatchState::Other(_))));
        assert_eq!(parse(&document("COMPLETED"), &ResourceId::new("116").unwrap()), None);
        assert_eq!(parse(&json!({"state": "COMPLETED"}), &id), None);
        assert_eq!(
            parse(&json!({"operationBatchId": {"batchId": "115"}, "state": 1}), &id),
            None
        );
    }
}
