//! Every ring of tests, from the ones without a browser to a stranger's project that installs the package.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo_tools::{self, GECKODRIVER};
use crate::engines::{self, Engine};
use crate::failures::Failures;
use crate::postgres::{self, Cluster};
use crate::steps::{self, Finding, Step};
use crate::tally::{self, Tally};
use crate::workspace::Workspace;
use crate::{bench, browsers, build, check, demo, doors, gallery, setup};

const PARTS: [&str; 10] = [
    "check", "native", "build", "gallery", "web", "firefox", "doors", "smoke", "e2e", "consumer",
];

/// Runs all parts, or those named by `--only`, or every end-to-end suite in the engine named by `--engine`.
pub(crate) fn run(workspace: &Workspace, options: &[&str]) -> Result<()> {
    if let ["--engine", name] = options {
        let engine = Engine::named(name).context("--engine takes one of chromium, firefox and webkit")?;
        let plan = [
            setup::for_testing(),
            build::plan(),
            demo::programs(),
            vec![engine.all_suites()],
        ];
        return steps::run(workspace, plan.concat());
    }
    let mut parts = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match (*option, options.as_slice().first()) {
            ("--only", Some(part)) if PARTS.contains(part) => {
                parts.push(*part);
                options.next();
            }
            ("--only", _) => bail!("--only takes one of {}", PARTS.join(", ")),
            (unknown, _) => bail!("`cargo xtask test` has no option {unknown}; see `cargo xtask --help`"),
        }
    }
    if parts.is_empty() {
        parts = PARTS.to_vec();
    }

    let wanted = |part: &str| parts.contains(&part);
    let mut plan = setup::for_testing();
    if wanted("check") {
        plan.extend(check::plan());
    }
    if wanted("native") {
        plan.push(Step::check("test: native", native));
        plan.push(Step::check("test: native, the store on PostgreSQL", store_on_postgres));
        plan.push(Step::check(
            "test: native, the backend on PostgreSQL",
            backend_on_postgres,
        ));
        plan.push(Step::check("test: native, xtask itself", xtask));
    }
    if wanted("build") || wanted("smoke") || wanted("e2e") || wanted("consumer") {
        plan.extend(build::plan());
        plan.push(bench::size_step());
    }
    if wanted("gallery") {
        plan.extend(gallery::plan());
    }
    if wanted("web") {
        plan.push(Step::check("test: in Chromium", in_chromium));
    }
    if wanted("firefox") {
        plan.push(Step::check("test: in Firefox", in_firefox));
    }
    if wanted("doors") {
        plan.extend(doors::plan());
    }
    if wanted("smoke") || wanted("e2e") || wanted("consumer") {
        plan.extend(demo::programs());
    }
    if wanted("smoke") {
        plan.extend(engines::smoke());
    }
    if wanted("e2e") {
        plan.push(Engine::Chromium.all_suites());
    }
    if wanted("consumer") {
        plan.push(Step::check("test: a project that installs the package", consumer));
    }
    steps::run(workspace, plan)
}

fn native(workspace: &Workspace) -> Result<Finding> {
    ring(workspace, workspace.cargo(["test", "--no-fail-fast"]))
}

/// The store's tests once more, with those that need a server.
fn store_on_postgres(workspace: &Workspace) -> Result<Finding> {
    on_postgres(workspace, &["--lib"], &["store::"])
}

/// The backend's tests once more, with those that need several instances.
fn backend_on_postgres(workspace: &Workspace) -> Result<Finding> {
    let programs = [
        "backend",
        "canary",
        "confirmations",
        "delivery",
        "program",
        "server",
        "weavr",
    ];
    let programs: Vec<String> = programs.iter().map(|name| format!("--test={name}")).collect();
    let programs: Vec<&str> = programs.iter().map(String::as_str).collect();
    on_postgres(workspace, &programs, &["--skip=ten_thousand_events"])
}

/// No package is named: of other packages cargo would compile everything anew, for other features of what they depend on.
fn on_postgres(workspace: &Workspace, programs: &[&str], tests: &[&str]) -> Result<Finding> {
    if postgres::programs().is_none() {
        let reason = "there is no PostgreSQL here: install it, with initdb and postgres on the path";
        return Ok(Finding::Skipped(reason.to_owned()));
    }
    let cluster = Cluster::start(workspace)?;
    let mut command = workspace.cargo(["test", "--no-fail-fast"]);
    command.args(programs).args(["--", "--include-ignored"]).args(tests);
    command.env("SCA_TEST_POSTGRES", cluster.address());
    ring(workspace, command)
}

/// By itself, so that its heavy dependencies keep the features they were compiled with to start this program.
fn xtask(workspace: &Workspace) -> Result<Finding> {
    let mut command = workspace.cargo(["test", "--package=xtask"]);
    if postgres::programs().is_some() {
        command.args(["--", "--include-ignored"]);
    }
    ring(workspace, command)
}

fn in_chromium(workspace: &Workspace) -> Result<Finding> {
    let mut command = in_browser(workspace)?;
    command.env(
        "CHROMEDRIVER",
        browsers::chromedriver().context("ChromeDriver is gone")?,
    );
    ring(workspace, command)
}

fn in_firefox(workspace: &Workspace) -> Result<Finding> {
    if let Some(reason) = setup::why_without(workspace, Engine::Firefox)? {
        return Ok(Finding::Skipped(reason.to_owned()));
    }
    let driver = match browsers::geckodriver() {
        Some(driver) => driver,
        None => cargo_tools::installed(workspace, GECKODRIVER)?,
    };
    let mut command = in_browser(workspace)?;
    command.env("GECKODRIVER", driver);
    ring(workspace, command)
}

/// The suite in `tests/web`, with xtask as its runner and no browser chosen yet.
fn in_browser(workspace: &Workspace) -> Result<Command> {
    let capabilities = serde_json::json!({
        "goog:chromeOptions": {
            "binary": browsers::chrome(),
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        },
        "moz:firefoxOptions": { "binary": browsers::firefox(), "args": ["-headless"] },
    });
    let webdriver = workspace.scratch("web")?.join("webdriver.json");
    std::fs::write(&webdriver, capabilities.to_string())
        .with_context(|| format!("cannot write {}", webdriver.display()))?;

    let mut command = workspace.cargo([
        "test",
        "--package=sca-widget",
        "--test=web",
        "--target=wasm32-unknown-unknown",
    ]);
    let xtask = workspace
        .xtask
        .to_str()
        .context("the path of this checkout is not UTF-8")?;
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", format!("{xtask} runner"));
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver);
    // For all of the tests together, and for the driver to come up, on a machine that is slow.
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    command.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    // The first driver found in the environment wins.
    for driver in ["GECKODRIVER", "SAFARIDRIVER", "CHROMEDRIVER", "MSEDGEDRIVER"] {
        command.env_remove(driver).env_remove(format!("{driver}_REMOTE"));
    }
    Ok(command)
}

fn consumer(workspace: &Workspace) -> Result<Finding> {
    ring(
        workspace,
        with_browser(workspace, workspace.node("tests/consumer/run.mjs"))?,
    )
}

/// Tells a script of ours where the browser and the programs are.
pub(crate) fn with_browser(workspace: &Workspace, mut script: Command) -> Result<Command> {
    script.env("CHROME_PATH", browsers::chrome().context("Chromium is gone")?);
    script.env("SCA_TARGET_DIR", &workspace.target);
    Ok(script)
}

/// Runs one ring and counts; a ring in which nothing ran has failed.
pub(crate) fn ring(workspace: &Workspace, mut command: Command) -> Result<Finding> {
    let heard = workspace.listen(&mut command)?;
    let tally = Tally::read(&heard.text);
    // What was left out is said, and why, whoever looks.
    for line in tally::skipped(&heard.text) {
        println!("    left out: {line}");
    }
    if !heard.success || tally.failed > 0 {
        return Ok(Finding::Failed {
            tests: tally,
            names: Failures::read(&heard.text),
            report: workspace.failure(&command, &heard.text)?,
        });
    }
    if tally.passed == 0 {
        return Ok(Finding::Failed {
            tests: tally,
            names: Failures::default(),
            report: workspace
                .failure(&command, &heard.text)?
                .replace("failed;", "ran no test;"),
        });
    }
    Ok(Finding::Passed(tally))
}
