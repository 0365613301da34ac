//! The client secret.

use std::{fmt, rc::Rc};

use sca_protocol::api::approval_of;
use zeroize::Zeroizing;

/// The largest length of a client secret, in characters.
const LONGEST: usize = 256;

/// The bearer token of one approval. Wiped when the last copy is dropped, and hidden from debug output.
#[derive(Clone)]
pub struct ClientSecret(Rc<Zeroizing<String>>);

impl ClientSecret {
    /// Wraps a secret as the backend issued it: `appr_…_secret_…`, at most 256 letters, digits, and `-._~`. `None` for any other
    /// text, which names no approval or could break a header.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let text = Zeroizing::new(text);
        let is_sendable = (1..=LONGEST).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        (is_sendable && approval_of(&text).is_some()).then(|| Self(Rc::new(text)))
    }

    /// The id of the approval that the secret is for. Not a secret.
    #[must_use]
    pub fn approval(&self) -> &str {
        approval_of(&self.0).unwrap_or_default()
    }

    /// The value of the `Authorization` header, the only place where the secret is sent.
    #[must_use]
    pub fn authorization(&self) -> Zeroizing<String> {
        let mut value = Zeroizing::new(String::with_capacity(self.0.len() + 7));
        value.push_str("Bearer ");
        value.push_str(&self.0);
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
        assert_eq!(secret.approval(), "appr_0aZ-");
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
    fn debug_output_hides_the_secret() {
        let secret = ClientSecret::new("appr_1_secret_canary".to_owned()).unwrap();
        assert!(!format!("{secret:?}").contains("canary"));
    }
}
