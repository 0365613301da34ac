use std::time::Duration;

use super::Backend;
use sca_store::{ChangeNotification, StoreError};

/// The pause before the next connection, after one was lost.
const INTERVAL: Duration = Duration::from_secs(1);

impl Backend {
    /// Notifies the subscribers of approvals that another instance on the same database changes, until the backend stops. Returns at
    /// once for a database that has only one instance.
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
        let Some(mut changes) = self.0.store.change_feed().await? else {
            return Ok(());
        };
        // Changes may have been missed before the connection.
        self.0.hub.publish_all();
        loop {
            match changes.next().await? {
                ChangeNotification::Changed(id) => self.0.hub.publish(&id),
                ChangeNotification::Quiet => self.0.hub.publish_all(),
            }
        }
    }
}
