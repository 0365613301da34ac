//! JUnit reports, as cargo-nextest writes them.

use std::path::Path;

use anyhow::{Context, Result};
use roxmltree::{Document, Node};

use crate::failed_tests::FailedTests;
use crate::files;
use crate::test_counts::TestCounts;

/// What a report says about a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) counts: TestCounts,
    pub(crate) failed: FailedTests,
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
        let (failed, others): (Vec<_>, Vec<_>) = cases.partition(|case| has_child(*case, &["failure", "error"]));
        let passed = others.iter().filter(|case| !has_child(**case, &["skipped"])).count();
        Ok(Self {
            counts: TestCounts {
                passed,
                failed: failed.len(),
            },
            failed: failed.into_iter().map(full_name).collect(),
        })
    }
}

fn has_child(case: Node<'_, '_>, names: &[&str]) -> bool {
    case.children()
        .any(|child| names.iter().any(|name| child.has_tag_name(*name)))
}

/// The test program and the test's name in it. nextest says which program it was in `classname`.
fn full_name(case: Node<'_, '_>) -> String {
    let name = case.attribute("name").unwrap_or_default();
    match case.attribute("classname") {
        Some(program) => format!("{program} {name}"),
        None => name.to_owned(),
    }
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
        assert_eq!(report.counts, TestCounts { passed: 1, failed: 2 });
        assert_eq!(
            report.failed.to_string(),
            "sca-jose spki::short, sca-backend::delivery crashes"
        );
    }

    #[test]
    fn a_text_that_is_no_report_is_an_error() {
        assert!(Report::read("no tests to run").is_err());
    }
}
