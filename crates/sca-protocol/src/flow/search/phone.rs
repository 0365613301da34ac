//! Requests on the customer's phone, and their possible results.

use super::{RESEND, backend::Backend};
use crate::{Delivery, Factor, Status, StepFailure};

/// The largest number of requests that are sent.
const MOST_REQUESTS: u8 = 2;

impl Backend {
    /// The backend after it has sent a request, or returned the open one again.
    pub(super) fn request_sent(&self, id: &str, factor: &Factor) -> Self {
        let Some(phone) = self.phone.as_ref().filter(|phone| {
            let is_live = phone.asks_for.as_deref() == Some(id);
            is_live || phone.sent < MOST_REQUESTS
        }) else {
            return self.clone();
        };
        let mut phone = phone.clone();
        if phone.asks_for.as_deref() != Some(id) {
            phone.sent += 1;
            phone.asks_for = Some(id.to_owned());
        }
        let mut sent = self.with(id, |challenge| {
            challenge.step_failure = None;
            challenge.delivery = Some(Delivery {
                factor: factor.clone(),
                destination: None,
                resend_at: RESEND,
                expires_at: Some(RESEND),
            });
        });
        sent.phone = Some(phone);
        sent
    }

    /// The backend after each change that a request may undergo by itself: the customer answers it, or it expires.
    pub(super) fn request_answered(&self) -> Vec<Self> {
        let Some(id) = self.phone.as_ref().and_then(|phone| phone.asks_for.clone()) else {
            return Vec::new();
        };
        let mut over = self.clone();
        over.phone.iter_mut().for_each(|phone| phone.asks_for = None);
        if over
            .approval
            .open_challenge()
            .is_none_or(|challenge| challenge.id != id)
        {
            return vec![over];
        }
        let mut worlds = over.passed(&id);
        worlds.push(over.settled(Status::Declined));
        worlds.push(over.with(&id, |challenge| {
            let is_request = |delivery: &Delivery| delivery.expires_at.is_some();
            if challenge.delivery.as_ref().is_some_and(is_request) {
                challenge.delivery = None;
                challenge.step_failure = Some(StepFailure::RequestExpired);
            }
        }));
        worlds
    }
}
