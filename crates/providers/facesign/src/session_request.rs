//! The request that opens a session: <https://docs.facesign.ai/docs/api-reference/createSession>. It is built only from the stored
//! approval. For the decision FaceSign has to return the data that it was sent (dynamic linking). That data is stored, because a newer
//! version of this program may build the request differently.

use std::collections::BTreeMap;

use sca_protocol::Payment;
use serde::{Deserialize, Serialize};

use super::{
    flow::{Node, flow},
    prompt,
    report::DynamicLink,
};
use sca_core::{LinkCheck, Transfer, secret::Secret};

/// The body of the call that opens a session.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRequest {
    client_reference_id: String,
    metadata: BTreeMap<String, String>,
    provided_data: ProvidedData,
    flow: Vec<Node>,
    #[serde(rename = "videoAIAnalysisEnabled")]
    video_analysis: bool,
}

#[derive(Clone, Serialize)]
struct ProvidedData {
    email: String,
}

impl std::fmt::Debug for SessionRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SessionRequest({})", self.client_reference_id)
    }
}

impl SessionRequest {
    /// The request for a transfer. The code is sent to the e-mail address that the partner has on file, never to one that the customer
    /// enters.
    #[must_use]
    pub fn new(approval: &str, transfer: &Transfer, payment: &Payment, video_analysis: bool) -> Self {
        let mut metadata: BTreeMap<String, String> = [
            ("transfer", transfer.transfer.clone()),
            ("transferVersion", transfer.version.to_string()),
            ("user", transfer.user.clone()),
            ("transferAmount", payment.amount.to_decimal()),
            ("transferCurrency", payment.amount.currency().as_str().to_owned()),
            ("recipientName", payment.payee.as_str().to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        if let Some(tail) = &payment.account_tail {
            metadata.insert("recipientAccount".to_owned(), format!("****{}", tail.as_str()));
        }
        Self {
            client_reference_id: approval.to_owned(),
            metadata,
            provided_data: ProvidedData {
                email: transfer.email.clone(),
            },
            flow: flow(prompt::confirmation(payment)),
            video_analysis,
        }
    }

    /// The data that FaceSign has to return.
    #[must_use]
    pub fn expected(&self) -> Expected {
        Expected {
            reference: self.client_reference_id.clone(),
            metadata: self.metadata.clone(),
            email: self.provided_data.email.clone(),
        }
    }
}

/// The data that a session has to return: the transfer as it was sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    reference: String,
    metadata: BTreeMap<String, String>,
    email: String,
}

impl Expected {
    /// The stored form. Other versions of this program have to read it.
    ///
    /// # Errors
    /// None of these values can fail to serialize.
    pub fn to_text(&self) -> Result<Secret, serde_json::Error> {
        serde_json::to_string(self).map(Secret::new)
    }

    /// Parses the stored form.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn from_text(text: &Secret) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text.expose())
    }

    /// Whether a session is the requested one. It has to have all data that was sent, and may have more.
    #[must_use]
    pub fn link_check(&self, bound: &DynamicLink) -> LinkCheck {
        let same_reference = bound.reference.as_deref() == Some(self.reference.as_str());
        let same_metadata = self
            .metadata
            .iter()
            .all(|(name, value)| bound.metadata.get(name) == Some(value));
        // FaceSign may omit addresses, or mask them with asterisks.
        let same_address = bound
            .email
            .iter()
            .chain(&bound.codes_sent_to)
            .all(|address| matches_masked(address, &self.email));
        if same_reference && same_metadata && same_address {
            LinkCheck::Match
        } else {
            LinkCheck::Mismatch
        }
    }
}

impl std::fmt::Debug for Expected {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Expected({})", self.reference)
    }
}

/// Whether a shown address can be the expected one. Asterisks match any text.
fn matches_masked(shown: &str, expected: &str) -> bool {
    let shown = shown.to_ascii_lowercase();
    let expected = expected.to_ascii_lowercase();
    let Some((start, rest)) = shown.split_once('*') else {
        return shown == expected;
    };
    let Some(mut left) = expected.strip_prefix(start) else {
        return false;
    };
    let Some((middle, end)) = rest.rsplit_once('*') else {
        return left.ends_with(rest);
    };
    for piece in middle.split('*') {
        let Some((_, after)) = left.split_once(piece) else {
            return false;
        };
        left = after;
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sca_protocol::{Currency, Money, PlainText};

    fn request() -> SessionRequest {
        let transfer = Transfer {
            transfer: "txn-8827".into(),
            version: 1,
            user: "user-4421".into(),
            email: "a@example.com".into(),
            region: "US".into(),
        };
        let payment = Payment {
            amount: Money::new(5_000_000, Currency::new("USD").unwrap()).unwrap(),
            payee: PlainText::new("Acme Corp").unwrap(),
            account_tail: PlainText::new("7890"),
            reference: PlainText::new("Invoice 7"),
        };
        SessionRequest::new("appr_1", &transfer, &payment, true)
    }

    fn stored() -> Expected {
        Expected::from_text(&request().expected().to_text().unwrap()).unwrap()
    }

    fn echo() -> DynamicLink {
        let request = request();
        DynamicLink {
            reference: Some(request.client_reference_id),
            metadata: request.metadata,
            email: Some("A@example.com".into()),
            codes_sent_to: vec!["a***@example.com".into(), "*@example.com".into(), "a*@ex*le.com".into()],
        }
    }

    #[test]
    fn returned_data_matches_and_may_have_additional_members() {
        let mut bound = echo();
        assert_eq!(stored().link_check(&bound), LinkCheck::Match);
        bound.metadata.insert("riskScore".into(), "high".into());
        (bound.email, bound.codes_sent_to) = (None, Vec::new());
        assert_eq!(stored().link_check(&bound), LinkCheck::Match);
    }

    #[test]
    fn different_or_missing_data_is_a_mismatch() {
        assert_eq!(stored().link_check(&DynamicLink::default()), LinkCheck::Mismatch);
        for (name, value) in echo().metadata {
            let mut bound = echo();
            bound.metadata.insert(name.clone(), format!("{value}0"));
            assert_eq!(stored().link_check(&bound), LinkCheck::Mismatch, "{name}");
            bound.metadata.remove(&name);
            assert_eq!(stored().link_check(&bound), LinkCheck::Mismatch, "{name}");
        }
        for change in [
            |bound: &mut DynamicLink| bound.reference = None,
            |bound: &mut DynamicLink| bound.reference = Some("appr_2".into()),
            |bound: &mut DynamicLink| bound.email = Some("b@example.com".into()),
            |bound: &mut DynamicLink| bound.codes_sent_to = vec!["b@example.com".into()],
            |bound: &mut DynamicLink| bound.codes_sent_to = vec!["*@evil.example".into()],
            |bound: &mut DynamicLink| bound.codes_sent_to = vec!["a***@evil.example".into()],
            |bound: &mut DynamicLink| bound.codes_sent_to = vec!["b***@example.com".into()],
            |bound: &mut DynamicLink| bound.codes_sent_to = vec!["a*@e*vil*.com".into()],
            |bound: &mut DynamicLink| bound.codes_sent_to.insert(0, "b@example.com".into()),
            |bound: &mut DynamicLink| bound.codes_sent_to.push("b@example.com".into()),
        ] {
            let mut bound = echo();
            change(&mut bound);
            assert_eq!(stored().link_check(&bound), LinkCheck::Mismatch, "{bound:?}");
        }
    }

    #[test]
    fn the_request_has_the_documented_json_form_and_debug_hides_the_address() {
        let request = request();
        let written = serde_json::to_value(&request).unwrap();
        assert_eq!(written["clientReferenceId"], "appr_1");
        assert_eq!(written["metadata"]["transferAmount"], "50000.00");
        assert_eq!(written["metadata"]["recipientAccount"], "****7890");
        assert_eq!(written["providedData"]["email"], "a@example.com");
        assert_eq!(written["videoAIAnalysisEnabled"], true);
        assert_eq!(written["flow"].as_array().unwrap().len(), 16);
        assert!(!written.to_string().contains("Invoice"));
        assert!(!format!("{request:?} {:?}", request.expected()).contains("example.com"));
    }
}
