//! Benchmarks. This module measures the download size; `tests/e2e/bench.mjs` measures what needs a browser and a running backend.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::files::{files_in, write};
use crate::postgres::Cluster;
use crate::steps::{self, Step, StepResult};
use crate::workspace::Workspace;
use crate::{build, languages, setup, suite};

/// The limit of the download in its largest language, brotli 11, in bytes.
const LIMIT: u64 = 100_000;

/// The limit of what a page with an element for enrolments downloads beside what a checkout does.
const ENROLMENT_LIMIT: u64 = 60_000;

/// What hosted challenges may add to that, in bytes.
const HOSTED_LIMIT: u64 = 8_000;

/// What the module is as JavaScript, in bytes.
const TRANSLATION_LIMIT: u64 = 125_000;

/// Measures everything.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let measure = Step::check("measure: time, requests, memory (tests/e2e/bench.mjs)", behaviour);
    let webhooks = Step::check(
        "measure: FaceSign's webhooks (tests/e2e/bench/webhooks)",
        decided_webhooks,
    );
    let plan = setup::for_testing()
        .then(build::steps())
        .then([size_step(), measure, webhooks, streams_step()]);
    steps::run(workspace, plan)
}

/// Measures only the webhooks decided per second, compared with hand-written handlers. Installs what those need.
pub(crate) fn webhooks(workspace: &Workspace) -> Result<()> {
    let install = Step::essential("set up: Flask and what goes with it", setup::flask);
    let measure = Step::check(
        "measure: FaceSign's webhooks (tests/e2e/bench/webhooks)",
        decided_webhooks,
    );
    steps::run(workspace, setup::for_testing().then([install, measure]))
}

/// Measures only the event streams, and the widget's calls.
pub(crate) fn streams(workspace: &Workspace) -> Result<()> {
    steps::run(workspace, setup::for_testing().then([streams_step()]))
}

fn streams_step() -> Step {
    Step::check(
        "measure: event streams and the widget's calls (tests/e2e/bench/streams)",
        |workspace| with_cluster(workspace, "tests/e2e/bench/streams/main.mjs"),
    )
}

/// Checks only the size against its limit.
pub(crate) fn gate(workspace: &Workspace) -> Result<()> {
    let plan = setup::for_building().then(build::steps()).then([size_step()]);
    steps::run(workspace, plan)
}

/// The step that measures the download size and checks its limit.
pub(crate) fn size_step() -> Step {
    Step::check("measure: the download stays below its limits", size)
}

#[derive(Clone, Copy, Default)]
struct Size {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
            brotli: self.brotli + other.brotli,
        }
    }

    fn row(self, name: &str) -> String {
        format!("| {name} | {} | {} | {} |", self.raw, self.gzip, self.brotli)
    }
}

/// Measures what a page downloads: script (with the style sheet), module and the files of one language, with the list of languages if that is
/// not English. Each file is compressed by itself, as a server does it.
fn size(workspace: &Workspace) -> Result<StepResult> {
    let dist = workspace.root.join("pkg/dist");
    let (of_enrolment, of_checkout): (Vec<_>, Vec<_>) = files_in(&dist)?
        .into_iter()
        .partition(|file| build::is_of_enrolment(file));
    let (of_hosted, of_checkout): (Vec<_>, Vec<_>) =
        of_checkout.into_iter().partition(|file| build::is_of_hosted(file));
    let (hosted_module, _) = module_and_languages(of_hosted)?;
    let [checkout_list, enrolment_list] = build::language_lists().map(|list| dist.join(list));
    let (checkout_module, checkout_languages) = module_and_languages(of_checkout)?;
    let (enrolment_module, enrolment_languages) = module_and_languages(of_enrolment)?;

    let checkout = download(
        workspace,
        &["index.js", "define.js"],
        &checkout_module,
        std::slice::from_ref(&checkout_list),
        checkout_languages.iter().map(|language| vec![language.clone()]),
    )?;
    let mut scripts = build::checkout_scripts(workspace)?;
    scripts.retain(|script| *script != checkout_list);
    let unbundled = measured(workspace, &scripts)?;
    println!("{}", unbundled.row("JavaScript for a page without a bundler"));
    println!("| **a checkout that allows frames** | | | |");
    let with_hosted = download(
        workspace,
        &["index.js", "define.js", "hosted.js"],
        &hosted_module,
        std::slice::from_ref(&checkout_list),
        checkout_languages.iter().map(|language| vec![language.clone()]),
    )?;
    let hosted = with_hosted.saturating_sub(checkout);
    println!("| **a page with `<sca-enrolment>`, and the widget** | | | |");
    ensure!(
        checkout_languages.len() == enrolment_languages.len(),
        "both elements have the same languages"
    );
    let both = checkout_languages.iter().zip(&enrolment_languages);
    let with_enrolment = download(
        workspace,
        &["index.js", "define.js", "enrolment/index.js"],
        &enrolment_module,
        &[checkout_list, enrolment_list],
        both.map(|(language, added)| vec![language.clone(), added.clone()]),
    )?;
    let enrolment = with_enrolment.saturating_sub(checkout);
    let translation = measured(workspace, &[dist.join(build::TRANSLATION)])?;
    println!("| **instead of WebAssembly, where there is none** | | | |");
    println!("{}", translation.row("the module with hosted challenges as JavaScript"));
    for (what, bytes, limit) in [
        ("the download of a checkout is", checkout, LIMIT),
        ("hosted challenges add", hosted, HOSTED_LIMIT),
        ("an enrolment adds", enrolment, ENROLMENT_LIMIT),
        ("the translation is", translation.brotli, TRANSLATION_LIMIT),
    ] {
        if bytes > limit {
            bail!("{what} {bytes} bytes after brotli in the largest language, the limit is {limit}");
        }
    }
    Ok(StepResult::Noted(format!(
        "{checkout} bytes after brotli in the largest language, of {LIMIT}; hosted challenges add {hosted}, of {HOSTED_LIMIT}; an enrolment adds {enrolment}, of {ENROLMENT_LIMIT}; the translation is {}, of {TRANSLATION_LIMIT}",
        translation.brotli
    )))
}

/// The module and the languages in a list of files, without scripts, and without the style sheet, which only a browser downloads that
/// cannot construct one.
fn module_and_languages(mut files: Vec<PathBuf>) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    files.retain(|file| !has_extension(file, "js") && !has_extension(file, "css"));
    files.sort();
    let (module, languages): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| has_extension(file, "wasm"));
    let stray = languages.iter().find(|file| !has_extension(file, "txt"));
    ensure!(
        stray.is_none(),
        "the size table does not know what {stray:?} is: give it a row"
    );
    Ok((module, languages))
}

/// Prints what a page downloads for these entries of the package. `lists` are the scripts that a page fetches in any language but English.
/// Returns the bytes after brotli, in the largest language.
fn download(
    workspace: &Workspace,
    entries: &[&str],
    module: &[PathBuf],
    lists: &[PathBuf],
    languages: impl Iterator<Item = Vec<PathBuf>>,
) -> Result<u64> {
    let script = measured(workspace, &[bundled(workspace, entries)?])?;
    let module = measured(workspace, module)?;
    let lists = measured(workspace, &minified(workspace, lists)?)?;
    let both = script.and(module);
    let mut largest = (String::new(), Size::default());
    println!("| download | raw, bytes | gzip 9 | brotli 11 |\n|---|---:|---:|---:|");
    println!("{}", script.row("JavaScript with style sheet, bundled"));
    println!("{}", module.row("WebAssembly"));
    println!("{}", lists.row("list of the languages besides English"));
    let languages: Vec<_> = languages.collect();
    let mut sizes = sizes(workspace, &languages.concat())?.into_iter();
    for files in languages {
        let name = files
            .first()
            .and_then(|file| file.file_stem())
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let phrases = sizes.by_ref().take(files.len()).fold(Size::default(), Size::and);
        println!("{}", phrases.row(&format!("language `{name}`")));
        if name == languages::ENGLISH {
            println!("{}", both.and(phrases).row(&format!("**all**, in `{name}`")));
        } else if phrases.brotli > largest.1.brotli {
            largest = (name, phrases);
        }
    }
    let (name, phrases) = largest;
    let all = both.and(lists).and(phrases);
    println!("{}", all.row(&format!("**all**, in the largest, `{name}`")));
    Ok(all.brotli)
}

fn has_extension(file: &Path, wanted: &str) -> bool {
    file.extension().is_some_and(|extension| extension == wanted)
}

/// What a bundler makes chunks of their own, because the widget imports them only where they are needed.
const LOADED_LATER: [&str; 5] = [
    "./isolated.js",
    "./enrolment/module.js",
    "./hosted.js",
    "./dist/languages.js",
    "../dist/enrolment-languages.js",
];

/// These entries of the package as a bundler ships them with a partner's page: one minified file.
fn bundled(workspace: &Workspace, entries: &[&str]) -> Result<PathBuf> {
    let folder = workspace.scratch("bench")?;
    let page = folder.join("page.js");
    let package = workspace.root.join("pkg");
    let exports: Vec<_> = entries
        .iter()
        .map(|entry| format!("export * from {:?};\n", package.join(entry)))
        .collect();
    write(&page, exports.concat())?;
    let bundle = folder.join("bundle.js");
    let mut output = OsString::from("--outfile=");
    output.push(&bundle);
    workspace.run(
        workspace
            .npm_tool("esbuild")
            .args([
                "--bundle",
                "--minify",
                "--charset=utf8",
                "--format=esm",
                "--log-level=warning",
            ])
            .args(LOADED_LATER.map(|script| format!("--external:{script}")))
            .arg(output)
            .arg(page),
    )?;
    Ok(bundle)
}

/// Scripts as a bundler ships them, each a chunk of its own.
fn minified(workspace: &Workspace, scripts: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let folder = workspace.scratch("bench")?.join("chunks");
    let mut output = OsString::from("--outdir=");
    output.push(&folder);
    let mut esbuild = workspace.npm_tool("esbuild");
    workspace.run(
        esbuild
            .args(["--minify", "--format=esm", "--log-level=warning"])
            .arg(output)
            .args(scripts),
    )?;
    scripts
        .iter()
        .map(|script| Ok(folder.join(script.file_name().context("a script has a name")?)))
        .collect()
}

/// The size of all files together.
fn measured(workspace: &Workspace, files: &[PathBuf]) -> Result<Size> {
    Ok(sizes(workspace, files)?.into_iter().fold(Size::default(), Size::and))
}

/// The size of each file.
fn sizes(workspace: &Workspace, files: &[PathBuf]) -> Result<Vec<Size>> {
    let listing = workspace.run(workspace.node("crates/xtask/scripts/sizes.mjs").args(files))?;
    let size = |line: &str| read_line(line).with_context(|| format!("cannot read the size in `{line}`"));
    listing.lines().map(size).collect()
}

fn read_line(line: &str) -> Option<Size> {
    let mut words = line.splitn(4, ' ');
    let mut number = || words.next()?.parse().ok();
    Some(Size {
        raw: number()?,
        gzip: number()?,
        brotli: number()?,
    })
}

fn behaviour(workspace: &Workspace) -> Result<StepResult> {
    let script = "tests/e2e/bench.mjs";
    if !workspace.root.join(script).is_file() {
        return Ok(StepResult::Skipped(format!("{script} does not exist yet")));
    }
    let report = workspace.run(&mut suite::with_browser(workspace, workspace.node(script))?)?;
    println!("{report}");
    Ok(StepResult::Done)
}

fn decided_webhooks(workspace: &Workspace) -> Result<StepResult> {
    with_cluster(workspace, "tests/e2e/bench/webhooks/main.mjs")
}

/// Runs all programs on databases of one cluster, which is removed afterwards.
fn with_cluster(workspace: &Workspace, script: &str) -> Result<StepResult> {
    if let Some(reason) = setup::missing_postgres()? {
        return Ok(StepResult::Skipped(reason.to_owned()));
    }
    let cluster = Cluster::start(workspace)?;
    let mut command = workspace.node(script);
    command.env("SCA_TEST_POSTGRES", cluster.address());
    let python = setup::python_with_flask(workspace)?;
    if python.is_file() {
        command.env("SCA_PYTHON", python);
    }
    println!("{}", workspace.run(&mut command)?);
    Ok(StepResult::Done)
}
