//! What FaceSign is asked for, made from what was frozen and from nothing else: made once more when it comes to deciding, it has to be
//! what FaceSign gives back.

use std::collections::BTreeMap;

use sca_protocol::Payment;
use serde::Serialize;

use super::{
    flow::{Node, flow},
    prompt,
    report::Bound,
};
use crate::decision::{Binding, Wire};

/// The body of a call that opens a session.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionOrder {
    client_reference_id: String,
    metadata: BTreeMap<&'static str, String>,
    provided_data: ProvidedData,
    flow: Vec<Node>,
    #[serde(rename = "videoAIAnalysisEnabled")]
    video_analysis: bool,
}

#[derive(Clone, Serialize)]
struct ProvidedData {
    email: String,
}

impl std::fmt::Debug for SessionOrder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SessionOrder({})", self.client_reference_id)
    }
}

impl SessionOrder {
    /// A session for a transfer. The code goes to the address that the partner has on file: the customer is not asked for one.
    #[must_use]
    pub fn new(approval: &str, wire: &Wire, payment: &Payment, video_analysis: bool) -> Self {
        let mut metadata = BTreeMap::from([
            ("transfer", wire.transfer.clone()),
            ("transferVersion", wire.version.to_string()),
            ("user", wire.user.clone()),
            ("transferAmount", payment.amount.to_decimal()),
            ("transferCurrency", payment.amount.currency().as_str().to_owned()),
            ("recipientName", payment.payee.as_str().to_owned()),
        ]);
        if let Some(tail) = &payment.account_tail {
            metadata.insert("recipientAccount", format!("****{}", tail.as_str()));
        }
        Self {
            client_reference_id: approval.to_owned(),
            metadata,
            provided_data: ProvidedData {
                email: wire.email.clone(),
            },
            flow: flow(prompt::confirmation(payment)),
            video_analysis,
        }
    }

    /// Whether a session that FaceSign tells of is this one. All that was frozen has to come back; more may.
    #[must_use]
    pub fn binding(&self, bound: &Bound) -> Binding {
        let same_reference = bound.reference.as_deref() == Some(self.client_reference_id.as_str());
        let same_metadata = self
            .metadata
            .iter()
            .all(|(name, value)| bound.metadata.get(*name) == Some(value));
        // FaceSign may keep addresses to itself, or show them with stars.
        let same_address = bound
            .email
            .iter()
            .chain(&bound.codes_sent_to)
            .all(|address| is_the_same(address, &self.provided_data.email));
        if same_reference && same_metadata && same_address {
            Binding::Same
        } else {
            Binding::Differs
        }
    }
}

/// Whether an address is ours, where stars stand for whatever was left out.
fn is_the_same(shown: &str, ours: &str) -> bool {
    let shown = shown.to_ascii_lowercase();
    let ours = ours.to_ascii_lowercase();
    let Some((start, rest)) = shown.split_once('*') else {
        return shown == ours;
    };
    let Some(mut left) = ours.strip_prefix(start) else {
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

    fn order() -> SessionOrder {
        let wire = Wire {
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
        SessionOrder::new("appr_1", &wire, &payment, true)
    }

    fn echo() -> Bound {
        let order = order();
        Bound {
            reference: Some(order.client_reference_id),
            metadata: order
                .metadata
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            email: Some("A@example.com".into()),
            codes_sent_to: vec!["a***@example.com".into(), "*@example.com".into(), "a*@ex*le.com".into()],
        }
    }

    #[test]
    fn what_comes_back_as_it_was_is_bound_and_more_may_come_back() {
        let mut bound = echo();
        assert_eq!(order().binding(&bound), Binding::Same);
        bound.metadata.insert("riskScore".into(), "high".into());
        (bound.email, bound.codes_sent_to) = (None, Vec::new());
        assert_eq!(order().binding(&bound), Binding::Same);
    }

    #[test]
    fn whatever_differs_or_is_missing_is_not_bound() {
        assert_eq!(order().binding(&Bound::default()), Binding::Differs);
        for (name, value) in echo().metadata {
            let mut bound = echo();
            bound.metadata.insert(name.clone(), format!("{value}0"));
            assert_eq!(order().binding(&bound), Binding::Differs, "{name}");
            bound.metadata.remove(&name);
            assert_eq!(order().binding(&bound), Binding::Differs, "{name}");
        }
        for change in [
            |bound: &mut Bound| bound.reference = None,
            |bound: &mut Bound| bound.reference = Some("appr_2".into()),
            |bound: &mut Bound| bound.email = Some("b@example.com".into()),
            |bound: &mut Bound| bound.codes_sent_to = vec!["b@example.com".into()],
            |bound: &mut Bound| bound.codes_sent_to = vec!["*@evil.example".into()],
            |bound: &mut Bound| bound.codes_sent_to = vec!["a***@evil.example".into()],
            |bound: &mut Bound| bound.codes_sent_to = vec!["b***@example.com".into()],
            |bound: &mut Bound| bound.codes_sent_to = vec!["a*@e*vil*.com".into()],
            |bound: &mut Bound| bound.codes_sent_to.insert(0, "b@example.com".into()),
            |bound: &mut Bound| bound.codes_sent_to.push("b@example.com".into()),
        ] {
            let mut bound = echo();
            change(&mut bound);
            assert_eq!(order().binding(&bound), Binding::Differs, "{bound:?}");
        }
    }

    #[test]
    fn it_is_written_as_facesign_reads_it_and_hides_the_address() {
        let order = order();
        let written = serde_json::to_value(&order).unwrap();
        assert_eq!(written["clientReferenceId"], "appr_1");
        assert_eq!(written["metadata"]["transferAmount"], "50000.00");
        assert_eq!(written["metadata"]["recipientAccount"], "****7890");
        assert_eq!(written["providedData"]["email"], "a@example.com");
        assert_eq!(written["videoAIAnalysisEnabled"], true);
        assert_eq!(written["flow"].as_array().unwrap().len(), 16);
        assert!(!written.to_string().contains("Invoice"));
        assert!(!format!("{order:?}").contains("example.com"));
    }
}
