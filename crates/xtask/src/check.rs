//! What has to hold before any test runs: formatting, lints, the floors of the house, licences, documentation.

mod documents;
mod floors;

use std::process::Command;

use anyhow::Result;

use crate::browsers;
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
        Step::check("check: licences, advisories, duplicates (cargo deny)", deny),
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

/// cargo-deny takes longer to install than all else together, so it runs where it is.
fn deny(workspace: &Workspace) -> Result<Finding> {
    if browsers::on_path("cargo-deny").is_none() {
        return Ok(Finding::Skipped(
            "cargo-deny is not installed (`cargo install --locked cargo-deny`)".to_owned(),
        ));
    }
    // Advisories come from the network, and a new one is not a fault of the change at hand.
    done(
        workspace,
        workspace.cargo(["deny", "--offline", "check", "licenses", "bans", "sources"]),
    )
}

fn done(workspace: &Workspace, mut command: Command) -> Result<Finding> {
    workspace.run(&mut command)?;
    Ok(Finding::Done)
}
