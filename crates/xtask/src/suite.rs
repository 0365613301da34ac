//! Test suites: a command that runs tests, and the counts and names of failed tests that it reports.

use std::process::Command;

use anyhow::{Context, Result};

use crate::browsers;
use crate::failed_tests::FailedTests;
use crate::steps::StepResult;
use crate::test_counts::{self, TestCounts};
use crate::workspace::{CommandOutput, Workspace};

/// Runs a suite whose counts are read from its output: libtest, wasm-bindgen's test runner, or node's.
pub(crate) fn run(workspace: &Workspace, mut command: Command) -> Result<StepResult> {
    let output = workspace.run_streaming(&mut command)?;
    for line in test_counts::skipped_tests(&output.text) {
        println!("    skipped: {line}");
    }
    let counts = TestCounts::read(&output.text);
    let failed = FailedTests::read(&output.text);
    result(workspace, &command, &output, counts, failed)
}

/// The result of a suite. One in which no test ran has failed.
pub(crate) fn result(
    workspace: &Workspace,
    command: &Command,
    output: &CommandOutput,
    counts: TestCounts,
    failed: FailedTests,
) -> Result<StepResult> {
    if output.success && counts.failed == 0 && counts.passed > 0 {
        return Ok(StepResult::Passed(counts));
    }
    let mut report = workspace.failure(command, &output.text)?;
    if output.success && counts.failed == 0 {
        report = report.replacen("failed;", "ran no test;", 1);
    }
    Ok(StepResult::Failed { counts, failed, report })
}

/// Passes the paths of the browser and the programs to a script.
pub(crate) fn with_browser(workspace: &Workspace, mut script: Command) -> Result<Command> {
    script.env("CHROME_PATH", browsers::chrome().context("Chromium is missing")?);
    script.env("SCA_TARGET_DIR", &workspace.target);
    Ok(script)
}
