use sca_protocol::{Action, Status, api::ProblemCode};

use sca_core::{
    Progress, ProviderError, ProviderId, Record, Source,
    provider::TokenSession,
    secret::{Fingerprint, Secret},
};
use sca_runtime::random;
use sca_store::{InsertResult, NewRecord, Tokens};

use super::Backend;
use crate::problem::AppError;

/// The parameters of a new approval for a one-time token.
#[derive(Debug)]
pub struct NewApproval {
    /// The provider that rejected the call.
    pub provider: ProviderId,
    /// The name of the partner's API key.
    pub owner: String,
    /// The one-time token of the provider's rejection.
    pub one_time_token: Secret,
    /// The customer's access token.
    pub access_token: Secret,
    /// The customer's profile.
    pub profile: Option<String>,
    /// The action that the customer approves.
    pub action: Action,
    /// Whether the action was built from the provider's data.
    pub described: bool,
    /// The digest of the request that it can be consumed for, where the gate creates it.
    pub request: Option<Fingerprint>,
    /// How many approvals of this request the provider has refused in a row.
    pub refused_repeats: u8,
}

/// A created approval.
#[derive(Debug)]
pub struct Created {
    /// The approval.
    pub record: Record,
    /// The widget's credential. It is returned once: the store keeps only its digest.
    pub client_secret: Secret,
}

impl Backend {
    /// Checks a one-time token and a profile, without a call.
    ///
    /// # Errors
    /// When the provider is not configured, or one of them does not have the provider's form.
    pub fn check_new_approval(&self, new: &NewApproval) -> Result<(), AppError> {
        let tokens = self.one_time_tokens(&new.provider)?;
        let malformed = || AppError::new(ProblemCode::InvalidRequest);
        if !tokens.is_token(new.one_time_token.expose()) {
            return Err(malformed().with_source("the one-time token does not have the provider's form"));
        }
        let profile = tokens.check_profile(new.profile.as_deref());
        profile.map_err(|error| malformed().with_source(error))
    }

    /// Creates an approval: reads the challenges of the one-time token from the provider, and stores the action.
    ///
    /// # Errors
    /// When the provider is not configured, does not know the token, or gives no usable response; when the token or the profile is
    /// malformed, or the profile is missing; or when the store fails.
    pub async fn create(&self, new: NewApproval) -> Result<Created, AppError> {
        let tokens = self.one_time_tokens(&new.provider)?;
        self.check_new_approval(&new)?;
        let session = TokenSession {
            access_token: new.access_token,
            one_time_token: new.one_time_token,
            profile: new.profile,
        };
        let status = match tokens.status(&session).await {
            Err(error @ ProviderError::TokenRefused(_)) => {
                return Err(AppError::new(ProblemCode::NotFound).with_source(error));
            }
            status => status?,
        };
        let waits = self
            .factor_waits(&new.provider, session.profile.as_deref(), status.user.as_deref())
            .await?;
        let session_of = self
            .0
            .store
            .session_of(&new.provider, session.profile.as_deref(), &session.access_token);
        let now = self.now();
        let mut record = Record {
            id: random::name("appr_").map_err(AppError::internal)?,
            owner: new.owner,
            version: 1,
            status: Status::Pending,
            reason: None,
            action: new.action,
            request: new.request,
            source: Source::OneTimeToken {
                provider: new.provider,
                profile: session.profile.clone(),
                token_digest: session.one_time_token.digest(),
            },
            created_at: now,
            expires_at: now.plus(self.0.settings.lifetime),
            settled_at: None,
            consumed_at: None,
            progress: Progress {
                steps: tokens.expected_steps(),
                described: new.described,
                refused_repeats: new.refused_repeats,
                waits,
                session: Some(session_of),
                ..Progress::default()
            },
        };
        record.apply_token_status(&status, now);
        let settled = record.is_settled();
        let new = NewRecord {
            tokens: Tokens {
                access_token: (!settled).then_some(session.access_token),
                one_time_token: Some(session.one_time_token),
            },
            client_secret: random::client_secret(&record.id).map_err(AppError::internal)?,
            record,
        };
        match self.0.store.insert(&new).await? {
            InsertResult::New => {}
            InsertResult::Replacing(_) | InsertResult::Superseded | InsertResult::Exempt | InsertResult::Known(_) => {
                return Err(AppError::new(ProblemCode::Internal)
                    .with_source("an approval without a transfer conflicts with a version of a transfer"));
            }
        }
        self.0.metrics.approval_created();
        tracing::info!(
            approval = new.record.id,
            source = new.record.source.name(),
            owner = new.record.owner,
            "approval created"
        );
        Ok(Created {
            record: new.record,
            client_secret: new.client_secret,
        })
    }
}
