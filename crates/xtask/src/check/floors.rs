//! Checks of the layers: a layer knows nothing of those above it, and only `src/browser` and `src/boundary` name the browser.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::steps::StepResult;
use crate::workspace::Workspace;

/// The pure crates: their callers provide browser, network, clock and randomness.
const GROUND: [&str; 3] = ["sca-protocol", "sca-core", "sca-jose"];

/// Crates that only the layers above may use.
const BROUGHT_FROM_ABOVE: [&str; 11] = [
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "gloo",
    "leptos",
    "tokio",
    "hyper",
    "reqwest",
    "rand",
    "getrandom",
    "chrono",
];

/// The workspace crates that each crate may depend on.
const ARROWS: [(&str, &[&str]); 7] = [
    ("sca-protocol", &[]),
    ("sca-jose", &[]),
    ("sca-core", &["sca-protocol"]),
    ("sca-backend", &["sca-protocol", "sca-core"]),
    ("sca-scenarios", &["sca-protocol"]),
    ("sca-sandbox", &[]),
    ("sca-widget", &["sca-protocol", "sca-jose"]),
];

/// Names that only `src/browser` and `src/boundary` may use.
const BROWSER_NAMES: [&str; 7] = [
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "gloo_net",
    "serde_wasm_bindgen",
    "JsValue",
];

/// Names that layers 0 and 1 must not use either.
const OUTSIDE_WORLD: [&str; 6] = [
    "SystemTime",
    "Instant",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
];

/// Checks the dependency trees.
pub(crate) fn dependencies(workspace: &Workspace) -> Result<StepResult> {
    let mut faults = Vec::new();
    for package in GROUND {
        let edges = "--edges=normal,build,no-proc-macro";
        let arguments = [
            "tree",
            "--package",
            package,
            edges,
            "--all-features",
            "--target=all",
            "--prefix=none",
        ];
        let tree = workspace.run(&mut workspace.cargo(arguments))?;
        let carried = crate_names(&tree).filter(|name| is_brought_from_above(name));
        faults.extend(carried.map(|name| format!("{package} carries {name}")));
    }
    for (package, allowed) in ARROWS {
        let edges = "--edges=normal,build";
        let arguments = [
            "tree",
            "--package",
            package,
            edges,
            "--all-features",
            "--target=all",
            "--prefix=none",
            "--depth=1",
        ];
        let tree = workspace.run(&mut workspace.cargo(arguments))?;
        let ours = crate_names(&tree).filter(|name| name.starts_with("sca-") && *name != package);
        faults.extend(
            ours.filter(|name| !allowed.contains(name))
                .map(|name| format!("{package} may not know {name}")),
        );
    }
    verdict(faults)
}

/// Checks the sources.
pub(crate) fn names(workspace: &Workspace) -> Result<StepResult> {
    let mut faults = Vec::new();
    let folders = [
        "src",
        "crates/sca-protocol/src",
        "crates/sca-jose/src",
        "crates/sca-core/src",
        "crates/sca-backend/src",
        "crates/sca-sandbox/src",
    ];
    for folder in folders {
        for file in rust_files(&workspace.root.join(folder))? {
            let path = file.strip_prefix(&workspace.root).unwrap_or(&file);
            if path.starts_with("src/browser") || path.starts_with("src/boundary") {
                continue;
            }
            let ground = GROUND
                .iter()
                .any(|package| path.starts_with(Path::new("crates").join(package)));
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let forbidden = BROWSER_NAMES
                .iter()
                .chain(if ground { OUTSIDE_WORLD.iter() } else { [].iter() });
            for name in forbidden {
                faults
                    .extend(lines_naming(&text, name).map(|line| format!("{}:{line} names `{name}`", path.display())));
            }
        }
    }
    verdict(faults)
}

/// A provider, and how many product files outside its own folders may name it: the lists of providers and of settings, the
/// composition of the simulators, and the tool that starts them. A new provider changes no other existing file.
const PROVIDER: &str = "weavr";
const MAX_FILES_NAMING_A_PROVIDER: usize = 10;

/// Checks which files name a provider: its own folder may, the core must not.
pub(crate) fn providers(workspace: &Workspace) -> Result<StepResult> {
    let mut naming = Vec::new();
    let mut folders = vec![workspace.root.join("src")];
    for entry in std::fs::read_dir(workspace.root.join("crates"))? {
        folders.push(entry?.path().join("src"));
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for file in rust_files(folder)? {
            let path = file.strip_prefix(&workspace.root).unwrap_or(&file);
            let is_its_own = path.iter().any(|part| part == PROVIDER);
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            if !is_its_own && text.to_lowercase().contains(PROVIDER) {
                naming.push(path.display().to_string());
            }
        }
    }
    naming.sort_unstable();
    let in_core = naming.iter().filter(|path| path.starts_with("crates/sca-core"));
    let mut faults: Vec<String> = in_core.map(|path| format!("{path} names a provider")).collect();
    if naming.len() > MAX_FILES_NAMING_A_PROVIDER {
        faults.push(format!(
            "{} files outside its folders name {PROVIDER}, at most {MAX_FILES_NAMING_A_PROVIDER} may: {}",
            naming.len(),
            naming.join(", ")
        ));
    }
    verdict(faults)?;
    Ok(StepResult::Noted(format!(
        "{} files outside its folders name {PROVIDER}",
        naming.len()
    )))
}

fn verdict(faults: Vec<String>) -> Result<StepResult> {
    if faults.is_empty() {
        Ok(StepResult::Done)
    } else {
        bail!("{}", faults.join("\n"))
    }
}

/// The first word of each line of a tree.
fn crate_names(tree: &str) -> impl Iterator<Item = &str> {
    let mut names: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter()
}

/// A name stands for its family: `gloo` also for `gloo-net`, `leptos` for `leptos_dom`.
fn is_brought_from_above(name: &str) -> bool {
    BROUGHT_FROM_ABOVE.iter().any(|family| {
        name.strip_prefix(family)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    })
}

/// Numbers of the lines that use a name in code, outside comments and the tests at the end of a file.
fn lines_naming<'text>(text: &'text str, name: &str) -> impl Iterator<Item = usize> + use<'text> {
    let name = name.to_owned();
    let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    code.enumerate()
        .filter(move |(_, line)| uses(line.split("//").next().unwrap_or_default(), &name))
        .map(|(index, _)| index + 1)
}

/// Whether a line holds a name as a whole word.
fn uses(line: &str, name: &str) -> bool {
    let continues = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(name).any(|(start, found)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line.get(start + found.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(continues) && !after.is_some_and(continues)
    })
}

/// Every Rust file below a folder, except files that are tests and nothing else.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry
            .with_context(|| format!("cannot list {}", folder.display()))?
            .path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_a_whole_word_in_code_only() {
        let text =
            "use web_sys::Window;\n// web_sys is elsewhere\nlet my_web_sys = 1;\n#[cfg(test)]\nuse web_sys::Event;\n";
        assert_eq!(lines_naming(text, "web_sys").collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_family_of_crates_is_known_by_its_name() {
        assert!(is_brought_from_above("gloo-net"));
        assert!(is_brought_from_above("leptos_dom"));
        assert!(is_brought_from_above("rand"));
        assert!(!is_brought_from_above("randomness"));
    }
}
