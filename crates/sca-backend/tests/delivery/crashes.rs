//! A backend crashes at each point where it waits, during a decision and during a dispatch. Another one, or itself restarted, finishes
//! the work: one decision, one execution.

use std::time::Duration;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use crate::{databases, facesign::SessionResult, fixture::TestEnv};

/// An upper bound: the loops end at the last point.
const MOST_POINTS: usize = 2_000;
/// How often the work has to finish before its crash, which then hits the tasks that it spawned at different points.
const FINISHED: usize = 5;
/// By then every poll and every claim is due again, and nothing has expired.
const LATER: Duration = Duration::from_secs(3 * 60);

/// Drops work after so many polls. `None` if it had not finished by then.
pub async fn dropped_after<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What triggers the decision, and what happens after the crash.
#[derive(Clone, Copy, Debug)]
enum Trigger {
    /// A webhook that gets no answer and is delivered again.
    RedeliveredWebhook,
    /// A webhook that is delivered once.
    Webhook,
    /// No webhook: a poll.
    Poll,
}

async fn crash_in_the_decision(trigger: Trigger) {
    let env = TestEnv::start(databases::any()).await;
    let mut finished = 0;
    for point in 1..MOST_POINTS {
        let transfer = format!("txn-{point}");
        let held = env.create(1, &transfer, 1).await.unwrap().body;
        let id = held["id"].as_str().unwrap();
        assert!(env.start_face(1, &held).await.unwrap().status.is_success());
        let session = env.facesign.sessions_of(&transfer).pop().unwrap();
        env.facesign.finish(&session, SessionResult::Verified);

        let event = format!("evt-{point}");
        let done = match trigger {
            Trigger::RedeliveredWebhook | Trigger::Webhook => {
                let request = env.webhook_request(&event, "session.status", &session);
                let receiving = env.on(0, |instance| {
                    let receiving = instance.handle(request);
                    async move { dropped_after(point, receiving).await.map(drop) }
                });
                receiving.await.unwrap()
            }
            Trigger::Poll => {
                env.clock.advance(LATER);
                let polling = env.on(0, |instance| {
                    let backend = instance.backend.clone();
                    async move { dropped_after(point, backend.sweep()).await.map(Result::unwrap) }
                });
                polling.await.unwrap()
            }
        };
        env.crash(0).await;
        match trigger {
            Trigger::RedeliveredWebhook => {
                let again = env.webhook(0, &event, "session.status", &session).await.unwrap();
                assert!(again.status.is_success(), "{point}: {again:?}");
            }
            Trigger::Webhook | Trigger::Poll => {}
        }
        env.clock.advance(LATER);
        env.sweep(0).await;
        env.dispatch(0).await;
        assert_eq!(env.status(0, id).await, "approved", "after {point} polls");
        assert_eq!(env.bank.executions(&transfer).len(), 1, "after {point} polls");
        finished += usize::from(done.is_some());
        if finished == FINISHED {
            println!("{trigger:?}: {point} points");
            return;
        }
    }
    panic!("the work never finished");
}

#[tokio::test]
async fn a_crash_at_any_point_of_a_dispatch_executes_the_transfer_once() {
    let env = TestEnv::start(databases::any()).await;
    let mut finished = 0;
    for point in 1..MOST_POINTS {
        let transfer = format!("txn-{point}");
        env.approved(&transfer).await;
        let done = env
            .on(0, |instance| {
                let worker = instance.worker.clone();
                async move { dropped_after(point, worker.dispatch_due()).await }
            })
            .await
            .unwrap();
        env.crash(0).await;
        // Until every claim has expired.
        env.clock.advance(LATER);
        env.dispatch(1).await;
        env.dispatch(0).await;
        let executions = env.bank.executions(&transfer);
        assert_eq!(executions.len(), 1, "after {point} polls");
        assert!(executions[0].deliveries <= 2, "after {point} polls: {executions:?}");
        finished += usize::from(done.is_some());
        if finished == FINISHED {
            println!("{point} points");
            return;
        }
    }
    panic!("the work never finished");
}

#[tokio::test]
async fn a_crash_at_any_point_of_a_decision_is_recovered_by_a_redelivered_webhook() {
    crash_in_the_decision(Trigger::RedeliveredWebhook).await;
}

#[tokio::test]
async fn a_crash_at_any_point_of_a_decision_is_recovered_without_a_second_webhook() {
    crash_in_the_decision(Trigger::Webhook).await;
}

#[tokio::test]
async fn a_crash_at_any_point_of_a_poll_is_recovered_by_the_next_poll() {
    crash_in_the_decision(Trigger::Poll).await;
}
