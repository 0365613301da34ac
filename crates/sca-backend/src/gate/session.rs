//! Calls of low risk, which one approval of the customer lets pass for a while.
//!
//! The provider holds that while, by its own clock: the gate forwards every call, and only a refusal leads to an approval. The configuration
//! says which calls the partner calls low risk. What the gate knows, the time of the customer's last approval by the backend's clock, decides
//! only which approval a refusal of such a call leads to: one of access, which lets later calls pass too, or one of this call alone.

use std::time::Duration;

use sca_core::Record;
use sca_protocol::{Access, Action, Status};

use super::{Gate, GateAnswer, GateError, GateRequest, Rejecting};
use crate::service::NewScaSession;

impl Gate {
    /// Whether a repeated call of low risk names a session that the customer has approved. False where the approval is not one of a session,
    /// or the call has to have an approval of its own.
    pub(super) fn names_session(
        &self,
        provider: &Rejecting<'_>,
        request: &GateRequest,
        record: &Record,
    ) -> Result<bool, GateError> {
        if session_for(provider, request).is_none() {
            return Ok(false);
        }
        let is_of_provider = record.source.rejected_by() == Some(&provider.id);
        if !is_of_provider || record.request.is_some() || record.action != Action::Access(Access::Account) {
            return Ok(false);
        }
        let profile = provider.tokens.profile_in(&request.path_and_query);
        let asked = self
            .backend
            .session_of(&provider.id, profile.as_deref(), &request.access_token);
        if record.progress.session != Some(asked) {
            return Err(GateError::Mismatch);
        }
        match record.status {
            Status::Approved => Ok(true),
            Status::Pending => Err(GateError::Pending),
            Status::Declined | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {
                Err(GateError::Ended)
            }
        }
    }

    /// After a refusal of a call of low risk: has the customer approve access instead of the one call. `None` where the call needs an approval
    /// of its own: it is not of low risk, or the provider refused it although the customer has just approved something.
    pub(super) async fn open_session_for(
        &self,
        provider: &Rejecting<'_>,
        request: &GateRequest,
    ) -> Result<Option<GateAnswer>, GateError> {
        let Some(lifetime) = session_for(provider, request) else {
            return Ok(None);
        };
        let profile = provider.tokens.profile_in(&request.path_and_query);
        let has_session = self
            .backend
            .has_session(&provider.id, profile.as_deref(), &request.access_token, lifetime);
        if has_session.await? {
            tracing::warn!("a call that the configuration calls low risk was refused in spite of a recent approval");
            return Ok(None);
        }
        let new = NewScaSession {
            provider: provider.id.clone(),
            owner: self.owner.clone(),
            access_token: request.access_token.clone(),
            profile,
            purpose: Access::Account,
        };
        match self.backend.open_sca_session(new).await {
            Ok(created) => Ok(Some(GateAnswer::ApprovalRequired(created.into()))),
            Err(error) => {
                tracing::warn!(?error, "no session opened: the call is approved on its own");
                Ok(None)
            }
        }
    }
}

fn session_for(provider: &Rejecting<'_>, request: &GateRequest) -> Option<Duration> {
    provider
        .tokens
        .session_for(request.method.as_str(), &request.path_and_query)
}
