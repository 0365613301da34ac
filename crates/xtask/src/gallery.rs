//! The gallery: every screen in every state, from canned data. trunk builds it from `Trunk.toml` and `index.html`.

use std::process::Command;

use anyhow::{Result, bail};

use crate::setup;
use crate::steps::{self, Plan, Step, StepResult};
use crate::tools::TRUNK;
use crate::wasm_bindgen;
use crate::workspace::Workspace;

fn build() -> Step {
    Step::check("build: the gallery, by trunk, into dist", |workspace| {
        workspace.run(trunk(workspace)?.arg("build"))?;
        Ok(StepResult::Done)
    })
}

/// Builds it with trunk if the machine has it, and otherwise what trunk would compile: trunk itself takes ten minutes to compile on a small
/// machine, more than any other tool.
pub(crate) fn check() -> Step {
    Step::check("build: the gallery", |workspace| {
        if TRUNK.find(workspace)?.is_some() {
            workspace.run(trunk(workspace)?.arg("build"))?;
            return Ok(StepResult::Noted("by trunk, into dist".to_owned()));
        }
        let target = ["build", "--target=wasm32-unknown-unknown", "--package=sca-widget"];
        workspace.run(
            workspace
                .cargo(target)
                .args(["--example=gallery", "--features=gallery"]),
        )?;
        Ok(StepResult::Noted(
            "compiled; there is no trunk, which `cargo xtask gallery` installs".to_owned(),
        ))
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
