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

/// A session that the customer has approved.
pub(super) struct GrantedSession {
    /// Whether it is open by the backend's clock.
    is_open: bool,
}

impl Gate {
    /// The session that a repeated call of low risk names, once the customer has approved it. `None` where the approval is not one of a
    /// session, or the call has to have an approval of its own.
    pub(super) fn session_in(
        &self,
        provider: &Rejecting<'_>,
        request: &GateRequest,
        record: &Record,
    ) -> Result<Option<GrantedSession>, GateError> {
        let Some(lifetime) = session_for(provider, request) else {
            return Ok(None);
        };
        let is_of_provider = record.source.rejected_by() == Some(&provider.id);
        if !is_of_provider || record.request.is_some() || record.action != Action::Access(Access::Account) {
            return Ok(None);
        }
        let profile = provider.tokens.profile_in(&request.path_and_query);
        let asked = self
            .backend
            .session_of(&provider.id, profile.as_deref(), &request.access_token);
        if record.progress.session != Some(asked) {
            return Err(GateError::Mismatch);
        }
        match record.status {
            Status::Approved => {
                let now = self.backend.now();
                let is_open = record
                    .settled_at
                    .is_some_and(|since| since <= now && now < since.plus(lifetime));
                Ok(Some(GrantedSession { is_open }))
            }
            Status::Pending => Err(GateError::Pending),
            Status::Declined | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {
                Err(GateError::Ended)
            }
        }
    }

    /// Sends a call without a one-time token: the session's own approves no single call.
    pub(super) async fn within(
        &self,
        provider: &Rejecting<'_>,
        request: &GateRequest,
        session: &GrantedSession,
    ) -> Result<GateAnswer, GateError> {
        let answer = self.try_first(provider, request).await?;
        self.respond(provider, request, answer, Some(session)).await
    }

    /// After a refusal of a call of low risk: has the customer approve access instead of the one call. `None` where the call needs an approval
    /// of its own: it is not of low risk, or the provider refused it although the customer has just approved something.
    pub(super) async fn open_session_for(
        &self,
        provider: &Rejecting<'_>,
        request: &GateRequest,
        session: Option<&GrantedSession>,
    ) -> Result<Option<GateAnswer>, GateError> {
        let Some(lifetime) = session_for(provider, request) else {
            return Ok(None);
        };
        let profile = provider.tokens.profile_in(&request.path_and_query);
        let is_open = match session {
            Some(session) => session.is_open,
            None => {
                self.backend
                    .has_session(&provider.id, profile.as_deref(), &request.access_token, lifetime)
                    .await?
            }
        };
        if is_open {
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
