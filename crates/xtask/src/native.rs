//! The tests that need no browser, run by cargo-nextest. `.config/nextest.toml` has its settings.

mod postgres_tests;

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::junit::Report;
use crate::postgres::{self, Cluster};
use crate::setup;
use crate::steps::{Step, StepResult};
use crate::suite;
use crate::tools::CARGO_NEXTEST;
use crate::workspace::{CommandOutput, Workspace};

/// Steps that compile, so that they may run beside others.
pub(crate) fn compilation() -> Vec<Step> {
    vec![Step::essential("build: the native tests", compile)]
}

/// Compiles the programs of the end-to-end tests. Like nextest it names no package, and the examples need the same features as the
/// tests: otherwise cargo would compile most dependencies again.
pub(crate) fn programs() -> Step {
    Step::essential("build: the sandbox and the partner's checkout", |workspace| {
        workspace.run(&mut workspace.cargo(["build", "--bins", "--examples"]))?;
        Ok(StepResult::Done)
    })
}

/// Compiles the programs that the commands outside the run of the tests start.
pub(crate) fn backend_and_sandbox() -> Step {
    Step::essential("build: the sandbox and the backend", |workspace| {
        let packages = ["--package=sca-sandbox", "--package=sca-backend"];
        let mut command = workspace.cargo(["build", "--bin=sca-sandbox", "--bin=sca-backend"]);
        workspace.run(command.args(packages))?;
        Ok(StepResult::Done)
    })
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
    run_all(workspace, nextest(workspace, "ci")?)
}

/// Runs the tests whose result may depend on the database, on PostgreSQL.
fn on_postgres(workspace: &Workspace) -> Result<StepResult> {
    if let Some(reason) = setup::missing_postgres()? {
        return Ok(StepResult::Skipped(reason.to_owned()));
    }
    let cluster = Cluster::start(workspace)?;
    let mut command = nextest(workspace, "postgres")?;
    command
        // Tests that need a server are ignored elsewhere.
        .args(["--run-ignored=all", "--filterset", &postgres_tests::filterset()])
        .env("SCA_TEST_POSTGRES", cluster.address());
    let (command, output, report) = run(workspace, command, "postgres")?;
    let unmatched = postgres_tests::unmatched(report.names());
    ensure!(
        unmatched.is_empty() || !output.success,
        "no test is named {}: see crates/xtask/src/native/postgres_tests.rs",
        unmatched.join(" or ")
    );
    suite::result(workspace, &command, &output, report.counts(), report.failed_tests())
}

/// Runs the documentation tests, which nextest does not run.
fn documentation(workspace: &Workspace) -> Result<StepResult> {
    suite::run(workspace, workspace.cargo(["test", "--doc", "--no-fail-fast"]))
}

/// Tests xtask in a run of its own: together with other packages, its dependencies would get more features and be compiled again.
fn xtask(workspace: &Workspace) -> Result<StepResult> {
    let mut command = nextest(workspace, "ci")?;
    command.arg("--package=xtask");
    if postgres::is_present() {
        command.arg("--run-ignored=all");
    }
    run_all(workspace, command)
}

/// Names no package: for fewer packages, cargo would compile their dependencies again with fewer features.
fn nextest(workspace: &Workspace, profile: &str) -> Result<Command> {
    let mut command = workspace.command(CARGO_NEXTEST.install(workspace)?);
    command.args(["nextest", "run", "--profile", profile]);
    Ok(command)
}

fn run_all(workspace: &Workspace, command: Command) -> Result<StepResult> {
    let (command, output, report) = run(workspace, command, "ci")?;
    suite::result(workspace, &command, &output, report.counts(), report.failed_tests())
}

/// Runs nextest and reads the report that it writes.
///
/// # Errors
///
/// When it writes none, because the tests do not compile for instance.
fn run(workspace: &Workspace, mut command: Command, profile: &str) -> Result<(Command, CommandOutput, Report)> {
    // nextest keeps its reports there, whatever CARGO_TARGET_DIR says.
    let file = workspace.root.join("target/nextest").join(profile).join("junit.xml");
    if file.exists() {
        std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
    }
    let output = workspace.run_streaming(&mut command)?;
    ensure!(file.exists(), "{}", workspace.failure(&command, &output.text)?);
    let report = Report::read_file(&file)?;
    Ok((command, output, report))
}
