//! The browser engines that the widget is tested in, and the end-to-end suites in each.

use anyhow::Result;

use crate::browsers;
use crate::setup;
use crate::steps::{Step, StepResult};
use crate::suite;
use crate::workspace::Workspace;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// Debian's Chromium, or any Chrome.
    Chromium,
    /// Debian's Firefox ESR, or any Firefox.
    Firefox,
    /// Debian's `WebKitGTK`.
    WebKit,
}

impl Engine {
    /// The engine that `--engine` names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Chromium, Self::Firefox, Self::WebKit]
            .into_iter()
            .find(|engine| engine.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// Every end-to-end suite, in this engine.
    pub(crate) const fn all_suites(self) -> Step {
        match self {
            Self::Chromium => Step::check("test: end to end, in Chromium", |workspace| {
                run(workspace, Self::Chromium, &[])
            }),
            Self::Firefox => Step::check("test: end to end, in Firefox", |workspace| {
                run(workspace, Self::Firefox, &[])
            }),
            Self::WebKit => Step::check("test: end to end, in WebKit", |workspace| {
                run(workspace, Self::WebKit, &[])
            }),
        }
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
