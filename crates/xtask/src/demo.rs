//! The demo: a simulated provider and a partner's checkout, started together and stopped together.

use std::env::consts::EXE_EXTENSION;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};

use crate::steps::{self, Step, StepResult};
use crate::workspace::Workspace;
use crate::{build, setup};

/// What our programs print before their URL.
const LISTENING: &str = "listening on ";
/// What the sandbox also prints, before the URL of FaceSign's API.
const FACESIGN_API: &str = "facesign api on ";
const FACESIGN_PAGES: &str = "facesign pages on ";
const WEAVR_API: &str = "weavr api on ";
const WEAVR_PHONE: &str = "weavr phone on ";

/// Compiles what the demo runs, both at once: one after the other, cargo would compile most of their dependencies twice.
fn programs() -> Step {
    Step::essential("build: the sandbox and the partner's checkout", compile)
}

/// Sets up, builds, starts, prints one URL and waits.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    steps::run(workspace, setup::for_building().then(build::steps()).then([programs()]))?;

    let mut sandbox = Program::start(workspace, "sca-sandbox", &["--listen", "127.0.0.1:0"])?;
    let provider = sandbox.says(LISTENING)?;
    let facesign = sandbox.says(FACESIGN_API)?;
    let facesign_pages = sandbox.says(FACESIGN_PAGES)?;
    let weavr = sandbox.says(WEAVR_API)?;
    let weavr_phone = sandbox.says(WEAVR_PHONE)?;
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--wise",
        &provider,
        "--facesign",
        &facesign,
        "--facesign-frame-origin",
        &facesign_pages,
        "--weavr",
        &weavr,
        "--weavr-phone",
        &weavr_phone,
        "--www",
        "www",
        "--pkg",
        "pkg",
    ];
    let mut checkout = Program::start(workspace, "examples/checkout", &arguments)?;
    let address = checkout.says(LISTENING)?;
    println!(
        "\nThe partner's checkout is at\n\n    {address}\n\nand the page where its customers manage how they confirm payments at\n\n    {address}/security.html\n\nThe providers, the bank and the customer's phone are simulated. Ctrl-C stops it all."
    );

    // Ctrl-C reaches all three processes. When one program ends by itself, the other is stopped too.
    let (ended, first_to_end) = mpsc::channel();
    sandbox.echo(ended.clone())?;
    checkout.echo(ended)?;
    let name = first_to_end.recv().context("lost track of both programs")?;
    bail!("{name} ended")
}

fn compile(workspace: &Workspace) -> Result<StepResult> {
    let packages = ["--package=sca-sandbox", "--package=sca-backend"];
    let mut command = workspace.cargo(["build", "--bin=sca-sandbox", "--example=checkout"]);
    workspace.run(command.args(packages))?;
    Ok(StepResult::Done)
}

/// A running program, which is stopped on drop.
struct Program {
    name: &'static str,
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Program {
    fn start(workspace: &Workspace, name: &'static str, arguments: &[&str]) -> Result<Self> {
        let file = workspace.target.join("debug").join(name).with_extension(EXE_EXTENSION);
        let mut command = workspace.command(&file);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", file.display()))?;
        let output = child.stdout.take().map(BufReader::new);
        Ok(Self { name, child, output })
    }

    /// Waits for a line with `words`, and returns the text after them.
    fn says(&mut self, words: &str) -> Result<String> {
        let output = self.output.as_mut().context("the program's output was taken already")?;
        for line in output.lines() {
            let line = line.with_context(|| format!("cannot read what {} prints", self.name))?;
            if let Some((_, address)) = line.split_once(words) {
                return Ok(address.trim().to_owned());
            }
        }
        bail!("{} ended without saying `{words}…`", self.name)
    }

    /// Repeats the program's output, and reports its end.
    fn echo(&mut self, ended: mpsc::Sender<&'static str>) -> Result<()> {
        let output = self.output.take().context("the program's output was taken already")?;
        let name = self.name;
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                println!("{name} | {line}");
            }
            // Without a receiver the other program has ended first.
            ended.send(name).ok();
        });
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
