//! A provider that only sends codes, as `docs/adding-a-provider.md` describes it: its words on one side, the core's on the other.

use std::time::Duration;

use axum::http::Method;
use sca_core::{
    ChallengeId, CorrelationKey, InvalidResponse, Observation, PayeeBatchPhase, PaymentObservation, PaymentPhase,
    ProviderError, ProviderId, ResourceId, ResourceKind, Secret,
    provider::{
        Answer, ChallengeTarget, Confirmations, IssueResult, PaymentDetails, Provider, VerifyResult, Webhook,
        WebhookError, WebhookEvent, WebhookMeaning,
    },
};
use sca_protocol::{Currency, Factor, Money, PlainText, Timestamp};
use sca_provider_http::{Call, HttpLimits, ProviderHttp};
use sca_runtime::metrics::Metrics;
use serde_json::{Value, json};

pub const ID: ProviderId = ProviderId::new("otp-only");
pub const WEBHOOK_TOKEN: &str = "canary-webhook-token";

#[derive(Debug)]
pub struct OtpOnly(ProviderHttp);

impl OtpOnly {
    pub fn new(base: &str) -> Self {
        Self(ProviderHttp::new("otp-only", base, HttpLimits::default(), Metrics::default()).unwrap())
    }

    async fn call(
        &self,
        operation: &'static str,
        path: String,
        token: &Secret,
        body: Option<Value>,
    ) -> Result<Value, ProviderError> {
        let call = match body {
            Some(body) => {
                Call::new(operation, Method::POST, path).body("application/json", body.to_string().into_bytes().into())
            }
            None => Call::new(operation, Method::GET, path),
        };
        let answer = self.0.call(call.bearer(token)?).await?;
        serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Unusable(InvalidResponse::Body))
    }
}

/// `waiting`, `executed` and `rejected` are all the states that it has.
fn phase(state: &str) -> PaymentPhase {
    match state {
        "waiting" => PaymentPhase::Waiting,
        "executed" => PaymentPhase::Cleared,
        "rejected" => PaymentPhase::Rejected,
        _ => PaymentPhase::Undecided,
    }
}

fn amount(payment: &Value) -> Option<Money> {
    Money::new(
        payment["cents"].as_u64()?,
        Currency::new(payment["currency"].as_str()?)?,
    )
}

/// The one payment of a challenge: it confirms one at a time.
fn payment(target: &ChallengeTarget) -> Result<&ResourceId, ProviderError> {
    match target {
        ChallengeTarget::Payments { ids, .. } => ids.first().ok_or(ProviderError::Malformed),
        ChallengeTarget::StepUp | ChallengeTarget::PayeeBatch(_) => Err(ProviderError::Malformed),
    }
}

impl Provider for OtpOnly {
    fn id(&self) -> ProviderId {
        ID
    }

    fn call_timeout(&self) -> Duration {
        self.0.total()
    }

    fn confirmations(&self) -> Option<&dyn Confirmations> {
        Some(self)
    }

    fn webhook_signature_header(&self) -> Option<&'static str> {
        Some("x-token")
    }

    fn parse_webhook(&self, webhook: &Webhook<'_>, _now: Timestamp) -> Result<WebhookEvent, WebhookError> {
        if !webhook.headers.contains(&("x-token", WEBHOOK_TOKEN.as_bytes())) {
            return Err(WebhookError::Signature("the token is wrong"));
        }
        let event: Value = serde_json::from_slice(webhook.body).map_err(|_| WebhookError::Invalid("no JSON"))?;
        let id =
            ResourceId::new(event["payment"].as_str().unwrap_or_default()).ok_or(WebhookError::Invalid("no id"))?;
        let kind = ResourceKind::new("payment").ok_or(WebhookError::Invalid("no kind"))?;
        let state = event["state"].as_str().unwrap_or_default();
        Ok(WebhookEvent {
            id: event["id"]
                .as_str()
                .ok_or(WebhookError::Invalid("no event id"))?
                .to_owned(),
            kind: state.to_owned(),
            meaning: WebhookMeaning::Observed {
                key: CorrelationKey::resource(&ID, &kind, &id),
                observation: Observation::Payments(vec![PaymentObservation {
                    id,
                    phase: phase(state),
                    amount: amount(&event),
                    rejected_by: None,
                    recipient: None,
                }]),
                keep_always: false,
            },
        })
    }
}

impl Confirmations for OtpOnly {
    fn resource_kind(&self, name: &str) -> Option<ResourceKind> {
        ResourceKind::new(name).filter(|kind| kind.as_str() == "payment")
    }

    fn resource_id(&self, text: &str) -> Option<ResourceId> {
        ResourceId::new(text)
    }

    fn factors(&self) -> &'static [Factor] {
        &[Factor::Sms]
    }

    fn reports_payees(&self, _kind: &ResourceKind) -> bool {
        true
    }

    fn confirms_many(&self) -> bool {
        false
    }

    fn active_factors<'a>(&'a self, _token: &'a Secret) -> Answer<'a, Vec<Factor>> {
        Box::pin(async { Ok(vec![Factor::Sms]) })
    }

    fn read_payment<'a>(
        &'a self,
        token: &'a Secret,
        _kind: &'a ResourceKind,
        id: &'a ResourceId,
    ) -> Answer<'a, Option<PaymentDetails>> {
        Box::pin(async move {
            let read = self
                .call("payment", format!("/payments/{}", id.as_str()), token, None)
                .await?;
            Ok(Some(PaymentDetails {
                id: id.clone(),
                phase: phase(read["state"].as_str().unwrap_or_default()),
                amount: amount(&read).ok_or(ProviderError::Unusable(InvalidResponse::Body))?,
                payee: read["payee"].as_str().and_then(PlainText::new),
                account_tail: None,
                reference: None,
                rejected_by: None,
                exempted: false,
            }))
        })
    }

    fn read_payee_batch<'a>(&'a self, _token: &'a Secret, _id: &'a ResourceId) -> Answer<'a, Option<PayeeBatchPhase>> {
        Box::pin(async { Ok(None) })
    }

    fn issue<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a ChallengeTarget,
        _: &'a Factor,
        reference: &'a str,
    ) -> Answer<'a, IssueResult> {
        Box::pin(async move {
            let path = format!("/payments/{}/code", payment(target)?.as_str());
            self.call("code", path, token, Some(json!({ "key": reference })))
                .await?;
            Ok(IssueResult::Issued { challenge: None })
        })
    }

    fn verify<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a ChallengeTarget,
        _: &'a Factor,
        _: Option<&'a ChallengeId>,
        code: &'a Secret,
    ) -> Answer<'a, VerifyResult> {
        Box::pin(async move {
            let path = format!("/payments/{}/code/verify", payment(target)?.as_str());
            let answer = self
                .call("verify", path, token, Some(json!({ "code": code.expose() })))
                .await?;
            Ok(match answer["result"].as_str() {
                Some("right") => VerifyResult::Accepted,
                Some("wrong") => VerifyResult::Wrong,
                Some(_) | None => VerifyResult::Rejected,
            })
        })
    }
}
