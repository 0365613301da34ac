//! `cargo xtask test`: every check and every test, or some of them.

use anyhow::{Context, Result, bail};

use crate::browsers::Engine;
use crate::engines;
use crate::steps::{self, Plan, Step};
use crate::suite;
use crate::workspace::Workspace;
use crate::{
    bench, browser_tests, build, check, consumers, gallery, native, proxies, release, setup, toolchain_compat,
};

/// What `--only` selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Formatting, lints, layers, documents, licences.
    Check,
    /// All tests that need no browser.
    Native,
    /// The generated part of the npm package, its size, and what the package contains.
    Build,
    /// The gallery.
    Gallery,
    /// The suite in `tests/web`, in Chromium.
    Web,
    /// The same suite, in Firefox.
    Firefox,
    /// The package that wasm-pack builds.
    Package,
    /// The main flows in three engines.
    Smoke,
    /// Every end-to-end suite, in Chromium.
    EndToEnd,
    /// A project that installs the npm package.
    Consumer,
    /// The backend behind three reverse proxies.
    Proxies,
}

impl Part {
    const ALL: [Self; 11] = [
        Self::Check,
        Self::Native,
        Self::Build,
        Self::Gallery,
        Self::Web,
        Self::Firefox,
        Self::Package,
        Self::Smoke,
        Self::EndToEnd,
        Self::Consumer,
        Self::Proxies,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Native => "native",
            Self::Build => "build",
            Self::Gallery => "gallery",
            Self::Web => "web",
            Self::Firefox => "firefox",
            Self::Package => "package",
            Self::Smoke => "smoke",
            Self::EndToEnd => "e2e",
            Self::Consumer => "consumer",
            Self::Proxies => "proxies",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// Runs all parts, or those named by `--only`, or every end-to-end suite in the engine named by `--engine`.
pub(crate) fn run(workspace: &Workspace, options: &[&str]) -> Result<()> {
    if let ["--engine", name] = options {
        let engine = Engine::named(name).context("--engine takes one of chromium, firefox and webkit")?;
        let plan = setup::for_testing()
            .then(build::steps())
            .then([native::programs(), engines::all_suites(engine)]);
        return steps::run(workspace, plan);
    }
    let parts = parts(options)?;
    steps::run(workspace, plan(if parts.is_empty() { &Part::ALL } else { &parts }))
}

fn parts(options: &[&str]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--only" => {
                let part = options.next().and_then(|name| Part::named(name));
                parts.push(
                    part.with_context(|| format!("--only takes one of {}", Part::ALL.map(Part::name).join(", ")))?,
                );
            }
            unknown => bail!("`cargo xtask test` has no option {unknown}; see `cargo xtask --help`"),
        }
    }
    Ok(parts)
}

/// Compiles first, in two stages of two lanes: one lane compiles natively and for tests, the other compiles tools and the shipped
/// widget, whose link uses one core for minutes. The lanes use different target folders, so that neither waits for cargo's lock. The
/// tests follow one after the other, since some of them measure time.
fn plan(parts: &[Part]) -> Plan {
    let wanted = |part: Part| parts.contains(&part);
    let when = |wanted: bool, steps: Vec<Step>| if wanted { steps } else { Vec::new() };
    let in_browsers = wanted(Part::Web) || wanted(Part::Firefox);
    let shipped = wanted(Part::Smoke) || wanted(Part::EndToEnd) || wanted(Part::Consumer);
    let programs = shipped || wanted(Part::Proxies);

    let mut native_compilation = when(wanted(Part::Check), check::native());
    native_compilation.extend(when(wanted(Part::Native), native::compilation()));
    native_compilation.extend(when(programs, vec![native::programs()]));
    let tools = when(in_browsers || wanted(Part::Package), setup::browser_test_tools());

    let mut browser_compilation = when(wanted(Part::Check), check::browser());
    browser_compilation.extend(when(in_browsers, vec![browser_tests::compilation()]));
    browser_compilation.extend(when(wanted(Part::Gallery), vec![gallery::check()]));
    browser_compilation.extend(when(wanted(Part::Package), toolchain_compat::steps()));
    let mut shipped_widget = when(wanted(Part::Build) || shipped, build::steps());
    shipped_widget.extend(when(wanted(Part::Build) || shipped, vec![bench::size_step()]));

    let mut tests = when(wanted(Part::Build), vec![release::tests()]);
    tests.extend(when(wanted(Part::Native), native::tests()));
    tests.extend(when(wanted(Part::Web), vec![browser_tests::in_chromium()]));
    tests.extend(when(wanted(Part::Firefox), vec![browser_tests::in_firefox()]));
    tests.extend(when(wanted(Part::Smoke), engines::smoke()));
    tests.extend(when(
        wanted(Part::EndToEnd),
        vec![engines::all_suites(Engine::Chromium)],
    ));
    tests.extend(when(wanted(Part::Consumer), vec![consumer(), consumers::tests()]));
    tests.extend(when(wanted(Part::Proxies), proxies::tests()));

    setup::for_testing()
        .then_side_by_side([native_compilation, tools])
        .then_side_by_side([browser_compilation, shipped_widget])
        .then(tests)
}

fn consumer() -> Step {
    Step::check("test: a project that installs the package", |workspace| {
        let script = workspace.node("tests/consumer/run.mjs");
        suite::run(workspace, suite::with_browser(workspace, script)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_selected_by_name_and_unknown_ones_are_refused() {
        assert_eq!(
            parts(&["--only", "native", "--only", "e2e"]).unwrap(),
            [Part::Native, Part::EndToEnd]
        );
        assert!(parts(&[]).unwrap().is_empty());
        assert!(parts(&["--only", "all"]).is_err());
        assert!(parts(&["--only"]).is_err());
        assert!(parts(&["native"]).is_err());
    }
}
