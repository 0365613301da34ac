//! SCA sessions: the customer approves access, and the provider then asks for no further approval for a while.

use std::time::Duration;

use sca_core::{Fingerprint, ProviderId, Secret};
use sca_protocol::{Access, Action, api::ProblemCode};

use super::{Backend, Created, NewApproval, not_configured};
use crate::problem::AppError;

/// The parameters of a new SCA session.
#[derive(Debug)]
pub struct NewScaSession {
    /// The provider.
    pub provider: ProviderId,
    /// The name of the partner's API key.
    pub owner: String,
    /// The customer's access token.
    pub access_token: Secret,
    /// The customer's profile.
    pub profile: Option<String>,
    /// What access is opened to.
    pub purpose: Access,
}

impl Backend {
    /// Checks a profile, without a call.
    ///
    /// # Errors
    /// When the provider is not configured, or the profile is missing or malformed.
    pub fn check_new_sca_session(&self, new: &NewScaSession) -> Result<(), AppError> {
        let profile = self
            .one_time_tokens(&new.provider)?
            .check_profile(new.profile.as_deref());
        profile.map_err(|error| AppError::new(ProblemCode::InvalidRequest).with_source(error))
    }

    /// The digest of the customer of a session.
    #[must_use]
    pub(crate) fn session_of(
        &self,
        provider: &ProviderId,
        profile: Option<&str>,
        access_token: &Secret,
    ) -> Fingerprint {
        self.0.store.session_of(provider, profile, access_token)
    }

    /// Whether the customer has granted an approval within the lifetime of a session. The provider decides what that is worth.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn has_session(
        &self,
        provider: &ProviderId,
        profile: Option<&str>,
        access_token: &Secret,
        lifetime: Duration,
    ) -> Result<bool, AppError> {
        let session = self.session_of(provider, profile, access_token);
        let granted = self.0.store.last_granted(&session, lifetime, self.now()).await?;
        Ok(granted.is_some())
    }

    /// Opens an SCA session at the provider, and creates an approval from its one-time token.
    ///
    /// # Errors
    /// When the provider is not configured, has no such sessions or gives no usable response; or when the store fails.
    pub async fn open_sca_session(&self, new: NewScaSession) -> Result<Created, AppError> {
        let tokens = self.one_time_tokens(&new.provider)?;
        let opening = tokens.open_session(&new.access_token, new.profile.as_deref());
        let one_time_token = opening.ok_or_else(not_configured)?.await?;
        self.create(NewApproval {
            provider: new.provider,
            owner: new.owner,
            one_time_token,
            access_token: new.access_token,
            profile: new.profile,
            action: Action::Access(new.purpose),
            described: false,
            request: None,
            refused_repeats: 0,
        })
        .await
    }
}
