//! JUnit reports, as cargo-nextest writes them.

use std::path::Path;

use anyhow::{Context, Result};
use roxmltree::{Document, Node};

use crate::failed_tests::FailedTests;
use crate::files;
use crate::test_counts::TestCounts;

/// The report of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    passed: Vec<TestName>,
    failed: Vec<TestName>,
}

/// A test that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TestName {
    /// nextest's name of the test program, for instance `sca-backend::delivery`.
    pub(crate) program: String,
    /// The test's path in that program.
    pub(crate) test: String,
}

impl Report {
    /// # Errors
    ///
    /// When the file cannot be read or is not XML.
    pub(crate) fn read_file(file: &Path) -> Result<Self> {
        Self::read(&files::read_text(file)?).with_context(|| format!("cannot understand {}", file.display()))
    }

    /// Reads a report. A test case with a `failure` or an `error` has failed; a `skipped` one has not run and is not counted.
    ///
    /// # Errors
    ///
    /// When the text is not XML.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let document = Document::parse(text)?;
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
        let mut report = Self::default();
        for case in cases.filter(|case| !has_child(*case, &["skipped"])) {
            if has_child(case, &["failure", "error"]) {
                report.failed.push(TestName::of(case));
            } else {
                report.passed.push(TestName::of(case));
            }
        }
        Ok(report)
    }

    pub(crate) fn counts(&self) -> TestCounts {
        TestCounts {
            passed: self.passed.len(),
            failed: self.failed.len(),
        }
    }

    pub(crate) fn failed_tests(&self) -> FailedTests {
        self.failed
            .iter()
            .map(|name| format!("{} {}", name.program, name.test))
            .collect()
    }

    /// Every test that ran.
    pub(crate) fn names(&self) -> impl Iterator<Item = &TestName> {
        self.passed.iter().chain(&self.failed)
    }
}

impl TestName {
    /// nextest writes the program's name into `classname`.
    fn of(case: Node<'_, '_>) -> Self {
        let attribute = |name| case.attribute(name).unwrap_or_default().to_owned();
        Self {
            program: attribute("classname"),
            test: attribute("name"),
        }
    }
}

fn has_child(case: Node<'_, '_>, names: &[&str]) -> bool {
    case.children()
        .any(|child| names.iter().any(|name| child.has_tag_name(*name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="3" failures="1" errors="1">
    <testsuite name="sca-jose" tests="2" disabled="0" errors="0" failures="1">
        <testcase name="roca::weak" classname="sca-jose" time="0.01"></testcase>
        <testcase name="spki::short" classname="sca-jose" time="0.02">
            <failure message="panicked" type="test failure with exit code 101">&lt;left&gt;</failure>
        </testcase>
    </testsuite>
    <testsuite name="sca-backend::delivery" tests="1">
        <testcase name="crashes" classname="sca-backend::delivery"><error type="execution error"/></testcase>
        <testcase name="killed" classname="sca-backend::delivery"><skipped/></testcase>
    </testsuite>
</testsuites>"#;

    #[test]
    fn failures_and_errors_are_counted_and_named_with_their_program() {
        let report = Report::read(REPORT).unwrap();
        assert_eq!(report.counts(), TestCounts { passed: 1, failed: 2 });
        assert_eq!(
            report.failed_tests().to_string(),
            "sca-jose spki::short, sca-backend::delivery crashes"
        );
    }

    #[test]
    fn a_text_that_is_no_report_is_an_error() {
        assert!(Report::read("no tests to run").is_err());
    }
}
