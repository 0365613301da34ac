//! Wise's paths. Three generations are available at the same time: <https://docs.wise.com/guides/developer/global-versioning>.

use std::{fmt, str::FromStr};

/// The generation of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathGeneration {
    /// `/v1/one-time-token/…` for all calls: <https://docs.wise.com/api-reference/one-time-token>.
    V1,
    /// `/v2/profiles/{profile}/…` for the PIN and the device, `/v1/…` for the other calls: <https://docs.wise.com/api-reference/strong-customer-authentication>.
    V2,
    /// A calendar version such as `2026Q3` as prefix of every path: <https://docs.wise.com/guides/developer/global-versioning>.
    Calendar(CalendarVersion),
}

/// A year and a quarter: `2026Q3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarVersion(String);

/// The text is not a generation of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the paths are \"v1\", \"v2\" or a calendar version such as \"2026Q3\"")]
pub struct UnknownPaths;

impl FromStr for PathGeneration {
    type Err = UnknownPaths;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.as_bytes()) {
            ("v1", _) => Ok(Self::V1),
            ("v2", _) => Ok(Self::V2),
            (_, [year @ .., b'Q', b'1'..=b'4']) if year.len() == 4 && year.iter().all(u8::is_ascii_digit) => {
                Ok(Self::Calendar(CalendarVersion(text.into())))
            }
            (_, _) => Err(UnknownPaths),
        }
    }
}

impl fmt::Display for PathGeneration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::Calendar(CalendarVersion(version)) => version,
        })
    }
}

/// A profile id: 1 to 19 digits, which are safe in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileId(String);

impl ProfileId {
    /// Parses a profile id. `None` unless it is 1 to 19 digits.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let digits = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Self(text.into()))
    }

    /// The profile id in a path: the segment after `/profiles/`.
    #[must_use]
    pub fn in_path(path: &str) -> Option<Self> {
        let mut segments = path.split('/').skip_while(|segment| *segment != "profiles");
        segments.nth(1).and_then(Self::new)
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user id: 1 to 19 digits, which are safe in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserId(String);

impl UserId {
    /// Parses a user id. `None` unless it is 1 to 19 digits.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        // Both ids are 64-bit numbers.
        ProfileId::new(text).map(|ProfileId(digits)| Self(digits))
    }
}

/// Whether an id of a device is safe in a path: 8 to 64 letters, digits and hyphens. Wise's are UUIDs:
/// <https://docs.wise.com/api-reference/sca-device-fingerprints>.
#[must_use]
pub fn is_device_id(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a text is a UUID (RFC 9562, section 4), as Wise's ids of device fingerprints are.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let found: Vec<&str> = text.split('-').collect();
    let is_group =
        |(group, length): (&&str, usize)| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    found.len() == groups.len() && found.iter().zip(groups).all(is_group)
}

/// Whether an id of a phone number is safe in a path: 1 to 19 digits.
#[must_use]
pub fn is_phone_id(text: &str) -> bool {
    // It is a 64-bit number as well.
    ProfileId::new(text).is_some()
}

/// A path, and the token that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// The customer's access token.
    OfCustomer(String),
    /// The partner's client credentials: the path names the user.
    OfClient(String),
}

/// The channel of a one-time code: <https://docs.wise.com/api-reference/sca-otp>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A text message.
    Sms,
    /// A WhatsApp message.
    WhatsApp,
    /// A phone call.
    Voice,
}

impl Channel {
    fn segment(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::WhatsApp => "whatsapp",
            Self::Voice => "voice",
        }
    }
}

/// A factor that is verified with an encrypted secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretFactor {
    /// The PIN: <https://docs.wise.com/api-reference/sca-pin>.
    Pin,
    /// The fingerprint of a device: <https://docs.wise.com/api-reference/sca-device-fingerprints>.
    DeviceFingerprint,
}

impl SecretFactor {
    /// The segment in paths of the first generation.
    fn first_segment(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::DeviceFingerprint => "partner-device-fingerprint",
        }
    }

    /// The segment in paths of the later generations.
    fn segment(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::DeviceFingerprint => "device-fingerprints",
        }
    }
}

impl PathGeneration {
    /// Whether the paths of the PIN and the device contain the profile.
    #[must_use]
    pub fn needs_profile(&self) -> bool {
        match self {
            Self::V1 => false,
            Self::V2 | Self::Calendar(_) => true,
        }
    }

    /// Whether the paths of removals contain the user.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        match self {
            Self::V1 => true,
            Self::V2 | Self::Calendar(_) => false,
        }
    }

    /// A path below a profile, which the first generation does not have. `None` when there is no profile.
    fn of_profile(&self, profile: Option<&ProfileId>, path: &str) -> Option<String> {
        let profile = profile?.as_str();
        Some(match self {
            Self::V1 | Self::V2 => format!("/v2/profiles/{profile}{path}"),
            Self::Calendar(CalendarVersion(version)) => format!("/{version}/profiles/{profile}{path}"),
        })
    }

    /// A path that adds a factor. `None` when the path contains the profile and there is none.
    fn addition(&self, profile: Option<&ProfileId>, first: &str, path: &str) -> Option<String> {
        match self {
            Self::V1 => Some(first.to_owned()),
            Self::V2 | Self::Calendar(_) => self.of_profile(profile, path),
        }
    }

    /// A path that removes a factor. `None` when the path contains an id and there is none.
    fn removal(&self, profile: Option<&ProfileId>, user: Option<&UserId>, first: &str, path: &str) -> Option<Endpoint> {
        match self {
            Self::V1 => user.map(|UserId(user)| Endpoint::OfClient(format!("/v1/users/{user}{first}"))),
            Self::V2 | Self::Calendar(_) => self.of_profile(profile, path).map(Endpoint::OfCustomer),
        }
    }

    pub(super) fn pin_create(&self, profile: Option<&ProfileId>) -> Option<String> {
        self.addition(profile, "/v1/user/pin", "/pin")
    }

    pub(super) fn pin_delete(&self, profile: Option<&ProfileId>, user: Option<&UserId>) -> Option<Endpoint> {
        self.removal(profile, user, "/pin", "/pin")
    }

    pub(super) fn device_create(&self, profile: Option<&ProfileId>) -> Option<String> {
        self.addition(profile, "/v1/user/partner-device-fingerprints", "/device-fingerprints")
    }

    pub(super) fn device_delete(
        &self,
        profile: Option<&ProfileId>,
        user: Option<&UserId>,
        device: &str,
    ) -> Option<Endpoint> {
        let (first, path) = (
            format!("/partner-device-fingerprints/{device}"),
            format!("/device-fingerprints/{device}"),
        );
        self.removal(profile, user, &first, &path)
    }

    pub(super) fn face_create(&self, profile: Option<&ProfileId>) -> Option<String> {
        self.addition(profile, "/v1/user/facemap/enrol", "/facemaps")
    }

    pub(super) fn face_delete(&self, profile: Option<&ProfileId>, user: Option<&UserId>) -> Option<Endpoint> {
        self.removal(profile, user, "/facemap/enrol", "/facemaps")
    }

    pub(super) fn face_verify(&self, profile: Option<&ProfileId>) -> Option<String> {
        self.addition(profile, "/v1/one-time-token/facemap/verify", "/facemaps/verify")
    }

    pub(super) fn face_key(&self) -> String {
        self.versioned("/facetec/public-key")
    }

    pub(super) fn phones(&self, UserId(user): &UserId) -> String {
        self.versioned(&format!("/application/users/{user}/phone-numbers"))
    }

    pub(super) fn phone(&self, user: &UserId, phone: &str) -> Option<String> {
        is_phone_id(phone).then(|| format!("{}/{phone}", self.phones(user)))
    }

    /// Whether there are calls that list and change phone numbers. Wise has deprecated them, and calendar versions do not have them.
    pub(super) fn lists_phones(&self) -> bool {
        match self {
            Self::V1 | Self::V2 => true,
            Self::Calendar(_) => false,
        }
    }

    /// The first generation has no sessions; its partners call the second one.
    pub(super) fn sca_session(&self, profile: Option<&ProfileId>) -> Option<String> {
        self.of_profile(profile, "/sca-sessions/authorise")
    }

    /// A path of the first generation, in this generation's form.
    fn versioned(&self, path: &str) -> String {
        match self {
            Self::V1 | Self::V2 => format!("/v1{path}"),
            Self::Calendar(CalendarVersion(version)) => format!("/{version}{path}"),
        }
    }

    pub(super) fn status(&self) -> String {
        self.versioned("/one-time-token/status")
    }

    /// `None` when the path contains the profile and there is none.
    pub(super) fn secret_verify(&self, factor: SecretFactor, profile: Option<&ProfileId>) -> Option<String> {
        let profile = profile.map(ProfileId::as_str);
        let segment = factor.segment();
        match self {
            Self::V1 => Some(format!("/v1/one-time-token/{}/verify", factor.first_segment())),
            Self::V2 => profile.map(|profile| format!("/v2/profiles/{profile}/{segment}/verify")),
            Self::Calendar(CalendarVersion(version)) => {
                profile.map(|profile| format!("/{version}/profiles/{profile}/{segment}/verify"))
            }
        }
    }

    pub(super) fn code_trigger(&self, channel: Channel) -> String {
        self.versioned(&format!("/one-time-token/{}/trigger", channel.segment()))
    }

    pub(super) fn code_verify(&self, channel: Channel) -> String {
        self.versioned(&format!("/one-time-token/{}/verify", channel.segment()))
    }

    pub(super) fn public_keys(&self) -> String {
        let query = "algorithm=RSA_OAEP_256&scope=PAYLOAD_ENCRYPTION";
        self.versioned(&format!("/auth/jose/response/public-keys?{query}"))
    }

    pub(super) fn transfer(&self, id: &str) -> String {
        self.versioned(&format!("/transfers/{id}"))
    }

    pub(super) fn recipient(&self, id: &str) -> String {
        self.versioned(&format!("/accounts/{id}"))
    }

    pub(super) fn balance(&self, profile: &ProfileId, id: &str) -> String {
        let path = format!("/profiles/{}/balances/{id}", profile.as_str());
        match self {
            Self::V1 | Self::V2 => format!("/v4{path}"),
            Self::Calendar(CalendarVersion(version)) => format!("/{version}{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_generations_are_parsed_and_others_rejected() {
        for text in ["v1", "v2", "2026Q3", "2027Q1"] {
            assert_eq!(text.parse::<PathGeneration>().unwrap().to_string(), text);
        }
        for text in ["", "v3", "V1", "2026Q5", "26Q3", "2026Q3/..", "2026q3"] {
            assert_eq!(text.parse::<PathGeneration>(), Err(UnknownPaths), "{text}");
        }
    }

    #[test]
    fn each_generation_has_its_own_paths() {
        let profile = ProfileId::new("101").unwrap();
        for (generation, pin, device, sms) in [
            (
                "v1",
                "/v1/one-time-token/pin/verify",
                "/v1/one-time-token/partner-device-fingerprint/verify",
                "/v1/one-time-token/sms/verify",
            ),
            (
                "v2",
                "/v2/profiles/101/pin/verify",
                "/v2/profiles/101/device-fingerprints/verify",
                "/v1/one-time-token/sms/verify",
            ),
            (
                "2026Q3",
                "/2026Q3/profiles/101/pin/verify",
                "/2026Q3/profiles/101/device-fingerprints/verify",
                "/2026Q3/one-time-token/sms/verify",
            ),
        ] {
            let paths: PathGeneration = generation.parse().unwrap();
            let verify = |factor, profile| paths.secret_verify(factor, profile);
            assert_eq!(verify(SecretFactor::Pin, Some(&profile)).unwrap(), pin);
            assert_eq!(verify(SecretFactor::DeviceFingerprint, Some(&profile)).unwrap(), device);
            assert_eq!(paths.code_verify(Channel::Sms), sms);
            assert_eq!(verify(SecretFactor::Pin, None).is_none(), paths.needs_profile());
        }
    }

    #[test]
    fn each_generation_has_its_own_paths_of_enrolment() {
        let (profile, user) = (ProfileId::new("101").unwrap(), UserId::new("7").unwrap());
        let device = "0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a11";
        let client = |path: &str| Endpoint::OfClient(path.into());
        let customer = |path: &str| Endpoint::OfCustomer(path.into());
        for (generation, pin, pin_delete, devices, device_delete, session) in [
            (
                "v1",
                "/v1/user/pin",
                client("/v1/users/7/pin"),
                "/v1/user/partner-device-fingerprints",
                client(&format!("/v1/users/7/partner-device-fingerprints/{device}")),
                "/v2/profiles/101/sca-sessions/authorise",
            ),
            (
                "v2",
                "/v2/profiles/101/pin",
                customer("/v2/profiles/101/pin"),
                "/v2/profiles/101/device-fingerprints",
                customer(&format!("/v2/profiles/101/device-fingerprints/{device}")),
                "/v2/profiles/101/sca-sessions/authorise",
            ),
            (
                "2026Q3",
                "/2026Q3/profiles/101/pin",
                customer("/2026Q3/profiles/101/pin"),
                "/2026Q3/profiles/101/device-fingerprints",
                customer(&format!("/2026Q3/profiles/101/device-fingerprints/{device}")),
                "/2026Q3/profiles/101/sca-sessions/authorise",
            ),
        ] {
            let paths: PathGeneration = generation.parse().unwrap();
            let (profile, user) = (Some(&profile), Some(&user));
            assert_eq!(paths.pin_create(profile).unwrap(), pin);
            assert_eq!(paths.pin_delete(profile, user).unwrap(), pin_delete);
            assert_eq!(paths.device_create(profile).unwrap(), devices);
            assert_eq!(paths.device_delete(profile, user, device).unwrap(), device_delete);
            assert_eq!(paths.sca_session(profile).unwrap(), session);
            // Without the id that a path contains, there is no path.
            assert_eq!(paths.sca_session(None), None);
            assert_eq!(paths.pin_create(None).is_none(), paths.needs_profile());
            assert_eq!(paths.device_create(None).is_none(), paths.needs_profile());
            assert_eq!(paths.pin_delete(None, user).is_none(), paths.needs_profile());
            assert_eq!(paths.pin_delete(profile, None).is_none(), paths.needs_user());
            assert_eq!(paths.device_delete(profile, None, device).is_none(), paths.needs_user());
        }
    }

    #[test]
    fn each_generation_has_its_own_paths_of_faces_and_phones() {
        let (profile, user) = (ProfileId::new("101").unwrap(), UserId::new("7").unwrap());
        let of_client = Endpoint::OfClient("/v1/users/7/facemap/enrol".into());
        let of_customer = |version: &str| Endpoint::OfCustomer(format!("/{version}/profiles/101/facemaps"));
        for (generation, create, verify, delete, key, phone, lists) in [
            (
                "v1",
                "/v1/user/facemap/enrol",
                "/v1/one-time-token/facemap/verify",
                of_client,
                "/v1/facetec/public-key",
                "/v1/application/users/7/phone-numbers/9",
                true,
            ),
            (
                "v2",
                "/v2/profiles/101/facemaps",
                "/v2/profiles/101/facemaps/verify",
                of_customer("v2"),
                "/v1/facetec/public-key",
                "/v1/application/users/7/phone-numbers/9",
                true,
            ),
            (
                "2026Q3",
                "/2026Q3/profiles/101/facemaps",
                "/2026Q3/profiles/101/facemaps/verify",
                of_customer("2026Q3"),
                "/2026Q3/facetec/public-key",
                "/2026Q3/application/users/7/phone-numbers/9",
                false,
            ),
        ] {
            let paths: PathGeneration = generation.parse().unwrap();
            assert_eq!(paths.face_create(Some(&profile)).unwrap(), create);
            assert_eq!(paths.face_verify(Some(&profile)).unwrap(), verify);
            assert_eq!(paths.face_delete(Some(&profile), Some(&user)).unwrap(), delete);
            assert_eq!(paths.face_key(), key);
            assert_eq!(paths.phone(&user, "9").unwrap(), phone);
            assert_eq!(paths.lists_phones(), lists);
            assert_eq!(paths.phone(&user, "../pin"), None);
        }
    }

    #[test]
    fn an_id_of_a_device_is_safe_in_a_path() {
        assert!(is_device_id("0b8e6a0c-0a43-4d5b-8f3f-0d7a0b6c1a11"));
        for text in [
            "",
            "1234567",
            "../../../pin",
            "12345678?",
            "12345678%2e",
            &"a".repeat(65),
        ] {
            assert!(!is_device_id(text), "{text}");
        }
    }

    #[test]
    fn a_profile_is_a_number() {
        for text in ["", "1/2", "..", "abc", "-1", "12345678901234567890"] {
            assert_eq!(ProfileId::new(text), None, "{text}");
            assert_eq!(UserId::new(text), None, "{text}");
        }
        assert_eq!(
            ProfileId::in_path("/v3/profiles/7/transfers/9/payments"),
            ProfileId::new("7")
        );
        assert_eq!(ProfileId::in_path("/v1/profiles"), None);
    }
}
