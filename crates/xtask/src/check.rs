//! Checks without tests: formatting, lints, layers, licences, documentation.

mod coverage;
mod documents;
mod floors;

use std::process::Command;

use anyhow::{Result, bail};

use crate::steps::{Step, StepResult};
use crate::tools::CARGO_DENY;
use crate::workspace::Workspace;

/// Checks that compile natively or not at all.
pub(crate) fn native() -> Vec<Step> {
    vec![
        Step::check("check: formatting", formatting),
        Step::check(
            "check: pure crates carry no browser, dependencies point down",
            floors::dependencies,
        ),
        Step::check(
            "check: only src/browser and src/boundary name the browser",
            floors::names,
        ),
        Step::check("check: a provider is one folder", floors::providers),
        Step::check("check: every path the documents name exists", documents::paths),
        Step::check(
            "check: docs/coverage.md names existing files and tests",
            coverage::coverage,
        ),
        Step::check("check: one version everywhere", documents::versions),
        Step::check("check: licences, bans and sources of dependencies", licences),
        Step::check("check: advisories about dependencies", advisories),
        Step::check("check: lints, native", lints_native),
        Step::check("check: the public documentation builds", documentation),
    ]
}

/// Checks that compile for WebAssembly.
pub(crate) fn browser() -> Vec<Step> {
    vec![Step::check("check: lints, WebAssembly", lints_browser)]
}

fn formatting(workspace: &Workspace) -> Result<StepResult> {
    done(workspace, workspace.cargo(["fmt", "--all", "--check"]))
}

fn lints_native(workspace: &Workspace) -> Result<StepResult> {
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

fn lints_browser(workspace: &Workspace) -> Result<StepResult> {
    let widget = ["clippy", "--package=sca-widget", "--all-targets", "--all-features"];
    let mut command = workspace.cargo(widget);
    command.args(["--target=wasm32-unknown-unknown", "--", "-D", "warnings"]);
    done(workspace, command)
}

/// Documents the packages that the lints compile, with the examples: for others, cargo would compile most dependencies again with other
/// features.
fn documentation(workspace: &Workspace) -> Result<StepResult> {
    let packages = ["--workspace", "--exclude=sca-widget", "--lib", "--examples"];
    let mut command = workspace.cargo(["doc", "--no-deps"]);
    command.args(packages);
    command.env("RUSTDOCFLAGS", "-D warnings");
    done(workspace, command)
}

fn licences(workspace: &Workspace) -> Result<StepResult> {
    done(
        workspace,
        deny(workspace, &["--hide-inclusion-graph", "licenses", "bans", "sources"])?,
    )
}

/// Skipped if the advisory database cannot be fetched: there is no other source.
fn advisories(workspace: &Workspace) -> Result<StepResult> {
    let mut command = deny(workspace, &["advisories"])?;
    let output = workspace.run_streaming(&mut command)?;
    if output.success {
        return Ok(StepResult::Done);
    }
    if output.text.contains("failed to fetch advisory database") {
        return Ok(StepResult::Skipped(
            "the advisory database cannot be reached from here".to_owned(),
        ));
    }
    bail!("{}", workspace.failure(&command, &output.text)?)
}

fn deny(workspace: &Workspace, checks: &[&str]) -> Result<Command> {
    let mut command = workspace.command(CARGO_DENY.install(workspace)?);
    command.args(["--log-level=error", "check"]).args(checks);
    Ok(command)
}

fn done(workspace: &Workspace, mut command: Command) -> Result<StepResult> {
    workspace.run(&mut command)?;
    Ok(StepResult::Done)
}
