//! Plays the files of `tests/scenarios/confirmations`, each as a test of its own: the widget's flow, a backend and the sandbox's
//! Weavr, by HTTP. A browser plays the same files with the widget itself (`tests/e2e/harness/story.mjs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod event_stream;
mod play;
#[path = "../support/mod.rs"]
mod support;
mod tab;

use std::path::Path;

use sca_scenarios::confirmation::ConfirmationScenario;
use tokio::runtime::Builder;

fn confirmation(_: &Path, text: String) -> datatest_stable::Result<()> {
    let scenario: ConfirmationScenario = serde_json::from_str(&text)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(play::play(&scenario));
    Ok(())
}

datatest_stable::harness! {
    { test = confirmation, root = "../../tests/scenarios/confirmations", pattern = r"\.json$" },
}
