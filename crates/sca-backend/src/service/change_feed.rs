use std::time::Duration;

use super::Backend;
use crate::store::{ChangeNotification, StoreError};

/// How long to wait before listening again after the connection was lost.
const INTERVAL: Duration = Duration::from_secs(1);

impl Backend {
    /// Wakes those who watch an approval that another instance on the same database changes, until the backend stops. Ends at
    /// once where there can be no other.
    pub async fn listen_until_stopped(&self) {
        loop {
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                ended = self.listen() => match ended {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(?error, "not listening to other instances"),
                }
            }
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    async fn listen(&self) -> Result<(), StoreError> {
        let Some(mut notices) = self.0.store.change_feed().await? else {
            return Ok(());
        };
        // What was said while nobody listened.
        self.0.hub.publish_all();
        loop {
            match notices.next().await? {
                ChangeNotification::Changed(id) => self.0.hub.publish(&id),
                ChangeNotification::Quiet => self.0.hub.publish_all(),
            }
        }
    }
}
