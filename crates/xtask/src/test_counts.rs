//! How many tests passed and failed, as test runners without a machine-readable report print it.

use std::fmt;
use std::ops::Add;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestCounts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl TestCounts {
    /// Adds up every summary in the output of libtest (also through wasm-bindgen) or of node's test runner.
    pub(crate) fn read(output: &str) -> Self {
        output
            .lines()
            .filter_map(|line| libtest_summary(line).or_else(|| node_summary(line)))
            .fold(Self::default(), Add::add)
    }

    /// A program that fails before any test, because it does not compile for instance, counts as one failed test.
    pub(crate) fn at_least_one_failure(self) -> Self {
        Self {
            failed: self.failed.max(1),
            ..self
        }
    }
}

/// The skipped tests and the reason of each, from node's `ok 3 - name # SKIP reason`.
pub(crate) fn skipped_tests(output: &str) -> impl Iterator<Item = String> {
    output.lines().filter_map(|line| {
        let (test, reason) = line.trim().strip_prefix("ok ")?.split_once(" # SKIP ")?;
        let (_, name) = test.split_once(" - ")?;
        Some(format!("{name}: {reason}"))
    })
}

impl Add for TestCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

impl fmt::Display for TestCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn libtest_summary(line: &str) -> Option<TestCounts> {
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
    Some(TestCounts {
        passed: passed?,
        failed: failed?,
    })
}

/// `# pass 5` and `# fail 0`, or the same after `ℹ`.
fn node_summary(line: &str) -> Option<TestCounts> {
    let line = line.trim();
    let line = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?;
    match line.split_once(' ')? {
        ("pass", count) => Some(TestCounts {
            passed: count.parse().ok()?,
            failed: 0,
        }),
        // A cancelled test has not passed.
        ("fail" | "cancelled", count) => Some(TestCounts {
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
    fn the_summaries_of_several_libtest_programs_add_up() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(TestCounts::read(output), TestCounts { passed: 5, failed: 1 });
    }

    #[test]
    fn both_summary_formats_of_node_are_read() {
        assert_eq!(
            TestCounts::read("# tests 3\n# pass 2\n# fail 1\n# cancelled 0\n"),
            TestCounts { passed: 2, failed: 1 }
        );
        assert_eq!(
            TestCounts::read("ℹ pass 7\nℹ fail 0\nℹ cancelled 1\n"),
            TestCounts { passed: 7, failed: 1 }
        );
    }

    #[test]
    fn skipped_tests_are_listed_with_their_reasons_and_not_counted() {
        let output = "ok 1 - a wire - by phone # SKIP in webkit: there is no camera\n\
            ok 2 - a statement\n# pass 1\n# fail 0\n# skipped 1\n";
        assert_eq!(
            skipped_tests(output).collect::<Vec<_>>(),
            ["a wire - by phone: in webkit: there is no camera"]
        );
        assert_eq!(TestCounts::read(output), TestCounts { passed: 1, failed: 0 });
    }

    #[test]
    fn a_test_that_prints_similar_words_is_not_counted() {
        assert_eq!(
            TestCounts::read("the test result: ok. 9 passed; 0 failed\npass 3\n"),
            TestCounts::default()
        );
    }
}
