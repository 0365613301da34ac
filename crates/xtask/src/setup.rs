//! Installs what is missing and leaves alone what is there.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::browsers;
use crate::engines::Engine;
use crate::postgres;
use crate::steps::{Finding, Step};
use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 20;

/// What building and showing the widget takes.
pub(crate) fn for_building() -> Vec<Step> {
    vec![
        Step::essential("set up: Rust's WebAssembly target", rust_target),
        Step::essential("set up: development tools from npm", npm),
        Step::essential("set up: system libraries", system_for_building),
    ]
}

/// What the tests take on top: lints and a browser.
pub(crate) fn for_testing() -> Vec<Step> {
    vec![
        Step::essential("set up: Rust's WebAssembly target", rust_target),
        Step::essential("set up: rustfmt and clippy", rust_components),
        Step::essential("set up: development tools from npm", npm),
        Step::essential("set up: system libraries and a browser", system_for_testing),
    ]
}

/// rustup is asked outright, because installing on demand may be switched off.
fn rust_target(workspace: &Workspace) -> Result<Finding> {
    let folder = workspace.run(workspace.command("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        "wasm32-unknown-unknown",
    ]))?;
    if Path::new(folder.trim()).is_dir() {
        return there();
    }
    workspace.run(
        workspace
            .command("rustup")
            .args(["target", "add", "wasm32-unknown-unknown"]),
    )?;
    installed("wasm32-unknown-unknown")
}

fn rust_components(workspace: &Workspace) -> Result<Finding> {
    let answers = |tool: &str| succeeds(workspace.command("cargo").args([tool, "--version"]));
    if answers("fmt") && answers("clippy") {
        return there();
    }
    workspace.run(
        workspace
            .command("rustup")
            .args(["component", "add", "rustfmt", "clippy"]),
    )?;
    installed("rustfmt and clippy")
}

/// `npm ci`, unless what is installed came from this very lock file.
fn npm(workspace: &Workspace) -> Result<Finding> {
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

    let lock = std::fs::read(workspace.root.join("package-lock.json")).context("cannot read package-lock.json")?;
    let stamp = workspace.root.join("node_modules/.installed-from-lock");
    if std::fs::read(&stamp).is_ok_and(|stamped| stamped == lock) {
        return there();
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    workspace.run(workspace.command(npm).args(["ci", "--no-audit", "--no-fund"]))?;
    std::fs::write(&stamp, &lock).with_context(|| format!("cannot write {}", stamp.display()))?;
    installed("node_modules")
}

/// Something the operating system has to bring.
struct SystemNeed {
    name: &'static str,
    is_there: fn() -> bool,
    debian_packages: &'static [&'static str],
    elsewhere: &'static str,
}

const OPENSSL: SystemNeed = SystemNeed {
    name: "OpenSSL",
    is_there: openssl_is_there,
    debian_packages: &["libssl-dev", "pkg-config"],
    elsewhere: "install OpenSSL's development files and pkg-config (the sandbox decrypts with josekit, which uses OpenSSL)",
};

const CHROME: SystemNeed = SystemNeed {
    name: "Chromium",
    is_there: || browsers::chrome().is_some(),
    debian_packages: &["chromium"],
    elsewhere: "install Chrome or Chromium, or say where it is in CHROME_PATH",
};

const CHROMEDRIVER: SystemNeed = SystemNeed {
    name: "ChromeDriver",
    is_there: || browsers::chromedriver().is_some(),
    debian_packages: &["chromium-driver"],
    elsewhere: "install the chromedriver that goes with your Chrome, or say where it is in CHROMEDRIVER",
};

const FIREFOX: SystemNeed = SystemNeed {
    name: "Firefox",
    is_there: || browsers::firefox().is_some(),
    debian_packages: &["firefox-esr"],
    elsewhere: "install Firefox, or say where it is in FIREFOX_PATH",
};

const WEBKIT: SystemNeed = SystemNeed {
    name: "WebKitGTK",
    is_there: browsers::webkit_is_there,
    debian_packages: &["webkit2gtk-driver", "xvfb", "xclip"],
    elsewhere: "install WebKitGTK's WebKitWebDriver and MiniBrowser, Xvfb and xclip",
};

const POSTGRES: SystemNeed = SystemNeed {
    name: "PostgreSQL",
    is_there: || postgres::programs().is_some(),
    debian_packages: &["postgresql"],
    elsewhere: "install PostgreSQL, with initdb and postgres on the path",
};

const FLASK: SystemNeed = SystemNeed {
    name: "Flask",
    is_there: || succeeds(Command::new("python3").args(["-c", "import flask, gunicorn, psycopg2, requests"])),
    debian_packages: &["python3-flask", "gunicorn", "python3-psycopg2", "python3-requests"],
    elsewhere: "install Python's flask, gunicorn, psycopg2 and requests",
};

fn openssl_is_there() -> bool {
    std::env::var_os("OPENSSL_DIR").is_some()
        || succeeds(Command::new("pkg-config").args(["--exists", "openssl"]))
        || (cfg!(target_os = "macos") && succeeds(Command::new("brew").args(["--prefix", "--installed", "openssl@3"])))
}

fn system_for_building(workspace: &Workspace) -> Result<Finding> {
    system(workspace, &[OPENSSL])
}

fn system_for_testing(workspace: &Workspace) -> Result<Finding> {
    if is_debian_as_root() {
        system(workspace, &[OPENSSL, CHROME, CHROMEDRIVER, POSTGRES])
    } else {
        // Without PostgreSQL the tests on it are left out, and say so.
        system(workspace, &[OPENSSL, CHROME, CHROMEDRIVER])
    }
}

/// What the benchmark beside the backend runs on; it goes without where that cannot be installed.
pub(crate) fn flask(workspace: &Workspace) -> Result<Finding> {
    if (FLASK.is_there)() || is_debian_as_root() {
        system(workspace, &[FLASK])
    } else {
        Ok(Finding::Skipped(FLASK.elsewhere.to_owned()))
    }
}

/// Why an engine cannot be had here, after installing it where that can be done.
///
/// # Errors
///
/// When it cannot be installed, or is missing in continuous integration, where no engine may be left out.
pub(crate) fn why_without(workspace: &Workspace, engine: Engine) -> Result<Option<&'static str>> {
    let need = match engine {
        Engine::Chromium => CHROME,
        Engine::Firefox => FIREFOX,
        Engine::WebKit => WEBKIT,
    };
    if (need.is_there)() {
        return Ok(None);
    }
    if is_debian_as_root() {
        system(workspace, &[need])?;
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

fn system(workspace: &Workspace, needs: &[SystemNeed]) -> Result<Finding> {
    let absent = |need: &&SystemNeed| !(need.is_there)();
    let missing: Vec<&SystemNeed> = needs.iter().filter(absent).collect();
    if missing.is_empty() {
        return there();
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
            "{} is still not there after `apt-get install {}`",
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

fn there() -> Result<Finding> {
    Ok(Finding::Noted("already there".to_owned()))
}

fn installed(what: &str) -> Result<Finding> {
    Ok(Finding::Noted(format!("installed {what}")))
}
