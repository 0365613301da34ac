//! Programs that come from the Rust registry, installed below the target folder in a pinned version.

use std::env::consts::EXE_EXTENSION;
use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;

/// Checks licences, sources and advisories of dependencies.
pub(crate) const CARGO_DENY: (&str, &str) = ("cargo-deny", "0.20.2");

/// Drives Firefox; Debian does not carry it.
pub(crate) const GECKODRIVER: (&str, &str) = ("geckodriver", "0.37.1");

/// Where a program is, after installing it when it is not there yet: one to two minutes each.
pub(crate) fn installed(workspace: &Workspace, (name, version): (&str, &str)) -> Result<PathBuf> {
    let tools = workspace.scratch("tools")?;
    let program = tools.join("bin").join(name).with_extension(EXE_EXTENSION);
    if !answers_with(workspace, &program, version) {
        let version = format!("--version={version}");
        let mut install = workspace.cargo(["install", "--locked", "--debug", "--force", &version, name, "--root"]);
        workspace.run(install.arg(&tools).env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    }
    Ok(program)
}

fn answers_with(workspace: &Workspace, program: &PathBuf, version: &str) -> bool {
    let Ok(answer) = workspace.command(program).arg("--version").output() else {
        return false;
    };
    let answer = String::from_utf8_lossy(&answer.stdout);
    answer
        .lines()
        .next()
        .is_some_and(|line| line.split_whitespace().any(|word| word == version))
}
