//! The names of failed tests, so that the end of a log shows them.

use std::fmt;

/// The largest number of names in a summary.
const MOST_NAMES: usize = 20;

/// The largest number of lines that are shown of what a test says.
const MOST_LINES: usize = 40;

/// The names of the tests that failed, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FailedTests(Vec<String>);

impl FailedTests {
    /// Reads the names from the output of libtest (also through wasm-bindgen) or of node's test runner.
    pub(crate) fn read(output: &str) -> Self {
        output
            .lines()
            .filter_map(|line| libtest_failure(line).or_else(|| node_failure(line)))
            .map(str::to_owned)
            .collect()
    }

    /// Whether no test failed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<String> for FailedTests {
    fn from_iter<T: IntoIterator<Item = String>>(names: T) -> Self {
        let mut failed = Vec::new();
        for name in names {
            if !failed.contains(&name) {
                failed.push(name);
            }
        }
        Self(failed)
    }
}

impl fmt::Display for FailedTests {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (named, rest) = self.0.split_at(self.0.len().min(MOST_NAMES));
        formatter.write_str(&named.join(", "))?;
        if rest.is_empty() {
            Ok(())
        } else {
            write!(formatter, " and {} more", rest.len())
        }
    }
}

/// What node's test runner says about each failed test: its lines from `not ok` to the end of the block that follows.
pub(crate) fn node_reports(output: &str) -> Vec<&str> {
    let mut lines = output.lines();
    let mut reports = Vec::new();
    while let Some(line) = lines.find(|line| line.trim().starts_with("not ok ") && node_failure(line).is_some()) {
        reports.push(line);
        for line in lines.by_ref().take(MOST_LINES) {
            reports.push(line);
            if line.trim() == "..." {
                break;
            }
        }
    }
    reports
}

/// `test module::name ... FAILED`; wasm-bindgen's test runner writes `FAIL`.
fn libtest_failure(line: &str) -> Option<&str> {
    let (name, end) = line.trim().strip_prefix("test ")?.split_once(" ... ")?;
    ["FAILED", "FAIL"].contains(&end.trim()).then_some(name)
}

/// `not ok 3 - name`, or `✖ name (12.3ms)`. A test that is marked as TODO has not failed.
fn node_failure(line: &str) -> Option<&str> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("not ok ") {
        let name = rest.split_once(" - ")?.1;
        return (!name.contains("# TODO")).then_some(name);
    }
    let (name, _) = line.strip_prefix("✖ ")?.rsplit_once(" (")?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_named_in_the_output_of_each_runner() {
        let output = "test flow::fine ... ok\n\
            test flow::not_fine ... FAILED\n\
            test web::in_a_browser ... FAIL\n\
            ok 1 - all well\n    not ok 2 - a wrong PIN, and another\n\
            ✖ keyboard only (31.2ms)\n✖ keyboard only (31.2ms)\n✖ failing tests:\n";
        let failed = FailedTests::read(output);
        assert_eq!(
            failed.to_string(),
            "flow::not_fine, web::in_a_browser, a wrong PIN, and another, keyboard only"
        );
    }

    #[test]
    fn what_node_says_about_a_failed_test_is_shown_wherever_it_stands() {
        let output = "ok 1 - all well\n  ---\n  ...\nnot ok 2 - a wrong PIN\n  ---\n  error: '1 !== 2'\n  ...\nok 3 - fine\n  ---\n  ...\n";
        assert_eq!(
            node_reports(output),
            ["not ok 2 - a wrong PIN", "  ---", "  error: '1 !== 2'", "  ..."]
        );
        let endless = format!("not ok 1 - a\n{}", "words\n".repeat(100));
        assert_eq!(node_reports(&endless).len(), 1 + MOST_LINES);
    }

    #[test]
    fn a_long_list_is_cut() {
        let output: String = (0..23).map(|number| format!("test t{number} ... FAILED\n")).collect();
        assert!(FailedTests::read(&output).to_string().ends_with("t19 and 3 more"));
    }

    #[test]
    fn passed_tests_are_not_named() {
        assert!(FailedTests::read("test a ... ok\nok 1 - b\n").is_empty());
    }
}
