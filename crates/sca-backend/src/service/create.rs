use sca_protocol::{Action, Status, api::ProblemCode};

use super::Backend;
use crate::{
    problem::AppError,
    providers::{
        ProviderError,
        wise::{Session, paths::ProfileId},
    },
    random,
    store::{InsertResult, NewRecord, Tokens},
};
use sca_core::secret::{Fingerprint, Secret};
use sca_core::{Progress, Record, Source};

/// The parameters of a new approval for a one-time token.
#[derive(Debug)]
pub struct NewApproval {
    /// The name of the partner's API key.
    pub owner: String,
    /// The one-time token of the provider's rejection.
    pub one_time_token: Secret,
    /// The customer's access token.
    pub access_token: Secret,
    /// The customer's profile.
    pub profile: Option<ProfileId>,
    /// The action that the customer approves.
    pub action: Action,
    /// Whether the action was built from the provider's data.
    pub described: bool,
    /// The digest of the request that it can be consumed for, where the gate creates it.
    pub request: Option<Fingerprint>,
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
    /// Creates an approval: reads the challenges of the one-time token from the provider, and stores the action.
    ///
    /// # Errors
    /// When the provider is not configured, does not know the token, or gives no usable response; when a profile is missing; or when the
    /// store fails.
    pub async fn create(&self, new: NewApproval) -> Result<Created, AppError> {
        let wise = self.require_wise()?;
        if wise.paths().needs_profile() && new.profile.is_none() {
            return Err(AppError::new(ProblemCode::InvalidRequest).with_source("the configured paths need a profile"));
        }
        let profile = new.profile.as_ref().map(|profile| profile.as_str().to_owned());
        let session = Session {
            access_token: new.access_token,
            one_time_token: new.one_time_token,
            profile: new.profile,
        };
        let status = match wise.token_status(&session).await {
            Err(error @ ProviderError::TokenRefused(_)) => {
                return Err(AppError::new(ProblemCode::NotFound).with_source(error));
            }
            status => status?,
        };
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
                profile,
                token_digest: session.one_time_token.digest(),
            },
            created_at: now,
            expires_at: now.plus(self.0.settings.lifetime),
            settled_at: None,
            consumed_at: None,
            progress: Progress {
                steps: self.0.settings.expected_steps,
                described: new.described,
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
