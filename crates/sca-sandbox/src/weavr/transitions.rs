//! State transitions, by a call or by time, and the events that they emit.

use std::collections::BTreeMap;

use super::behaviour::{Behaviour, RejectedBy};
use super::challenge::{Challenge, Kind, Status, Subject};
use super::customer::{Channel, Customer, FactorStatus};
use super::event;
use super::payees::{Batch, BatchState};
use super::resource::{Kind as ResourceKind, Resource, State};
use super::state::WeavrState;
use crate::kit::clock::after_seconds;
use crate::kit::simulator::SimulatorState;

impl SimulatorState for WeavrState {
    fn advance_to(&mut self, now_ms: i64) {
        if !self.timeline.advance_to(now_ms) {
            return;
        }
        let past =
            |due: Option<i64>, user: &str| on_shared_clock(&self.customers, due, user).is_some_and(|due| due <= now_ms);
        let challenges = ids(&self.challenges, |challenge| {
            past(challenge_due(challenge), &challenge.user)
        });
        let resources = ids(&self.resources, |resource| past(resource.due(), &resource.owner));
        let batches = ids(&self.batches, |batch| past(batch.due(), &batch.owner));
        for id in challenges {
            self.conclude(&id, Status::Expired);
        }
        for id in resources {
            self.change_resource(&id, |resource, now| match resource.state {
                State::PendingChallenge | State::PendingConfirmation => {
                    resource.state = State::Rejected;
                    resource.rejected = Some(RejectedBy::System);
                }
                State::Initialised | State::Submitted | State::Approved => {
                    resource.state = State::Completed;
                    resource.completed_at = Some(now);
                }
                State::Completed | State::Rejected | State::Cancelled | State::Scheduled | State::Forced(_) => {}
            });
        }
        for id in batches {
            self.change_batch(&id, BatchState::Completed);
        }
        let customers = &self.customers;
        let challenges = self
            .challenges
            .values()
            .filter_map(|challenge| on_shared_clock(customers, challenge_due(challenge), &challenge.user));
        let resources = self
            .resources
            .values()
            .filter_map(|resource| on_shared_clock(customers, resource.due(), &resource.owner));
        let batches = self
            .batches
            .values()
            .filter_map(|batch| on_shared_clock(customers, batch.due(), &batch.owner));
        self.timeline
            .reschedule(challenges.chain(resources).chain(batches).min());
    }

    fn revision(&self) -> u64 {
        self.timeline.revision()
    }
}

impl WeavrState {
    /// Computes again what is due, when the state is locked next. Needed after a customer's clock was moved.
    pub(super) fn recompute_due(&mut self) {
        self.timeline.reschedule(Some(i64::MIN));
        self.timeline.mark_changed();
    }

    fn schedule(&mut self, due: Option<i64>, user: &str) {
        let due = on_shared_clock(&self.customers, due, user);
        self.timeline.schedule(due);
    }

    /// Stores a new payment and emits its event.
    pub(crate) fn add_resource(&mut self, resource: Resource) {
        let id = resource.id.clone();
        self.resources.insert(id.clone(), resource);
        self.emit_resource_event(&id);
    }

    /// Changes a payment and emits its event. `false` when there is no such payment.
    pub(crate) fn change_resource(&mut self, id: &str, change: impl FnOnce(&mut Resource, i64)) -> bool {
        let Some(owner) = self.resources.get(id).map(|resource| resource.owner.clone()) else {
            return false;
        };
        let (now, behaviour) = (self.now_of(&owner), self.behaviour_of(&owner));
        if let Some(resource) = self.resources.get_mut(id) {
            if behaviour.stale_reads > 0 {
                resource.stale = Some((resource.to_json(behaviour.amounts), behaviour.stale_reads));
            }
            change(resource, now);
        }
        self.emit_resource_event(id);
        self.supersede_settled_challenges(id);
        true
    }

    fn emit_resource_event(&mut self, id: &str) {
        let Some(resource) = self.resources.get(id) else { return };
        let (owner, due) = (resource.owner.clone(), resource.due());
        let behaviour = self.behaviour_of(&owner);
        let now = self.now_of(&owner);
        let event = event::of_resource(resource, &resource.to_json(behaviour.amounts), &behaviour, now);
        self.schedule(due, &owner);
        if let Some((path, body)) = event {
            self.emit(path, id, body.to_string(), behaviour.events);
        }
        self.timeline.mark_changed();
    }

    /// Supersedes the challenges that have nothing left to confirm.
    fn supersede_settled_challenges(&mut self, id: &str) {
        let resources = &self.resources;
        let pending = |id: &String| resources.get(id).is_some_and(Resource::is_pending);
        for challenge in self.challenges.values_mut() {
            if challenge.is_live()
                && let Subject::Resources { ids, .. } = &challenge.subject
                && ids.iter().any(|covered| covered == id)
                && !ids.iter().any(pending)
            {
                challenge.status = Status::Superseded;
            }
        }
    }

    /// Stores a new batch and emits its event.
    pub(crate) fn add_batch(&mut self, batch: Batch) {
        let id = batch.id.clone();
        self.batches.insert(id.clone(), batch);
        self.emit_batch_event(&id);
    }

    fn change_batch(&mut self, id: &str, state: BatchState) {
        let Some(batch) = self.batches.get_mut(id) else { return };
        batch.state = state;
        self.emit_batch_event(id);
    }

    fn emit_batch_event(&mut self, id: &str) {
        let Some(batch) = self.batches.get(id) else { return };
        let (owner, due) = (batch.owner.clone(), batch.due());
        let event = event::of_batch(batch, self.now_of(&owner));
        let behaviour = self.behaviour_of(&owner);
        self.schedule(due, &owner);
        if let Some(body) = event {
            self.emit("/beneficiaries/batch/watch", id, body.to_string(), behaviour.events);
        }
        self.timeline.mark_changed();
    }

    /// Stores a challenge that was sent.
    pub(crate) fn add_challenge(&mut self, challenge: Challenge) {
        self.schedule(Some(challenge.expires_at), &challenge.user);
        self.challenges.insert(challenge.id.clone(), challenge);
        self.timeline.mark_changed();
    }

    /// Sends a challenge again.
    pub(crate) fn resend(&mut self, id: &str, behaviour: &Behaviour, now: i64) {
        let Some(challenge) = self.challenges.get_mut(id) else {
            return;
        };
        challenge.send(behaviour, now);
        let (due, user) = (challenge.expires_at, challenge.user.clone());
        self.schedule(Some(due), &user);
        self.timeline.mark_changed();
    }

    /// Ends a live challenge and applies its consequences.
    pub(crate) fn conclude(&mut self, id: &str, status: Status) {
        let Some(challenge) = self.challenges.get_mut(id).filter(|challenge| challenge.is_live()) else {
            return;
        };
        challenge.status = status;
        let challenge = challenge.clone();
        let behaviour = self.behaviour_of(&challenge.user);
        match &challenge.subject {
            Subject::Resources { ids, .. } => match status {
                Status::Verified => {
                    for id in ids {
                        self.confirm(id, &behaviour);
                    }
                    if let Some(customer) = self.customers.get_mut(&challenge.user) {
                        customer.low_value.clear();
                    }
                }
                Status::Declined => self.reject_all(ids, RejectedBy::User),
                Status::Exhausted => self.reject_all(ids, behaviour.rejected_info),
                Status::Live | Status::Expired | Status::Superseded => {}
            },
            Subject::StepUp { token } => {
                if status == Status::Verified {
                    self.tokens.step_up(token);
                }
                self.emit_step_up_event(&challenge, token, &behaviour);
            }
            Subject::Payees { batch } => match status {
                Status::Verified => {
                    let completes_at = completion_time(&behaviour, self.now_of(&challenge.user));
                    if let Some(batch) = self.batches.get_mut(batch) {
                        batch.completes_at = completes_at;
                    }
                    self.change_batch(batch, BatchState::ChallengeCompleted);
                }
                Status::Declined | Status::Exhausted => self.change_batch(batch, BatchState::ChallengeFailed),
                Status::Live | Status::Expired | Status::Superseded => {}
            },
            Subject::Enrolment => match (challenge.kind, status) {
                (Kind::Otp | Kind::Push, Status::Verified) => {
                    self.set_factor(&challenge.user, challenge.channel, FactorStatus::Active);
                }
                (Kind::Push, Status::Declined | Status::Expired) => {
                    self.set_factor(&challenge.user, challenge.channel, FactorStatus::Inactive);
                }
                (Kind::Otp, Status::Declined | Status::Expired)
                | (Kind::Otp | Kind::Push, Status::Live | Status::Exhausted | Status::Superseded) => {}
            },
        }
        self.timeline.mark_changed();
    }

    fn confirm(&mut self, id: &str, behaviour: &Behaviour) {
        if !self.resources.get(id).is_some_and(Resource::is_pending) {
            return;
        }
        self.change_resource(id, |resource, now| {
            resource.completes_at = completion_time(behaviour, now);
            resource.state = match (&resource.scheduled, resource.kind) {
                (Some(_), ResourceKind::OutgoingWireTransfers | ResourceKind::Sends) => State::Scheduled,
                (None, ResourceKind::OutgoingWireTransfers) => State::Submitted,
                (None, ResourceKind::Sends) => State::Approved,
            };
        });
    }

    fn reject_all(&mut self, ids: &[String], by: RejectedBy) {
        for id in ids {
            if self.resources.get(id).is_some_and(Resource::is_pending) {
                self.change_resource(id, |resource, _| {
                    resource.state = State::Rejected;
                    resource.rejected = Some(by);
                });
            }
        }
    }

    fn emit_step_up_event(&mut self, challenge: &Challenge, token: &str, behaviour: &Behaviour) {
        match challenge.kind {
            // The partner does not know its id.
            Kind::Otp => {}
            Kind::Push => {
                let now = self.now_of(&challenge.user);
                let with_token = behaviour.step_up_token_in_event && challenge.status == Status::Verified;
                let event = self
                    .customers
                    .get(&challenge.user)
                    .and_then(|customer| event::of_step_up(challenge, customer, with_token.then_some(token), now));
                if let Some(body) = event {
                    self.emit("/stepup/watch", &challenge.id, body.to_string(), behaviour.events);
                }
            }
        }
    }

    /// Sets a factor and emits its event.
    pub(crate) fn set_factor(&mut self, user: &str, channel: Channel, status: FactorStatus) {
        let now = self.now_of(user);
        let behaviour = self.behaviour_of(user);
        let Some(customer) = self.customers.get_mut(user) else {
            return;
        };
        customer.factors.insert(channel, status);
        let active = match status {
            FactorStatus::Active => Some(true),
            FactorStatus::Inactive => Some(false),
            FactorStatus::PendingVerification => None,
        };
        let event = active.map(|active| event::of_factor(customer, channel.factor_type(), active, now));
        if let Some(body) = event {
            self.emit(
                "/authentication_factors/watch",
                user,
                body.to_string(),
                behaviour.events,
            );
        }
        self.timeline.mark_changed();
    }
}

/// When something is completed that is confirmed now; `None` means never.
pub(super) fn completion_time(behaviour: &Behaviour, now: i64) -> Option<i64> {
    Some(after_seconds(now, behaviour.completes_after_seconds?))
}

fn challenge_due(challenge: &Challenge) -> Option<i64> {
    challenge.is_live().then_some(challenge.expires_at)
}

/// Converts an instant on a user's own clock to the shared clock.
fn on_shared_clock(customers: &BTreeMap<String, Customer>, due: Option<i64>, user: &str) -> Option<i64> {
    let ahead_ms = customers.get(user).map_or(0, |customer| customer.ahead_ms);
    due.map(|due| due.saturating_sub(ahead_ms))
}

fn ids<T>(all: &BTreeMap<String, T>, is_selected: impl Fn(&T) -> bool) -> Vec<String> {
    all.iter()
        .filter(|(_, one)| is_selected(one))
        .map(|(id, _)| id.clone())
        .collect()
}
