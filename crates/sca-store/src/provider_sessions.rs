//! Sessions that a provider opens to a customer for a while once an approval is granted. The provider holds the session. What is known here is
//! which approvals were granted, and when.

use std::time::Duration;

use sca_protocol::Timestamp;
use sqlx::Row;

use super::{Store, StoreError, from_column, to_column};
use sca_core::{
    ProviderId,
    secret::{Fingerprint, Secret},
};

impl Store {
    /// The digest of a customer to whom a provider opens a session: of the provider, the customer's profile and access token.
    #[must_use]
    pub fn session_of(&self, provider: &ProviderId, profile: Option<&str>, access_token: &Secret) -> Fingerprint {
        let (has_profile, profile): (&[u8], _) = (&[u8::from(profile.is_some())], profile.unwrap_or_default());
        let (provider, token) = (provider.as_str().as_bytes(), access_token.expose().as_bytes());
        self.sealer
            .digest(&[b"provider-session", provider, has_profile, profile.as_bytes(), token])
    }

    /// When the customer last granted an approval that opens this session: less than `lifetime` ago, and not in the future.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn last_granted(
        &self,
        session: &Fingerprint,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let query = "SELECT MAX(settled_at) AS granted_at FROM approvals \
             WHERE session = $1 AND status = 'approved' AND settled_at > $2 AND settled_at <= $3";
        let query = sqlx::query(query)
            .bind(session.as_bytes().to_vec())
            .bind(to_column(now.minus(lifetime).0))
            .bind(to_column(now.0));
        let row = self.connections.fetch_optional(query).await?;
        let granted_at: Option<i64> = row.map(|row| row.try_get("granted_at")).transpose()?.flatten();
        Ok(granted_at.map(|time| Timestamp(from_column(time))))
    }
}
