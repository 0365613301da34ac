//! Change notifications within this process: who is subscribed to which approval.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// How many subscriptions there may be: half of the connections that the server accepts, so that other requests are served.
const MOST_IN_ALL: usize = 4096;

/// Wakes the subscribers of an approval, who then read it.
#[derive(Clone, Default)]
pub struct Hub {
    topics: Arc<Mutex<HashMap<String, Topic>>>,
}

struct Topic {
    changes: watch::Sender<()>,
    subscribers: usize,
}

/// A subscription to an approval. Dropping it ends it.
pub struct Subscription {
    hub: Hub,
    id: String,
    changes: watch::Receiver<()>,
}

impl Hub {
    /// Subscribes to an approval. `None` when it has `most` subscribers already, or all approvals together have `MOST_IN_ALL`.
    #[must_use]
    pub fn subscribe(&self, id: &str, most: usize) -> Option<Subscription> {
        let mut topics = self.topics();
        if topics.values().map(|topic| topic.subscribers).sum::<usize>() >= MOST_IN_ALL {
            return None;
        }
        let topic = topics.entry(id.to_owned()).or_insert_with(|| Topic {
            changes: watch::Sender::new(()),
            subscribers: 0,
        });
        if topic.subscribers >= most {
            return None;
        }
        topic.subscribers += 1;
        Some(Subscription {
            hub: self.clone(),
            id: id.to_owned(),
            changes: topic.changes.subscribe(),
        })
    }

    /// Wakes the subscribers of an approval.
    pub fn publish(&self, id: &str) {
        if let Some(topic) = self.topics().get(id) {
            topic.changes.send_replace(());
        }
    }

    /// Wakes all subscribers: notifications may have been missed.
    pub fn publish_all(&self) {
        for topic in self.topics().values() {
            topic.changes.send_replace(());
        }
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<String, Topic>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Waits for the next change. Returns at once if there was one since the last call.
    pub async fn changed(&mut self) {
        // The sender lives as long as this subscription keeps its topic.
        let _ = self.changes.changed().await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut topics = self.hub.topics();
        if let Some(topic) = topics.get_mut(&self.id) {
            topic.subscribers = topic.subscribers.saturating_sub(1);
            if topic.subscribers == 0 {
                topics.remove(&self.id);
            }
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hub({} topics)", self.topics().len())
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Subscription({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_limited() {
        let hub = Hub::default();
        let mut watching: Vec<Subscription> = (0..MOST_IN_ALL)
            .map(|number| hub.subscribe(&number.to_string(), 8).unwrap())
            .collect();
        assert!(hub.subscribe("another", 8).is_none());
        watching.pop();
        assert!(hub.subscribe("another", 8).is_some());
    }
}
