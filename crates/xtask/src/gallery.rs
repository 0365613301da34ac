//! The gallery: every screen in every state, from canned data. trunk builds it from `Trunk.toml` and `index.html`.

use std::process::Command;

use anyhow::{Result, bail};

use crate::setup;
use crate::steps::{self, Plan, Step, StepResult};
use crate::tools::TRUNK;
use crate::wasm_bindgen;
use crate::workspace::Workspace;

pub(crate) fn build() -> Step {
    Step::check("build: the gallery, by trunk, into dist", |workspace| {
        workspace.run(trunk(workspace)?.arg("build"))?;
        Ok(StepResult::Done)
    })
}

/// The steps to build it.
pub(crate) fn plan() -> Plan {
    setup::for_building().then([setup::trunk(), build()])
}

/// Serves the gallery until it is stopped.
pub(crate) fn serve(workspace: &Workspace) -> Result<()> {
    steps::run(workspace, setup::for_building().then([setup::trunk()]))?;
    let status = trunk(workspace)?.arg("serve").status()?;
    if status.success() {
        Ok(())
    } else {
        bail!("trunk ended with {status}")
    }
}

fn trunk(workspace: &Workspace) -> Result<Command> {
    wasm_bindgen::link(workspace)?;
    let mut command = workspace.command(TRUNK.install(workspace)?);
    command.env("PATH", wasm_bindgen::path_with_tools(workspace)?);
    Ok(command)
}
