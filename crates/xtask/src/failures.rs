//! Which tests failed, read from what the test programs print: whoever sees only the end of a log sees them there.

use std::fmt;

/// More names than these are not read by anybody.
const MOST_NAMES: usize = 20;

/// The names of the tests that failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    /// Collects the names in the output of cargo's, wasm-bindgen's or node's test programs, each once.
    pub(crate) fn read(output: &str) -> Self {
        let mut names: Vec<String> = Vec::new();
        for line in output.lines() {
            let Some(name) = cargo_failure(line).or_else(|| node_failure(line)) else {
                continue;
            };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Self(names)
    }
}

impl fmt::Display for Failures {
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

/// `test module::name ... FAILED`; wasm-bindgen says `FAIL`.
fn cargo_failure(line: &str) -> Option<&str> {
    let (name, end) = line.trim().strip_prefix("test ")?.split_once(" ... ")?;
    ["FAILED", "FAIL"].contains(&end.trim()).then_some(name)
}

/// `not ok 3 - name`, or `✖ name (12.3ms)`; what is only to be done later is no failure.
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
    fn the_names_of_failed_tests_are_found_whoever_prints_them() {
        let output = "test flow::fine ... ok\n\
            test flow::not_fine ... FAILED\n\
            test web::in_a_browser ... FAIL\n\
            ok 1 - all well\n    not ok 2 - a wrong PIN, and another\n\
            ✖ keyboard only (31.2ms)\n✖ keyboard only (31.2ms)\n✖ failing tests:\n";
        let failures = Failures::read(output);
        assert_eq!(
            failures.to_string(),
            "flow::not_fine, web::in_a_browser, a wrong PIN, and another, keyboard only"
        );
    }

    #[test]
    fn a_long_list_is_cut() {
        let output: String = (0..23).map(|number| format!("test t{number} ... FAILED\n")).collect();
        assert!(Failures::read(&output).to_string().ends_with("t19 and 3 more"));
    }

    #[test]
    fn where_all_is_well_nothing_is_named() {
        assert_eq!(Failures::read("test a ... ok\nok 1 - b\n"), Failures::default());
    }
}
