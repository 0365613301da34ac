//! Tests in a browser: `cargo xtask test --only web` in Chromium, `--only firefox` in Firefox.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

mod browser;
mod ui;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
