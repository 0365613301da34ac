//! Checks docs/coverage.md: every file that it links exists, every test that it names is a test of the linked file, and every row has a
//! test or says what is open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use anyhow::{Result, ensure};

use crate::files::read_text;
use crate::steps::StepResult;
use crate::workspace::Workspace;

const PAGE: &str = "docs/coverage.md";

/// The headers of the two kinds of tables.
const COVERED: [&str; 3] = ["what it says", "code", "test"];
const OPEN: [&str; 3] = ["open", "rows", "what is missing"];

/// What the test of an open row begins with. The reason follows; what follows a semicolon is about this row alone.
const OPEN_MARK: &str = "open:";
/// The code of an open row that nothing carries.
const NO_CODE: &str = "none";

/// The folder of the scenarios, each of which is a test.
const SCENARIOS: &str = "tests/scenarios";

/// Checks the page against the files of the repository.
pub(crate) fn coverage(workspace: &Workspace) -> Result<StepResult> {
    let text = read_text(&workspace.root.join(PAGE))?;
    let page = Page::read(&text);
    let mut faults = page.faults.clone();
    faults.extend(page.faults_in_files(|path| std::fs::read_to_string(workspace.root.join(path)).ok()));
    ensure!(
        faults.is_empty(),
        "{}",
        faults
            .iter()
            .map(|fault| format!("{PAGE}{fault}"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    Ok(StepResult::Noted(page.summary()))
}

/// A link to a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    line: usize,
    text: String,
    /// From the root of the repository.
    path: PathBuf,
}

/// The content of the page, and the faults that need no other file.
#[derive(Debug, Default)]
struct Page {
    rows: usize,
    code: Vec<Link>,
    tests: Vec<Link>,
    /// The number of open rows for each reason.
    open: BTreeMap<String, usize>,
    /// Each begins with the line: `:12: …`.
    faults: Vec<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut links = Links::read(text, &mut page.faults);
        let mut listed = BTreeMap::new();
        for (line, header, cells) in table_rows(text) {
            match (header.as_slice(), cells.as_slice()) {
                (header, [_, code, test]) if header == COVERED => page.read_row(line, &mut links, code, test),
                (header, [reason, rows, _]) if header == OPEN => {
                    if listed
                        .insert((*reason).to_owned(), (line, (*rows).to_owned()))
                        .is_some()
                    {
                        page.faults.push(format!(":{line}: `{reason}` is listed twice"));
                    }
                }
                (header, _) if header == COVERED || header == OPEN => {
                    page.faults
                        .push(format!(":{line}: a row has {} cells instead of 3", cells.len()));
                }
                (header, _) => page.faults.push(format!(
                    ":{line}: a table of this page has the header `{}` or `{}`, and not `{}`",
                    COVERED.join(" | "),
                    OPEN.join(" | "),
                    header.join(" | ")
                )),
            }
        }
        for (reason, (line, rows)) in &listed {
            let counted = page.open.get(reason).copied().unwrap_or_default().to_string();
            if *rows != counted {
                page.faults.push(format!(
                    ":{line}: {rows} rows are said to be open for `{reason}`, and {counted} are"
                ));
            }
        }
        for reason in page.open.keys().filter(|reason| !listed.contains_key(*reason)) {
            page.faults.push(format!(": the list of open rows lacks `{reason}`"));
        }
        page.faults.extend(links.unused());
        page
    }

    fn read_row(&mut self, line: usize, links: &mut Links, code: &str, test: &str) {
        self.rows += 1;
        let is_open = if let Some(why) = test.strip_prefix(OPEN_MARK) {
            let reason = why.split(';').next().unwrap_or_default().trim();
            if reason.is_empty() {
                self.faults.push(format!(":{line}: an open row says why"));
            } else {
                *self.open.entry(reason.to_owned()).or_default() += 1;
            }
            true
        } else {
            match links.of(line, test) {
                Ok(tests) => self.tests.extend(tests),
                Err(fault) => self.faults.push(format!(":{line}: test: {fault}")),
            }
            false
        };
        if is_open && code == NO_CODE {
            return;
        }
        match links.of(line, code) {
            Ok(code) => self.code.extend(code),
            Err(fault) => self.faults.push(format!(":{line}: code: {fault}")),
        }
    }

    /// `content`: the text of a file, unless it does not exist.
    fn faults_in_files(&self, content: impl Fn(&Path) -> Option<String>) -> Vec<String> {
        let missing = |link: &Link| format!(":{}: {} does not exist", link.line, link.path.display());
        let code = self
            .code
            .iter()
            .filter(|link| content(&link.path).is_none())
            .map(missing);
        let tests = self.tests.iter().filter_map(|link| {
            let Some(text) = content(&link.path) else {
                return Some(missing(link));
            };
            (!has_test(&link.path, &text, &link.text))
                .then(|| format!(":{}: {} has no test `{}`", link.line, link.path.display(), link.text))
        });
        code.chain(tests).collect()
    }

    /// `120 rows, 150 tests, 30 open: 12 in work, face; …`
    fn summary(&self) -> String {
        let tests: BTreeSet<_> = self.tests.iter().map(|link| (&link.path, &link.text)).collect();
        let open: usize = self.open.values().sum();
        let reasons: Vec<String> = self
            .open
            .iter()
            .map(|(reason, rows)| format!("{rows} {reason}"))
            .collect();
        format!(
            "{} rows, {} tests, {open} open: {}",
            self.rows,
            tests.len(),
            reasons.join("; ")
        )
    }
}

/// The targets of links by label, and which of them were used.
struct Links<'page> {
    targets: BTreeMap<&'page str, (usize, &'page str)>,
    used: BTreeSet<&'page str>,
}

impl<'page> Links<'page> {
    /// Reads the lines `[label]: target`.
    fn read(text: &'page str, faults: &mut Vec<String>) -> Self {
        let mut targets = BTreeMap::new();
        for (line, definition) in numbered(text) {
            let definition = definition.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
            if let Some((label, target)) = definition
                && targets.insert(label, (line, target.trim())).is_some()
            {
                faults.push(format!(":{line}: `[{label}]` is defined twice"));
            }
        }
        Self {
            targets,
            used: BTreeSet::new(),
        }
    }

    /// The links of a cell, which has nothing else: `[text][label]`, `[label]` or `[text](target)`, with commas between them.
    fn of(&mut self, line: usize, cell: &str) -> Result<Vec<Link>, String> {
        let mut links = Vec::new();
        let mut rest = cell;
        loop {
            let (text, after) = rest
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
                .ok_or_else(|| format!("`{rest}` is no link"))?;
            let (target, after) = if let Some((target, after)) = enclosed(after, '(', ')') {
                (target, after)
            } else {
                let (label, after) = enclosed(after, '[', ']').unwrap_or((text, after));
                (self.target(label)?, after)
            };
            links.push(Link {
                line,
                text: text.to_owned(),
                path: from_root(target)?,
            });
            if after.is_empty() {
                return Ok(links);
            }
            rest = after
                .strip_prefix(", ")
                .ok_or_else(|| format!("`{after}` follows a link"))?;
        }
    }

    fn target(&mut self, label: &str) -> Result<&'page str, String> {
        let (label, (_, target)) = self
            .targets
            .get_key_value(label)
            .ok_or_else(|| format!("`[{label}]` is not defined"))?;
        self.used.insert(label);
        Ok(target)
    }

    fn unused(&self) -> Vec<String> {
        let unused = self.targets.iter().filter(|(label, _)| !self.used.contains(*label));
        unused
            .map(|(label, (line, _))| format!(":{line}: no row uses `[{label}]`"))
            .collect()
    }
}

fn enclosed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    text.strip_prefix(open)?.split_once(close)
}

/// A target beside the page, as a path from the root of the repository.
fn from_root(target: &str) -> Result<PathBuf, String> {
    let mut path = PathBuf::from("docs");
    for component in Path::new(target).components() {
        let inside = match component {
            Component::Normal(name) => {
                path.push(name);
                true
            }
            Component::ParentDir => path.pop(),
            Component::CurDir => true,
            Component::RootDir | Component::Prefix(_) => false,
        };
        if !inside {
            return Err(format!("`{target}` leaves the repository"));
        }
    }
    Ok(path)
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Every row of every table: its line, the cells of its header, its own cells.
fn table_rows(text: &str) -> Vec<(usize, Vec<&str>, Vec<&str>)> {
    let mut rows = Vec::new();
    let mut header: Option<Vec<&str>> = None;
    for (number, line) in numbered(text) {
        match (&header, cells(line)) {
            (_, None) => header = None,
            (None, Some(cells)) => header = Some(cells),
            (Some(_), Some(cells)) if cells.iter().all(|cell| is_rule(cell)) => {}
            (Some(header), Some(cells)) => rows.push((number, header.clone(), cells)),
        }
    }
    rows
}

/// The cells of a line of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let cells = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(cells.split('|').map(str::trim).collect())
}

fn is_rule(cell: &str) -> bool {
    cell.contains("---") && cell.chars().all(|character| "-:".contains(character))
}

/// Whether a file has a test of that name: a function with a test attribute, the title of a call, or a scenario.
fn has_test(file: &Path, text: &str, name: &str) -> bool {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => has_test_function(text, name),
        Some("mjs") => has_title(text, name),
        Some("json") => {
            let folder = file.parent().and_then(Path::parent);
            folder == Some(Path::new(SCENARIOS)) && file.file_stem().is_some_and(|stem| stem == name)
        }
        Some(_) | None => false,
    }
}

/// `#[tokio::test] async fn name(`. A test that is ignored does not count.
fn has_test_function(text: &str, name: &str) -> bool {
    let (mut is_test, mut is_ignored) = (false, false);
    for line in text.lines().map(str::trim) {
        if let Some(attribute) = line.strip_prefix("#[") {
            let path = attribute.split([']', '(', ' ']).next().unwrap_or_default();
            is_test |= path.ends_with("test");
            is_ignored |= path == "ignore";
        } else if !line.is_empty() && !line.starts_with("//") {
            let function = line.split_once("fn ").map(|(_, rest)| rest);
            let is_named = function
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with(['(', '<']));
            if is_named && is_test && !is_ignored {
                return true;
            }
            (is_test, is_ignored) = (false, false);
        }
    }
    false
}

/// `test("title"` or `scenario("title"`, as it is written in the file.
fn has_title(text: &str, title: &str) -> bool {
    ["test(", "scenario("].iter().any(|call| {
        text.match_indices(call).any(|(start, _)| {
            let before = text.get(..start).and_then(|text| text.chars().next_back());
            let argument = text.get(start + call.len()..).unwrap_or_default().trim_start();
            let mut characters = argument.chars();
            let quote = characters.next().filter(|quote| "\"'`".contains(*quote));
            let is_call = !before.is_some_and(|before| before.is_alphanumeric() || "_.".contains(before));
            is_call
                && quote.is_some_and(|quote| {
                    let rest = characters.as_str().strip_prefix(title);
                    rest.is_some_and(|rest| rest.starts_with(quote))
                })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of a small repository.
    fn content(path: &Path) -> Option<String> {
        let text = match path.to_str()? {
            "src/a.rs" => "fn code() {}",
            "tests/a.rs" => {
                "#[test]\nfn it_holds() {}\n\n#[tokio::test(flavor = \"multi_thread\")]\n// Why.\nasync fn it_waits() {}\n\n\
                 fn helper() {}\n\n#[test]\n#[ignore = \"slow\"]\nfn it_is_left_out() {}\n"
            }
            "tests/a.test.mjs" => {
                "scenario(\"it works\", {}, run);\ntest(\n  `${what} works`, run);\nlatest(\"no test\");\nnote(\"a note\");"
            }
            "tests/scenarios/flow/two-tabs.json" | "tests/two-tabs.json" => "{}",
            _ => return None,
        };
        Some(text.to_owned())
    }

    const RULE: &str = "|---|---|---|";

    /// A page with these rows and definitions, and a list of open rows.
    fn page(rows: &str, open: &str) -> String {
        format!(
            "# Coverage\n| open | rows | what is missing |\n{RULE}\n{open}\nText.\n\n| what it says | code | test |\n{RULE}\n{rows}\n\n\
             [a.rs]: ../src/a.rs\n[tests/a.rs]: ../tests/a.rs\n"
        )
    }

    const GOOD: &str = "| it holds | [a.rs] | [it_holds][tests/a.rs] |";

    fn faults(text: &str) -> Vec<String> {
        let page = Page::read(text);
        let in_files = page.faults_in_files(content);
        page.faults.into_iter().chain(in_files).collect()
    }

    #[test]
    fn a_row_names_code_and_tests_or_says_what_is_open() {
        for (row, expected) in [
            (
                "| says | [a.rs] | [it_holds][tests/a.rs], [it_waits][tests/a.rs] |",
                None,
            ),
            ("| says | [a.rs] | [it works](../tests/a.test.mjs) |", None),
            ("| says | [a.rs] | [${what} works](../tests/a.test.mjs) |", None),
            (
                "| says | [a.rs] | [two-tabs](../tests/scenarios/flow/two-tabs.json) |",
                None,
            ),
            ("| says | none | open: in work |", None),
            ("| says | [a.rs] | open: in work; this part |", None),
            ("| says | [a.rs] | |", Some(":10: test: `` is no link")),
            ("| says | [a.rs] | open: |", Some(":10: an open row says why")),
            (
                "| says | [a.rs] | it is tested |",
                Some(":10: test: `it is tested` is no link"),
            ),
            (
                "| says | [a.rs] | [it_holds][b] |",
                Some(":10: test: `[b]` is not defined"),
            ),
            (
                "| says | [a.rs] | [it_holds][tests/a.rs] mostly |",
                Some(":10: test: ` mostly` follows a link"),
            ),
            (
                "| says | [a.rs] | [it_holds][tests/a.rs], open: rest |",
                Some(":10: test: `open: rest` is no link"),
            ),
            (
                "| says | none | [it_holds][tests/a.rs] |",
                Some(":10: code: `none` is no link"),
            ),
            ("| says | | open: in work |", Some(":10: code: `` is no link")),
            (
                "| says | [c](../src/gone.rs) | [it_holds][tests/a.rs] |",
                Some(":10: src/gone.rs does not exist"),
            ),
            (
                "| says | [c](../../other/a.rs) | [it_holds][tests/a.rs] |",
                Some(":10: code: `../../other/a.rs` leaves the repository"),
            ),
            (
                "| says | [a.rs] | [it_holds](../tests/gone.rs) |",
                Some(":10: tests/gone.rs does not exist"),
            ),
            (
                "| says | [a.rs] | [it_hold][tests/a.rs] |",
                Some(":10: tests/a.rs has no test `it_hold`"),
            ),
            (
                "| says | [a.rs] | [helper][tests/a.rs] |",
                Some(":10: tests/a.rs has no test `helper`"),
            ),
            (
                "| says | [a.rs] | [it_is_left_out][tests/a.rs] |",
                Some(":10: tests/a.rs has no test `it_is_left_out`"),
            ),
            (
                "| says | [a.rs] | [it work](../tests/a.test.mjs) |",
                Some(":10: tests/a.test.mjs has no test `it work`"),
            ),
            (
                "| says | [a.rs] | [no test](../tests/a.test.mjs) |",
                Some(":10: tests/a.test.mjs has no test `no test`"),
            ),
            (
                "| says | [a.rs] | [a note](../tests/a.test.mjs) |",
                Some(":10: tests/a.test.mjs has no test `a note`"),
            ),
            (
                "| says | [a.rs] | [two](../tests/scenarios/flow/two-tabs.json) |",
                Some(":10: tests/scenarios/flow/two-tabs.json has no test `two`"),
            ),
            (
                "| says | [a.rs] | [two-tabs](../tests/two-tabs.json) |",
                Some(":10: tests/two-tabs.json has no test `two-tabs`"),
            ),
            ("| says | [a.rs] |", Some(":10: a row has 2 cells instead of 3")),
        ] {
            let open = usize::from(row.contains("| open: in"));
            let text = page(&format!("{GOOD}\n{row}"), &format!("| in work | {open} | all |"));
            assert_eq!(faults(&text), expected.into_iter().collect::<Vec<_>>(), "{row}");
        }
    }

    #[test]
    fn the_list_of_open_rows_has_every_reason_with_its_number() {
        let row = "| says | none | open: in work, face |";
        for (open, expected) in [
            ("| in work, face | 1 | all |", None),
            (
                "| in work, face | 2 | all |",
                Some(":4: 2 rows are said to be open for `in work, face`, and 1 are"),
            ),
            ("", Some(": the list of open rows lacks `in work, face`")),
            (
                "| in work, face | 1 | all |\n| in work, phone | 1 | all |",
                Some(":5: 1 rows are said to be open for `in work, phone`, and 0 are"),
            ),
            (
                "| in work, face | 1 | all |\n| in work, face | 1 | all |",
                Some(":5: `in work, face` is listed twice"),
            ),
        ] {
            let text = page(&format!("{GOOD}\n{row}"), open);
            assert_eq!(faults(&text), expected.into_iter().collect::<Vec<_>>(), "{open}");
        }
    }

    #[test]
    fn definitions_are_used_and_unique_and_every_table_is_one_of_two() {
        for (more, expected) in [
            ("[b.rs]: ../src/a.rs", ":13: no row uses `[b.rs]`"),
            ("[a.rs]: ../src/a.rs", ":13: `[a.rs]` is defined twice"),
            (
                "\n| says | code | test |\n|---|---|---|\n| a | b | c |",
                ":16: a table of this page has the header `what it says | code | test` or `open | rows | what is missing`, and not \
                 `says | code | test`",
            ),
        ] {
            assert_eq!(faults(&(page(GOOD, "") + more)), [expected], "{more}");
        }
    }

    #[test]
    fn rows_tests_and_open_rows_are_counted() {
        let rows = [
            GOOD,
            GOOD,
            "| says | none | open: in work; a |",
            "| says | none | open: in work; b |",
            "| says | [a.rs] | open: test missing |",
        ];
        let text = page(&rows.join("\n"), "| in work | 2 | a |\n| test missing | 1 | b |");
        let page = Page::read(&text);
        assert_eq!(page.faults, Vec::<String>::new());
        assert_eq!(page.summary(), "5 rows, 1 tests, 3 open: 2 in work; 1 test missing");
    }
}
