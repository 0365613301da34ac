//! Setting up and removing a customer's PIN (<https://docs.wise.com/api-reference/sca-pin>) and device fingerprints
//! (<https://docs.wise.com/api-reference/sca-device-fingerprints>). The first generation of paths is documented in
//! <https://docs.wise.com/api-reference/user-security>.
//!
//! Only a documented response is an outcome. Wise documents the statuses and few bodies, so a body decides only what a status leaves open.

use http::{Method, StatusCode};
use sca_protocol::Timestamp;
use serde_json::Value;

use super::{
    Wise,
    paths::{Endpoint, ProfileId, UserId, is_device_id},
    verify::{encrypted, error_codes, has_new_token, is_cannot_decrypt, is_json, relayed},
};
use sca_core::{
    CreateOutcome, DeviceId, InvalidResponse, ProviderError, RemoveOutcome,
    provider::{CreateResult, CreatedDevice, EnrolmentSession},
};
use sca_provider_http::{Answer, Call};

impl Wise {
    /// Sets the customer's PIN, and relays the encrypted body unchanged.
    ///
    /// # Errors
    /// When there is no documented response.
    pub async fn create_pin(&self, session: &EnrolmentSession, jwe: &str) -> Result<CreateResult<()>, ProviderError> {
        let path = self.paths.pin_create(profile_of(session).as_ref());
        let answer = self.create("create-pin", session, path, jwe).await?;
        let relayed = relayed(&answer.body);
        let outcome = match creation_of(&answer)? {
            Creation::Succeeded
                if answer.body.trim_ascii().is_empty() || relayed.is_some() || is_json(&answer.body) =>
            {
                CreateOutcome::Enrolled(())
            }
            Creation::Succeeded => return Err(ProviderError::Unusable(InvalidResponse::Body)),
            // A customer has one PIN.
            Creation::LimitOrRejected => CreateOutcome::Rejected,
            Creation::AlreadyEnrolled => CreateOutcome::AlreadyEnrolled,
            Creation::CannotDecrypt => CreateOutcome::CannotDecrypt,
            Creation::Rejected => CreateOutcome::Rejected,
        };
        Ok(CreateResult { outcome, relayed })
    }

    /// Removes the customer's PIN.
    ///
    /// # Errors
    /// When there is no documented response.
    pub async fn delete_pin(&self, session: &EnrolmentSession) -> Result<RemoveOutcome, ProviderError> {
        let endpoint = self
            .paths
            .pin_delete(profile_of(session).as_ref(), user_of(session).as_ref());
        self.delete("delete-pin", session, endpoint).await
    }

    /// Registers a device fingerprint, and relays the encrypted body unchanged. Where Wise encrypts its response, only the browser can
    /// read the id in it.
    ///
    /// # Errors
    /// When there is no documented response.
    pub async fn create_device_fingerprint(
        &self,
        session: &EnrolmentSession,
        jwe: &str,
    ) -> Result<CreateResult<Option<CreatedDevice>>, ProviderError> {
        let path = self.paths.device_create(profile_of(session).as_ref());
        let answer = self.create("create-device", session, path, jwe).await?;
        let relayed = relayed(&answer.body);
        let outcome = match creation_of(&answer)? {
            Creation::Succeeded if relayed.is_some() => CreateOutcome::Enrolled(None),
            Creation::Succeeded => {
                let device = read_device(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body))?;
                CreateOutcome::Enrolled(Some(device))
            }
            Creation::LimitOrRejected => CreateOutcome::LimitReached,
            Creation::AlreadyEnrolled => CreateOutcome::AlreadyEnrolled,
            Creation::CannotDecrypt => CreateOutcome::CannotDecrypt,
            Creation::Rejected => CreateOutcome::Rejected,
        };
        Ok(CreateResult { outcome, relayed })
    }

    /// Removes a device fingerprint.
    ///
    /// # Errors
    /// When there is no documented response.
    pub async fn delete_device_fingerprint(
        &self,
        session: &EnrolmentSession,
        device: &DeviceId,
    ) -> Result<RemoveOutcome, ProviderError> {
        let (profile, user) = (profile_of(session), user_of(session));
        let endpoint = self
            .paths
            .device_delete(profile.as_ref(), user.as_ref(), device.as_str())
            .filter(|_| is_device_id(device.as_str()));
        self.delete("delete-device", session, endpoint).await
    }

    async fn create(
        &self,
        operation: &'static str,
        session: &EnrolmentSession,
        path: Option<String>,
        jwe: &str,
    ) -> Result<Answer, ProviderError> {
        let call = Call::new(operation, Method::POST, path.ok_or(ProviderError::Malformed)?);
        self.http
            .call(encrypted(call.bearer(&session.access_token)?, jwe))
            .await
    }

    pub(super) async fn delete(
        &self,
        operation: &'static str,
        session: &EnrolmentSession,
        endpoint: Option<Endpoint>,
    ) -> Result<RemoveOutcome, ProviderError> {
        let answer = match endpoint.ok_or(ProviderError::Malformed)? {
            Endpoint::OfCustomer(path) => {
                let call = Call::new(operation, Method::DELETE, path);
                self.http.call(call.bearer(&session.access_token)?).await?
            }
            Endpoint::OfClient(path) => {
                self.call_as_client(|| Call::new(operation, Method::DELETE, path.clone()))
                    .await?
            }
        };
        removal_of(&answer)
    }
}

pub(super) fn profile_of(session: &EnrolmentSession) -> Option<ProfileId> {
    session.profile.as_deref().and_then(ProfileId::new)
}

pub(super) fn user_of(session: &EnrolmentSession) -> Option<UserId> {
    session.user.as_deref().and_then(UserId::new)
}

/// What a status says about a call that sets a factor up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Creation {
    /// 200, 201 or 204. The body has still to be read.
    Succeeded,
    /// 409.
    AlreadyEnrolled,
    /// 400 that names the limit, or gives no reason: for a device fingerprint Wise documents it for the limit alone.
    LimitOrRejected,
    /// A 500 with Wise's own error.
    CannotDecrypt,
    /// Another rejection with an error of Wise's.
    Rejected,
}

fn creation_of(answer: &Answer) -> Result<Creation, ProviderError> {
    let status = answer.status;
    if has_new_token(status, &answer.headers) {
        return Err(ProviderError::StepUpRequired);
    }
    match status {
        StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(Creation::Succeeded),
        StatusCode::CONFLICT => own(answer, Creation::AlreadyEnrolled),
        StatusCode::BAD_REQUEST => {
            let codes = error_codes(&answer.body);
            let names_limit = codes.iter().any(|code| code.contains("max") || code.contains("limit"));
            own(
                answer,
                if names_limit || codes.is_empty() {
                    Creation::LimitOrRejected
                } else {
                    Creation::Rejected
                },
            )
        }
        StatusCode::UNPROCESSABLE_ENTITY => own(answer, Creation::Rejected),
        StatusCode::INTERNAL_SERVER_ERROR if is_cannot_decrypt(&answer.body) => Ok(Creation::CannotDecrypt),
        StatusCode::FORBIDDEN => Err(ProviderError::Forbidden),
        status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
    }
}

pub(super) fn removal_of(answer: &Answer) -> Result<RemoveOutcome, ProviderError> {
    let status = answer.status;
    if has_new_token(status, &answer.headers) {
        return Err(ProviderError::StepUpRequired);
    }
    match status {
        StatusCode::OK | StatusCode::NO_CONTENT if !is_page(&answer.body) => Ok(RemoveOutcome::Removed),
        StatusCode::NOT_FOUND => {
            let codes = error_codes(&answer.body);
            let names_factor = |code: &String| code.contains("not.setup") || code.contains("not.found");
            own(
                answer,
                if codes.is_empty() || codes.iter().any(names_factor) {
                    RemoveOutcome::NotEnrolled
                } else {
                    RemoveOutcome::Rejected
                },
            )
        }
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            own(answer, RemoveOutcome::Rejected)
        }
        StatusCode::FORBIDDEN => Err(ProviderError::Forbidden),
        status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
    }
}

/// An outcome, unless the response is a page of a proxy's.
pub(super) fn own<T>(answer: &Answer, outcome: T) -> Result<T, ProviderError> {
    if is_page(&answer.body) {
        Err(ProviderError::Unusable(InvalidResponse::Body))
    } else {
        Ok(outcome)
    }
}

/// Whether a body is neither empty nor JSON nor a JWE.
pub(super) fn is_page(body: &[u8]) -> bool {
    !body.trim_ascii().is_empty() && !is_json(body) && relayed(body).is_none()
}

/// Reads `{"deviceFingerprintId":"…","createdAt":"2024-05-24T07:27:58.273205554Z"}`. `None` without a usable id. A time that cannot be
/// read is left out.
fn read_device(body: &[u8]) -> Option<CreatedDevice> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let id = document.get("deviceFingerprintId")?.as_str()?;
    Some(CreatedDevice {
        id: DeviceId::new(id).filter(|_| is_device_id(id))?,
        created_at: document.get("createdAt").and_then(Value::as_str).and_then(time),
    })
}

/// A time with up to nine digits of a second, cut to milliseconds.
fn time(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.trim().parse().ok()?;
    u64::try_from(time.as_millisecond()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue};

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    const PAGE: &str = "<!doctype html><h1>We will be back soon</h1>";

    fn unusable_body<T>() -> Result<T, ProviderError> {
        Err(ProviderError::Unusable(InvalidResponse::Body))
    }

    fn unusable_status<T>(status: u16) -> Result<T, ProviderError> {
        Err(ProviderError::Unusable(InvalidResponse::Status(status)))
    }

    #[test]
    fn every_documented_status_of_a_creation_is_an_outcome_and_no_other_is() {
        let exists = r#"{"errors":[{"code":"pin.already.setup","message":"PIN has already been setup."}]}"#;
        let limit = r#"{"errors":[{"code":"device.fingerprint.maximum.reached"}]}"#;
        let invalid = r#"{"errors":[{"code":"pin.invalid"}]}"#;
        for (status, body, expected) in [
            (200, "", Ok(Creation::Succeeded)),
            (204, "", Ok(Creation::Succeeded)),
            (409, "", Ok(Creation::AlreadyEnrolled)),
            (409, exists, Ok(Creation::AlreadyEnrolled)),
            (400, "", Ok(Creation::LimitOrRejected)),
            (400, "a..c.d.e", Ok(Creation::LimitOrRejected)),
            (400, limit, Ok(Creation::LimitOrRejected)),
            (400, invalid, Ok(Creation::Rejected)),
            (422, invalid, Ok(Creation::Rejected)),
            (
                500,
                r#"{"message":"An unexpected error occurred","request_id":"7"}"#,
                Ok(Creation::CannotDecrypt),
            ),
            (403, "", Err(ProviderError::Forbidden)),
            (409, PAGE, unusable_body()),
            (400, PAGE, unusable_body()),
            (404, "", unusable_status(404)),
            (500, PAGE, unusable_status(500)),
            (503, "", unusable_status(503)),
        ] {
            assert_eq!(creation_of(&answer(status, body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn every_documented_status_of_a_removal_is_an_outcome_and_no_other_is() {
        let not_set = r#"{"errors":[{"code":"pin.not.setup","message":"PIN has not been setup."}]}"#;
        for (status, body, expected) in [
            (204, "", Ok(RemoveOutcome::Removed)),
            (200, "", Ok(RemoveOutcome::Removed)),
            (404, "", Ok(RemoveOutcome::NotEnrolled)),
            (404, not_set, Ok(RemoveOutcome::NotEnrolled)),
            (
                404,
                r#"{"errors":[{"code":"user.unknown"}]}"#,
                Ok(RemoveOutcome::Rejected),
            ),
            (400, "", Ok(RemoveOutcome::Rejected)),
            (403, "", Err(ProviderError::Forbidden)),
            (200, PAGE, unusable_status(200)),
            (404, PAGE, unusable_body()),
            (500, "{}", unusable_status(500)),
        ] {
            assert_eq!(removal_of(&answer(status, body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_call_that_wise_protects_with_a_new_token_needs_a_step_up() {
        let mut refused = answer(403, "");
        let token = HeaderValue::from_static("bb676aeb-7c4d-4930-bb55-ab949fd3fd87");
        refused.headers.insert("x-2fa-approval", token);
        assert_eq!(creation_of(&refused), Err(ProviderError::StepUpRequired));
        assert_eq!(removal_of(&refused), Err(ProviderError::StepUpRequired));
    }

    #[test]
    fn a_device_is_read_with_any_time_and_not_without_an_id() {
        let id = "0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a11";
        for (created, expected) in [
            (r#""2024-05-24T07:27:58.273205554Z""#, Some(1_716_535_678_273)),
            (r#""2024-05-24T07:27:58Z""#, Some(1_716_535_678_000)),
            (r#""2024-05-24T09:27:58.2+02:00""#, Some(1_716_535_678_200)),
            (r#""2024-05-24""#, None),
            ("null", None),
            ("7", None),
        ] {
            let body = format!(r#"{{"deviceFingerprintId":"{id}","createdAt":{created},"more":1}}"#);
            let device = read_device(body.as_bytes()).unwrap();
            assert_eq!(device.id.as_str(), id);
            assert_eq!(device.created_at, expected.map(Timestamp), "{created}");
        }
        for body in [
            "",
            "{}",
            r#"{"deviceFingerprintId":7}"#,
            r#"{"deviceFingerprintId":"../pin/../"}"#,
            PAGE,
        ] {
            assert_eq!(read_device(body.as_bytes()), None, "{body}");
        }
    }
}
