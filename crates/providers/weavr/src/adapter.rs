//! Weavr as a [`Provider`]: the translation between Weavr's names and the types of the core. Every known name is matched explicitly; an
//! unknown name decides nothing.

use std::time::Duration;

use sca_core::{
    ChallengeResult, CorrelationKey, Observation, PayeeBatchPhase, PaymentObservation, PaymentPhase, ProviderError,
    ProviderId, RejectedBy as Rejecter, ResourceKind, Secret,
    provider::{
        Answer, ChallengeTarget as Target, Confirmations, Enrolment, EnrolmentOutcome, FactorReport,
        IssueResult as Issued, PaymentDetails, Provider, VerifyResult as Verified, Webhook, WebhookError, WebhookEvent,
        WebhookMeaning,
    },
};
use sca_protocol::{Factor, Timestamp};

use sca_provider_http::header_map;

use super::{
    ChallengeId, ChallengeTarget, Channel, IssueResult, VerifyResult, Weavr,
    batch::BatchState,
    event::{self, Event, RequestStatus},
    factors::{ChannelName, EnrolResult, FactorStatus, UnlinkResult, VerifyEnrolmentResult},
    resource::{Exemption, RejectedBy, Resource, ResourceId, ResourceType, State},
    signature,
};

/// Weavr's id in stored rows, in the configuration and in metrics.
pub const ID: ProviderId = ProviderId::new("weavr");

/// The supported factors, in the order in which the widget offers them.
const FACTORS: [Factor; 3] = [Factor::Sms, Factor::Push, Factor::Biometric];

/// The deprecated endpoints need one call for each payment, so an operation has the timeout of two calls.
const CALLS: u32 = 2;

impl Provider for Weavr {
    fn id(&self) -> ProviderId {
        ID
    }

    fn call_timeout(&self) -> Duration {
        self.http().total()
    }

    fn operation_timeout(&self) -> Duration {
        self.http().total() * CALLS
    }

    fn confirmations(&self) -> Option<&dyn Confirmations> {
        Some(self)
    }

    fn enrolment(&self) -> Option<&dyn Enrolment> {
        Some(self)
    }

    fn webhook_signature_header(&self) -> Option<&'static str> {
        Some("signature-v2")
    }

    fn parse_webhook(&self, webhook: &Webhook<'_>, now: Timestamp) -> Result<WebhookEvent, WebhookError> {
        let call_ref = signature::verify(&self.webhook_keys, &header_map(webhook), webhook.body, now)
            .map_err(|error| WebhookError::Signature(error.as_str()))?;
        let event = event::read(webhook.path, webhook.body)
            .map_err(|_| WebhookError::Invalid("the event does not have the form that its path requires"))?;
        let (kind, meaning) = meaning(event).ok_or(WebhookError::Invalid("an id does not have Weavr's form"))?;
        Ok(WebhookEvent {
            id: call_ref.as_str().to_owned(),
            kind,
            meaning,
        })
    }
}

/// The state that an event reports, and its meaning.
fn meaning(event: Event) -> Option<(String, WebhookMeaning)> {
    Some(match event {
        Event::Resource(event) => {
            let key = CorrelationKey::resource(
                &ID,
                &kind_of(event.kind)?,
                &sca_core::ResourceId::new(event.id.as_str())?,
            );
            let payment = PaymentObservation {
                id: sca_core::ResourceId::new(event.id.as_str())?,
                phase: phase_of(&event.state),
                amount: event.amount,
                rejected_by: event.rejected_by.as_ref().map(rejecter),
                recipient: None,
            };
            let observed = WebhookMeaning::Observed {
                key,
                observation: Observation::Payments(vec![payment]),
                keep_always: false,
            };
            (event.state.as_str().to_owned(), observed)
        }
        Event::StepUp { challenge, status } => {
            let id = sca_core::ChallengeId::new(challenge.as_str())?;
            let observed = WebhookMeaning::Observed {
                key: CorrelationKey::challenge(&ID, &id),
                observation: Observation::Challenge {
                    id,
                    result: challenge_result(&status),
                },
                keep_always: true,
            };
            (status.as_str().to_owned(), observed)
        }
        Event::Batch { id, state } => {
            let observed = WebhookMeaning::Observed {
                key: CorrelationKey::payee_batch(&ID, &sca_core::ResourceId::new(id.as_str())?),
                observation: Observation::PayeeBatch(batch_phase(&state)),
                keep_always: true,
            };
            (state.as_str().to_owned(), observed)
        }
        // The event has a credential id, for which no approval can be found. The factors are read when an approval is created.
        Event::Factor { status, .. } => (status_name(&status).to_owned(), WebhookMeaning::Ignored),
        Event::Ignored => ("ignored".to_owned(), WebhookMeaning::Ignored),
    })
}

impl Confirmations for Weavr {
    fn resource_kind(&self, name: &str) -> Option<ResourceKind> {
        kind_of(ResourceType::from_name(name)?)
    }

    fn resource_id(&self, text: &str) -> Option<sca_core::ResourceId> {
        sca_core::ResourceId::new(ResourceId::new(text)?.as_str())
    }

    fn factors(&self) -> &'static [Factor] {
        &FACTORS
    }

    fn reports_payees(&self, kind: &ResourceKind) -> bool {
        match ResourceType::from_name(kind.as_str()) {
            Some(ResourceType::OutgoingWireTransfers) => true,
            // A send has account numbers, but no names.
            Some(ResourceType::Sends) | None => false,
        }
    }

    fn confirms_many(&self) -> bool {
        self.confirms_together()
    }

    fn active_factors<'a>(&'a self, token: &'a Secret) -> Answer<'a, Vec<Factor>> {
        Box::pin(async move {
            let factors = self.factors(token).await?;
            Ok(factors
                .iter()
                .filter_map(|factor| factor.active())
                .map(Channel::factor)
                .collect())
        })
    }

    fn read_payment<'a>(
        &'a self,
        token: &'a Secret,
        kind: &'a ResourceKind,
        id: &'a sca_core::ResourceId,
    ) -> Answer<'a, Option<PaymentDetails>> {
        Box::pin(async move {
            let kind = ResourceType::from_name(kind.as_str()).ok_or(ProviderError::Malformed)?;
            let id = ResourceId::new(id.as_str()).ok_or(ProviderError::Malformed)?;
            let resource = self.resource(token, kind, &id).await?;
            resource.map(details).transpose()
        })
    }

    fn read_payee_batch<'a>(
        &'a self,
        token: &'a Secret,
        id: &'a sca_core::ResourceId,
    ) -> Answer<'a, Option<PayeeBatchPhase>> {
        Box::pin(async move {
            let id = ResourceId::new(id.as_str()).ok_or(ProviderError::Malformed)?;
            Ok(self.batch(token, &id).await?.as_ref().map(batch_phase))
        })
    }

    fn issue<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a Target,
        factor: &'a Factor,
        reference: &'a str,
    ) -> Answer<'a, Issued> {
        Box::pin(async move {
            let channel = Channel::of(factor).ok_or(ProviderError::Malformed)?;
            let result = Weavr::issue(self, token, &target_of(target)?, channel, reference).await;
            tracing::info!(channel = channel.as_str(), ?result, "challenge requested from Weavr");
            issued(result?)
        })
    }

    fn verify<'a>(
        &'a self,
        token: &'a Secret,
        target: &'a Target,
        factor: &'a Factor,
        challenge: Option<&'a sca_core::ChallengeId>,
        code: &'a Secret,
    ) -> Answer<'a, Verified> {
        Box::pin(async move {
            let channel = Channel::of(factor).ok_or(ProviderError::Malformed)?;
            let challenge = challenge
                .map(|challenge| ChallengeId::new(challenge.as_str()).ok_or(ProviderError::Malformed))
                .transpose()?;
            let result = Weavr::verify(self, token, &target_of(target)?, channel, challenge.as_ref(), code).await;
            tracing::info!(?result, "code submitted to Weavr");
            Ok(verified(&result?))
        })
    }
}

impl Enrolment for Weavr {
    fn list<'a>(&'a self, token: &'a Secret) -> Answer<'a, Vec<FactorReport>> {
        Box::pin(async move {
            let factors = self.factors(token).await?;
            let report = factors.into_iter().map(|known| FactorReport {
                factor: match known.channel {
                    ChannelName::Sms => Factor::Sms,
                    ChannelName::Authy => Factor::Push,
                    ChannelName::Biometric => Factor::Biometric,
                    ChannelName::Other(name) => Factor::Other(name),
                },
                status: status_name(&known.status).to_owned(),
            });
            Ok(report.collect())
        })
    }

    fn enrol<'a>(
        &'a self,
        token: &'a Secret,
        factor: &'a Factor,
        reference: &'a str,
    ) -> Option<Answer<'a, EnrolmentOutcome>> {
        let channel = Channel::of(factor)?;
        Some(Box::pin(async move {
            let result = match Weavr::enrol(self, token, channel, reference).await {
                Err(ProviderError::StepUpRequired) => return Ok(EnrolmentOutcome::StepUpRequired),
                result => result?,
            };
            Ok(match result {
                EnrolResult::Started => EnrolmentOutcome::Started,
                EnrolResult::AlreadySetUp => EnrolmentOutcome::AlreadySetUp,
                EnrolResult::NotSupported => EnrolmentOutcome::NotSupported,
                EnrolResult::NotReady => EnrolmentOutcome::NotReady,
                EnrolResult::NumberMissing => EnrolmentOutcome::NumberMissing,
                EnrolResult::NumberInvalid | EnrolResult::CountryNotSupported => EnrolmentOutcome::NumberUnusable,
                EnrolResult::PasscodeMissing => EnrolmentOutcome::PasscodeMissing,
                EnrolResult::CredentialsInactive => EnrolmentOutcome::Inactive,
                EnrolResult::LimitReached => EnrolmentOutcome::TooMany,
                EnrolResult::NotFound | EnrolResult::Refused(_) => EnrolmentOutcome::Refused,
            })
        }))
    }

    fn verify<'a>(
        &'a self,
        token: &'a Secret,
        factor: &'a Factor,
        code: &'a Secret,
    ) -> Option<Answer<'a, EnrolmentOutcome>> {
        let channel = Channel::of(factor)?;
        Some(Box::pin(async move {
            match channel {
                Channel::Sms => {}
                Channel::Authy | Channel::Biometric => return Ok(EnrolmentOutcome::NotSupported),
            }
            Ok(match self.verify_enrolment(token, code).await? {
                VerifyEnrolmentResult::Accepted => EnrolmentOutcome::SetUp,
                VerifyEnrolmentResult::Wrong => EnrolmentOutcome::Wrong,
                VerifyEnrolmentResult::WrongLastAttemptLeft => EnrolmentOutcome::LastTry,
                VerifyEnrolmentResult::LimitReached => EnrolmentOutcome::TooMany,
                VerifyEnrolmentResult::CodeExpired => EnrolmentOutcome::CodeExpired,
                VerifyEnrolmentResult::NotPending => EnrolmentOutcome::NothingToVerify,
                VerifyEnrolmentResult::AlreadySetUp => EnrolmentOutcome::AlreadySetUp,
                VerifyEnrolmentResult::NotSupported => EnrolmentOutcome::NotSupported,
                VerifyEnrolmentResult::CredentialsInactive => EnrolmentOutcome::Inactive,
                VerifyEnrolmentResult::Malformed => return Err(ProviderError::Malformed),
                VerifyEnrolmentResult::NotFound | VerifyEnrolmentResult::Refused(_) => EnrolmentOutcome::Refused,
            })
        }))
    }

    fn unlink<'a>(&'a self, token: &'a Secret, factor: &'a Factor) -> Option<Answer<'a, EnrolmentOutcome>> {
        let channel = Channel::of(factor)?;
        Some(Box::pin(async move {
            let result = match Weavr::unlink(self, token, channel).await {
                Err(ProviderError::StepUpRequired) => return Ok(EnrolmentOutcome::StepUpRequired),
                result => result?,
            };
            Ok(match result {
                UnlinkResult::Unlinked => EnrolmentOutcome::Unlinked,
                UnlinkResult::NotSetUp => EnrolmentOutcome::NotSetUp,
                UnlinkResult::NotSupported => EnrolmentOutcome::NotSupported,
                UnlinkResult::CredentialsInactive => EnrolmentOutcome::Inactive,
                UnlinkResult::Refused(_) => EnrolmentOutcome::Refused,
            })
        }))
    }
}

/// The phase of a payment's state: <https://api.weavr.io/products/multi/openapi/confirmation-challenges>. An unknown state decides
/// nothing.
#[must_use]
pub fn phase_of(state: &State) -> PaymentPhase {
    match state {
        State::PendingChallenge => PaymentPhase::Waiting,
        State::Submitted | State::Approved | State::Completed => PaymentPhase::Cleared,
        State::Scheduled => PaymentPhase::Scheduled,
        // A send in process at Weavr, after its confirmation or without one.
        State::Initialised | State::Pending => PaymentPhase::Processing,
        State::Rejected => PaymentPhase::Rejected,
        State::Failed | State::Returned => PaymentPhase::Failed,
        State::Cancelled => PaymentPhase::Cancelled,
        State::Invalid | State::Undefined | State::PendingConfirmation | State::Other(_) => PaymentPhase::Undecided,
    }
}

/// The phase of a payee batch's state.
#[must_use]
pub fn batch_phase(state: &BatchState) -> PayeeBatchPhase {
    match state {
        BatchState::PendingChallenge => PayeeBatchPhase::Waiting,
        BatchState::ChallengeCompleted | BatchState::Completed => PayeeBatchPhase::Confirmed,
        BatchState::ChallengeFailed => PayeeBatchPhase::Rejected,
        BatchState::Failed => PayeeBatchPhase::Failed,
        BatchState::Initialised | BatchState::Other(_) => PayeeBatchPhase::Undecided,
    }
}

fn challenge_result(status: &RequestStatus) -> ChallengeResult {
    match status {
        RequestStatus::Verified => ChallengeResult::Approved,
        RequestStatus::Declined => ChallengeResult::Declined,
        RequestStatus::Expired => ChallengeResult::Expired,
        RequestStatus::Other(_) => ChallengeResult::Undecided,
    }
}

fn rejecter(by: &RejectedBy) -> Rejecter {
    match by {
        RejectedBy::User => Rejecter::Customer,
        RejectedBy::System | RejectedBy::Other(_) => Rejecter::Other,
    }
}

fn details(resource: Resource) -> Result<PaymentDetails, ProviderError> {
    Ok(PaymentDetails {
        id: sca_core::ResourceId::new(resource.id.as_str()).ok_or(ProviderError::Malformed)?,
        phase: phase_of(&resource.state),
        amount: resource.amount,
        payee: resource.payee,
        account_tail: resource.account_tail,
        reference: resource.reference,
        rejected_by: resource.rejected_by.as_ref().map(rejecter),
        exempted: match resource.exemption {
            Some(Exemption::LowValue | Exemption::TrustedBeneficiary) => true,
            Some(Exemption::NoExemption | Exemption::NotEnabled | Exemption::Other(_)) | None => false,
        },
    })
}

fn target_of(target: &Target) -> Result<ChallengeTarget, ProviderError> {
    let parse = |id: &sca_core::ResourceId| ResourceId::new(id.as_str()).ok_or(ProviderError::Malformed);
    Ok(match target {
        Target::Payments { kind, ids } => ChallengeTarget::Resources {
            kind: ResourceType::from_name(kind.as_str()).ok_or(ProviderError::Malformed)?,
            ids: ids.iter().map(parse).collect::<Result<_, _>>()?,
        },
        Target::StepUp => ChallengeTarget::StepUp,
        Target::PayeeBatch(id) => ChallengeTarget::PayeeBatch(parse(id)?),
    })
}

fn issued(result: IssueResult) -> Result<Issued, ProviderError> {
    Ok(match result {
        IssueResult::Issued { challenge } => Issued::Issued {
            challenge: challenge
                .map(|id| sca_core::ChallengeId::new(id.as_str()).ok_or(ProviderError::Malformed))
                .transpose()?,
        },
        IssueResult::NotSetUp
        | IssueResult::NotSupported
        | IssueResult::NumberInvalid
        | IssueResult::CountryNotSupported => Issued::FactorNotSetUp,
        IssueResult::TooEarly => Issued::TooEarly,
        IssueResult::LimitReached => Issued::LimitReached,
        IssueResult::NotPending | IssueResult::Exempt => Issued::NothingPending,
        IssueResult::NotFound => Issued::NotFound,
        IssueResult::Refused(_) => Issued::Rejected,
    })
}

fn verified(result: &VerifyResult) -> Verified {
    match result {
        VerifyResult::Accepted => Verified::Accepted,
        VerifyResult::AlreadyVerified => Verified::AlreadyVerified,
        VerifyResult::Wrong => Verified::Wrong,
        VerifyResult::WrongLastAttemptLeft => Verified::WrongLastAttemptLeft,
        VerifyResult::LimitReached => Verified::LimitReached,
        VerifyResult::CodeExpired | VerifyResult::NotFound => Verified::CodeExpired,
        VerifyResult::NotPending | VerifyResult::Exempt => Verified::NothingPending,
        VerifyResult::NotSetUp | VerifyResult::NotSupported => Verified::FactorNotSetUp,
        VerifyResult::Malformed => Verified::Malformed,
        VerifyResult::Refused(_) => Verified::Rejected,
    }
}

fn status_name(status: &FactorStatus) -> &str {
    match status {
        FactorStatus::Active => "active",
        FactorStatus::PendingVerification => "pending-verification",
        FactorStatus::Inactive => "inactive",
        FactorStatus::Other(name) => name,
    }
}

fn kind_of(kind: ResourceType) -> Option<ResourceKind> {
    ResourceKind::new(kind.as_str())
}

#[cfg(test)]
mod tests {
    use sca_protocol::{Currency, Money};

    use super::*;

    #[test]
    fn every_payment_state_has_a_phase_and_an_unknown_one_decides_nothing() {
        for (state, expected) in [
            ("PENDING_CHALLENGE", PaymentPhase::Waiting),
            ("SUBMITTED", PaymentPhase::Cleared),
            ("APPROVED", PaymentPhase::Cleared),
            ("COMPLETED", PaymentPhase::Cleared),
            ("SCHEDULED", PaymentPhase::Scheduled),
            ("REJECTED", PaymentPhase::Rejected),
            ("FAILED", PaymentPhase::Failed),
            ("RETURNED", PaymentPhase::Failed),
            ("CANCELLED", PaymentPhase::Cancelled),
            ("INITIALISED", PaymentPhase::Processing),
            ("PENDING", PaymentPhase::Processing),
            ("INVALID", PaymentPhase::Undecided),
            ("UNDEFINED", PaymentPhase::Undecided),
            ("PENDING_CONFIRMATION", PaymentPhase::Undecided),
            ("EXECUTED", PaymentPhase::Undecided),
            ("completed", PaymentPhase::Undecided),
            ("", PaymentPhase::Undecided),
        ] {
            assert_eq!(phase_of(&State::from_name(state)), expected, "{state}");
        }
    }

    #[test]
    fn every_batch_state_has_a_phase_and_an_unknown_one_decides_nothing() {
        for (state, expected) in [
            ("CHALLENGE_COMPLETED", PayeeBatchPhase::Confirmed),
            ("COMPLETED", PayeeBatchPhase::Confirmed),
            ("CHALLENGE_FAILED", PayeeBatchPhase::Rejected),
            ("FAILED", PayeeBatchPhase::Failed),
            ("PENDING_CHALLENGE", PayeeBatchPhase::Waiting),
            ("INITIALISED", PayeeBatchPhase::Undecided),
            ("completed", PayeeBatchPhase::Undecided),
        ] {
            assert_eq!(batch_phase(&BatchState::from_name(state)), expected, "{state}");
        }
    }

    #[test]
    fn only_the_status_verified_is_an_approval() {
        for (status, expected) in [
            ("VERIFIED", ChallengeResult::Approved),
            ("DECLINED", ChallengeResult::Declined),
            ("EXPIRED", ChallengeResult::Expired),
            ("verified", ChallengeResult::Undecided),
        ] {
            assert_eq!(
                challenge_result(&RequestStatus::from_name(status)),
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn only_a_known_user_is_the_customer() {
        for (by, expected) in [
            ("USER", Rejecter::Customer),
            ("SYSTEM", Rejecter::Other),
            ("ROBOT", Rejecter::Other),
        ] {
            assert_eq!(rejecter(&RejectedBy::from_name(by)), expected, "{by}");
        }
    }

    #[test]
    fn only_a_known_exemption_of_a_payment_in_execution_is_exempt() {
        let resource = |state: &str, exemption: Option<&str>| {
            details(Resource {
                kind: ResourceType::Sends,
                id: ResourceId::new("115").unwrap(),
                state: State::from_name(state),
                amount: Money::new(1, Currency::new("EUR").unwrap()).unwrap(),
                payee: None,
                account_tail: None,
                reference: None,
                rejected_by: None,
                exemption: exemption.map(Exemption::from_name),
            })
            .unwrap()
        };
        let known = [
            "INITIALISED",
            "PENDING",
            "SCHEDULED",
            "SUBMITTED",
            "APPROVED",
            "COMPLETED",
        ];
        let others = [
            "INVALID",
            "UNDEFINED",
            "PENDING_CONFIRMATION",
            "PENDING_CHALLENGE",
            "REJECTED",
            "FAILED",
            "RETURNED",
            "CANCELLED",
            "LEVITATING",
            "completed",
        ];
        for exemption in [
            Some("LOW_VALUE"),
            Some("TRUSTED_BENEFICIARY"),
            Some("NO_EXEMPTION"),
            Some("NOT_ENABLED"),
            Some("NEW_ONE"),
            None,
        ] {
            let exempted = matches!(exemption, Some("LOW_VALUE" | "TRUSTED_BENEFICIARY"));
            for state in known {
                assert_eq!(
                    resource(state, exemption).is_exempt(),
                    exempted,
                    "{state} {exemption:?}"
                );
            }
            for state in others {
                assert!(!resource(state, exemption).is_exempt(), "{state} {exemption:?}");
            }
        }
    }
}
