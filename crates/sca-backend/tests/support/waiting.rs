//! An end to all waiting: what never comes fails its test, which says what it was.

use std::{future::Future, time::Duration};

/// Longer than anything here takes on a machine that is busy with much else.
const LONGEST: Duration = Duration::from_secs(120);

/// Waits for something, but not for ever.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(LONGEST, work).await;
    ended.unwrap_or_else(|_| panic!("waited in vain for this: {what}"))
}

/// Calls servers, but does not wait for their answers for ever.
pub(crate) fn client() -> reqwest::Client {
    // Whoever came first has chosen as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(LONGEST).build().unwrap()
}

/// Asks again and again until it is so, but not for ever.
pub(crate) async fn until_so(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    within(what, async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
