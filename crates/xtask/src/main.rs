//! One door for people and CI. `cargo xtask --help` lists what is behind it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks on its standard streams"
)]

mod bench;
mod browsers;
mod build;
mod cargo_tools;
mod check;
mod demo;
mod doors;
mod engines;
mod failures;
mod gallery;
mod languages;
mod panics;
mod postgres;
mod runner;
mod setup;
mod steps;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::steps::PlanFailed;
use crate::workspace::Workspace;

const HELP: &str = "\
cargo xtask <command> [options]

  demo                   install what is missing, build, start everything and print one address (ctrl-c stops it)
  test                   install what is missing and run every check and every test, as CI does
      --only <part>      one part: check, native, build, gallery, web, firefox, doors, smoke, e2e or consumer (may be given again)
      --engine <engine>  only the end-to-end suites, all of them, in chromium, firefox or webkit
  check                  formatting, lints, the floors of the house, licences, documentation
  build                  the npm package's generated half: pkg/dist
  gallery                every screen in every state from canned data, into dist
      --serve            and serve it on a loopback port
  bench                  measure; prints markdown tables
      --gate             only the download size, and fail when it is over the limit
      --webhooks         only how many webhooks are decided a second, beside Node and Flask (which it installs on Debian)
  setup                  only install what is missing
  runner <module>        wasm-bindgen's test runner, for cargo to call

  --verbose              with any command: show what the child commands print
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<PlanFailed>() {
                eprintln!("{error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let Some((command, options)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    // The runner hands its arguments on, so nothing of ours may be looked for among them.
    if command == "runner" {
        return runner::run();
    }
    if options
        .iter()
        .chain([command])
        .any(|word| word == "--help" || word == "-h" || word == "help")
    {
        print!("{HELP}");
        return Ok(());
    }

    let (verbose, options): (Vec<&str>, Vec<&str>) = options
        .iter()
        .map(String::as_str)
        .partition(|option| *option == "--verbose");
    let workspace = Workspace::locate(!verbose.is_empty())?;
    match (command.as_str(), options.as_slice()) {
        ("setup", []) => steps::run(&workspace, setup::for_testing()),
        ("build", []) => steps::run(&workspace, [setup::for_building(), build::plan()].concat()),
        ("check", []) => steps::run(&workspace, [setup::for_testing(), check::plan()].concat()),
        ("test", options) => test::run(&workspace, options),
        ("gallery", []) => steps::run(&workspace, [setup::for_building(), gallery::plan()].concat()),
        ("gallery", ["--serve"]) => gallery::serve(&workspace),
        ("demo", []) => demo::run(&workspace),
        ("bench", []) => bench::run(&workspace),
        ("bench", ["--gate"]) => bench::gate(&workspace),
        ("bench", ["--webhooks"]) => bench::webhooks(&workspace),
        (command, options) => bail!("`{command} {}` is not a command.\n\n{HELP}", options.join(" ")),
    }
}
