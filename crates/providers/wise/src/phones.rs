//! Registering and removing a customer's phone number: <https://docs.wise.com/api-reference/user-security>. The partner verifies a number
//! before it registers it. All calls take the partner's client credentials, and name the user.

use http::{Method, StatusCode};
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use super::{
    Wise,
    enrolment::{is_page, own, removal_of, user_of},
    verify::{error_codes, has_new_token},
};
use sca_core::{
    InvalidResponse, PhoneEnrolment, PhoneId, PhoneNumber, PhoneOutcome, ProviderError, RegisteredPhone, RemoveOutcome,
    Secret,
    provider::{Answer, EnrolmentSession},
};
use sca_provider_http::Call;

const JSON: &str = "application/json";

impl PhoneEnrolment for Wise {
    fn serves(&self, user: Option<&str>) -> bool {
        user.is_some()
    }

    fn lists_phones(&self) -> bool {
        self.paths.lists_phones()
    }

    fn create_phone<'a>(&'a self, session: &'a EnrolmentSession, number: &'a PhoneNumber) -> Answer<'a, PhoneOutcome> {
        Box::pin(async move {
            let path = user_of(session).map(|user| self.paths.phones(&user));
            self.write_phone("create-phone", Method::POST, path, number).await
        })
    }

    fn update_phone<'a>(
        &'a self,
        session: &'a EnrolmentSession,
        phone: &'a PhoneId,
        number: &'a PhoneNumber,
    ) -> Option<Answer<'a, PhoneOutcome>> {
        self.paths.lists_phones().then(|| -> Answer<'a, PhoneOutcome> {
            Box::pin(async move {
                let path = user_of(session).and_then(|user| self.paths.phone(&user, phone.as_str()));
                self.write_phone("update-phone", Method::PUT, path, number).await
            })
        })
    }

    fn list_phones<'a>(&'a self, session: &'a EnrolmentSession) -> Option<Answer<'a, Vec<RegisteredPhone>>> {
        self.paths
            .lists_phones()
            .then(|| -> Answer<'a, Vec<RegisteredPhone>> { Box::pin(self.read_phones(session)) })
    }

    fn remove_phone<'a>(&'a self, session: &'a EnrolmentSession, phone: &'a PhoneId) -> Answer<'a, RemoveOutcome> {
        Box::pin(async move {
            let path = user_of(session).and_then(|user| self.paths.phone(&user, phone.as_str()));
            let path = path.ok_or(ProviderError::Malformed)?;
            let answer = self
                .call_as_client(|| Call::new("delete-phone", Method::DELETE, path.clone()))
                .await?;
            removal_of(&answer)
        })
    }
}

impl Wise {
    async fn write_phone(
        &self,
        operation: &'static str,
        method: Method,
        path: Option<String>,
        number: &PhoneNumber,
    ) -> Result<PhoneOutcome, ProviderError> {
        let path = path.ok_or(ProviderError::Malformed)?;
        let call = || Call::new(operation, method.clone(), path.clone()).body(JSON, body_of(number));
        let mut answer = self.call_as_client(call).await?;
        let outcome = outcome_of(&answer);
        // It repeats the number.
        answer.body.zeroize();
        outcome
    }

    async fn read_phones(&self, session: &EnrolmentSession) -> Result<Vec<RegisteredPhone>, ProviderError> {
        let path = user_of(session).map(|user| self.paths.phones(&user));
        let path = path.ok_or(ProviderError::Malformed)?;
        let call = || Call::new("list-phones", Method::GET, path.clone());
        let mut answer = self.call_as_client(call).await?;
        let listed = if answer.status == StatusCode::OK {
            read_list(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body))
        } else {
            Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16())))
        };
        answer.body.zeroize();
        listed
    }
}

/// `{"phoneNumber":"+6588888888"}`. The number needs no JSON escapes.
fn body_of(number: &PhoneNumber) -> Zeroizing<Vec<u8>> {
    let mut body = Zeroizing::new(Vec::with_capacity(number.expose().len() + 20));
    body.extend_from_slice(b"{\"phoneNumber\":\"");
    body.extend_from_slice(number.expose().as_bytes());
    body.extend_from_slice(b"\"}");
    body
}

/// Wise documents 200 with the number, and 422 with `phone.number.repeated`. The message of that error names another customer, and goes
/// nowhere.
fn outcome_of(answer: &sca_provider_http::Answer) -> Result<PhoneOutcome, ProviderError> {
    let status = answer.status;
    if has_new_token(status, &answer.headers) {
        return Err(ProviderError::StepUpRequired);
    }
    match status {
        StatusCode::OK | StatusCode::CREATED => read_id(&answer.body)
            .map(PhoneOutcome::Registered)
            .ok_or(ProviderError::Unusable(InvalidResponse::Body)),
        StatusCode::CONFLICT => own(answer, PhoneOutcome::AlreadyRegistered),
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY
            if !is_page(&answer.body) =>
        {
            let is_repeated = error_codes(&answer.body).iter().any(|code| code.contains("repeated"));
            Ok(if is_repeated {
                PhoneOutcome::Repeated
            } else {
                PhoneOutcome::Rejected
            })
        }
        StatusCode::FORBIDDEN => Err(ProviderError::Forbidden),
        status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
    }
}

/// The id in `{"id":1230944,"phoneNumber":"+6588888888","type":"PRIMARY",…}`.
fn read_id(body: &[u8]) -> Option<PhoneId> {
    #[derive(serde::Deserialize)]
    struct Phone {
        id: Value,
    }
    let Phone { id } = serde_json::from_slice(body).ok()?;
    id_of(&id)
}

/// A number or a text of digits, which is safe in a path.
fn id_of(value: &Value) -> Option<PhoneId> {
    let text = match value {
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    PhoneId::new(&text).filter(|_| super::paths::is_phone_id(&text))
}

fn read_list(body: &[u8]) -> Option<Vec<RegisteredPhone>> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Phone {
        id: Value,
        phone_number: Secret,
    }
    let phones: Vec<Phone> = serde_json::from_slice(body).ok()?;
    let read = |phone: &Phone| {
        Some(RegisteredPhone {
            id: id_of(&phone.id)?,
            number: PhoneNumber::new(phone.phone_number.expose())?,
        })
    };
    phones.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn answer(status: u16, body: &str) -> sca_provider_http::Answer {
        sca_provider_http::Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn every_documented_response_is_an_outcome_and_no_other_is() {
        let registered = || Ok(PhoneOutcome::Registered(PhoneId::new("1230944").unwrap()));
        let body = |error| Err(ProviderError::Unusable(error));
        let repeated = r#"{"errors":[{"code":"phone.number.repeated","message":"It's linked to an account with the email ****@wise.com"}]}"#;
        for (status, text, expected) in [
            (
                200,
                r#"{"id":1230944,"phoneNumber":"+6588888888","type":"PRIMARY","verified":true}"#,
                registered(),
            ),
            (201, r#"{"id":"1230944"}"#, registered()),
            (200, r#"{"id":-1}"#, body(InvalidResponse::Body)),
            (200, r#"{"id":"../1"}"#, body(InvalidResponse::Body)),
            (200, "", body(InvalidResponse::Body)),
            (422, repeated, Ok(PhoneOutcome::Repeated)),
            (400, repeated, Ok(PhoneOutcome::Repeated)),
            (422, "{}", Ok(PhoneOutcome::Rejected)),
            (400, "", Ok(PhoneOutcome::Rejected)),
            (409, "{}", Ok(PhoneOutcome::AlreadyRegistered)),
            (409, "<html>", body(InvalidResponse::Body)),
            (422, "<html>", body(InvalidResponse::Status(422))),
            (403, "", Err(ProviderError::Forbidden)),
            (503, "", body(InvalidResponse::Status(503))),
        ] {
            assert_eq!(outcome_of(&answer(status, text)), expected, "{status} {text}");
        }
    }

    #[test]
    fn a_list_is_read_as_a_whole_or_not_at_all() {
        let list = r#"[{"id":7,"phoneNumber":"+6588888888"},{"id":8,"phoneNumber":"+491711234567","type":"PRIMARY"}]"#;
        assert_eq!(read_list(list.as_bytes()).unwrap().len(), 2);
        assert_eq!(read_list(b"[]").unwrap(), []);
        for text in ["", "{}", r#"[{"id":7}]"#, r#"[{"id":7,"phoneNumber":"+65 8888"}]"#] {
            assert_eq!(read_list(text.as_bytes()), None, "{text}");
        }
    }
}
