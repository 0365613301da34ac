//! wasm-bindgen's test runner, so that Cargo.lock keeps it in step with the library.

use anyhow::Result;

/// Runs a test module; the word `runner` stands where the runner expects its own name.
pub(crate) fn run() -> Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os().skip(1))
}
