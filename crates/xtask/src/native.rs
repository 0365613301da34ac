//! The tests that need no browser, run by cargo-nextest. `.config/nextest.toml` has its settings.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::junit::Report;
use crate::postgres::{self, Cluster};
use crate::setup;
use crate::steps::{Step, StepResult};
use crate::suite;
use crate::tools::CARGO_NEXTEST;
use crate::workspace::Workspace;

/// Steps that compile, so that they may run beside others.
pub(crate) fn compilation() -> Vec<Step> {
    vec![Step::essential("build: the native tests", compile)]
}

/// Steps that run tests. Some measure time, so nothing else may run beside them.
pub(crate) fn tests() -> Vec<Step> {
    vec![
        Step::check("test: native", native),
        Step::check("test: native, on PostgreSQL", on_postgres),
        Step::check("test: native, examples in documentation", documentation),
        Step::check("test: native, xtask itself", xtask),
    ]
}

fn compile(workspace: &Workspace) -> Result<StepResult> {
    workspace.run(nextest(workspace, "ci")?.arg("--no-run"))?;
    Ok(StepResult::Done)
}

fn native(workspace: &Workspace) -> Result<StepResult> {
    run(workspace, nextest(workspace, "ci")?, "ci")
}

/// The tests that the database makes a difference to, on PostgreSQL: the profile `postgres` selects them. Those that are
/// ignored elsewhere, because they need a server, run here.
fn on_postgres(workspace: &Workspace) -> Result<StepResult> {
    if let Some(reason) = setup::missing_postgres()? {
        return Ok(StepResult::Skipped(reason.to_owned()));
    }
    let cluster = Cluster::start(workspace)?;
    let mut command = nextest(workspace, "postgres")?;
    command
        .arg("--run-ignored=all")
        .env("SCA_TEST_POSTGRES", cluster.address());
    run(workspace, command, "postgres")
}

/// nextest does not run these.
fn documentation(workspace: &Workspace) -> Result<StepResult> {
    suite::run(workspace, workspace.cargo(["test", "--doc", "--no-fail-fast"]))
}

/// In a run of its own: together with other packages, its dependencies would get more features and be compiled once more.
fn xtask(workspace: &Workspace) -> Result<StepResult> {
    let mut command = nextest(workspace, "ci")?;
    command.arg("--package=xtask");
    if postgres::programs().is_some() {
        command.arg("--run-ignored=all");
    }
    run(workspace, command, "ci")
}

/// No package is named: for fewer packages, cargo would compile their dependencies once more with fewer features.
fn nextest(workspace: &Workspace, profile: &str) -> Result<Command> {
    let mut command = workspace.command(CARGO_NEXTEST.install(workspace)?);
    command.args(["nextest", "run", "--profile", profile]);
    Ok(command)
}

/// Runs nextest and reads the report that it leaves.
fn run(workspace: &Workspace, mut command: Command, profile: &str) -> Result<StepResult> {
    let file = workspace.target.join("nextest").join(profile).join("junit.xml");
    if file.exists() {
        std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    let output = workspace.run_streaming(&mut command)?;
    if !file.exists() {
        // The tests did not compile, for instance.
        bail!("{}", workspace.failure(&command, &output.text)?);
    }
    let Report { counts, failed } = Report::read_file(&file)?;
    suite::result(workspace, &command, &output, counts, failed)
}
