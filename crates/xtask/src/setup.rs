//! Installs what is missing.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::browsers::{self, Engine};
use crate::postgres;
use crate::steps::{Plan, Step, StepResult};
use crate::tools::{CARGO_DENY, CARGO_NEXTEST, GECKODRIVER, TRUNK, Tool, WASM_PACK};
use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 20;

const RUST_TARGET: Step = Step::essential("set up: Rust's WebAssembly target", rust_target);

/// The source of the standard library, which is compiled into the package's modules.
const RUST_SOURCE: Step = Step::essential("set up: the source of Rust's standard library", rust_source);
const RUST_COMPONENTS: Step = Step::essential("set up: rustfmt and clippy", rust_components);
const NPM: Step = Step::essential("set up: development tools from npm", npm);

/// What building and running the widget needs.
pub(crate) fn for_building() -> Plan {
    let system = Step::essential("set up: system libraries", system_for_building);
    Plan::of([RUST_TARGET, RUST_SOURCE, NPM, system])
}

/// What the checks and tests need besides: lints, a browser, PostgreSQL, and the tools that are quickly installed.
pub(crate) fn for_testing() -> Plan {
    let system = Step::essential("set up: system libraries, Chromium and PostgreSQL", system_for_testing);
    Plan::default().then_side_by_side([
        vec![RUST_TARGET, RUST_SOURCE, RUST_COMPONENTS, NPM],
        vec![system],
        vec![
            Step::check("set up: cargo-nextest", |workspace| install(workspace, CARGO_NEXTEST)),
            Step::check("set up: cargo-deny", |workspace| install(workspace, CARGO_DENY)),
        ],
    ])
}

/// trunk, which builds the gallery. Compiled if the machine does not have it.
pub(crate) fn trunk() -> Step {
    Step::check("set up: trunk", |workspace| install(workspace, TRUNK))
}

/// What the tests in browsers need, compiled if the machine does not have it.
pub(crate) fn browser_test_tools() -> Vec<Step> {
    vec![
        Step::check("set up: wasm-pack", |workspace| install(workspace, WASM_PACK)),
        Step::check("set up: geckodriver", |workspace| {
            if browsers::firefox().is_none() && missing_engine(workspace, Engine::Firefox)?.is_some() {
                return Ok(StepResult::Noted("not needed: there is no Firefox".to_owned()));
            }
            let driver = geckodriver(workspace)?;
            Ok(StepResult::Noted(driver.display().to_string()))
        }),
    ]
}

fn install(workspace: &Workspace, tool: Tool) -> Result<StepResult> {
    if tool.find(workspace)?.is_some() {
        return present();
    }
    tool.install(workspace)?;
    installed(&tool.describe())
}

/// Asks rustup, since cargo does not install a target on demand.
fn rust_target(workspace: &Workspace) -> Result<StepResult> {
    let folder = workspace.run(workspace.command("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        "wasm32-unknown-unknown",
    ]))?;
    if Path::new(folder.trim()).is_dir() {
        return present();
    }
    workspace.run(
        workspace
            .command("rustup")
            .args(["target", "add", "wasm32-unknown-unknown"]),
    )?;
    installed("wasm32-unknown-unknown")
}

fn rust_source(workspace: &Workspace) -> Result<StepResult> {
    let sysroot = workspace.run(workspace.command("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library").is_dir() {
        return present();
    }
    workspace.run(workspace.command("rustup").args(["component", "add", "rust-src"]))?;
    installed("rust-src")
}

fn rust_components(workspace: &Workspace) -> Result<StepResult> {
    let answers = |tool: &str| succeeds(workspace.command("cargo").args([tool, "--version"]));
    if answers("fmt") && answers("clippy") {
        return present();
    }
    workspace.run(
        workspace
            .command("rustup")
            .args(["component", "add", "rustfmt", "clippy"]),
    )?;
    installed("rustfmt and clippy")
}

fn npm(workspace: &Workspace) -> Result<StepResult> {
    let version = workspace
        .run(workspace.command("node").arg("--version"))
        .with_context(|| format!("Node.js {OLDEST_NODE} or newer is needed: https://nodejs.org"))?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|number| number.parse::<u32>().ok());
    ensure!(
        major >= Some(OLDEST_NODE),
        "Node.js {OLDEST_NODE} or newer is needed, this is {}",
        version.trim()
    );

    npm_ci(workspace, &workspace.root)
}

/// `npm ci` in a folder, unless its node_modules was installed from the same lock file.
fn npm_ci(workspace: &Workspace, folder: &Path) -> Result<StepResult> {
    let lock = folder.join("package-lock.json");
    let lock = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let stamp = folder.join("node_modules/.installed-from-lock");
    if std::fs::read(&stamp).is_ok_and(|stamped| stamped == lock) {
        return present();
    }
    let mut npm = workspace.command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    workspace.run(&mut npm)?;
    std::fs::write(&stamp, &lock).with_context(|| format!("cannot write {}", stamp.display()))?;
    installed("node_modules")
}

/// A package of the operating system.
#[derive(Clone, Copy)]
struct SystemNeed {
    name: &'static str,
    is_present: fn() -> bool,
    debian_packages: &'static [&'static str],
    elsewhere: &'static str,
}

const OPENSSL: SystemNeed = SystemNeed {
    name: "OpenSSL",
    is_present: openssl_is_present,
    debian_packages: &["libssl-dev", "pkg-config"],
    elsewhere: "install OpenSSL's development files and pkg-config (the sandbox decrypts with josekit, which uses OpenSSL)",
};

const CHROME: SystemNeed = SystemNeed {
    name: "Chromium",
    is_present: || browsers::chrome().is_some(),
    debian_packages: &["chromium"],
    elsewhere: "install Chrome or Chromium, or say where it is in CHROME_PATH",
};

const HEADLESS_SHELL: SystemNeed = SystemNeed {
    name: "Chromium's headless shell",
    is_present: || browsers::headless_shell().is_some(),
    debian_packages: &["chromium-headless-shell"],
    elsewhere: "install chrome-headless-shell, or say where it is in HEADLESS_SHELL_PATH",
};

const CHROMEDRIVER: SystemNeed = SystemNeed {
    name: "ChromeDriver",
    is_present: || browsers::chromedriver().is_some(),
    debian_packages: &["chromium-driver"],
    elsewhere: "install the chromedriver that goes with your Chrome, or say where it is in CHROMEDRIVER",
};

const FIREFOX: SystemNeed = SystemNeed {
    name: "Firefox",
    is_present: || browsers::firefox().is_some(),
    debian_packages: &["firefox-esr"],
    elsewhere: "install Firefox, or say where it is in FIREFOX_PATH",
};

const WEBKIT: SystemNeed = SystemNeed {
    name: "WebKitGTK",
    is_present: browsers::webkit_is_present,
    debian_packages: &["webkit2gtk-driver", "xvfb", "xclip"],
    elsewhere: "install WebKitGTK's WebKitWebDriver and MiniBrowser, Xvfb and xclip",
};

const POSTGRES: SystemNeed = SystemNeed {
    name: "PostgreSQL and PgBouncer",
    is_present: postgres::is_present,
    debian_packages: &["postgresql", "pgbouncer"],
    elsewhere: "install PostgreSQL, with initdb and postgres on the path, and PgBouncer",
};

const VIRTUAL_ENVIRONMENTS: SystemNeed = SystemNeed {
    name: "Python's virtual environments",
    is_present: || succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])),
    debian_packages: &["python3-venv"],
    elsewhere: "install Python 3 with its module venv",
};

/// What the handler in Python imports, in the versions that were measured.
const FLASK: [&str; 4] = [
    "flask==3.1.3",
    "gunicorn==27.0.1",
    "psycopg2-binary==2.9.13",
    "requests==2.34.2",
];

/// The proxies that Debian has. Each package has the name of its service.
const PROXIES: [SystemNeed; 7] = [
    proxy("nginx", || browsers::on_path("nginx").is_some(), &["nginx"]),
    proxy("Apache", || browsers::on_path("apache2").is_some(), &["apache2"]),
    proxy("HAProxy", || browsers::on_path("haproxy").is_some(), &["haproxy"]),
    proxy("Varnish", || browsers::on_path("varnishd").is_some(), &["varnish"]),
    proxy("Caddy", || browsers::on_path("caddy").is_some(), &["caddy"]),
    proxy("lighttpd", || browsers::on_path("lighttpd").is_some(), &["lighttpd"]),
    proxy("Squid", || browsers::on_path("squid").is_some(), &["squid"]),
];

/// Those that differ most, before which the tests put the backend.
const TESTED_PROXIES: [SystemNeed; 3] = [PROXIES[0], PROXIES[2], PROXIES[5]];

const fn proxy(name: &'static str, is_present: fn() -> bool, debian_packages: &'static [&'static str]) -> SystemNeed {
    SystemNeed {
        name,
        is_present,
        debian_packages,
        elsewhere: "install it; without it, it is not measured",
    }
}

fn openssl_is_present() -> bool {
    std::env::var_os("OPENSSL_DIR").is_some()
        || succeeds(Command::new("pkg-config").args(["--exists", "openssl"]))
        || (cfg!(target_os = "macos") && succeeds(Command::new("brew").args(["--prefix", "--installed", "openssl@3"])))
}

fn system_for_building(workspace: &Workspace) -> Result<StepResult> {
    system(workspace, &[OPENSSL])
}

fn system_for_testing(workspace: &Workspace) -> Result<StepResult> {
    if is_debian_as_root() {
        system(workspace, &[OPENSSL, CHROME, HEADLESS_SHELL, CHROMEDRIVER, POSTGRES])
    } else {
        // Without PostgreSQL the tests on it are skipped, and the summary says so. In continuous integration they fail. Without the headless
        // shell every suite runs in the whole browser.
        system(workspace, &[OPENSSL, CHROME, CHROMEDRIVER])
    }
}

/// What the benchmark of webhooks compares the backend with, in a virtual environment. Without it, that comparison is skipped.
pub(crate) fn flask(workspace: &Workspace) -> Result<StepResult> {
    virtual_environment(workspace, &workspace.scratch("python")?, &FLASK)
}

/// Makes a virtual environment for Python and installs in it what these arguments of `pip install` name.
fn virtual_environment(workspace: &Workspace, folder: &Path, packages: &[&str]) -> Result<StepResult> {
    if !(VIRTUAL_ENVIRONMENTS.is_present)() && !is_debian_as_root() {
        return Ok(StepResult::Skipped(VIRTUAL_ENVIRONMENTS.elsewhere.to_owned()));
    }
    system(workspace, &[VIRTUAL_ENVIRONMENTS])?;
    let python = folder.join("bin/python3");
    if !python.is_file() {
        workspace.run(workspace.command("python3").args(["-m", "venv"]).arg(folder))?;
    }
    let mut install = workspace.command(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    workspace.run(install.args(packages))?;
    Ok(StepResult::Done)
}

/// The folder of [`client_generators`]. It has `node_modules`, and a virtual environment in `venv`.
pub(crate) fn client_folder(workspace: &Workspace) -> Result<PathBuf> {
    workspace.scratch("clients")
}

/// The generators of clients, from npm and for Python, in the versions that `tests/clients/` pins.
pub(crate) fn client_generators(workspace: &Workspace) -> Result<StepResult> {
    let (pinned, folder) = (workspace.root.join("tests/clients"), client_folder(workspace)?);
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(pinned.join(file), folder.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    npm_ci(workspace, &folder)?;
    let requirements = ["--requirement", "tests/clients/requirements.txt"];
    virtual_environment(workspace, &folder.join("venv"), &requirements)
}

/// The Python that [`flask`] makes.
pub(crate) fn python_with_flask(workspace: &Workspace) -> Result<PathBuf> {
    Ok(workspace.scratch("python")?.join("bin/python3"))
}

/// The proxies that are measured.
pub(crate) fn proxies(workspace: &Workspace) -> Result<StepResult> {
    install_proxies(workspace, &PROXIES)
}

/// The proxies of the tests.
///
/// # Errors
///
/// When one cannot be installed, or is missing in continuous integration, where no test may be skipped.
pub(crate) fn tested_proxies(workspace: &Workspace) -> Result<StepResult> {
    let result = install_proxies(workspace, &TESTED_PROXIES)?;
    for need in &TESTED_PROXIES {
        missing(need)?;
    }
    Ok(result)
}

/// They are only programs here: no service of theirs is started, now or at the next start of the machine.
fn install_proxies(workspace: &Workspace, proxies: &[SystemNeed]) -> Result<StepResult> {
    let missing: Vec<&SystemNeed> = proxies.iter().filter(|need| !(need.is_present)()).collect();
    if missing.is_empty() {
        return present();
    }
    if !is_debian_as_root() {
        let names: Vec<&str> = missing.iter().map(|need| need.name).collect();
        return Ok(StepResult::Skipped(format!("not installed: {}", names.join(", "))));
    }
    let services: Vec<&str> = missing.iter().flat_map(|need| need.debian_packages).copied().collect();
    let _stopped = NoServices::begin()?;
    let result = system(workspace, proxies)?;
    // Whether systemd runs this machine, see sd_booted(3).
    if Path::new("/run/systemd/system").is_dir() {
        workspace.run(workspace.command("systemctl").arg("disable").args(services))?;
    }
    Ok(result)
}

/// While it lives, no package starts a service when it is installed.
struct NoServices {
    /// Whether the machine has no such rule of its own.
    is_ours: bool,
}

impl NoServices {
    /// Debian asks this program whether a service may start. 101: it may not.
    const RULE: &str = "/usr/sbin/policy-rc.d";

    fn begin() -> Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
        match options.open(Self::RULE) {
            Ok(mut file) => {
                let rule = Self { is_ours: true };
                file.write_all(b"#!/bin/sh\nexit 101\n")
                    .with_context(|| format!("cannot write {}", Self::RULE))?;
                Ok(rule)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Self { is_ours: false }),
            Err(error) => Err(error).with_context(|| format!("cannot make {}", Self::RULE)),
        }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.is_ours
            && let Err(error) = std::fs::remove_file(Self::RULE)
        {
            eprintln!("{} stays: {error}", Self::RULE);
        }
    }
}

/// How to install PostgreSQL, if it is missing.
///
/// # Errors
///
/// When it is missing in continuous integration, where no test may be skipped.
pub(crate) fn missing_postgres() -> Result<Option<&'static str>> {
    missing(&POSTGRES)
}

/// The machine's geckodriver, or the one that xtask installs.
pub(crate) fn geckodriver(workspace: &Workspace) -> Result<PathBuf> {
    match browsers::geckodriver() {
        Some(driver) => Ok(driver),
        None => GECKODRIVER.install(workspace),
    }
}

/// Installs an engine where that is possible; otherwise answers how to install it, if it is missing.
///
/// # Errors
///
/// When it cannot be installed, or is missing in continuous integration, where no engine may be skipped.
pub(crate) fn missing_engine(workspace: &Workspace, engine: Engine) -> Result<Option<&'static str>> {
    let need = match engine {
        Engine::Chromium => CHROME,
        Engine::Firefox => FIREFOX,
        Engine::WebKit => WEBKIT,
    };
    if !(need.is_present)() && is_debian_as_root() {
        system(workspace, &[need])?;
    }
    missing(&need)
}

fn missing(need: &SystemNeed) -> Result<Option<&'static str>> {
    if (need.is_present)() {
        return Ok(None);
    }
    ensure!(
        std::env::var_os("CI").is_none(),
        "{} is missing: {}",
        need.name,
        need.elsewhere
    );
    Ok(Some(need.elsewhere))
}

fn system(workspace: &Workspace, needs: &[SystemNeed]) -> Result<StepResult> {
    let absent = |need: &&SystemNeed| !(need.is_present)();
    let missing: Vec<&SystemNeed> = needs.iter().filter(absent).collect();
    if missing.is_empty() {
        return present();
    }
    if !is_debian_as_root() {
        let lines: Vec<String> = missing
            .iter()
            .map(|need| format!("{}: {}", need.name, need.elsewhere))
            .collect();
        bail!("{}", lines.join("\n"));
    }

    let packages: Vec<&str> = missing.iter().flat_map(|need| need.debian_packages).copied().collect();
    let apt = || {
        let mut command = workspace.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    workspace.run(apt().arg("update"))?;
    workspace.run(
        apt()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&packages),
    )?;
    if let Some(need) = needs.iter().find(absent) {
        bail!(
            "{} is still missing after `apt-get install {}`",
            need.name,
            packages.join(" ")
        );
    }
    installed(&packages.join(", "))
}

fn is_debian_as_root() -> bool {
    let debian =
        std::fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    let user = Command::new("id").arg("-u").output();
    debian && user.is_ok_and(|output| output.stdout.trim_ascii() == b"0") && browsers::on_path("apt-get").is_some()
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn present() -> Result<StepResult> {
    Ok(StepResult::Noted("already installed".to_owned()))
}

fn installed(what: &str) -> Result<StepResult> {
    Ok(StepResult::Noted(format!("installed {what}")))
}
