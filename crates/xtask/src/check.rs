//! What has to hold before any test runs: formatting, lints, the floors of the house, licences, documentation.

mod documents;
mod floors;

use std::env::consts::EXE_EXTENSION;
use std::process::Command;

use anyhow::{Result, bail};

use crate::steps::{Finding, Step};
use crate::workspace::Workspace;

/// The version of cargo-deny that the checks were written for.
const CARGO_DENY: &str = "0.20.2";

pub(crate) fn plan() -> Vec<Step> {
    vec![
        Step::check("check: formatting", formatting),
        Step::check(
            "check: floors 0 and 1 carry no browser, arrows point down",
            floors::dependencies,
        ),
        Step::check(
            "check: only src/browser and src/boundary name the browser",
            floors::names,
        ),
        Step::check("check: every path the documents name exists", documents::paths),
        Step::check("check: one version everywhere", documents::versions),
        Step::check("check: lints, native", lints_native),
        Step::check("check: lints, WebAssembly", lints_browser),
        Step::check("check: the public documentation builds", documentation),
        Step::check("check: licences, bans and sources of dependencies", licences),
        Step::check("check: advisories about dependencies", advisories),
    ]
}

fn formatting(workspace: &Workspace) -> Result<Finding> {
    done(workspace, workspace.cargo(["fmt", "--all", "--check"]))
}

fn lints_native(workspace: &Workspace) -> Result<Finding> {
    let arguments = [
        "clippy",
        "--workspace",
        "--exclude=sca-widget",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    done(workspace, workspace.cargo(arguments))
}

fn lints_browser(workspace: &Workspace) -> Result<Finding> {
    let target = "--target=wasm32-unknown-unknown";
    done(
        workspace,
        workspace.cargo([
            "clippy",
            "--package=sca-widget",
            "--all-targets",
            target,
            "--",
            "-D",
            "warnings",
        ]),
    )
}

fn documentation(workspace: &Workspace) -> Result<Finding> {
    let mut command = workspace.cargo([
        "doc",
        "--no-deps",
        "--package=sca-protocol",
        "--package=sca-jose",
        "--package=sca-backend",
    ]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    done(workspace, command)
}

fn licences(workspace: &Workspace) -> Result<Finding> {
    done(
        workspace,
        deny(workspace, &["--hide-inclusion-graph", "licenses", "bans", "sources"])?,
    )
}

/// The advisories are fetched, so a machine without a way to them can say nothing about them.
fn advisories(workspace: &Workspace) -> Result<Finding> {
    let mut command = deny(workspace, &["advisories"])?;
    let heard = workspace.listen(&mut command)?;
    if heard.success {
        return Ok(Finding::Done);
    }
    if heard.text.contains("failed to fetch advisory database") {
        return Ok(Finding::Skipped(
            "the advisory database cannot be reached from here".to_owned(),
        ));
    }
    bail!("{}", workspace.failure(&command, &heard.text)?)
}

/// cargo-deny in the pinned version, installed below the target folder when it is not there yet: one to two minutes.
fn deny(workspace: &Workspace, checks: &[&str]) -> Result<Command> {
    let tools = workspace.scratch("tools")?;
    let program = tools.join("bin/cargo-deny").with_extension(EXE_EXTENSION);
    let answer = workspace.command(&program).arg("--version").output();
    if !answer.is_ok_and(|output| output.stdout.trim_ascii().ends_with(CARGO_DENY.as_bytes())) {
        let version = format!("--version={CARGO_DENY}");
        let mut install = workspace.cargo([
            "install",
            "--locked",
            "--debug",
            "--force",
            &version,
            "cargo-deny",
            "--root",
        ]);
        workspace.run(install.arg(&tools).env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    }
    let mut command = workspace.command(&program);
    command.args(["--log-level=error", "check"]).args(checks);
    Ok(command)
}

fn done(workspace: &Workspace, mut command: Command) -> Result<Finding> {
    workspace.run(&mut command)?;
    Ok(Finding::Done)
}
