//! What reverse proxies do to the backend's traffic: `tests/proxies/run.mjs` measures it and writes `docs/proxies.md`.

use anyhow::Result;

use crate::native;
use crate::setup;
use crate::steps::{self, Step, StepResult};
use crate::suite;
use crate::workspace::Workspace;

/// Installs the proxies that Debian has, compiles the backend and the sandbox, and measures. The script installs the other proxies.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let plan = setup::for_building().then([
        Step::check("set up: proxies", setup::proxies),
        native::backend_and_sandbox(),
        Step::check("measure: what proxies do to the traffic (tests/proxies)", measure),
    ]);
    steps::run(workspace, plan)
}

/// The backend behind three of them.
pub(crate) fn tests() -> Vec<Step> {
    vec![
        Step::check("set up: proxies", setup::tested_proxies),
        Step::check("test: the backend behind nginx, HAProxy and lighttpd", |workspace| {
            let mut command = workspace.node("tests/proxies/proxies.test.mjs");
            command.env("SCA_PROGRAMS", workspace.target.join("debug"));
            suite::run(workspace, command)
        }),
    ]
}

fn measure(workspace: &Workspace) -> Result<StepResult> {
    let mut command = workspace.node("tests/proxies/run.mjs");
    command.env("SCA_PROGRAMS", workspace.target.join("debug"));
    workspace.run(&mut command)?;
    Ok(StepResult::Noted("written into docs/proxies.md".to_owned()))
}
