//! How many tests ran, read from what the test programs print.

use std::fmt;
use std::ops::Add;

/// Tests that passed and tests that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Ran and held.
    pub(crate) passed: u32,
    /// Ran and did not.
    pub(crate) failed: u32,
}

impl Tally {
    /// Adds up every summary in the output of cargo's, wasm-bindgen's or node's test programs.
    pub(crate) fn read(output: &str) -> Self {
        output
            .lines()
            .filter_map(|line| cargo_summary(line).or_else(|| node_summary(line)))
            .fold(Self::default(), Add::add)
    }

    /// A program may fail without a failed test, for instance when it does not compile: that counts too.
    pub(crate) fn at_least_one_failure(self) -> Self {
        Self {
            failed: self.failed.max(1),
            ..self
        }
    }
}

/// The tests that were left out, each with its reason: `ok 3 - name # SKIP reason`, as node says it.
pub(crate) fn skipped(output: &str) -> impl Iterator<Item = String> {
    output.lines().filter_map(|line| {
        let (test, reason) = line.trim().strip_prefix("ok ")?.split_once(" # SKIP ")?;
        let (_, name) = test.split_once(" - ")?;
        Some(format!("{name}: {reason}"))
    })
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn cargo_summary(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut passed = None;
    let mut failed = None;
    for part in counts.split(';') {
        match part.trim().split_once(' ') {
            Some((count, "passed")) => passed = count.parse().ok(),
            Some((count, "failed")) => failed = count.parse().ok(),
            Some(_) | None => {}
        }
    }
    Some(Tally {
        passed: passed?,
        failed: failed?,
    })
}

/// `# pass 5` and `# fail 0`, or the same after `ℹ`.
fn node_summary(line: &str) -> Option<Tally> {
    let line = line.trim();
    let line = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
    match line.split_once(' ')? {
        ("pass", count) => Some(Tally {
            passed: count.parse().ok()?,
            failed: 0,
        }),
        // A cancelled test did not hold either.
        ("fail" | "cancelled", count) => Some(Tally {
            passed: 0,
            failed: count.parse().ok()?,
        }),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_several_cargo_test_programs_add_up() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(Tally::read(output), Tally { passed: 5, failed: 1 });
    }

    #[test]
    fn both_of_nodes_ways_to_sum_up_are_read() {
        assert_eq!(
            Tally::read("# tests 3\n# pass 2\n# fail 1\n# cancelled 0\n"),
            Tally { passed: 2, failed: 1 }
        );
        assert_eq!(
            Tally::read("ℹ pass 7\nℹ fail 0\nℹ cancelled 1\n"),
            Tally { passed: 7, failed: 1 }
        );
    }

    #[test]
    fn tests_that_were_left_out_are_told_with_their_reasons_and_not_counted() {
        let output = "ok 1 - a wire - by phone # SKIP in webkit: there is no camera\n\
            ok 2 - a statement\n# pass 1\n# fail 0\n# skipped 1\n";
        assert_eq!(
            skipped(output).collect::<Vec<_>>(),
            ["a wire - by phone: in webkit: there is no camera"]
        );
        assert_eq!(Tally::read(output), Tally { passed: 1, failed: 0 });
    }

    #[test]
    fn a_test_that_merely_prints_such_words_is_not_counted() {
        assert_eq!(
            Tally::read("the test result: ok. 9 passed; 0 failed\npass 3\n"),
            Tally::default()
        );
    }
}
