//! The commands of this workspace, for people and continuous integration. `cargo xtask --help` lists them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool prints")]

mod bench;
mod browser_tests;
mod browsers;
mod build;
mod check;
mod clients;
mod consumers;
mod demo;
mod engines;
mod failed_tests;
mod files;
mod gallery;
mod junit;
mod languages;
mod native;
mod order;
mod postgres;
mod proxies;
mod release;
mod setup;
mod steps;
mod suite;
mod test;
mod test_counts;
mod time;
mod toolchain_compat;
mod tools;
mod wasm_bindgen;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::steps::PlanFailed;
use crate::wasm_bindgen::Tool;
use crate::workspace::Workspace;

const HELP: &str = "\
cargo xtask <command> [options]

  demo                   install what is missing, build, start everything and print one URL (ctrl-c stops it)
  test                   install what is missing and run every check and every test, as CI does
      --only <part>      one part: check, native, build, gallery, web, firefox, package, smoke, e2e, consumer or proxies
                         (may be repeated)
      --engine <engine>  only the end-to-end suites, all of them, in chromium, firefox or webkit
  check                  formatting, lints, layers, licences, documentation
  build                  the generated part of the npm package: pkg/dist
  gallery                every screen in every state from canned data, into dist
      --serve            and serves it on a loopback port
  bench                  measure; prints markdown tables
      --gate             only the download size; fails when it is over the limit
      --webhooks         only the webhooks decided per second, compared with Node and Flask (which it installs on Debian)
      --streams          only the event streams and the widget's calls, on PostgreSQL
  proxies                measure what reverse proxies do to the backend's traffic, and write docs/proxies.md (on Debian it installs them)
  consumers              install the package with bundlers and frameworks, carry out an approval with each, and write the table of
                         docs/compatibility.md (it downloads them)
  clients                generate clients of the OpenAPI document with four generators, and make every call with each
  release-files          build and check the npm package, and write what a release consists of into target/release-files:
                         the package, bills of materials, licences, the inventory of scripts, checksums
  setup                  only install what is missing

Started under the name wasm-bindgen or wasm-bindgen-test-runner, xtask runs that tool.

  --verbose              with any command: show the output of the child commands
";

fn main() -> ExitCode {
    let program = std::env::args_os().next().unwrap_or_default();
    let result = match Tool::called_as(&program) {
        Some(tool) => tool.run(),
        None => dispatch(&std::env::args().skip(1).collect::<Vec<_>>()),
    };
    match result {
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
        ("setup", []) => steps::run(
            &workspace,
            setup::for_testing()
                .then(setup::browser_test_tools())
                .then([setup::trunk()]),
        ),
        ("build", []) => steps::run(&workspace, setup::for_building().then(build::steps())),
        ("check", []) => steps::run(
            &workspace,
            setup::for_testing().then(check::native()).then(check::browser()),
        ),
        ("test", options) => test::run(&workspace, options),
        ("release-files", []) => steps::run(&workspace, release::plan()),
        ("gallery", []) => steps::run(&workspace, gallery::plan()),
        ("gallery", ["--serve"]) => gallery::serve(&workspace),
        ("demo", []) => demo::run(&workspace),
        ("clients", []) => clients::run(&workspace),
        ("consumers", []) => consumers::run(&workspace),
        ("proxies", []) => proxies::run(&workspace),
        ("bench", []) => bench::run(&workspace),
        ("bench", ["--gate"]) => bench::gate(&workspace),
        ("bench", ["--webhooks"]) => bench::webhooks(&workspace),
        ("bench", ["--streams"]) => bench::streams(&workspace),
        (command, options) => bail!("`{command} {}` is not a command.\n\n{HELP}", options.join(" ")),
    }
}
