//! Wise as a [`Provider`]: one-time tokens with the calls that wait behind them, and the enrolment of factors.

use std::time::Duration;

use http::Method;
use sca_core::{
    DeviceId, FaceScans, OtpSendResult, PhoneEnrolment, ProviderError, ProviderId, RemoveOutcome, Secret, TokenStatus,
    VerificationResult,
    provider::{
        Answer, CreateResult, CreatedDevice, CustomerIdError, DescribedBy, EnrolmentSession, EntryError,
        FactorEnrolment, ForwardedCall, ForwardedResponse, OneTimeTokens, ProfileError, Provider, TokenSession,
        Webhook, WebhookError, WebhookEvent, is_otp,
    },
};
use sca_protocol::{
    Action, Factor, Timestamp,
    api::{EncryptionKey, Entry},
};

use super::{
    Wise,
    describe::Describable,
    jwe,
    paths::{Channel, ProfileId, SecretFactor, UserId, is_device_id, is_uuid},
    refusal,
    session::SESSION_LIFETIME,
};

/// Wise's id in stored rows, in the configuration and in metrics.
pub const ID: ProviderId = ProviderId::new("wise");

impl Provider for Wise {
    fn id(&self) -> ProviderId {
        ID
    }

    fn call_timeout(&self) -> Duration {
        self.http.total()
    }

    fn one_time_tokens(&self) -> Option<&dyn OneTimeTokens> {
        Some(self)
    }

    fn factor_enrolment(&self) -> Option<&dyn FactorEnrolment> {
        Some(self)
    }

    fn phones(&self) -> Option<&dyn PhoneEnrolment> {
        Some(self)
    }

    fn face_scans(&self) -> Option<&dyn FaceScans> {
        if self.scans_faces { Some(self) } else { None }
    }

    // Wise has no webhook about one-time tokens.
    fn webhook_signature_header(&self) -> Option<&'static str> {
        None
    }

    fn parse_webhook(&self, _: &Webhook<'_>, _: Timestamp) -> Result<WebhookEvent, WebhookError> {
        Err(WebhookError::Invalid("webhooks of Wise are not read"))
    }
}

impl OneTimeTokens for Wise {
    fn expected_steps(&self) -> Option<u8> {
        self.expected_steps
    }

    fn is_token(&self, text: &str) -> bool {
        refusal::is_token(text)
    }

    fn check_profile(&self, profile: Option<&str>) -> Result<(), ProfileError> {
        match profile {
            Some(text) if ProfileId::new(text).is_none() => Err(ProfileError::Malformed),
            None if self.paths.needs_profile() => Err(ProfileError::Missing),
            Some(_) | None => Ok(()),
        }
    }

    fn open_session<'a>(&'a self, access_token: &'a Secret, profile: Option<&'a str>) -> Option<Answer<'a, Secret>> {
        Some(Box::pin(self.open_sca_session(access_token, profile)))
    }

    fn session_for(&self, method: &str, path_and_query: &str) -> Option<Duration> {
        self.low_risk_calls
            .contains(method, path_and_query)
            .then_some(SESSION_LIFETIME)
    }

    fn status<'a>(&'a self, session: &'a TokenSession) -> Answer<'a, TokenStatus> {
        Box::pin(self.token_status(session))
    }

    fn encryption_key(&self) -> Answer<'_, EncryptionKey> {
        Box::pin(Wise::encryption_key(self))
    }

    fn mark_encryption_key_stale(&self) {
        Wise::mark_encryption_key_stale(self);
    }

    fn sends_otp(&self, factor: &Factor) -> bool {
        channel(factor).is_some()
    }

    fn send_otp<'a>(&'a self, session: &'a TokenSession, factor: &'a Factor) -> Answer<'a, OtpSendResult> {
        Box::pin(async move {
            let channel = channel(factor).ok_or(ProviderError::Malformed)?;
            self.send_code(session, channel).await
        })
    }

    fn check_entry(&self, factor: &Factor, entry: &Entry) -> Result<(), EntryError> {
        let has_form = match (factor, entry) {
            (Factor::Pin | Factor::Device, Entry::Jwe(jwe)) => jwe::is_entry(jwe),
            (Factor::Sms | Factor::WhatsApp | Factor::Voice, Entry::Code(code)) => is_otp(code),
            (
                Factor::Pin | Factor::Device | Factor::Sms | Factor::WhatsApp | Factor::Voice,
                Entry::Jwe(_) | Entry::Code(_),
            ) => false,
            (
                Factor::Face | Factor::FaceScan | Factor::Push | Factor::Biometric | Factor::Other(_),
                Entry::Jwe(_) | Entry::Code(_),
            ) => {
                return Err(EntryError::UnsupportedFactor);
            }
        };
        if has_form { Ok(()) } else { Err(EntryError::Malformed) }
    }

    fn verify<'a>(
        &'a self,
        session: &'a TokenSession,
        factor: &'a Factor,
        entry: &'a Entry,
    ) -> Answer<'a, VerificationResult> {
        Box::pin(async move {
            match entry {
                Entry::Jwe(jwe) => {
                    let factor = secret_factor(factor).ok_or(ProviderError::Malformed)?;
                    self.verify_secret(session, factor, jwe).await
                }
                Entry::Code(code) => {
                    let channel = channel(factor).ok_or(ProviderError::Malformed)?;
                    self.verify_code(session, channel, code).await
                }
            }
        })
    }

    fn described_by(&self, method: &str, path_and_query: &str) -> Option<DescribedBy> {
        Some(match recognise(method, path_and_query)? {
            Describable::Statement { .. } => DescribedBy::Request,
            Describable::Transfer { .. } => DescribedBy::ProviderData,
        })
    }

    fn describe<'a>(
        &'a self,
        method: &'a str,
        path_and_query: &'a str,
        access_token: &'a Secret,
    ) -> Answer<'a, Action> {
        Box::pin(async move {
            let call = recognise(method, path_and_query).ok_or(ProviderError::Malformed)?;
            Wise::describe(self, &call, access_token).await
        })
    }

    fn profile_in(&self, path_and_query: &str) -> Option<String> {
        ProfileId::in_path(path_and_query).map(|profile| profile.as_str().to_owned())
    }

    fn forward<'a>(&'a self, call: &'a ForwardedCall<'a>, token: Option<&'a Secret>) -> Answer<'a, ForwardedResponse> {
        Box::pin(self.forward_call(call, token))
    }
}

impl FactorEnrolment for Wise {
    fn check_customer(&self, profile: Option<&str>, user: Option<&str>) -> Result<(), CustomerIdError> {
        self.check_profile(profile)?;
        match user {
            Some(text) if UserId::new(text).is_none() => Err(CustomerIdError::UserMalformed),
            None if self.paths.needs_user() => Err(CustomerIdError::UserMissing),
            Some(_) | None => Ok(()),
        }
    }

    fn check_ciphertext(&self, jwe: &str) -> Result<(), EntryError> {
        if jwe::is_entry(jwe) {
            Ok(())
        } else {
            Err(EntryError::Malformed)
        }
    }

    fn device_id(&self, text: &str) -> Option<DeviceId> {
        DeviceId::new(text).filter(|_| is_device_id(text))
    }

    fn named_device_id(&self, text: &str) -> Option<DeviceId> {
        DeviceId::new(text).filter(|_| is_uuid(text))
    }

    fn encryption_key(&self) -> Answer<'_, EncryptionKey> {
        Box::pin(Wise::encryption_key(self))
    }

    fn mark_encryption_key_stale(&self) {
        Wise::mark_encryption_key_stale(self);
    }

    fn create_pin<'a>(&'a self, session: &'a EnrolmentSession, jwe: &'a str) -> Answer<'a, CreateResult<()>> {
        Box::pin(Wise::create_pin(self, session, jwe))
    }

    fn remove_pin<'a>(&'a self, session: &'a EnrolmentSession) -> Answer<'a, RemoveOutcome> {
        Box::pin(self.delete_pin(session))
    }

    fn create_device<'a>(
        &'a self,
        session: &'a EnrolmentSession,
        jwe: &'a str,
    ) -> Answer<'a, CreateResult<Option<CreatedDevice>>> {
        Box::pin(self.create_device_fingerprint(session, jwe))
    }

    fn remove_device<'a>(&'a self, session: &'a EnrolmentSession, device: &'a DeviceId) -> Answer<'a, RemoveOutcome> {
        Box::pin(self.delete_device_fingerprint(session, device))
    }
}

fn recognise(method: &str, path_and_query: &str) -> Option<Describable> {
    Describable::recognise(&Method::from_bytes(method.as_bytes()).ok()?, path_and_query)
}

/// The factors that are verified with an encrypted secret.
fn secret_factor(factor: &Factor) -> Option<SecretFactor> {
    match factor {
        Factor::Pin => Some(SecretFactor::Pin),
        Factor::Device => Some(SecretFactor::DeviceFingerprint),
        Factor::Sms
        | Factor::WhatsApp
        | Factor::Voice
        | Factor::Face
        | Factor::FaceScan
        | Factor::Push
        | Factor::Biometric
        | Factor::Other(_) => None,
    }
}

/// The channel of a factor that sends a code.
fn channel(factor: &Factor) -> Option<Channel> {
    match factor {
        Factor::Sms => Some(Channel::Sms),
        Factor::WhatsApp => Some(Channel::WhatsApp),
        Factor::Voice => Some(Channel::Voice),
        Factor::Pin
        | Factor::Device
        | Factor::Face
        | Factor::FaceScan
        | Factor::Push
        | Factor::Biometric
        | Factor::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use sca_provider_http::{HttpLimits, ProviderHttp};
    use sca_runtime::metrics::Metrics;

    use super::*;
    use crate::keys::ClientCredentials;

    fn wise(paths: &str) -> Wise {
        let http = ProviderHttp::new("wise", "https://api.example", HttpLimits::default(), Metrics::default());
        let credentials = ClientCredentials {
            id: "id".into(),
            secret: Secret::new("secret".into()),
        };
        Wise::new(http.unwrap(), paths.parse().unwrap(), credentials)
    }

    #[test]
    fn an_entry_has_the_form_of_its_factor() {
        use EntryError::{Malformed, UnsupportedFactor};
        let header = "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0";
        let jwe = format!("{header}.a2V5.{}.cGlu.{}", "A".repeat(16), "A".repeat(22));
        let (jwe, code) = (|| Entry::Jwe(jwe.clone()), |text: &str| Entry::Code(text.into()));
        for (factor, entry, expected) in [
            (Factor::Pin, jwe(), Ok(())),
            (Factor::Device, jwe(), Ok(())),
            (Factor::Device, code("123456"), Err(Malformed)),
            (Factor::Sms, code("123456"), Ok(())),
            (Factor::WhatsApp, code("123456"), Ok(())),
            (Factor::Voice, code("123456"), Ok(())),
            (Factor::Pin, code("1234"), Err(Malformed)),
            (Factor::Pin, Entry::Jwe("1234".into()), Err(Malformed)),
            (Factor::Sms, jwe(), Err(Malformed)),
            (Factor::Sms, code("12345"), Err(Malformed)),
            (Factor::Sms, code("12345\""), Err(Malformed)),
            (Factor::Push, code("123456"), Err(UnsupportedFactor)),
            (Factor::FaceScan, jwe(), Err(UnsupportedFactor)),
            (Factor::Face, jwe(), Err(UnsupportedFactor)),
            (Factor::Other("FACE_MAP".into()), jwe(), Err(UnsupportedFactor)),
        ] {
            assert_eq!(wise("v1").check_entry(&factor, &entry), expected, "{factor:?}");
            let sends = matches!(factor, Factor::Sms | Factor::WhatsApp | Factor::Voice);
            assert_eq!(wise("v1").sends_otp(&factor), sends, "{factor:?}");
        }
    }

    #[test]
    fn a_profile_is_required_where_the_paths_contain_it() {
        for (paths, profile, expected) in [
            ("v1", None, Ok(())),
            ("v1", Some("7"), Ok(())),
            ("v1", Some("7/8"), Err(ProfileError::Malformed)),
            ("v2", None, Err(ProfileError::Missing)),
            ("2026Q3", None, Err(ProfileError::Missing)),
            ("2026Q3", Some("7"), Ok(())),
        ] {
            assert_eq!(wise(paths).check_profile(profile), expected, "{paths} {profile:?}");
        }
    }

    #[test]
    fn an_enrolment_has_the_ids_that_its_paths_contain() {
        use CustomerIdError::{Profile, UserMalformed, UserMissing};
        for (paths, profile, user, expected) in [
            ("v1", None, Some("7"), Ok(())),
            ("v1", Some("1"), None, Err(UserMissing)),
            ("v1", Some("1/2"), Some("7"), Err(Profile(ProfileError::Malformed))),
            ("v1", None, Some("7/8"), Err(UserMalformed)),
            ("v2", Some("1"), None, Ok(())),
            ("v2", None, Some("7"), Err(Profile(ProfileError::Missing))),
            ("2026Q3", Some("1"), Some("x"), Err(UserMalformed)),
        ] {
            assert_eq!(
                wise(paths).check_customer(profile, user),
                expected,
                "{paths} {profile:?} {user:?}"
            );
        }
    }

    #[test]
    fn only_data_that_can_change_has_to_be_compared_again() {
        let described_by = |method, path| wise("v1").described_by(method, path);
        assert_eq!(
            described_by("POST", "/v3/profiles/1/transfers/2/payments"),
            Some(DescribedBy::ProviderData)
        );
        assert_eq!(
            described_by(
                "GET",
                "/v1/profiles/1/balance-statements/2/statement.json?intervalStart=2026-01-01&intervalEnd=2026-01-31"
            ),
            Some(DescribedBy::Request)
        );
        assert_eq!(described_by("GET", "/v1/profiles/1/balances"), None);
        assert_eq!(described_by("no method", "/v3/profiles/1/transfers/2/payments"), None);
    }
}
