//! Waits that end: a condition that never holds fails its test, which names it.

use std::{future::Future, time::Duration};

/// Longer than anything here takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// Waits for some work, which `what` names.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(LONGEST, work).await;
    ended.unwrap_or_else(|_| panic!("waited in vain for this: {what}"))
}

/// An HTTP client whose calls time out.
pub fn client() -> reqwest::Client {
    // An error says that another test has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(LONGEST).build().unwrap()
}

/// Evaluates a condition again and again until it holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    within(what, async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
