//! What changes, by an answer or by time, and what is told of it.

use std::collections::BTreeMap;

use super::behaviour::Behaviour;
use super::challenge::{Challenge, Kind, Status, Subject};
use super::customer::{Channel, Customer, FactorStatus};
use super::event;
use super::payees::{Batch, BatchState};
use super::resource::{Kind as ResourceKind, RejectedBy, Resource, State};
use super::world::Weavr;

impl Weavr {
    /// Brings everything up to this time.
    pub(crate) fn settle(&mut self, now: i64) {
        self.now = now;
        if self.next_settlement.is_none_or(|due| due > now) {
            return;
        }
        let past = |due: Option<i64>, user: &str| in_world(&self.customers, due, user).is_some_and(|due| due <= now);
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
            .filter_map(|challenge| in_world(customers, challenge_due(challenge), &challenge.user));
        let resources = self
            .resources
            .values()
            .filter_map(|resource| in_world(customers, resource.due(), &resource.owner));
        let batches = self
            .batches
            .values()
            .filter_map(|batch| in_world(customers, batch.due(), &batch.owner));
        self.next_settlement = challenges.chain(resources).chain(batches).min();
    }

    /// Looks at everything again when this is locked next: somebody's clock was moved.
    pub(crate) fn settle_soon(&mut self) {
        self.next_settlement = Some(i64::MIN);
        self.touch();
    }

    fn wake(&mut self, due: Option<i64>, user: &str) {
        let due = in_world(&self.customers, due, user);
        self.next_settlement = [self.next_settlement, due].into_iter().flatten().min();
    }

    /// Keeps a new payment and tells of it.
    pub(crate) fn add_resource(&mut self, resource: Resource) {
        let id = resource.id.clone();
        self.resources.insert(id.clone(), resource);
        self.tell_of_resource(&id);
    }

    /// Changes a payment and tells of it. `false` when there is none.
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
        self.tell_of_resource(id);
        self.close_what_is_settled(id);
        true
    }

    fn tell_of_resource(&mut self, id: &str) {
        let Some(resource) = self.resources.get(id) else { return };
        let (owner, due) = (resource.owner.clone(), resource.due());
        let behaviour = self.behaviour_of(&owner);
        let now = self.now_of(&owner);
        let told = event::of_resource(resource, &resource.to_json(behaviour.amounts), &behaviour, now);
        self.wake(due, &owner);
        if let Some((path, body)) = told {
            self.tell(path, id, body.to_string(), behaviour.events);
        }
        self.touch();
    }

    /// Challenges that have nothing left to confirm are no longer asked on any phone.
    fn close_what_is_settled(&mut self, id: &str) {
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

    /// Keeps a new batch and tells of it.
    pub(crate) fn add_batch(&mut self, batch: Batch) {
        let id = batch.id.clone();
        self.batches.insert(id.clone(), batch);
        self.tell_of_batch(&id);
    }

    fn change_batch(&mut self, id: &str, state: BatchState) {
        let Some(batch) = self.batches.get_mut(id) else { return };
        batch.state = state;
        self.tell_of_batch(id);
    }

    fn tell_of_batch(&mut self, id: &str) {
        let Some(batch) = self.batches.get(id) else { return };
        let (owner, due) = (batch.owner.clone(), batch.due());
        let told = event::of_batch(batch, self.now_of(&owner));
        let behaviour = self.behaviour_of(&owner);
        self.wake(due, &owner);
        if let Some(body) = told {
            self.tell("/beneficiaries/batch/watch", id, body.to_string(), behaviour.events);
        }
        self.touch();
    }

    /// Keeps a challenge that was sent.
    pub(crate) fn add_challenge(&mut self, challenge: Challenge) {
        self.wake(Some(challenge.expires_at), &challenge.user);
        self.challenges.insert(challenge.id.clone(), challenge);
        self.touch();
    }

    /// Sends a challenge once more.
    pub(crate) fn send_again(&mut self, id: &str, behaviour: &Behaviour, now: i64) {
        let Some(challenge) = self.challenges.get_mut(id) else {
            return;
        };
        challenge.send(behaviour, now);
        let (due, user) = (challenge.expires_at, challenge.user.clone());
        self.wake(Some(due), &user);
        self.touch();
    }

    /// Ends a live challenge, with all that follows from it.
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
                self.tell_of_step_up(&challenge, token, &behaviour);
            }
            Subject::Payees { batch } => match status {
                Status::Verified => {
                    let completes_at = completion(&behaviour, self.now_of(&challenge.user));
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
        self.touch();
    }

    fn confirm(&mut self, id: &str, behaviour: &Behaviour) {
        if !self.resources.get(id).is_some_and(Resource::is_pending) {
            return;
        }
        self.change_resource(id, |resource, now| {
            resource.completes_at = completion(behaviour, now);
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

    fn tell_of_step_up(&mut self, challenge: &Challenge, token: &str, behaviour: &Behaviour) {
        match challenge.kind {
            // Nobody outside knows its id.
            Kind::Otp => {}
            Kind::Push => {
                let now = self.now_of(&challenge.user);
                let with_token = behaviour.step_up_token_in_event && challenge.status == Status::Verified;
                let told = self
                    .customers
                    .get(&challenge.user)
                    .and_then(|customer| event::of_step_up(challenge, customer, with_token.then_some(token), now));
                if let Some(body) = told {
                    self.tell("/stepup/watch", &challenge.id, body.to_string(), behaviour.events);
                }
            }
        }
    }

    /// Sets a factor and tells of it.
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
        let told = active.map(|active| event::of_factor(customer, channel.factor_type(), active, now));
        if let Some(body) = told {
            self.tell(
                "/authentication_factors/watch",
                user,
                body.to_string(),
                behaviour.events,
            );
        }
        self.touch();
    }
}

/// When something is completed that is confirmed now.
pub(super) fn completion(behaviour: &Behaviour, now: i64) -> Option<i64> {
    let wait = i64::from(behaviour.completes_after_seconds?).saturating_mul(1000);
    Some(now.saturating_add(wait))
}

fn challenge_due(challenge: &Challenge) -> Option<i64> {
    challenge.is_live().then_some(challenge.expires_at)
}

/// An instant on this user's clock, on the world's clock.
fn in_world(customers: &BTreeMap<String, Customer>, due: Option<i64>, user: &str) -> Option<i64> {
    let ahead = customers.get(user).map_or(0, |customer| customer.ahead);
    due.map(|due| due.saturating_sub(ahead))
}

fn ids<T>(all: &BTreeMap<String, T>, wanted: impl Fn(&T) -> bool) -> Vec<String> {
    all.iter()
        .filter(|(_, one)| wanted(one))
        .map(|(id, _)| id.clone())
        .collect()
}
