//! The widget built by wasm-pack, as a project that embeds the crate may build it. `cargo xtask build` builds the npm package.

use anyhow::Result;

use crate::steps::{Step, StepResult};
use crate::suite;
use crate::tools::WASM_PACK;
use crate::wasm_bindgen;
use crate::workspace::Workspace;

/// Builds the package and loads it.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step::check("build: a package, by wasm-pack", build),
        Step::check("test: the package of wasm-pack", load),
    ]
}

/// Builds unoptimised: the check is only whether wasm-pack can build the crate.
fn build(workspace: &Workspace) -> Result<StepResult> {
    wasm_bindgen::link(workspace)?;
    let mut command = workspace.command(WASM_PACK.install(workspace)?);
    command
        .args(["build", "--dev", "--target=web", "--mode=no-install", "--out-dir"])
        .arg(workspace.scratch("wasm-pack")?)
        // For cargo: without a package, wasm-pack would build all default members for WebAssembly.
        .args([".", "--package=sca-widget"])
        .env("PATH", wasm_bindgen::path_with_tools(workspace)?);
    workspace.run(&mut command)?;
    Ok(StepResult::Done)
}

fn load(workspace: &Workspace) -> Result<StepResult> {
    let mut script = workspace.node("--test");
    script
        .arg("crates/xtask/scripts/package.test.mjs")
        .env("PACKAGE", workspace.scratch("wasm-pack")?);
    suite::run(workspace, script)
}
