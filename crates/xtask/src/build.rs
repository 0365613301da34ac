//! The npm package's generated half: cargo, wasm-bindgen, wasm-opt, esbuild, and the gates a build has to pass.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::languages::{self, Language};
use crate::panics;
use crate::steps::{Finding, Step};
use crate::workspace::Workspace;

/// Older ones, Debian's 108 for one, emit a module that browsers refuse.
const OLDEST_WASM_OPT: u32 = 132;

/// What `wasm-opt` does. To flatten and shrink twice gains more than a hundredth, and so does an order in which similar functions
/// are neighbours; functions that were put into their one caller although they are large gain nothing. The lowest kilobyte of memory
/// is the far end of the stack, so no address of a value can be reached by wrapping around.
const SHRINK: [&str; 11] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=30",
    "--always-inline-max-function-size=5",
    "--reorder-functions-by-name",
    "--low-memory-unused",
];

/// Leaves out which line of which source file each panic comes from, 1.3 KB that nobody reads. rustc has the option for this, and
/// counts it among its unstable ones: hence `RUSTC_BOOTSTRAP`, for this one compilation.
const NO_LOCATIONS: &str = "-Zlocation-detail=none";

/// Strings that must not occur in what we ship: each is a way around a strict content security policy.
const FORBIDDEN: [&str; 3] = ["innerHTML", "eval(", "new Function"];

pub(crate) fn plan() -> Vec<Step> {
    vec![
        Step::essential("build: compile the widget", compile),
        Step::essential("build: bind and shrink it into pkg/dist", package),
        Step::essential("build: nothing in the package needs an unsafe policy", gates),
    ]
}

/// The cdylib alone: asked for together with the rlib, link-time optimisation is off without a word.
fn compile(workspace: &Workspace) -> Result<Finding> {
    let style = workspace.scratch("build")?.join("theme.css");
    shrink_style(workspace, &style)?;
    let mut command = workspace.cargo([
        "rustc",
        "--profile=widget",
        "--package=sca-widget",
        "--lib",
        "--target=wasm32-unknown-unknown",
        "--crate-type=cdylib",
    ]);
    let mut flags = short_paths(workspace)?;
    flags.push("\u{1f}");
    flags.push(NO_LOCATIONS);
    command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    command.env("RUSTC_BOOTSTRAP", "1");
    command.env("SCA_STYLESHEET", &style);
    workspace.run(&mut command)?;
    Ok(Finding::Done)
}

/// Panic messages name source files. Paths of this machine do not belong into the module, and would give every machine a different
/// one.
fn short_paths(workspace: &Workspace) -> Result<OsString> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .context("cargo has no home here")?;
    let mut flags = OsString::from("--remap-path-prefix=");
    flags.push(&workspace.root);
    flags.push("=.");
    let registries = home.join("registry/src");
    for registry in std::fs::read_dir(&registries).with_context(|| format!("cannot list {}", registries.display()))? {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(
            registry
                .with_context(|| format!("cannot list {}", registries.display()))?
                .path(),
        );
        flags.push("=crates");
    }
    Ok(flags)
}

fn package(workspace: &Workspace) -> Result<Finding> {
    let compiled = workspace.target.join("wasm32-unknown-unknown/widget/sca_widget.wasm");
    let fingerprint = fingerprint(workspace, &compiled)?;
    let dist = workspace.root.join("pkg/dist");
    let stamp = workspace.scratch("build")?.join("packaged");
    let outputs = ["sca_widget.js", "sca_widget_bg.wasm", "manifest.js"];
    if outputs.iter().all(|file| dist.join(file).is_file()) && std::fs::read(&stamp).is_ok_and(|old| old == fingerprint)
    {
        return Ok(Finding::Noted("unchanged".to_owned()));
    }

    std::fs::create_dir_all(&dist).with_context(|| format!("cannot make {}", dist.display()))?;
    let bound = workspace.scratch("bound")?;
    bind(&compiled, &bound)?;
    shrink_module(
        workspace,
        &bound.join("sca_widget_bg.wasm"),
        &dist.join("sca_widget_bg.wasm"),
    )?;
    shrink_glue(workspace, &bound.join("sca_widget.js"), &dist.join("sca_widget.js"))?;
    let languages = languages::all(workspace)?;
    languages::write_all(&languages, &dist)?;
    write(&dist.join("manifest.js"), manifest(workspace, &dist, &languages)?)?;
    write(&stamp, fingerprint)?;
    Ok(Finding::Done)
}

/// What the hand-written scripts fetch, and the integrity of each file. Bundlers look for addresses written like these.
fn manifest(workspace: &Workspace, dist: &Path, languages: &[Language]) -> Result<String> {
    let integrity = |file: &str| {
        let mut command = workspace.node("crates/xtask/scripts/integrity.mjs");
        let printed = workspace.run(command.arg(dist.join(file)))?;
        Ok::<_, anyhow::Error>(printed.trim().to_owned())
    };
    let mut manifest = format!(
        "// Generated by `cargo xtask build`.\n\
         export const wasmIntegrity = \"{}\";\n\
         export const languages = {{\n",
        integrity("sca_widget_bg.wasm")?
    );
    for language in languages {
        let (name, file) = (&language.name, language.file());
        let integrity = integrity(&file)?;
        manifest.push_str(&format!(
            "  {name}: {{ file: \"{file}\", url: () => new URL(\"./{file}\", import.meta.url), integrity: \"{integrity}\" }},\n"
        ));
    }
    manifest.push_str("};\n");
    Ok(manifest)
}

/// Everything the packaging depends on: the module, the languages beside it, the tools from npm, and xtask itself.
fn fingerprint(workspace: &Workspace, compiled: &Path) -> Result<Vec<u8>> {
    let mut fingerprint = read(compiled)?;
    for language in languages::sources(workspace)? {
        fingerprint.extend(read(&language)?);
    }
    fingerprint.extend(read(&workspace.root.join("package-lock.json"))?);
    fingerprint.extend(read(&workspace.xtask)?);
    Ok(fingerprint)
}

/// wasm-bindgen, with short names for what the module imports.
fn bind(compiled: &Path, into: &Path) -> Result<()> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen refuses the module")?;
    // Each import is named after its signature and a hash, here and in the glue, and so are the ways back into closures: two
    // twentieths of the download.
    let mut names = Vec::new();
    let module = output.wasm_mut();
    for (number, import) in module.imports.iter_mut().enumerate() {
        let short = format!("i{number}");
        names.push((std::mem::replace(&mut import.name, short.clone()), short));
        "m".clone_into(&mut import.module);
    }
    names.push(("./sca_widget_bg.js".to_owned(), "m".to_owned()));
    let closures = module
        .exports
        .iter_mut()
        .filter(|export| export.name.contains("__closures__"));
    for (number, export) in closures.enumerate() {
        let short = format!("c{number}");
        let long = std::mem::replace(&mut export.name, short.clone());
        names.push((format!("wasm.{long}"), format!("wasm.{short}")));
    }
    panics::cut_short(module)?;
    output.emit(into).context("cannot write what wasm-bindgen made")?;
    let file = into.join("sca_widget.js");
    let mut glue = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    for (long, short) in names {
        ensure!(
            glue.matches(&long).count() == 1,
            "wasm-bindgen's glue names {long} more than once, or not at all"
        );
        glue = glue.replace(&long, &short);
    }
    write(&file, lean(&glue)?)
}

/// Leaves out of wasm-bindgen's glue what the package's loader does itself, which is to fetch and compile the module, and the
/// description of the page's values in messages that nobody sees.
fn lean(glue: &str) -> Result<String> {
    let changed = "wasm-bindgen's glue is not built as it was: see what `lean` in crates/xtask/src/build.rs cuts";
    let (glue, _) = glue
        .split_once("\nlet wasmModule, wasmInstance, wasm;\n")
        .context(changed)?;
    let (before, rest) = glue.split_once("\nfunction debugString(val) {\n").context(changed)?;
    let (_, after) = rest.split_once("\n}\n").context(changed)?;
    Ok(format!(
        "{before}\nconst debugString = (val) => typeof val;\n{after}\n{START}"
    ))
}

/// Starts a compiled module and answers what it exports.
const START: &str = "let wasm;
export async function start(module) {
    wasm = (await WebAssembly.instantiate(module, __wbg_get_imports())).exports;
    wasm.__wbindgen_start();
    return wasm;
}
";

/// `wasm-opt` for size; it also drops whatever is no longer reachable.
pub(crate) fn shrink_module(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    let version = workspace.run(workspace.npm_tool("wasm-opt").arg("--version"))?;
    let number = version.split_whitespace().find_map(|word| word.parse::<u32>().ok());
    ensure!(
        number >= Some(OLDEST_WASM_OPT),
        "wasm-opt {OLDEST_WASM_OPT} or newer is needed, this is {}",
        version.trim()
    );
    workspace.run(workspace.npm_tool("wasm-opt").args(SHRINK).arg(from).arg("-o").arg(to))?;
    Ok(())
}

/// esbuild. The file is left alone when nothing has changed, so that the widget is not compiled anew.
fn shrink_style(workspace: &Workspace, to: &Path) -> Result<()> {
    let shrunk =
        workspace.run(
            workspace
                .npm_tool("esbuild")
                .args(["--minify", "--log-level=warning", "src/ui/theme.css"]),
        )?;
    let shrunk = shrunk.trim_end();
    if std::fs::read(to).is_ok_and(|old| old == shrunk.as_bytes()) {
        return Ok(());
    }
    write(to, shrunk)
}

/// esbuild: one file whose default export makes a fresh copy of the glue at each call, so that a module that crashed can be
/// replaced while callbacks of the old one are still about.
fn shrink_glue(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    let shrunk = workspace.run(
        workspace
            .npm_tool("esbuild")
            .args(["--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            .arg(from),
    )?;
    let (code, exports) = shrunk
        .trim_end()
        .rsplit_once("export{")
        .context("esbuild exports nothing")?;
    let exports = exports
        .strip_suffix("};")
        .context("esbuild's exports are not at the end")?;
    let members: Vec<String> = exports
        .split(',')
        .map(|export| match export.split_once(" as ") {
            Some((here, outside)) => format!("{outside}:{here}"),
            None => export.to_owned(),
        })
        .collect();
    write(
        to,
        format!("export default function(){{{code}return{{{}}}}}\n", members.join(",")),
    )
}

fn gates(workspace: &Workspace) -> Result<Finding> {
    let mut faults = Vec::new();
    for file in shipped_scripts(workspace)? {
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        faults.extend(
            FORBIDDEN
                .iter()
                .filter(|forbidden| text.contains(**forbidden))
                .map(|forbidden| format!("{} contains `{forbidden}`", file.display())),
        );
    }
    if faults.is_empty() {
        return Ok(Finding::Done);
    }
    bail!(
        "{}\nIn the generated glue this is a Leptos view with a nested element that has nothing dynamic in it: put its text \
         in {{…}} and give it a dynamic attribute.",
        faults.join("\n")
    )
}

/// The JavaScript of the package, hand-written and generated.
pub(crate) fn shipped_scripts(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut scripts = files_in(&workspace.root.join("pkg"))?;
    scripts.extend(files_in(&workspace.root.join("pkg/dist"))?);
    scripts.retain(|file| file.extension().is_some_and(|extension| extension == "js"));
    scripts.sort();
    Ok(scripts)
}

/// The plain files of one folder.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry
            .with_context(|| format!("cannot list {}", folder.display()))?
            .path();
        if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

pub(crate) fn write(file: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}
