//! The client secret.

use std::{fmt, rc::Rc};

use sca_protocol::{
    api::{APPROVALS, approval_of},
    enrolment_api::{ENROLMENTS, ID_PREFIX},
};
use zeroize::Zeroizing;

/// The largest length of a client secret, in characters.
const LONGEST: usize = 256;

/// The bearer token of one approval or enrolment. Wiped when the last copy is dropped, and hidden from debug output.
#[derive(Clone)]
pub struct ClientSecret {
    text: Rc<Zeroizing<String>>,
    /// The path that the id is appended to.
    resource: &'static str,
}

impl ClientSecret {
    /// Wraps a secret as the backend issued it: `appr_…_secret_…`, at most 256 letters, digits, and `-._~`. `None` for any other
    /// text, which names no approval or could break a header.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        Self::of(text, APPROVALS)
    }

    /// The same for an enrolment's secret: `enr_…_secret_…`.
    #[must_use]
    pub fn of_enrolment(text: String) -> Option<Self> {
        let secret = Self::of(text, ENROLMENTS)?;
        secret.id().starts_with(ID_PREFIX).then_some(secret)
    }

    fn of(text: String, resource: &'static str) -> Option<Self> {
        let text = Zeroizing::new(text);
        let is_sendable = (1..=LONGEST).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        (is_sendable && approval_of(&text).is_some()).then(|| Self {
            text: Rc::new(text),
            resource,
        })
    }

    /// The id of the approval or enrolment that the secret is for. Not a secret.
    #[must_use]
    pub fn id(&self) -> &str {
        approval_of(&self.text).unwrap_or_default()
    }

    pub(super) fn resource(&self) -> &'static str {
        self.resource
    }

    /// The value of the `Authorization` header, the only place where the secret is sent.
    #[must_use]
    pub fn authorization(&self) -> Zeroizing<String> {
        let mut value = Zeroizing::new(String::with_capacity(self.text.len() + 7));
        value.push_str("Bearer ");
        value.push_str(&self.text);
        value
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_could_break_out_of_a_header_is_refused() {
        for text in ["", "a b", "a\r\nx-evil: 1", "é", "a\"b", &"a".repeat(257)] {
            let text = format!("appr_1_secret_{text}");
            assert!(ClientSecret::new(text.clone()).is_none(), "{text:?}");
        }
        let secret = ClientSecret::new("appr_0aZ-_secret_0aZ-_.~".to_owned()).unwrap();
        assert_eq!(secret.id(), "appr_0aZ-");
    }

    #[test]
    fn a_secret_without_an_approval_id_is_refused() {
        for text in [
            "scas_canary",
            "appr_1",
            "_secret_x",
            "appr_1_secret_",
            "appr_1/../2_secret_x",
        ] {
            assert!(ClientSecret::new(text.to_owned()).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_secret_of_an_approval_is_none_of_an_enrolment() {
        assert!(ClientSecret::of_enrolment("appr_1_secret_x".to_owned()).is_none());
        assert_eq!(
            ClientSecret::of_enrolment("enr_1_secret_x".to_owned()).unwrap().id(),
            "enr_1"
        );
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let secret = ClientSecret::new("appr_1_secret_canary".to_owned()).unwrap();
        assert!(!format!("{secret:?}").contains("canary"));
    }
}
