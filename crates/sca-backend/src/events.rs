//! Who is to be told when an approval changes.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// How many may watch at once: half of the connections that the server takes, so that the rest can be served.
const MOST_IN_ALL: usize = 4096;

/// Wakes those who watch an approval. What it has changed to, they read themselves.
#[derive(Clone, Default)]
pub struct Hub {
    topics: Arc<Mutex<HashMap<String, Topic>>>,
}

struct Topic {
    changes: watch::Sender<()>,
    watchers: usize,
}

/// Someone who watches an approval, until dropped.
pub struct Subscription {
    hub: Hub,
    id: String,
    changes: watch::Receiver<()>,
}

impl Hub {
    /// Watches an approval. `None` when there are `most` watchers already, or `MOST_IN_ALL` of all approvals.
    #[must_use]
    pub fn subscribe(&self, id: &str, most: usize) -> Option<Subscription> {
        let mut topics = self.topics();
        if topics.values().map(|topic| topic.watchers).sum::<usize>() >= MOST_IN_ALL {
            return None;
        }
        let topic = topics.entry(id.to_owned()).or_insert_with(|| Topic {
            changes: watch::Sender::new(()),
            watchers: 0,
        });
        if topic.watchers >= most {
            return None;
        }
        topic.watchers += 1;
        Some(Subscription {
            hub: self.clone(),
            id: id.to_owned(),
            changes: topic.changes.subscribe(),
        })
    }

    /// Wakes all who watch an approval.
    pub fn publish(&self, id: &str) {
        if let Some(topic) = self.topics().get(id) {
            topic.changes.send_replace(());
        }
    }

    /// Wakes everybody: something may have changed unheard.
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
    /// Waits for the next change; one that happened since the last call counts.
    pub async fn changed(&mut self) {
        // The sender lives as long as this subscription keeps its topic.
        let _ = self.changes.changed().await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut topics = self.hub.topics();
        if let Some(topic) = topics.get_mut(&self.id) {
            topic.watchers = topic.watchers.saturating_sub(1);
            if topic.watchers == 0 {
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
    fn there_is_an_end_to_watching() {
        let hub = Hub::default();
        let mut watching: Vec<Subscription> = (0..MOST_IN_ALL)
            .map(|number| hub.subscribe(&number.to_string(), 8).unwrap())
            .collect();
        assert!(hub.subscribe("another", 8).is_none());
        watching.pop();
        assert!(hub.subscribe("another", 8).is_some());
    }
}
