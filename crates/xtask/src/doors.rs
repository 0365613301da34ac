//! The doors that others come in by: wasm-pack for the browser tests, trunk for the gallery. Nothing here needs them, so they
//! are not installed; where they are, they have to work.

use anyhow::{Context, Result};

use crate::browsers;
use crate::steps::{Finding, Step};
use crate::workspace::Workspace;

pub(crate) fn plan() -> Vec<Step> {
    vec![
        Step::check("test: wasm-pack, where there is one", wasm_pack),
        Step::check("build: the gallery by trunk, where there is one", trunk),
    ]
}

fn wasm_pack(workspace: &Workspace) -> Result<Finding> {
    if let Some(missing) = missing("wasm-pack") {
        return Ok(Finding::Skipped(missing));
    }
    let driver = browsers::chromedriver().context("ChromeDriver is gone")?;
    let mut command = workspace.command("wasm-pack");
    command
        .args(["test", "--headless", "--chrome", "--chromedriver"])
        .arg(driver)
        // wasm-pack would build every package that is built by default, and the backend is for no browser.
        .args([".", "--package", "sca-widget", "--test", "web"])
        .env("WASM_BINDGEN_TEST_TIMEOUT", "180");
    crate::test::ring(workspace, command)
}

fn trunk(workspace: &Workspace) -> Result<Finding> {
    if let Some(missing) = missing("trunk") {
        return Ok(Finding::Skipped(missing));
    }
    let dist = workspace.scratch("trunk")?;
    workspace.run(workspace.command("trunk").args(["build", "--dist"]).arg(dist))?;
    Ok(Finding::Done)
}

/// What to do to have a tool, when it or wasm-bindgen's program, which it calls, is not on the PATH.
fn missing(tool: &str) -> Option<String> {
    let is_there = browsers::on_path(tool).is_some() && browsers::on_path("wasm-bindgen").is_some();
    let install = "cargo install wasm-pack@0.15.1 trunk@0.21.14 wasm-bindgen-cli@0.2.130";
    (!is_there).then(|| format!("not on the path; `{install}`"))
}
