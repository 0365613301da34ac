//! Factors that are too new to be used (cooling-off).

use sca_protocol::{Factor, Timestamp};
use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{Store, StoreError, from_column, to_column};
use sca_core::{EnrolmentRecord, FactorWait, ProviderId, WaitChange, secret::Fingerprint};

/// The customer's own row, or one of an enrolment for the same profile or user at the provider. Each is a digest, or no row has it.
const OF_CUSTOMER: &str = "SELECT factor, MAX(usable_from) AS usable_from FROM factor_waits \
    WHERE (customer = $1 OR profile = $2 OR provider_user = $3) AND usable_from > $4 GROUP BY factor ORDER BY factor";

impl Store {
    /// The factors of a customer that are too new to be used now, by the provider's ids of the customer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn factor_waits(
        &self,
        provider: &ProviderId,
        profile: Option<&str>,
        user: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<FactorWait>, StoreError> {
        let nobody = Vec::new();
        self.read_waits(nobody, provider, profile, user, now).await
    }

    /// The factors of an enrolment's customer that are too new to be used now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn factor_waits_of(
        &self,
        enrolment: &EnrolmentRecord,
        now: Timestamp,
    ) -> Result<Vec<FactorWait>, StoreError> {
        let customer = self.enrolled_customer(enrolment).as_bytes().to_vec();
        let (profile, user) = (enrolment.profile.as_deref(), enrolment.user.as_deref());
        self.read_waits(customer, &enrolment.provider, profile, user, now).await
    }

    async fn read_waits(
        &self,
        customer: Vec<u8>,
        provider: &ProviderId,
        profile: Option<&str>,
        user: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<FactorWait>, StoreError> {
        let bytes = |digest: Option<Fingerprint>| digest.map_or_else(Vec::new, |digest| digest.as_bytes().to_vec());
        let query = sqlx::query(OF_CUSTOMER)
            .bind(customer)
            .bind(bytes(self.id_at(provider, "profile", profile)))
            .bind(bytes(self.id_at(provider, "user", user)))
            .bind(to_column(now.0));
        let rows = self.connections.fetch_all(query).await?;
        let wait = |row: &AnyRow| -> Result<FactorWait, StoreError> {
            Ok(FactorWait {
                factor: Factor::from_name(row.try_get("factor")?),
                usable_from: Timestamp(from_column(row.try_get("usable_from")?)),
            })
        };
        rows.iter().map(wait).collect()
    }

    pub(super) async fn write_wait_change(
        &self,
        transaction: &mut AnyConnection,
        enrolment: &EnrolmentRecord,
        change: &WaitChange,
    ) -> Result<(), StoreError> {
        match change {
            WaitChange::Begin {
                call,
                about,
                usable_from,
            } => {
                let profile = self.id_at(&enrolment.provider, "profile", enrolment.profile.as_deref());
                let user = self.id_at(&enrolment.provider, "user", enrolment.user.as_deref());
                for factor in about.challenged_as() {
                    sqlx::query(
                        "INSERT INTO factor_waits (call_id, factor, customer, profile, provider_user, usable_from) \
                         VALUES ($1, $2, $3, $4, $5, $6)",
                    )
                    .bind(call)
                    .bind(factor.as_str())
                    .bind(self.enrolled_customer(enrolment).as_bytes())
                    .bind(profile.as_ref().map(Fingerprint::as_bytes))
                    .bind(user.as_ref().map(Fingerprint::as_bytes))
                    .bind(to_column(usable_from.0))
                    .execute(&mut *transaction)
                    .await?;
                }
            }
            WaitChange::Drop(call) => {
                sqlx::query("DELETE FROM factor_waits WHERE call_id = $1")
                    .bind(call)
                    .execute(transaction)
                    .await?;
            }
        }
        Ok(())
    }

    /// A keyed digest of an id of the provider's, which could be guessed.
    fn id_at(&self, provider: &ProviderId, kind: &str, id: Option<&str>) -> Option<Fingerprint> {
        let digest = |id: &str| {
            self.sealer.digest(&[
                b"provider-id",
                provider.as_str().as_bytes(),
                kind.as_bytes(),
                id.as_bytes(),
            ])
        };
        id.map(digest)
    }
}
