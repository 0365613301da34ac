//! Change notifications within this process: who is subscribed to which approval.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Wakes the subscribers of an approval, who then read it.
#[derive(Clone)]
pub struct Hub {
    topics: Arc<Mutex<HashMap<String, Topic>>>,
    places: Arc<Semaphore>,
    published: Arc<AtomicU64>,
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
    _place: OwnedSemaphorePermit,
}

impl Hub {
    /// A hub with at most this many subscriptions.
    #[must_use]
    pub fn new(most_in_all: usize) -> Self {
        Self {
            topics: Arc::default(),
            places: Arc::new(Semaphore::new(most_in_all.min(Semaphore::MAX_PERMITS))),
            published: Arc::default(),
        }
    }

    /// Subscribes to an approval. `None` when it has `most` subscribers already, or the hub has no place for another.
    #[must_use]
    pub fn subscribe(&self, id: &str, most: usize) -> Option<Subscription> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let mut topics = self.topics();
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
            _place: place,
        })
    }

    /// How many changes, of any approval, have been published. If it is the same before an approval is read and after it is subscribed to, what
    /// was read is still current, or a notification is about to come.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::SeqCst)
    }

    /// Wakes the subscribers of an approval.
    pub fn publish(&self, id: &str) {
        self.published.fetch_add(1, Ordering::SeqCst);
        if let Some(topic) = self.topics().get(id) {
            topic.changes.send_replace(());
        }
    }

    /// Wakes all subscribers: notifications may have been missed.
    pub fn publish_all(&self) {
        self.published.fetch_add(1, Ordering::SeqCst);
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
        let hub = Hub::new(3);
        let mut watching: Vec<Subscription> = (0..3)
            .map(|number| hub.subscribe(&number.to_string(), 8).unwrap())
            .collect();
        assert!(hub.subscribe("another", 8).is_none());
        watching.pop();
        assert!(hub.subscribe("another", 8).is_some());
    }
}
