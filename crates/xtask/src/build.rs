//! The generated part of the npm package: cargo, wasm-bindgen, wasm-opt, esbuild, and the checks of a build.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::files::{files_in, make_folder, read, read_text, write};
use crate::languages::{self, Language};
use crate::order;
use crate::steps::{Step, StepResult};
use crate::workspace::Workspace;

/// Older ones, such as Debian's 108, emit a module that browsers refuse.
const OLDEST_WASM_OPT: u32 = 132;

/// The first passes of `wasm-opt`. Flattening and shrinking twice gains more than 1 %.
const SHRINK: [&str; 6] = ["--flatten", "--rereloop", "-Oz", "--flatten", "--rereloop", "-Oz"];

/// The last passes, once similar functions have adjacent names: placed next to each other, they compress better by more than 1 %.
/// Alignments are hints that engines ignore, and the list of features is for tools.
const FINISH: [&str; 5] = [
    "--coalesce-locals-learning",
    "-Oz",
    "--reorder-functions-by-name",
    "--dealign",
    "--strip-target-features",
];

/// What holds for all passes. Inlining large functions into their only caller gains nothing. The lowest kilobyte of memory is the end
/// of the stack, so no value's address can be reached by wrapping around.
const OPTIONS: [&str; 3] = [
    "--one-caller-inline-max-function-size=30",
    "--always-inline-max-function-size=5",
    "--low-memory-unused",
];

/// A stack of 960 KiB instead of 1 MiB. The data follows it, and addresses below 1 MiB are a byte shorter in the code.
const STACK: &str = "-Clink-arg=-zstack-size=983040";

/// Has cargo compile the standard library for size as well, from the source of the installed compiler, and a panic be a trap without a
/// message: together 5 % of the download.
const STANDARD_LIBRARY: [&str; 4] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
    "-Zpanic-immediate-abort",
    "--config=profile.widget.panic='immediate-abort'",
];

/// For the translation: only what every WebAssembly engine has had from the beginning can be said in JavaScript.
const OLDEST_WASM: &str = "-Ctarget-cpu=mvp";

/// Strings that must not occur in the package: a strict content security policy forbids each.
const FORBIDDEN: [&str; 3] = ["innerHTML", "eval(", "new Function"];

/// The scripts of `sca-widget/fetch`, `sca-widget/react`, `sca-widget/phrases`, and of isolated mode.
const ON_TOP: [&str; 8] = [
    "pkg/cancel.js",
    "pkg/dialog.js",
    "pkg/fetch.js",
    "pkg/isolated-frame.js",
    "pkg/isolated.js",
    "pkg/phrases.js",
    "pkg/dist/phrases.js",
    "pkg/react.js",
];

/// One of the package's WebAssembly modules, with what belongs to it.
struct Module {
    package: &'static str,
    /// The name of the library, and of the module's files.
    name: &'static str,
    /// What the names of its other files begin with.
    prefix: &'static str,
    /// The languages and the style sheet that it brings. One without any has the widget's.
    own: Option<Own>,
}

/// What a module brings besides its code.
struct Own {
    /// The folder of its languages.
    texts: &'static str,
    style: &'static str,
}

/// What the widget has.
const WIDGET_OWN: Own = Own {
    texts: "src/ui/text",
    style: "src/ui/theme.css",
};

/// What the element for enrolments has.
const ENROLMENT_OWN: Own = Own {
    texts: "src/enrolment/text",
    style: "src/enrolment/ui/enrolment.css",
};

/// The widget, which a checkout downloads.
const WIDGET: Module = Module {
    package: "sca-widget",
    name: "sca_widget",
    prefix: "",
    own: Some(WIDGET_OWN),
};

/// The same with hosted challenges, which a checkout downloads instead if its page allows frames of a provider.
const HOSTED: Module = Module {
    package: "sca-hosted-module",
    name: "sca_hosted",
    prefix: "hosted-",
    own: None,
};

/// The element for enrolments, which only a page with that element downloads.
const ENROLMENT: Module = Module {
    package: "sca-enrolment-module",
    name: "sca_enrolment",
    prefix: "enrolment-",
    own: Some(ENROLMENT_OWN),
};

/// The widget with hosted challenges as a script, which a page imports where WebAssembly is missing or not allowed.
pub(crate) const TRANSLATION: &str = "sca_translation.js";

/// The script that lists the languages besides English. A page imports it when it needs one of them.
const LANGUAGES: &str = "languages.js";

/// The script with the phrases in English, by name, for pages with phrases of their own.
const PHRASES: &str = "phrases.js";

/// The file with the style sheets of both elements, for browsers that cannot construct style sheets.
const STYLE: &str = "style.css";

pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step::essential("build: compile the widget", |workspace| compile(workspace, &WIDGET)),
        Step::essential("build: bind and shrink it into pkg/dist", |workspace| {
            package(workspace, &WIDGET)
        }),
        Step::essential("build: compile the widget with hosted challenges", |workspace| {
            compile(workspace, &HOSTED)
        }),
        Step::essential("build: bind and shrink it into pkg/dist", |workspace| {
            package(workspace, &HOSTED)
        }),
        Step::essential("build: compile the element for enrolments", |workspace| {
            compile(workspace, &ENROLMENT)
        }),
        Step::essential("build: bind and shrink it into pkg/dist", |workspace| {
            package(workspace, &ENROLMENT)
        }),
        Step::essential("build: compile the widget for its translation", compile_for_translation),
        Step::essential("build: translate it to JavaScript, into pkg/dist", translate),
        Step::essential("build: modules and languages as scripts", inline_scripts),
        Step::essential("build: the licences of what is compiled in", third_party),
        Step::essential("build: nothing in the package needs an unsafe policy", gates),
    ]
}

impl Module {
    /// The names of its files in the package, besides the languages.
    fn files(&self) -> [String; 3] {
        let Self { name, prefix, .. } = self;
        [
            format!("{name}.js"),
            format!("{name}_bg.wasm"),
            format!("{prefix}manifest.js"),
        ]
    }

    /// The scripts that list its languages, have its style sheet, and list its phrases, if it has its own.
    fn own_files(&self) -> Option<[String; 3]> {
        let Self { prefix, own, .. } = self;
        let files = [LANGUAGES, "style.js", PHRASES].map(|file| format!("{prefix}{file}"));
        own.as_ref().map(|_| files)
    }
}

/// Builds the cdylib alone: together with the rlib, cargo silently switches link-time optimisation off.
fn compile(workspace: &Workspace, module: &Module) -> Result<StepResult> {
    compile_into(workspace, module, &workspace.target, short_paths(workspace)?)
}

/// The whole module once more, with the standard library: each is compiled for the oldest WebAssembly.
fn compile_for_translation(workspace: &Workspace) -> Result<StepResult> {
    let mut flags = short_paths(workspace)?;
    flags.push("\u{1f}");
    flags.push(OLDEST_WASM);
    compile_into(workspace, &HOSTED, &translation_target(workspace), flags)
}

/// A folder of its own for the compiler: the two kinds of module have the same names.
fn translation_target(workspace: &Workspace) -> PathBuf {
    workspace.target.join("translation")
}

fn compile_into(workspace: &Workspace, module: &Module, target: &Path, flags: OsString) -> Result<StepResult> {
    let mut command = workspace.cargo(["rustc", "--profile=widget", "--lib", "--target=wasm32-unknown-unknown"]);
    command.arg("--target-dir").arg(target);
    command.args(STANDARD_LIBRARY);
    command.args(["--package", module.package, "--crate-type=cdylib", "--", STACK]);
    command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    // The same compiler as everywhere else, with leave for options that are not stable yet.
    command.env("RUSTC_BOOTSTRAP", "1");
    workspace.run(&mut command)?;
    Ok(StepResult::Done)
}

/// Where cargo puts a module.
fn compiled(target: &Path, library: &str) -> PathBuf {
    target
        .join("wasm32-unknown-unknown/widget")
        .join(format!("{library}.wasm"))
}

/// Panic locations name source files. Paths of this machine do not belong in the module, and would make it different on every machine.
fn short_paths(workspace: &Workspace) -> Result<OsString> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .context("cargo has no home here")?;
    let mut flags = OsString::from("--remap-path-prefix=");
    flags.push(&workspace.root);
    flags.push("=.");
    // Where the source of the standard library is installed, the compiler names it instead of the path that all other machines have.
    let version = workspace.run(workspace.command("rustc").args(["--version", "--verbose"]))?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: "));
    let sysroot = workspace.run(workspace.command("rustc").args(["--print", "sysroot"]))?;
    flags.push("\u{1f}--remap-path-prefix=");
    flags.push(Path::new(sysroot.trim()).join("lib/rustlib/src/rust"));
    flags.push("=/rustc/");
    flags.push(commit.context("rustc names no commit")?);
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

fn package(workspace: &Workspace, module: &Module) -> Result<StepResult> {
    let library = module.name;
    let compiled = compiled(&workspace.target, library);
    let fingerprint = fingerprint(workspace, module, &compiled)?;
    let dist = workspace.root.join("pkg/dist");
    let stamp = workspace.scratch("build")?.join(format!("packaged-{library}"));
    let [glue, wasm, manifest_file] = module.files();
    let is_there = [&glue, &wasm, &manifest_file]
        .into_iter()
        .chain(module.own_files().iter().flatten())
        .all(|file| dist.join(file).is_file());
    if is_there && std::fs::read(&stamp).is_ok_and(|old| old == fingerprint) {
        return Ok(StepResult::Noted("unchanged".to_owned()));
    }

    make_folder(&dist)?;
    let bound = workspace.scratch("bound")?;
    bind(
        library,
        &compiled,
        &bound,
        &start(
            "(await WebAssembly.instantiate(module, imports)).exports",
            "WebAssembly.RuntimeError",
        ),
    )?;
    shrink_module(workspace, &bound.join(&wasm), &dist.join(&wasm))?;
    shrink_glue(workspace, &bound.join(&glue), &dist.join(&glue))?;
    let mut manifest = module_entry(workspace, &dist, &wasm)?;
    if let (Some(own), Some([languages_file, style_file, phrases_file])) = (&module.own, module.own_files()) {
        let languages = languages::all(workspace, own.texts, module.prefix)?;
        languages::write_all(&languages, module.prefix, &dist)?;
        write(&dist.join(style_file), style_script(workspace, own)?)?;
        let styles = [style(workspace, &WIDGET_OWN)?, style(workspace, &ENROLMENT_OWN)?];
        write(&dist.join(STYLE), styles.concat())?;
        let (english, others) = languages.split_first().context("there is no language")?;
        manifest.push_str(&other_entries(workspace, &dist, module, english, others)?);
        write(&dist.join(languages_file), language_list(workspace, &dist, others)?)?;
        let list = languages::phrase_list(workspace, own.texts, &languages)?;
        write(&dist.join(phrases_file), list)?;
    }
    write(&dist.join(manifest_file), manifest)?;
    write(&stamp, fingerprint)?;
    Ok(StepResult::Done)
}

/// The integrity of the module, which the hand-written scripts fetch.
fn module_entry(workspace: &Workspace, dist: &Path, wasm: &str) -> Result<String> {
    let integrities = integrity(workspace, dist, [wasm])?;
    Ok(format!(
        "// Generated by `cargo xtask build`.\nexport const wasmIntegrity = \"{}\";\n",
        integrities.concat()
    ))
}

/// What else every page needs: the files that the hand-written scripts fetch, with their integrity. Bundlers recognise URLs in this form. The
/// widget's also says which languages are written from right to left: the outline of the first screen is there before a language's file.
fn other_entries(
    workspace: &Workspace,
    dist: &Path,
    module: &Module,
    english: &Language,
    others: &[Language],
) -> Result<String> {
    let integrities = integrity(workspace, dist, [english.file.as_str()])?;
    let mut manifest = format!(
        "export const english = {};\n",
        language_file(english, &integrities.concat()),
    );
    if module.prefix.is_empty() {
        let right_to_left: Vec<_> = others
            .iter()
            .filter(|language| language.is_rtl)
            .map(|language| &language.name)
            .collect();
        manifest.push_str(&format!(
            "export const rightToLeft = {right_to_left:?};\nexport const style = {{ {} }};\n",
            file_and_url(STYLE)
        ));
    }
    Ok(manifest)
}

/// The files of all languages besides English, by name.
fn language_list(workspace: &Workspace, dist: &Path, languages: &[Language]) -> Result<String> {
    let integrities = integrity(workspace, dist, languages.iter().map(|language| language.file.as_str()))?;
    let entries: Vec<_> = languages
        .iter()
        .zip(integrities)
        .map(|(language, integrity)| format!("  [\"{}\", {}],\n", language.name, language_file(language, &integrity)))
        .collect();
    Ok(format!(
        "// Generated by `cargo xtask build`.\nexport const languages = new Map([\n{}]);\n",
        entries.concat()
    ))
}

fn language_file(language: &Language, integrity: &str) -> String {
    format!("{{ {}, integrity: \"{integrity}\" }}", file_and_url(&language.file))
}

fn file_and_url(file: &str) -> String {
    format!("file: \"{file}\", url: () => new URL(\"./{file}\", import.meta.url)")
}

/// The subresource integrity of files in a folder.
fn integrity<'a>(
    workspace: &Workspace,
    folder: &Path,
    files: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>> {
    let mut command = workspace.node("crates/xtask/scripts/integrity.mjs");
    command.args(files.into_iter().map(|file| folder.join(file)));
    Ok(workspace.run(&mut command)?.lines().map(str::to_owned).collect())
}

/// A module's style sheet, minified by esbuild.
fn style(workspace: &Workspace, own: &Own) -> Result<String> {
    let mut esbuild = workspace.npm_tool("esbuild");
    let shrunk = workspace.run(esbuild.args(["--minify", "--log-level=warning", own.style]))?;
    Ok(shrunk.trim_end().to_owned())
}

/// The same as a script, so that the hand-written ones can style what they show before a module has come.
fn style_script(workspace: &Workspace, own: &Own) -> Result<String> {
    let style = style(workspace, own)?;
    ensure!(
        !style.contains(['`', '\\', '$']),
        "a style sheet that is a template literal needs no escapes"
    );
    Ok(format!(
        "// Generated by `cargo xtask build`.\nexport const css = `{style}`;\n"
    ))
}

/// A fingerprint of all inputs of the packaging: the module, the languages, the styles, the tools from npm, and xtask itself.
fn fingerprint(workspace: &Workspace, module: &Module, compiled: &Path) -> Result<Vec<u8>> {
    let mut fingerprint = read(compiled)?;
    if let Some(own) = &module.own {
        for language in languages::sources(workspace, own.texts)? {
            fingerprint.extend(read(&language)?);
        }
    }
    for file in [WIDGET_OWN.style, ENROLMENT_OWN.style, "package-lock.json"] {
        fingerprint.extend(read(&workspace.root.join(file))?);
    }
    fingerprint.extend(read(&workspace.xtask)?);
    Ok(fingerprint)
}

/// wasm-bindgen, with short names for what the module imports.
fn bind(library: &str, compiled: &Path, into: &Path, start: &str) -> Result<()> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen refuses the module")?;
    // The names of imports and of exported closures consist of a signature and a hash, here and in the glue: a tenth of the download.
    // The glue lists the imports in the order of their names. Numbered in that order, they compress better.
    let mut names = Vec::new();
    let module = output.wasm_mut();
    let mut imports: Vec<_> = module
        .imports
        .iter()
        .map(|import| (import.name.clone(), import.id()))
        .collect();
    imports.sort_unstable();
    for (number, (_, import)) in imports.into_iter().enumerate() {
        let import = module.imports.get_mut(import);
        let short = format!("i{number}");
        names.push((std::mem::replace(&mut import.name, short.clone()), short));
        "m".clone_into(&mut import.module);
    }
    names.push((format!("./{library}_bg.js"), "m".to_owned()));
    let closures = module
        .exports
        .iter_mut()
        .filter(|export| export.name.contains("__closures__"));
    for (number, export) in closures.enumerate() {
        let short = format!("c{number}");
        let long = std::mem::replace(&mut export.name, short.clone());
        names.push((format!("wasm.{long}"), format!("wasm.{short}")));
    }
    // A mark for wasm-bindgen's own tool that splits modules.
    module.customs.remove_raw("__wasm_split_unstable");
    output.emit(into).context("cannot write what wasm-bindgen made")?;
    let file = into.join(format!("{library}.js"));
    let mut glue = read_text(&file)?;
    for (long, short) in names {
        ensure!(
            glue.matches(&long).count() == 1,
            "wasm-bindgen's glue names {long} more than once, or not at all"
        );
        glue = glue.replace(&long, &short);
    }
    write(&file, lean(&glue, start)?)
}

/// Removes from wasm-bindgen's glue what the package does not need: fetching and compiling the module, which the loader does, and the word
/// `function` of members.
fn lean(glue: &str, start: &str) -> Result<String> {
    let (glue, _) = glue
        .split_once("\nlet wasmModule, wasmInstance, wasm;\n")
        .context("wasm-bindgen's glue is not built as it was: see what `lean` in crates/xtask/src/build.rs cuts")?;
    Ok(format!("{}\n{start}", glue.replace(": function(", "(")))
}

/// Starts a module, compiled or translated, and returns its exports: `exports` is the expression that creates them, `trap` the error of a trap.
fn start(exports: &str, trap: &str) -> String {
    START.replace("EXPORTS", exports).replace("TRAP", trap)
}

/// A trap of the module, for instance a panic, is reported before the caller of the export sees it. After that no code of the module runs: timers
/// and promises may still call it, and its memory is wiped. A module without a table of JavaScript's values has nothing to begin with.
const START: &str = "let wasm;
export async function start(module, onTrap) {
    const imports = __wbg_get_imports();
    const exports = EXPORTS;
    let isOver = false;
    const reporting = (item) => typeof item === 'function' ? (...values) => {
        // Read by the callers as no error.
        if (isOver) return [];
        try {
            return item(...values);
        } catch (error) {
            if (error instanceof TRAP) {
                isOver = true;
                onTrap();
            }
            throw error;
        }
    } : item;
    wasm = Object.fromEntries(Object.entries(exports).map(([name, item]) => [name, reporting(item)]));
    wasm.__wbindgen_start?.();
    return wasm;
}
";

/// wasm2js: the same module as JavaScript, with its glue, in one script that is used as the glue of the others is. It runs under every policy.
fn translate(workspace: &Workspace) -> Result<StepResult> {
    let compiled = compiled(&translation_target(workspace), HOSTED.name);
    let fingerprint = fingerprint(workspace, &HOSTED, &compiled)?;
    let script = workspace.root.join("pkg/dist").join(TRANSLATION);
    let stamp = workspace.scratch("build")?.join("translated");
    if script.is_file() && std::fs::read(&stamp).is_ok_and(|old| old == fingerprint) {
        return Ok(StepResult::Noted("unchanged".to_owned()));
    }

    let folder = workspace.scratch("translated")?;
    bind(HOSTED.name, &compiled, &folder, &start("instantiate(imports)", "Trap"))?;
    let bound = folder.join(format!("{}_bg.wasm", HOSTED.name));
    let (shrunk, translated) = (folder.join("shrunk.wasm"), folder.join("translated.js"));
    let mut wasm_opt = workspace.npm_tool("wasm-opt");
    wasm_opt.args(["--mvp-features", "-Oz"]).args(OPTIONS);
    workspace.run(wasm_opt.arg(&bound).arg("-o").arg(&shrunk))?;
    let mut wasm2js = workspace.npm_tool("wasm2js");
    wasm2js.args(["--mvp-features", "--emscripten", "-Oz"]);
    workspace.run(wasm2js.arg(&shrunk).arg("-o").arg(&translated))?;

    let glue = folder.join(format!("{}.js", HOSTED.name));
    let whole = folder.join("whole.js");
    write(&whole, mended(&read_text(&glue)?, &read_text(&translated)?)?)?;
    shrink_glue(workspace, &whole, &script)?;
    write(&stamp, fingerprint)?;
    Ok(StepResult::Done)
}

/// What differs where the memory is no WebAssembly memory. A view of the memory before it grew stays as it was, so it has to be told by its
/// buffer; and that memory has to be wiped, since it may hold digits of a PIN.
const DIFFERENCES: [(&str, &str); 4] = [
    (".byteLength === 0", ".buffer !== wasm.memory.buffer"),
    ("cachedDataViewMemory0.buffer.detached === undefined && ", ""),
    ("newHEAP8.set(HEAP8);", "newHEAP8.set(HEAP8);\n   HEAP8.fill(0);"),
    (
        "function wasm2js_trap() { throw new Error('abort'); }",
        "function wasm2js_trap() { throw new Trap('unreachable'); }",
    ),
];

/// The glue and the translation as one script.
fn mended(glue: &str, translated: &str) -> Result<String> {
    let mut whole = ["class Trap extends Error {}", glue, translated].join("\n");
    for (from, to) in DIFFERENCES {
        ensure!(
            whole.contains(from),
            "wasm-bindgen's glue or wasm2js is not built as it was: `{from}` is gone"
        );
        whole = whole.replace(from, to);
    }
    Ok(whole)
}

/// `wasm-opt` for size; it also removes unreachable code.
pub(crate) fn shrink_module(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    let version = workspace.run(workspace.npm_tool("wasm-opt").arg("--version"))?;
    let number = version.split_whitespace().find_map(|word| word.parse::<u32>().ok());
    ensure!(
        number >= Some(OLDEST_WASM_OPT),
        "wasm-opt {OLDEST_WASM_OPT} or newer is needed, this is {}",
        version.trim()
    );
    let shrunk = from.with_extension("shrunk.wasm");
    let run = |passes: &[&str], from: &Path, to: &Path| {
        let mut command = workspace.npm_tool("wasm-opt");
        workspace.run(command.args(passes).args(OPTIONS).arg(from).arg("-o").arg(to))
    };
    run(&SHRINK, from, &shrunk)?;
    order::name_by_similarity(&shrunk)?;
    run(&FINISH, &shrunk, to)?;
    Ok(())
}

/// esbuild: one file whose default export creates a new copy of the glue at each call, so that a crashed module can be replaced while
/// callbacks of the old one still exist.
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

/// The same modules and languages in scripts, for pages whose bundler leaves files behind.
fn inline_scripts(workspace: &Workspace) -> Result<StepResult> {
    workspace.run(&mut workspace.node("crates/xtask/scripts/inline.mjs"))?;
    Ok(StepResult::Done)
}

/// The licences of other people's code in the modules, which have to go with it.
fn third_party(workspace: &Workspace) -> Result<StepResult> {
    workspace.run(&mut workspace.node("crates/xtask/scripts/release/third_party.mjs"))?;
    Ok(StepResult::Done)
}

fn gates(workspace: &Workspace) -> Result<StepResult> {
    let mut faults = Vec::new();
    for file in shipped_scripts(workspace)? {
        let text = read_text(&file)?;
        faults.extend(
            FORBIDDEN
                .iter()
                .filter(|forbidden| text.contains(**forbidden))
                .map(|forbidden| format!("{} contains `{forbidden}`", file.display())),
        );
    }
    if faults.is_empty() {
        return Ok(StepResult::Done);
    }
    bail!(
        "{}\nIn the generated glue this is a Leptos view with a nested element that has nothing dynamic in it: put its text \
         in {{…}} and give it a dynamic attribute.",
        faults.join("\n")
    )
}

/// The JavaScript of the package, hand-written and generated.
pub(crate) fn shipped_scripts(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut scripts = scripts_in(workspace, "pkg")?;
    scripts.extend(scripts_in(workspace, "pkg/dist")?);
    scripts.extend(scripts_in(workspace, "pkg/enrolment")?);
    scripts.sort();
    Ok(scripts)
}

/// Of these, what a page fetches that has the widget alone: no element for enrolments, no frames, none of the scripts on top of the widget, and
/// WebAssembly.
pub(crate) fn checkout_scripts(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut scripts = scripts_in(workspace, "pkg")?;
    scripts.extend(scripts_in(workspace, "pkg/dist")?);
    let is_on_top = |file: &Path| ON_TOP.iter().any(|name| file.ends_with(name));
    scripts.retain(|file| {
        !is_of_hosted(file) && !is_of_enrolment(file) && !is_on_top(file) && !file.ends_with(TRANSLATION)
    });
    scripts.sort();
    Ok(scripts)
}

fn scripts_in(workspace: &Workspace, folder: &str) -> Result<Vec<PathBuf>> {
    let mut scripts = files_in(&workspace.root.join(folder))?;
    scripts.retain(|file| file.extension().is_some_and(|extension| extension == "js"));
    Ok(scripts)
}

/// The scripts in `pkg/dist` that list the languages besides English: the widget's, and that of the element for enrolments.
pub(crate) fn language_lists() -> [String; 2] {
    [WIDGET, ENROLMENT].map(|module| format!("{}{LANGUAGES}", module.prefix))
}

/// Whether a file belongs to the module with hosted challenges, which only a page that allows frames fetches.
pub(crate) fn is_of_hosted(file: &Path) -> bool {
    begins_with(file, &[HOSTED.prefix, HOSTED.name, "hosted.js"])
}

/// Whether a file in `pkg/dist` belongs to the module for enrolments.
pub(crate) fn is_of_enrolment(file: &Path) -> bool {
    begins_with(file, &[ENROLMENT.prefix, ENROLMENT.name])
}

fn begins_with(file: &Path, beginnings: &[&str]) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    name.is_some_and(|name| beginnings.iter().any(|beginning| name.starts_with(beginning)))
}
