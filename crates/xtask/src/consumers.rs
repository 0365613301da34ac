//! The package in projects of many tools: `tests/consumers/run.mjs` builds each, carries out approvals in it, and writes the table of
//! `docs/compatibility.md`.

use anyhow::Result;

use crate::build;
use crate::native;
use crate::setup;
use crate::steps::{self, Step, StepResult};
use crate::suite;
use crate::workspace::Workspace;

/// Builds the package and the programs, and tries all tools. The script installs them.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let plan = setup::for_testing().then(build::steps()).then([
        native::programs(),
        Step::check(
            "try: the package with bundlers and frameworks (tests/consumers)",
            try_all,
        ),
    ]);
    steps::run(workspace, plan)
}

/// Two of them.
pub(crate) fn tests() -> Step {
    Step::check("test: the package with webpack and esbuild", |workspace| {
        let script = workspace.node("tests/consumers/consumers.test.mjs");
        suite::run(workspace, suite::with_browser(workspace, script)?)
    })
}

fn try_all(workspace: &Workspace) -> Result<StepResult> {
    let script = workspace.node("tests/consumers/run.mjs");
    workspace.run(&mut suite::with_browser(workspace, script)?)?;
    Ok(StepResult::Noted("written into docs/compatibility.md".to_owned()))
}
