//! Checks of the layers: a layer knows nothing of those above it, only `src/browser` and `src/boundary` name the browser,
//! and only one file names OpenTelemetry.

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
const ARROWS: [(&str, &[&str]); 19] = [
    ("sca-protocol", &[]),
    ("sca-jose", &[]),
    ("sca-core", &["sca-protocol"]),
    ("sca-runtime", &["sca-protocol", "sca-core"]),
    ("sca-store", &["sca-protocol", "sca-core", "sca-runtime"]),
    (
        "sca-outbound-webhooks",
        &["sca-protocol", "sca-core", "sca-runtime", "sca-store"],
    ),
    ("sca-provider-http", &["sca-core", "sca-runtime"]),
    (
        "sca-wise",
        &[
            "sca-protocol",
            "sca-jose",
            "sca-core",
            "sca-runtime",
            "sca-provider-http",
        ],
    ),
    ("sca-weavr", PROVIDER_MAY_KNOW),
    ("sca-facesign", PROVIDER_MAY_KNOW),
    ("sca-facetec", PROVIDER_MAY_KNOW),
    ("sca-phone", PROVIDER_MAY_KNOW),
    (
        "sca-backend",
        &[
            "sca-protocol",
            "sca-core",
            "sca-runtime",
            "sca-store",
            "sca-outbound-webhooks",
            "sca-wise",
            "sca-weavr",
            "sca-facesign",
            "sca-facetec",
            "sca-phone",
        ],
    ),
    ("sca-testing", &[]),
    ("sca-scenarios", &["sca-protocol"]),
    ("sca-sandbox", &[]),
    ("sca-widget", &["sca-protocol", "sca-jose"]),
    ("sca-enrolment-module", &["sca-widget"]),
    ("sca-hosted-module", &["sca-widget"]),
];

/// A provider knows neither the database nor another provider.
const PROVIDER_MAY_KNOW: &[&str] = &["sca-protocol", "sca-core", "sca-runtime", "sca-provider-http"];

/// Names that only `src/browser` and `src/boundary` may use.
const BROWSER_NAMES: [&str; 8] = [
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "gloo_events",
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

/// Names that only one file may use: the export of spans can be replaced without a change elsewhere.
const TRACING_NAMES: [&str; 5] = [
    "opentelemetry",
    "opentelemetry_http",
    "opentelemetry_otlp",
    "opentelemetry_sdk",
    "tracing_opentelemetry",
];
const NAMES_TRACING: &str = "crates/sca-backend/src/traces.rs";

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
    for folder in sources(workspace)? {
        // A tool, and a replacement of what others publish.
        if ["xtask", "wasm-streams"]
            .iter()
            .any(|tool| folder.starts_with(workspace.root.join("crates").join(tool)))
        {
            continue;
        }
        for file in rust_files(&folder)? {
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
                .chain(if ground { OUTSIDE_WORLD.iter() } else { [].iter() })
                .chain(if path == Path::new(NAMES_TRACING) {
                    [].iter()
                } else {
                    TRACING_NAMES.iter()
                });
            for name in forbidden {
                faults
                    .extend(lines_naming(&text, name).map(|line| format!("{}:{line} names `{name}`", path.display())));
            }
        }
    }
    verdict(faults)
}

/// The source folders of the widget and of every crate.
fn sources(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut folders = vec![workspace.root.join("src")];
    for parent in ["crates", "crates/providers"] {
        for entry in std::fs::read_dir(workspace.root.join(parent))? {
            folders.push(entry?.path().join("src"));
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    Ok(folders)
}

/// The providers of the product.
const PROVIDERS: [&str; 4] = ["wise", "weavr", "facesign", "facetec"];

/// Where no line of code names a provider.
const KNOW_NO_PROVIDER: [&str; 5] = [
    "crates/sca-core",
    "crates/sca-store",
    "crates/sca-outbound-webhooks",
    "crates/sca-backend/src/gate",
    "crates/sca-backend/src/service",
];

/// A provider with every capability, and how many product files outside its own folders may name it, comments included: the list of
/// providers and settings, the simulators' composition, and the tool that starts them. A further provider touches no more than these.
const COUNTED: &str = "weavr";
const MAX_FILES_NAMING_IT: usize = 10;

/// Checks which files name a provider.
pub(crate) fn providers(workspace: &Workspace) -> Result<StepResult> {
    let (mut naming, mut faults) = (Vec::new(), Vec::new());
    for folder in sources(workspace)? {
        for file in rust_files(&folder)? {
            let path = file.strip_prefix(&workspace.root).unwrap_or(&file);
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let text = text.to_lowercase();
            let is_its_own = path.iter().any(|part| part == COUNTED);
            if !is_its_own && text.contains(COUNTED) {
                naming.push(path.display().to_string());
            }
            if KNOW_NO_PROVIDER.iter().any(|folder| path.starts_with(folder)) {
                for name in PROVIDERS {
                    let lines = lines_naming(&text, name);
                    faults.extend(lines.map(|line| format!("{}:{line} names {name}", path.display())));
                }
            }
        }
    }
    if naming.len() > MAX_FILES_NAMING_IT {
        faults.push(format!(
            "{} files outside its folders name {COUNTED}, at most {MAX_FILES_NAMING_IT} may: {}",
            naming.len(),
            naming.join(", ")
        ));
    }
    verdict(faults)?;
    Ok(StepResult::Noted(format!(
        "{} files outside its folders name {COUNTED}",
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
