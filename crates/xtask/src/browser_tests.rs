//! The suite in `tests/web`, run by wasm-pack in Chromium and Firefox.

use std::process::Command;

use anyhow::{Context, Result};

use crate::browsers::{self, Engine};
use crate::files;
use crate::setup;
use crate::steps::{Step, StepResult};
use crate::suite;
use crate::tools::WASM_PACK;
use crate::wasm_bindgen;
use crate::workspace::Workspace;

/// What selects the suite, for cargo: without it, wasm-pack would build all default members for WebAssembly.
const SUITE: [&str; 3] = [".", "--package=sca-widget", "--test=web"];

/// Compiles the suite, so that this may run beside other steps.
pub(crate) fn compilation() -> Step {
    Step::essential("build: the tests in browsers", |workspace| {
        let target = "--target=wasm32-unknown-unknown";
        workspace.run(&mut workspace.cargo(["build", target, "--tests", "--package=sca-widget", "--test=web"]))?;
        Ok(StepResult::Done)
    })
}

pub(crate) fn in_chromium() -> Step {
    Step::check("test: wasm-pack, in Chromium", |workspace| {
        let driver = browsers::chromedriver().context("ChromeDriver is missing")?;
        let mut command = wasm_pack_test(workspace)?;
        command.args(["--chrome", "--chromedriver"]).arg(driver).args(SUITE);
        suite::run(workspace, command)
    })
}

pub(crate) fn in_firefox() -> Step {
    Step::check("test: wasm-pack, in Firefox", |workspace| {
        if let Some(reason) = setup::missing_engine(workspace, Engine::Firefox)? {
            return Ok(StepResult::Skipped(reason.to_owned()));
        }
        let driver = setup::geckodriver(workspace)?;
        let mut command = wasm_pack_test(workspace)?;
        command.args(["--firefox", "--geckodriver"]).arg(driver).args(SUITE);
        suite::run(workspace, command)
    })
}

/// wasm-pack without a browser chosen yet. It must not install anything by itself.
fn wasm_pack_test(workspace: &Workspace) -> Result<Command> {
    let capabilities = serde_json::json!({
        "goog:chromeOptions": {
            "binary": browsers::chrome(),
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        },
        "moz:firefoxOptions": { "binary": browsers::firefox(), "args": ["-headless"] },
    });
    let webdriver = workspace.scratch("web")?.join("webdriver.json");
    files::write(&webdriver, capabilities.to_string())?;

    wasm_bindgen::link(workspace)?;
    let mut command = workspace.command(WASM_PACK.install(workspace)?);
    command
        .args(["test", "--headless", "--mode=no-install"])
        .env("PATH", wasm_bindgen::path_with_tools(workspace)?)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver)
        // In seconds: for all tests together, and for the driver to start, on a slow machine.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    // wasm-bindgen's test runner takes the first driver that the environment names.
    for driver in ["GECKODRIVER", "SAFARIDRIVER", "CHROMEDRIVER", "MSEDGEDRIVER"] {
        command.env_remove(driver).env_remove(format!("{driver}_REMOTE"));
    }
    Ok(command)
}
