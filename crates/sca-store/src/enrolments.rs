//! Enrolments and the factors that customers have enrolled. A change of factors is written with the partner's event about it, in one
//! transaction.

use base64ct::{Base64UrlUnpadded, Encoding};
use sca_protocol::{PlainText, Timestamp, enrolment_api::EnrolledDevice};
use serde::{Deserialize, Serialize};
use sqlx::{
    Any, AnyConnection, Row,
    any::{AnyArguments, AnyRow},
    query::Query,
};
use zeroize::Zeroizing;

use super::{
    Store, StoreError, UpdateResult,
    changes::names_of,
    connections::{End, Step},
    from_column,
    outbox::factor_event,
    row_mapping::{json, names},
    sql, to_column, writes,
};
use sca_core::{
    EnrolmentApprovalRefusal, EnrolmentAuthorisation, EnrolmentRecord, FaceReference, FactorChange, KnownFace,
    KnownFactors, KnownPhone, Limits, PhoneId, ProviderId, RemovedFace,
    secret::{Fingerprint, Secret},
};

/// A new enrolment with its secrets.
#[derive(Debug)]
pub struct NewEnrolment {
    /// The enrolment.
    pub record: EnrolmentRecord,
    /// The client secret. Only its digest is stored.
    pub client_secret: Secret,
    /// The customer's access token. Wiped when the enrolment ends.
    pub access_token: Secret,
}

/// The result of inserting an enrolment.
#[derive(Debug)]
#[must_use]
pub enum EnrolmentInsert {
    /// Inserted. The approval that it began with was consumed, if there is one.
    Inserted(Option<Box<UpdateResult<()>>>),
    /// Not inserted: the approval cannot be used. It is unchanged.
    Refused(EnrolmentApprovalRefusal),
}

/// The result of an update of an enrolment.
#[derive(Debug)]
pub struct EnrolmentUpdate<T> {
    /// The enrolment after the update.
    pub record: EnrolmentRecord,
    /// What is known of the customer's factors after the update.
    pub known: KnownFactors,
    /// What the change returned.
    pub outcome: T,
    /// Whether there are new messages in the outbox.
    pub has_events: bool,
}

/// The sealed part of an enrolment that never changes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    customer: String,
    profile: Option<String>,
    user: Option<String>,
    authorised_by: EnrolmentAuthorisation,
}

/// How often a new enrolment ends open ones that began at the same time.
const MOST_TURNS: u32 = 16;

const COLUMNS: &str = "id, owner, version, provider, created_at, expires_at, ended_at, subject, progress";

fn place(id: &str, column: &str) -> String {
    format!("enrolment/{id}/{column}")
}

fn name_of(owner: &str, provider: &ProviderId, device: &str) -> String {
    format!("enrolled-device/{owner}/{}/{device}/name", provider.as_str())
}

fn masked_of(enrolment: &EnrolmentRecord, phone: &str) -> String {
    format!(
        "enrolled-phone/{}/{}/{phone}/masked",
        enrolment.owner,
        enrolment.provider.as_str()
    )
}

fn face_place(customer: &[u8]) -> String {
    format!("enrolled-face/{}/reference", Base64UrlUnpadded::encode_string(customer))
}

impl Store {
    /// Inserts an enrolment, ends the open ones of the same customer, and consumes the approval that it begins with: all of it or nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn insert_enrolment(&self, new: NewEnrolment, limits: Limits) -> Result<EnrolmentInsert, StoreError> {
        let store = self.clone();
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move { store.insert_enrolment_in(transaction, new, &limits).await })
            })
            .await
    }

    async fn insert_enrolment_in(
        &self,
        transaction: &mut AnyConnection,
        mut new: NewEnrolment,
        limits: &Limits,
    ) -> Result<End<EnrolmentInsert>, StoreError> {
        let consumed = match &new.record.authorised_by {
            EnrolmentAuthorisation::Approval(approval) => {
                match self
                    .consume_approval(transaction, approval, &new.record, limits)
                    .await?
                {
                    Ok(consumed) => {
                        new.record.learn_from(&consumed.record);
                        Some(Box::new(consumed))
                    }
                    Err(refusal) => return Ok(End::Rollback(EnrolmentInsert::Refused(refusal))),
                }
            }
            EnrolmentAuthorisation::Partner => None,
        };
        let mut is_inserted = false;
        for _ in 0..MOST_TURNS {
            self.end_open_enrolments(&mut *transaction, &new.record).await?;
            is_inserted = self.insert_open_enrolment(&mut *transaction, &new).await?;
            if is_inserted {
                break;
            }
        }
        if !is_inserted {
            return Err(StoreError::Database(sqlx::Error::RowNotFound));
        }
        let changed = consumed
            .iter()
            .flat_map(|consumed| names_of(std::slice::from_ref(consumed.as_ref())));
        let changed = changed.collect();
        Ok(End::Commit(EnrolmentInsert::Inserted(consumed), changed))
    }

    /// Ends the open enrolments of the same customer. A call of theirs that is in flight is still concluded.
    async fn end_open_enrolments(
        &self,
        transaction: &mut AnyConnection,
        next: &EnrolmentRecord,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE enrolments SET ended_at = $1, version = version + 1, access_token = NULL \
             WHERE customer = $2 AND ended_at IS NULL",
        )
        .bind(to_column(next.created_at.0))
        .bind(self.enrolled_customer(next).as_bytes())
        .execute(transaction)
        .await?;
        Ok(())
    }

    /// False when the customer has another open one, which began after this transaction.
    async fn insert_open_enrolment(
        &self,
        transaction: &mut AnyConnection,
        new: &NewEnrolment,
    ) -> Result<bool, StoreError> {
        let record = &new.record;
        let token = &place(&record.id, "access-token");
        let inserted = sqlx::query(
            "INSERT INTO enrolments (id, owner, secret_digest, version, provider, created_at, expires_at, ended_at, subject, \
             progress, access_token, customer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
             ON CONFLICT (customer) WHERE ended_at IS NULL DO NOTHING",
        )
        .bind(&record.id)
        .bind(&record.owner)
        .bind(new.client_secret.digest().as_bytes())
        .bind(to_column(record.version))
        .bind(record.provider.as_str())
        .bind(to_column(record.created_at.0))
        .bind(to_column(record.expires_at.0))
        .bind(record.ended_at.map(|time| to_column(time.0)))
        .bind(self.sealed_subject(record)?)
        .bind(self.sealed_progress(record)?)
        .bind(self.sealer.seal(token, new.access_token.expose().as_bytes())?)
        .bind(self.enrolled_customer(record).as_bytes())
        .execute(transaction)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Consumes an approval. Its one-time token is wiped: nothing is repeated with it.
    async fn consume_approval(
        &self,
        transaction: &mut AnyConnection,
        approval: &str,
        enrolment: &EnrolmentRecord,
        limits: &Limits,
    ) -> Result<Result<UpdateResult<()>, EnrolmentApprovalRefusal>, StoreError> {
        let before = self.lock_approval(&mut *transaction, approval).await?;
        let Some(before) = before.filter(|before| before.owner == enrolment.owner) else {
            return Ok(Err(EnrolmentApprovalRefusal::Unknown));
        };
        let now = self.clock.now();
        let (profile, user) = (enrolment.profile.as_deref(), enrolment.user.as_deref());
        let consume = |record: &mut sca_core::Record| {
            record.consume_for_enrolment(&enrolment.provider, profile, user, now, limits)
        };
        let updated = self.apply(&mut *transaction, &before, consume).await?;
        if let Err(refusal) = updated.outcome {
            return Ok(Err(refusal));
        }
        sqlx::query("UPDATE approvals SET one_time_token = NULL WHERE id = $1")
            .bind(approval)
            .execute(transaction)
            .await?;
        Ok(Ok(UpdateResult {
            record: updated.record,
            outcome: (),
            changed: updated.changed,
            settled: updated.settled,
        }))
    }

    /// An enrolment by its id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn enrolment(&self, id: &str) -> Result<Option<EnrolmentRecord>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM enrolments WHERE id = $1");
        let query = sqlx::query(sql(query)).bind(id);
        let row = self.connections.fetch_optional(query).await?;
        row.as_ref().map(|row| self.enrolment_of(row)).transpose()
    }

    /// An enrolment by its client secret.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn enrolment_by_secret(&self, secret: &Secret) -> Result<Option<EnrolmentRecord>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM enrolments WHERE secret_digest = $1");
        let digest = secret.digest();
        let query = sqlx::query(sql(query)).bind(digest.as_bytes());
        let row = self.connections.fetch_optional(query).await?;
        row.as_ref().map(|row| self.enrolment_of(row)).transpose()
    }

    /// The customer's access token of an enrolment; `None` when the enrolment has ended.
    ///
    /// # Errors
    /// When the store fails, or the token was sealed under another key.
    pub async fn enrolment_token(&self, id: &str) -> Result<Option<Secret>, StoreError> {
        let query = sqlx::query("SELECT access_token FROM enrolments WHERE id = $1").bind(id);
        let Some(row) = self.connections.fetch_optional(query).await? else {
            return Ok(None);
        };
        let sealed: Option<&[u8]> = row.try_get("access_token")?;
        sealed
            .map(|sealed| self.sealer.open_text(&place(id, "access-token"), sealed))
            .transpose()
    }

    /// What is known of the factors of an enrolment's customer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn known_factors(&self, enrolment: &EnrolmentRecord) -> Result<KnownFactors, StoreError> {
        let rows = |query| self.connections.fetch_all(self.of_customer(query, enrolment));
        let (devices, phones, faces) = (rows(DEVICES).await?, rows(PHONES).await?, rows(FACES).await?);
        self.known_from(enrolment, &devices, &phones, &faces)
    }

    /// The face of the customer whose ids at the provider these are. `None` when there is none, or it is not certain whose it is: the user
    /// decides where it is known on both sides, and otherwise the profile does where it has one face.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn face_of_customer(
        &self,
        owner: &str,
        provider: &ProviderId,
        profile: Option<&str>,
        user: Option<&str>,
    ) -> Result<Option<FaceReference>, StoreError> {
        let digest = |kind: &[u8], id: Option<&str>| id.map(|id| self.provider_id_digest(owner, provider, kind, id));
        let (profile, user) = (digest(PROFILE, profile), digest(USER, user));
        // A digest that no row has, in place of an id that is not known.
        let bound = |digest: &Option<Fingerprint>| digest.map_or_else(Vec::new, |digest| digest.as_bytes().to_vec());
        let query = sqlx::query(
            "SELECT owner, provider, customer, user_digest, reference, confirmed_at FROM enrolled_faces \
             WHERE owner = $1 AND provider = $2 AND (profile_digest = $3 OR user_digest = $4)",
        )
        .bind(owner.to_owned())
        .bind(provider.as_str().to_owned())
        .bind(bound(&profile))
        .bind(bound(&user));
        let rows = self.connections.fetch_all(query).await?;
        let user = user.map(|user| user.as_bytes().to_vec());
        let mut certain = Vec::new();
        let mut likely = Vec::new();
        for row in &rows {
            let enrolled: Option<&[u8]> = row.try_get("user_digest")?;
            match (enrolled, user.as_deref()) {
                (Some(enrolled), Some(user)) if enrolled == user => certain.push(row),
                (Some(_), Some(_)) => {}
                (Some(_) | None, None) | (None, Some(_)) => likely.push(row),
            }
        }
        let found = if certain.is_empty() { likely } else { certain };
        match found.as_slice() {
            [row] => Ok(Some(self.face_of(row)?.reference)),
            [] | [_, _, ..] => Ok(None),
        }
    }

    /// Updates an enrolment. The change receives the current record, which is locked until the transaction ends, and what is known of
    /// the customer's factors. It returns what has changed at the provider. `None` when there is no such enrolment.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn update_enrolment<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut EnrolmentRecord, &KnownFactors) -> (T, Vec<FactorChange>) + Send + 'static,
    ) -> Result<Option<EnrolmentUpdate<T>>, StoreError>
    where
        T: Send + 'static,
    {
        let (store, id) = (self.clone(), id.to_owned());
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move { store.update_enrolment_in(transaction, &id, change).await })
            })
            .await
    }

    async fn update_enrolment_in<T: Send>(
        &self,
        transaction: &mut AnyConnection,
        id: &str,
        change: impl FnOnce(&mut EnrolmentRecord, &KnownFactors) -> (T, Vec<FactorChange>) + Send,
    ) -> Result<End<Option<EnrolmentUpdate<T>>>, StoreError> {
        let held = self.engine.for_update();
        let query = format!("SELECT {COLUMNS} FROM enrolments WHERE id = $1{held}");
        let row = sqlx::query(sql(query))
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(before) = row.as_ref().map(|row| self.enrolment_of(row)).transpose()? else {
            return Ok(End::Rollback(None));
        };
        let known = self.known_in(&mut *transaction, &before).await?;
        let mut after = before.clone();
        let (outcome, changes) = change(&mut after, &known);
        if after == before && changes.is_empty() {
            return Ok(End::Rollback(Some(EnrolmentUpdate {
                record: after,
                known,
                outcome,
                has_events: false,
            })));
        }
        after.version = before.version + 1;
        self.write_enrolment(&mut *transaction, &before, &after).await?;
        for change in after.wait_changes(&before, &changes) {
            self.write_wait_change(&mut *transaction, &after, &change).await?;
        }
        let mut has_events = false;
        for change in &changes {
            self.write_change(&mut *transaction, &after, change).await?;
            if let Some(event) = after.event_of(change) {
                let now = self.clock.now();
                let message = factor_event(&after.id, after.version, &event, now);
                writes::execute(&mut *transaction, self.engine, vec![message]).await?;
                has_events = true;
            }
        }
        let known = self.known_in(transaction, &after).await?;
        let updated = EnrolmentUpdate {
            record: after,
            known,
            outcome,
            has_events,
        };
        Ok(End::Commit(Some(updated), Vec::new()))
    }

    /// The ids of open enrolments whose time is over, the earliest first; at most 100.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due_enrolments(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let query =
            "SELECT id FROM enrolments WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT 100";
        let query = sqlx::query(query).bind(to_column(now.0));
        names(&self.connections.fetch_all(query).await?)
    }

    async fn write_enrolment(
        &self,
        transaction: &mut AnyConnection,
        before: &EnrolmentRecord,
        after: &EnrolmentRecord,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE enrolments SET version = $1, ended_at = $2, progress = $3 WHERE id = $4")
            .bind(to_column(after.version))
            .bind(after.ended_at.map(|time| to_column(time.0)))
            .bind(self.sealed_progress(after)?)
            .bind(&after.id)
            .execute(&mut *transaction)
            .await?;
        if after.ended_at.is_some() && before.ended_at.is_none() {
            sqlx::query("UPDATE enrolments SET access_token = NULL WHERE id = $1")
                .bind(&after.id)
                .execute(transaction)
                .await?;
        }
        Ok(())
    }

    async fn write_change(
        &self,
        transaction: &mut AnyConnection,
        enrolment: &EnrolmentRecord,
        change: &FactorChange,
    ) -> Result<(), StoreError> {
        match change {
            FactorChange::DeviceEnrolled(Some(device)) | FactorChange::DeviceRecorded(device) => {
                let place = name_of(&enrolment.owner, &enrolment.provider, &device.id);
                sqlx::query(
                    "INSERT INTO enrolled_devices (owner, provider, customer, device_id, name, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                )
                .bind(&enrolment.owner)
                .bind(enrolment.provider.as_str())
                .bind(self.enrolled_customer(enrolment).as_bytes())
                .bind(&device.id)
                .bind(self.sealer.seal(&place, device.name.as_str().as_bytes())?)
                .bind(to_column(device.created_at.0))
                .execute(transaction)
                .await?;
            }
            FactorChange::DeviceRemoved(device) => {
                let query = "DELETE FROM enrolled_devices WHERE owner = $1 AND provider = $2 AND customer = $3 AND device_id = $4";
                sqlx::query(query)
                    .bind(&enrolment.owner)
                    .bind(enrolment.provider.as_str())
                    .bind(self.enrolled_customer(enrolment).as_bytes())
                    .bind(device.as_str())
                    .execute(transaction)
                    .await?;
            }
            FactorChange::PhoneEnrolled(Some(phone)) | FactorChange::PhoneFound(phone) => {
                self.delete_of_customer(&mut *transaction, enrolment, "enrolled_phones")
                    .await?;
                sqlx::query(
                    "INSERT INTO enrolled_phones (owner, provider, customer, phone_id, masked, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6)",
                )
                .bind(&enrolment.owner)
                .bind(enrolment.provider.as_str())
                .bind(self.enrolled_customer(enrolment).as_bytes())
                .bind(phone.id.as_str())
                .bind(
                    self.sealer
                        .seal(&masked_of(enrolment, phone.id.as_str()), phone.masked.as_bytes())?,
                )
                .bind(phone.created_at.map(|time| to_column(time.0)))
                .execute(transaction)
                .await?;
            }
            FactorChange::PhoneRemoved(Some(KnownPhone { id, .. })) | FactorChange::PhoneForgotten(id) => {
                sqlx::query(
                    "DELETE FROM enrolled_phones WHERE owner = $1 AND provider = $2 AND customer = $3 AND phone_id = $4",
                )
                .bind(&enrolment.owner)
                .bind(enrolment.provider.as_str())
                .bind(self.enrolled_customer(enrolment).as_bytes())
                .bind(id.as_str())
                .execute(transaction)
                .await?;
            }
            FactorChange::FaceEnrolled(Some(reference)) => {
                let now = self.clock.now();
                self.write_face(transaction, enrolment, reference, Some(now)).await?;
            }
            FactorChange::FaceKept(reference) => {
                self.write_face(transaction, enrolment, reference, None).await?;
            }
            FactorChange::FaceRemoved(Some(removed)) => {
                self.write_removed_face(transaction, enrolment, removed).await?;
            }
            FactorChange::FaceForgotten(reference) => {
                let removed = RemovedFace {
                    reference: reference.clone(),
                    is_kept: false,
                };
                self.write_removed_face(transaction, enrolment, &removed).await?;
            }
            FactorChange::PinEnrolled
            | FactorChange::PinRemoved
            | FactorChange::DeviceEnrolled(None)
            | FactorChange::PhoneEnrolled(None)
            | FactorChange::PhoneRemoved(None)
            | FactorChange::FaceEnrolled(None)
            | FactorChange::FaceRemoved(None) => {}
        }
        Ok(())
    }

    async fn write_face(
        &self,
        transaction: &mut AnyConnection,
        enrolment: &EnrolmentRecord,
        reference: &FaceReference,
        confirmed_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.delete_of_customer(&mut *transaction, enrolment, "enrolled_faces")
            .await?;
        let digest = |kind: &[u8], id: &Option<String>| {
            let id = id.as_deref()?;
            let digest = self.provider_id_digest(&enrolment.owner, &enrolment.provider, kind, id);
            Some(digest.as_bytes().to_vec())
        };
        let customer = self.enrolled_customer(enrolment);
        sqlx::query(
            "INSERT INTO enrolled_faces (owner, provider, customer, profile_digest, user_digest, reference, confirmed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&enrolment.owner)
        .bind(enrolment.provider.as_str())
        .bind(customer.as_bytes())
        .bind(digest(PROFILE, &enrolment.profile))
        .bind(digest(USER, &enrolment.user))
        .bind(self.sealer.seal(&face_place(customer.as_bytes()), reference.as_str().as_bytes())?)
        .bind(confirmed_at.map(|time| to_column(time.0)))
        .execute(transaction)
        .await?;
        Ok(())
    }

    /// Leaves a face alone that was enrolled since.
    async fn write_removed_face(
        &self,
        transaction: &mut AnyConnection,
        enrolment: &EnrolmentRecord,
        removed: &RemovedFace,
    ) -> Result<(), StoreError> {
        let customer = self.enrolled_customer(enrolment);
        let rows = self.of_customer(FACES, enrolment).fetch_all(&mut *transaction).await?;
        let change = if removed.is_kept {
            "UPDATE enrolled_faces SET confirmed_at = NULL"
        } else {
            "DELETE FROM enrolled_faces"
        };
        let query = format!("{change} WHERE owner = $1 AND provider = $2 AND customer = $3 AND reference = $4");
        for row in &rows {
            if self.face_of(row)?.reference == removed.reference {
                let sealed: &[u8] = row.try_get("reference")?;
                sqlx::query(sql(query.clone()))
                    .bind(&enrolment.owner)
                    .bind(enrolment.provider.as_str())
                    .bind(customer.as_bytes())
                    .bind(sealed)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        Ok(())
    }

    async fn delete_of_customer(
        &self,
        transaction: &mut AnyConnection,
        enrolment: &EnrolmentRecord,
        table: &'static str,
    ) -> Result<(), StoreError> {
        let query = format!("DELETE FROM {table} WHERE owner = $1 AND provider = $2 AND customer = $3");
        sqlx::query(sql(query))
            .bind(&enrolment.owner)
            .bind(enrolment.provider.as_str())
            .bind(self.enrolled_customer(enrolment).as_bytes())
            .execute(transaction)
            .await?;
        Ok(())
    }

    async fn known_in(
        &self,
        transaction: &mut AnyConnection,
        enrolment: &EnrolmentRecord,
    ) -> Result<KnownFactors, StoreError> {
        let rows = async |query, transaction: &mut AnyConnection| {
            self.of_customer(query, enrolment).fetch_all(transaction).await
        };
        let devices = rows(DEVICES, &mut *transaction).await?;
        let phones = rows(PHONES, &mut *transaction).await?;
        let faces = rows(FACES, &mut *transaction).await?;
        self.known_from(enrolment, &devices, &phones, &faces)
    }

    fn of_customer(&self, query: &'static str, enrolment: &EnrolmentRecord) -> Query<'static, Any, AnyArguments> {
        sqlx::query(query)
            .bind(enrolment.owner.clone())
            .bind(enrolment.provider.as_str().to_owned())
            .bind(self.enrolled_customer(enrolment).as_bytes().to_vec())
    }

    fn known_from(
        &self,
        enrolment: &EnrolmentRecord,
        devices: &[AnyRow],
        phones: &[AnyRow],
        faces: &[AnyRow],
    ) -> Result<KnownFactors, StoreError> {
        Ok(KnownFactors {
            devices: self.devices_of(enrolment, devices)?,
            phone: phones.first().map(|row| self.phone_of(enrolment, row)).transpose()?,
            face: faces.first().map(|row| self.face_of(row)).transpose()?,
        })
    }

    fn phone_of(&self, enrolment: &EnrolmentRecord, row: &AnyRow) -> Result<KnownPhone, StoreError> {
        let id: String = row.try_get("phone_id")?;
        let sealed: &[u8] = row.try_get("masked")?;
        let masked = self.sealer.open_text(&masked_of(enrolment, &id), sealed)?;
        let created_at: Option<i64> = row.try_get("created_at")?;
        Ok(KnownPhone {
            id: PhoneId::new(&id).ok_or(StoreError::Unreadable("phone_id"))?,
            masked: masked.expose().to_owned(),
            created_at: created_at.map(|time| Timestamp(from_column(time))),
        })
    }

    fn face_of(&self, row: &AnyRow) -> Result<KnownFace, StoreError> {
        let customer: &[u8] = row.try_get("customer")?;
        let sealed: &[u8] = row.try_get("reference")?;
        let reference = self.sealer.open_text(&face_place(customer), sealed)?;
        let confirmed_at: Option<i64> = row.try_get("confirmed_at")?;
        Ok(KnownFace {
            reference: FaceReference::new(reference.expose()).ok_or(StoreError::Unreadable("reference"))?,
            is_confirmed: confirmed_at.is_some(),
        })
    }

    fn devices_of(&self, enrolment: &EnrolmentRecord, rows: &[AnyRow]) -> Result<Vec<EnrolledDevice>, StoreError> {
        let device = |row: &AnyRow| -> Result<EnrolledDevice, StoreError> {
            let id: String = row.try_get("device_id")?;
            let sealed: &[u8] = row.try_get("name")?;
            let place = name_of(&enrolment.owner, &enrolment.provider, &id);
            let name = self.sealer.open_text(&place, sealed)?;
            Ok(EnrolledDevice {
                id,
                name: PlainText::new(name.expose()).ok_or(StoreError::Unreadable("name"))?,
                created_at: Timestamp(from_column(row.try_get("created_at")?)),
                usable_from: None,
            })
        };
        rows.iter().map(device).collect()
    }

    fn enrolment_of(&self, row: &AnyRow) -> Result<EnrolmentRecord, StoreError> {
        let id: String = row.try_get("id")?;
        let open = |column: &'static str| -> Result<Zeroizing<Vec<u8>>, StoreError> {
            let sealed: &[u8] = row.try_get(column)?;
            self.sealer.open(&place(&id, column), sealed)
        };
        let subject: Subject =
            serde_json::from_slice(&open("subject")?).map_err(|_| StoreError::Unreadable("subject"))?;
        let progress = serde_json::from_slice(&open("progress")?).map_err(|_| StoreError::Unreadable("progress"))?;
        let ended_at: Option<i64> = row.try_get("ended_at")?;
        Ok(EnrolmentRecord {
            owner: row.try_get("owner")?,
            version: from_column(row.try_get("version")?),
            provider: ProviderId::from_stored(row.try_get("provider")?),
            customer: subject.customer,
            profile: subject.profile,
            user: subject.user,
            authorised_by: subject.authorised_by,
            created_at: Timestamp(from_column(row.try_get("created_at")?)),
            expires_at: Timestamp(from_column(row.try_get("expires_at")?)),
            ended_at: ended_at.map(|time| Timestamp(from_column(time))),
            progress,
            id,
        })
    }

    fn sealed_subject(&self, record: &EnrolmentRecord) -> Result<Vec<u8>, StoreError> {
        let subject = Subject {
            customer: record.customer.clone(),
            profile: record.profile.clone(),
            user: record.user.clone(),
            authorised_by: record.authorised_by.clone(),
        };
        let text = Zeroizing::new(json(&subject, "subject")?);
        self.sealer.seal(&place(&record.id, "subject"), text.as_bytes())
    }

    fn sealed_progress(&self, record: &EnrolmentRecord) -> Result<Vec<u8>, StoreError> {
        let text = json(&record.progress, "progress")?;
        self.sealer.seal(&place(&record.id, "progress"), text.as_bytes())
    }

    /// A keyed digest: a customer's id could be guessed.
    pub(super) fn enrolled_customer(&self, enrolment: &EnrolmentRecord) -> Fingerprint {
        let (owner, provider) = (enrolment.owner.as_bytes(), enrolment.provider.as_str().as_bytes());
        self.sealer
            .digest(&[b"enrolled-customer", owner, provider, enrolment.customer.as_bytes()])
    }

    fn provider_id_digest(&self, owner: &str, provider: &ProviderId, kind: &[u8], id: &str) -> Fingerprint {
        let (owner, provider) = (owner.as_bytes(), provider.as_str().as_bytes());
        self.sealer.digest(&[kind, owner, provider, id.as_bytes()])
    }
}

const DEVICES: &str = "SELECT device_id, name, created_at FROM enrolled_devices \
    WHERE owner = $1 AND provider = $2 AND customer = $3 ORDER BY created_at, device_id";
const PHONES: &str = "SELECT phone_id, masked, created_at FROM enrolled_phones \
    WHERE owner = $1 AND provider = $2 AND customer = $3";
const FACES: &str = "SELECT customer, reference, confirmed_at FROM enrolled_faces \
    WHERE owner = $1 AND provider = $2 AND customer = $3";
/// What a digest of a provider's id of a customer is of.
const PROFILE: &[u8] = b"profile-of-face";
const USER: &[u8] = b"user-of-face";
