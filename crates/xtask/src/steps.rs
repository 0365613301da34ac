//! A plan is a list of steps. Running it says which step of how many, how long each took, and sums up at the end.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::failures::Failures;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// One thing to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    title: &'static str,
    /// Later steps make no sense when this one failed.
    essential: bool,
    work: fn(&Workspace) -> Result<Finding>,
}

impl Step {
    /// A step that the later ones build on: when it fails, the plan ends.
    pub(crate) const fn essential(title: &'static str, work: fn(&Workspace) -> Result<Finding>) -> Self {
        Self {
            title,
            essential: true,
            work,
        }
    }

    /// A step that only looks: when it fails, the plan goes on, so that one run shows all that is wrong.
    pub(crate) const fn check(title: &'static str, work: fn(&Workspace) -> Result<Finding>) -> Self {
        Self {
            title,
            essential: false,
            work,
        }
    }
}

/// How a step went.
#[derive(Debug)]
pub(crate) enum Finding {
    /// It went well.
    Done,
    /// It went well and has something to say.
    Noted(String),
    /// It could not be done here, and this is why.
    Skipped(String),
    /// Tests ran and all passed.
    Passed(Tally),
    /// Tests ran and some failed, or none ran at all.
    Failed {
        tests: Tally,
        names: Failures,
        report: String,
    },
}

/// A plan failed, and its summary has told all there is to tell.
#[derive(Debug)]
pub(crate) struct PlanFailed;

impl fmt::Display for PlanFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a step failed")
    }
}

impl std::error::Error for PlanFailed {}

/// Runs a plan to its end, prints the summary, and fails when a step failed.
pub(crate) fn run(workspace: &Workspace, plan: Vec<Step>) -> Result<()> {
    let began = Instant::now();
    let mut tally = Tally::default();
    let mut summary = Vec::new();
    let mut failures = Vec::new();
    workspace.forget_failures()?;
    for (index, step) in plan.iter().enumerate() {
        println!("step {} of {}: {}", index + 1, plan.len(), step.title);
        let started = Instant::now();
        let finding = (step.work)(workspace);
        let elapsed = started.elapsed();
        let (word, failed) = match finding {
            Ok(Finding::Done) => ("ok".to_owned(), false),
            Ok(Finding::Noted(note)) => (format!("ok: {note}"), false),
            Ok(Finding::Skipped(reason)) => (format!("SKIPPED: {reason}"), false),
            Ok(Finding::Passed(tests)) => {
                tally = tally + tests;
                (format!("ok: {tests}"), false)
            }
            Ok(Finding::Failed { tests, names, report }) => {
                println!("{report}");
                tally = tally + tests.at_least_one_failure();
                let word = if names == Failures::default() {
                    format!("FAILED: {tests}")
                } else {
                    format!("FAILED: {tests}: {names}")
                };
                (word, true)
            }
            Err(error) => {
                println!("{error:#}");
                tally = tally + Tally::default().at_least_one_failure();
                ("FAILED".to_owned(), true)
            }
        };
        println!("    {word} ({})", clock(elapsed));
        summary.push(row(&clock(elapsed), step.title, &word));
        if failed {
            failures.push(format!("{}: {word}", step.title));
        }
        if failed && step.essential {
            println!("    the steps after this one build on it, so this is the end");
            break;
        }
    }

    println!("\n{}", summary.join("\n"));
    println!("{}", row(&clock(began.elapsed()), "all together", ""));
    if !failures.is_empty() {
        println!("{}", failures.join("\n"));
    }
    if tally != Tally::default() {
        println!("{tally}");
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(PlanFailed.into())
    }
}

fn row(elapsed: &str, title: &str, word: &str) -> String {
    format!("{elapsed:>12}  {title:<62}  {word}").trim_end().to_owned()
}

/// A duration as a person reads it.
pub(crate) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}.{} s", duration.subsec_millis() / 100),
        60.. => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_like_a_clock() {
        assert_eq!(clock(Duration::from_millis(1_260)), "1.2 s");
        assert_eq!(clock(Duration::from_secs(60)), "1 min 00 s");
        assert_eq!(clock(Duration::from_secs(605)), "10 min 05 s");
    }
}
