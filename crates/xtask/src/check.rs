//! What has to hold before any test runs: formatting, lints, the floors of the house, licences, documentation.

mod documents;
mod floors;

use std::process::Command;

use anyhow::{Result, bail};

use crate::cargo_tools::{self, CARGO_DENY};
use crate::steps::{Finding, Step};
use crate::workspace::Workspace;

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
    let widget = ["clippy", "--package=sca-widget", "--all-targets", "--all-features"];
    let mut command = workspace.cargo(widget);
    command.args(["--target=wasm32-unknown-unknown", "--", "-D", "warnings"]);
    done(workspace, command)
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

fn deny(workspace: &Workspace, checks: &[&str]) -> Result<Command> {
    let mut command = workspace.command(cargo_tools::installed(workspace, CARGO_DENY)?);
    command.args(["--log-level=error", "check"]).args(checks);
    Ok(command)
}

fn done(workspace: &Workspace, mut command: Command) -> Result<Finding> {
    workspace.run(&mut command)?;
    Ok(Finding::Done)
}
