//! Checks of the documents: the paths that they name exist, and the versions agree.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::files::files_in;
use crate::steps::StepResult;
use crate::workspace::Workspace;

/// Where a path of this repository begins.
const FOLDERS: [&str; 9] = [
    "src", "crates", "pkg", "www", "tests", "docs", "gallery", ".ci", ".cargo",
];

/// Built folders, which a fresh checkout does not have.
const GENERATED: [&str; 2] = ["pkg/dist", "dist"];

/// Every path in backticks and every relative link in README and docs exists.
pub(crate) fn paths(workspace: &Workspace) -> Result<StepResult> {
    let mut faults = Vec::new();
    let mut count = 0_usize;
    for document in documents(workspace)? {
        let text = std::fs::read_to_string(&document).with_context(|| format!("cannot read {}", document.display()))?;
        let home = document.parent().unwrap_or(&workspace.root);
        let spoken = spoken_paths(&text).map(|path| (path, workspace.root.join(path)));
        let linked = linked_paths(&text).map(|path| (path, home.join(path)));
        for (path, place) in spoken.chain(linked) {
            count += 1;
            let generated = GENERATED.iter().any(|folder| Path::new(path).starts_with(folder));
            if !generated && !place.exists() {
                let document = document.strip_prefix(&workspace.root).unwrap_or(&document);
                faults.push(format!("{} names `{path}`, which does not exist", document.display()));
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(StepResult::Noted(format!("{count} paths")))
}

/// The npm package has the workspace's version, and trunk's configuration the locked version of wasm-bindgen.
pub(crate) fn versions(workspace: &Workspace) -> Result<StepResult> {
    let ours = env!("CARGO_PKG_VERSION");
    expect_line(
        &workspace.root.join("pkg/package.json"),
        &format!("\"version\": \"{ours}\","),
    )?;

    let lock = workspace.root.join("Cargo.lock");
    let lock = std::fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let version = lock
        .split_once("name = \"wasm-bindgen\"\nversion = ")
        .and_then(|(_, rest)| rest.lines().next())
        .context("Cargo.lock does not lock wasm-bindgen")?;
    expect_line(&workspace.root.join("Trunk.toml"), &format!("wasm_bindgen = {version}"))?;
    Ok(StepResult::Noted(format!("{ours}, wasm-bindgen {version}")))
}

fn expect_line(file: &Path, expected: &str) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(
        text.lines().any(|line| line.trim() == expected),
        "{} has no line `{expected}`",
        file.display()
    );
    Ok(())
}

fn documents(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut documents = files_in(&workspace.root)?;
    let docs = workspace.root.join("docs");
    if docs.is_dir() {
        documents.extend(files_in(&docs)?);
    }
    documents.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    documents.sort();
    Ok(documents)
}

/// The texts in single backticks that look like paths of this repository.
fn spoken_paths(text: &str) -> impl Iterator<Item = &str> {
    let plain = |word: &&str| {
        word.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter))
    };
    let ours = |word: &&str| word.split_once('/').is_some_and(|(first, _)| FOLDERS.contains(&first));
    without_fences(text)
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(plain)
        .filter(ours)
}

/// The targets of Markdown links that stay in the repository.
fn linked_paths(text: &str) -> impl Iterator<Item = &str> {
    without_fences(text)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains(':'))
}

fn without_fences(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .scan(false, |fenced, line| {
            let fence = line.trim_start().starts_with("```");
            *fenced ^= fence;
            Some((!*fenced && !fence).then_some(line))
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_prose_are_found_and_code_blocks_are_left_alone() {
        let text = "See `src/ui/theme.rs`, `cargo xtask test` and `text/html`.\n```\n`src/gone.rs`\n```\n`docs/`\n";
        assert_eq!(spoken_paths(text).collect::<Vec<_>>(), ["src/ui/theme.rs", "docs/"]);
    }

    #[test]
    fn links_that_leave_the_repository_are_not_ours() {
        let text = "[a](docs/a.md#part) [b](https://example.com/b) [c](#here) ![d](pic.png \"title\")";
        assert_eq!(linked_paths(text).collect::<Vec<_>>(), ["docs/a.md", "pic.png"]);
    }
}
