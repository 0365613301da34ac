//! The end-to-end suites in each engine.

use anyhow::Result;

use crate::browsers::{self, Engine};
use crate::setup;
use crate::steps::{Step, StepResult};
use crate::suite;
use crate::workspace::Workspace;

/// Every end-to-end suite, in one engine.
pub(crate) const fn all_suites(engine: Engine) -> Step {
    match engine {
        Engine::Chromium => Step::check("test: end to end, in Chromium", |workspace| {
            run(workspace, Engine::Chromium, &[])
        }),
        Engine::Firefox => Step::check("test: end to end, in Firefox", |workspace| {
            run(workspace, Engine::Firefox, &[])
        }),
        Engine::WebKit => Step::check("test: end to end, in WebKit", |workspace| {
            run(workspace, Engine::WebKit, &[])
        }),
    }
}

/// The main flows, in every engine.
pub(crate) fn smoke() -> Vec<Step> {
    vec![
        Step::check("test: smoke, in Chromium", |workspace| {
            run(workspace, Engine::Chromium, &["--smoke"])
        }),
        Step::check("test: smoke, in Firefox", |workspace| {
            run(workspace, Engine::Firefox, &["--smoke"])
        }),
        Step::check("test: smoke, in WebKit", |workspace| {
            run(workspace, Engine::WebKit, &["--smoke"])
        }),
    ]
}

fn run(workspace: &Workspace, engine: Engine, options: &[&str]) -> Result<StepResult> {
    if let Some(reason) = setup::missing_engine(workspace, engine)? {
        return Ok(StepResult::Skipped(reason.to_owned()));
    }
    let mut script = suite::with_browser(workspace, workspace.node("tests/e2e/run.mjs"))?;
    script.args(["--engine", engine.name()]).args(options);
    if let Some(firefox) = browsers::firefox() {
        script.env("FIREFOX_PATH", firefox);
    }
    suite::run(workspace, script)
}
