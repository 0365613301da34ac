//! Plans: lists of steps, run one after the other or in lanes side by side, with a summary at the end.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::failed_tests::FailedTests;
use crate::test_counts::TestCounts;
use crate::time::format_duration;
use crate::workspace::Workspace;

/// One thing to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    title: &'static str,
    /// Whether later steps depend on this one.
    essential: bool,
    work: fn(&Workspace) -> Result<StepResult>,
}

impl Step {
    /// A step that later ones depend on. The plan ends when it fails.
    pub(crate) const fn essential(title: &'static str, work: fn(&Workspace) -> Result<StepResult>) -> Self {
        Self {
            title,
            essential: true,
            work,
        }
    }

    /// A step that nothing depends on. The plan goes on when it fails, so that one run shows all failures.
    pub(crate) const fn check(title: &'static str, work: fn(&Workspace) -> Result<StepResult>) -> Self {
        Self {
            title,
            essential: false,
            work,
        }
    }
}

/// How a step ended.
#[derive(Debug)]
pub(crate) enum StepResult {
    /// It succeeded.
    Done,
    /// It succeeded, with a remark for the summary.
    Noted(String),
    /// It cannot be done on this machine, for the reason given.
    Skipped(String),
    /// Tests ran and all passed.
    Passed(TestCounts),
    /// Tests ran and some failed, or no test ran.
    Failed {
        counts: TestCounts,
        failed: FailedTests,
        report: String,
    },
}

/// A plan failed, and its summary has been printed.
#[derive(Debug)]
pub(crate) struct PlanFailed;

impl fmt::Display for PlanFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a step failed")
    }
}

impl std::error::Error for PlanFailed {}

/// Steps in the order in which they run. Steps of one lane follow each other; lanes of one stage run at the same time; a stage
/// begins when the one before it has ended.
#[derive(Debug, Default)]
pub(crate) struct Plan(Vec<Vec<Vec<Step>>>);

impl Plan {
    /// A plan of one lane.
    pub(crate) fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::default().then(steps)
    }

    /// Adds steps that run when all before them have ended.
    #[must_use]
    pub(crate) fn then(self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.then_side_by_side([steps.into_iter().collect()])
    }

    /// Adds lanes that run at the same time when all before them have ended. Steps of different lanes must not wait for the
    /// same lock of cargo for long, and must not measure time.
    #[must_use]
    pub(crate) fn then_side_by_side(mut self, lanes: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let lanes: Vec<_> = lanes.into_iter().filter(|lane| !lane.is_empty()).collect();
        if !lanes.is_empty() {
            self.0.push(lanes);
        }
        self
    }

    fn len(&self) -> usize {
        self.0.iter().flatten().map(Vec::len).sum()
    }
}

/// A step that has ended.
struct Ended {
    step: Step,
    elapsed: Duration,
    counts: TestCounts,
    /// What the summary says.
    remark: String,
    failed: bool,
}

impl Ended {
    fn ends_the_plan(&self) -> bool {
        self.failed && self.step.essential
    }
}

/// Runs a plan to its end and prints a summary.
///
/// # Errors
///
/// [`PlanFailed`] when a step failed.
pub(crate) fn run(workspace: &Workspace, plan: Plan) -> Result<()> {
    let began = Instant::now();
    workspace.clear_failures()?;
    let progress = Progress {
        total: plan.len(),
        started: AtomicUsize::new(0),
    };
    let mut ended = Vec::new();
    for stage in plan.0 {
        ended.extend(run_stage(workspace, &progress, stage)?);
        if ended.iter().any(Ended::ends_the_plan) {
            break;
        }
    }

    println!();
    for step in &ended {
        println!("{}", row(step.elapsed, step.step.title, &step.remark));
    }
    println!("{}", row(began.elapsed(), "all together", ""));
    for step in ended.iter().filter(|step| step.failed) {
        println!("{}: {}", step.step.title, step.remark);
    }
    let counts = ended
        .iter()
        .fold(TestCounts::default(), |counts, step| counts + step.counts);
    if counts != TestCounts::default() {
        println!("{counts}");
    }
    if ended.iter().any(|step| step.failed) {
        Err(PlanFailed.into())
    } else {
        Ok(())
    }
}

/// The progress of a plan.
struct Progress {
    total: usize,
    started: AtomicUsize,
}

impl Progress {
    fn announce(&self, step: &Step) {
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        println!("step {number} of {}: {}", self.total, step.title);
    }
}

fn run_stage(workspace: &Workspace, progress: &Progress, lanes: Vec<Vec<Step>>) -> Result<Vec<Ended>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = lanes
            .into_iter()
            .map(|lane| scope.spawn(move || run_lane(workspace, progress, lane)))
            .collect();
        let mut ended = Vec::new();
        for thread in threads {
            ended.extend(thread.join().map_err(|_| anyhow!("a step panicked"))?);
        }
        Ok(ended)
    })
}

fn run_lane(workspace: &Workspace, progress: &Progress, lane: Vec<Step>) -> Vec<Ended> {
    let mut ended = Vec::new();
    for step in lane {
        progress.announce(&step);
        let result = run_step(workspace, step);
        println!(
            "    {}: {} ({})",
            step.title,
            result.remark,
            format_duration(result.elapsed)
        );
        let stop = result.ends_the_plan();
        ended.push(result);
        if stop {
            println!("    later steps depend on this one, so the plan ends here");
            break;
        }
    }
    ended
}

fn run_step(workspace: &Workspace, step: Step) -> Ended {
    let started = Instant::now();
    let result = (step.work)(workspace);
    let elapsed = started.elapsed();
    let (counts, remark, failed) = match result {
        Ok(StepResult::Done) => (TestCounts::default(), "ok".to_owned(), false),
        Ok(StepResult::Noted(note)) => (TestCounts::default(), format!("ok: {note}"), false),
        Ok(StepResult::Skipped(reason)) => (TestCounts::default(), format!("SKIPPED: {reason}"), false),
        Ok(StepResult::Passed(counts)) => (counts, format!("ok: {counts}"), false),
        Ok(StepResult::Failed { counts, failed, report }) => {
            println!("{report}");
            let remark = if failed.is_empty() {
                format!("FAILED: {counts}")
            } else {
                format!("FAILED: {counts}: {failed}")
            };
            (counts.at_least_one_failure(), remark, true)
        }
        Err(error) => {
            println!("{error:#}");
            (TestCounts::default().at_least_one_failure(), "FAILED".to_owned(), true)
        }
    };
    Ended {
        step,
        elapsed,
        counts,
        remark,
        failed,
    }
}

fn row(elapsed: Duration, title: &str, remark: &str) -> String {
    format!("{:>12}  {title:<62}  {remark}", format_duration(elapsed))
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(_: &Workspace) -> Result<StepResult> {
        Ok(StepResult::Done)
    }

    const STEP: Step = Step::check("a step", done);

    #[test]
    fn a_stage_without_steps_is_left_out() {
        let plan = Plan::of([STEP])
            .then_side_by_side([vec![], vec![]])
            .then([])
            .then_side_by_side([vec![STEP, STEP], vec![], vec![STEP]]);
        assert_eq!(plan.len(), 4);
        let lanes: Vec<usize> = plan.0.iter().map(Vec::len).collect();
        assert_eq!(lanes, [1, 2]);
    }
}
