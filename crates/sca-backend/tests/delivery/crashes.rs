//! A backend dies at each of the points where it waits, while it decides and while it hands over. Another one, or itself started
//! again, brings it to its end: one decision, one execution.

use std::time::Duration;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use crate::{databases, facesign::Ending, fixture::World};

/// More points than there are: the loops end by themselves.
const MOST_POINTS: usize = 2_000;
/// How often work has to have come to its end before the crash: what it left to others is cut off somewhere else each time.
const ENDS: usize = 5;
/// By then everything has been looked at again, and nothing has expired.
const LATER: Duration = Duration::from_millis(3 * 60_000);

/// Drops work after it has been polled so many times. `None` when that was before its end.
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

/// What has it decide, and how it goes on after the crash.
#[derive(Clone, Copy, Debug)]
enum Story {
    /// FaceSign tells, gets no answer and tells again.
    ToldAgain,
    /// FaceSign tells once.
    ToldOnce,
    /// FaceSign never tells: it looks by itself.
    NeverTold,
}

async fn crash_in_the_decision(story: Story) {
    let world = World::start(databases::any()).await;
    let mut ended = 0;
    for point in 1..MOST_POINTS {
        let transfer = format!("txn-{point}");
        let held = world.create(1, &transfer, 1).await.unwrap().body;
        let id = held["id"].as_str().unwrap();
        assert!(world.start_face(1, &held).await.unwrap().status.is_success());
        let session = world.facesign.sessions_of(&transfer).pop().unwrap();
        world.facesign.end(&session, Ending::Verified);

        let event = format!("evt-{point}");
        let done = match story {
            Story::ToldAgain | Story::ToldOnce => {
                let request = world.webhook_request(&event, "session.status", &session);
                let hearing = world.on(0, |instance| {
                    let heard = instance.hear(request);
                    async move { dropped_after(point, heard).await.map(drop) }
                });
                hearing.await.unwrap()
            }
            Story::NeverTold => {
                world.clock.advance(LATER);
                let looking = world.on(0, |instance| {
                    let backend = instance.backend.clone();
                    async move { dropped_after(point, backend.sweep()).await.map(Result::unwrap) }
                });
                looking.await.unwrap()
            }
        };
        world.crash(0).await;
        match story {
            Story::ToldAgain => {
                let again = world.webhook(0, &event, "session.status", &session).await.unwrap();
                assert!(again.status.is_success(), "{point}: {again:?}");
            }
            Story::ToldOnce | Story::NeverTold => {}
        }
        world.clock.advance(LATER);
        world.sweep(0).await;
        world.dispatch(0).await;
        assert_eq!(world.status(0, id).await, "approved", "after {point} polls");
        assert_eq!(world.bank.executions(&transfer).len(), 1, "after {point} polls");
        ended += usize::from(done.is_some());
        if ended == ENDS {
            println!("{story:?}: {point} points");
            return;
        }
    }
    panic!("it never ended");
}

#[tokio::test]
async fn in_the_delivery() {
    let world = World::start(databases::any()).await;
    let mut ended = 0;
    for point in 1..MOST_POINTS {
        let transfer = format!("txn-{point}");
        world.approved(&transfer).await;
        let done = world
            .on(0, |instance| {
                let worker = instance.worker.clone();
                async move { dropped_after(point, worker.dispatch_due()).await }
            })
            .await
            .unwrap();
        world.crash(0).await;
        // Until nobody can be holding it any more.
        world.clock.advance(LATER);
        world.dispatch(1).await;
        world.dispatch(0).await;
        let executions = world.bank.executions(&transfer);
        assert_eq!(executions.len(), 1, "after {point} polls");
        assert!(executions[0].deliveries <= 2, "after {point} polls: {executions:?}");
        ended += usize::from(done.is_some());
        if ended == ENDS {
            println!("{point} points");
            return;
        }
    }
    panic!("it never ended");
}

#[tokio::test]
async fn in_the_decision_and_told_again() {
    crash_in_the_decision(Story::ToldAgain).await;
}

#[tokio::test]
async fn in_the_decision_and_not_told_again() {
    crash_in_the_decision(Story::ToldOnce).await;
}

#[tokio::test]
async fn in_the_decision_without_having_been_told() {
    crash_in_the_decision(Story::NeverTold).await;
}
