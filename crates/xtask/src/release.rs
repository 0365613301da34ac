//! What a release consists of: the packed npm package, bills of materials, licences, the inventory of scripts, checksums.

use anyhow::Result;

use crate::build;
use crate::setup;
use crate::steps::{Plan, Step, StepResult};
use crate::suite;
use crate::workspace::Workspace;

/// What the npm package contains, and what is written about it. It needs the built package.
const CHECK: &str = "test: what the npm package and a release contain";

/// Builds the package, checks it, and writes the files of a release.
pub(crate) fn plan() -> Plan {
    setup::for_building().then(build::steps()).then([
        Step::essential(CHECK, check),
        Step::essential("release: write the files", write),
    ])
}

/// The check alone.
pub(crate) fn tests() -> Step {
    Step::check(CHECK, check)
}

fn check(workspace: &Workspace) -> Result<StepResult> {
    let mut script = workspace.node("--test");
    script.args(["package", "elements", "release_files"].map(|name| format!("tests/package/{name}.test.mjs")));
    suite::run(workspace, script)
}

fn write(workspace: &Workspace) -> Result<StepResult> {
    let folder = workspace.target.join("release-files");
    let mut script = workspace.node("crates/xtask/scripts/release/write.mjs");
    workspace.run(script.arg(&folder))?;
    Ok(StepResult::Noted(folder.display().to_string()))
}
