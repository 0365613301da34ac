//! wasm-bindgen's command-line tools.
//!
//! wasm-pack and trunk start `wasm-bindgen` and `wasm-bindgen-test-runner` from the PATH and require the version of the library in
//! Cargo.lock. xtask links both tools as libraries, which Cargo.lock pins together with that library. So two links to xtask under
//! these names are enough, and nothing has to be compiled or installed.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// A tool that xtask replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Generates JavaScript for a module.
    Bindgen,
    /// Runs a test module in a browser.
    TestRunner,
}

impl Tool {
    const ALL: [Self; 2] = [Self::Bindgen, Self::TestRunner];

    const fn name(self) -> &'static str {
        match self {
            Self::Bindgen => "wasm-bindgen",
            Self::TestRunner => "wasm-bindgen-test-runner",
        }
    }

    /// The tool under whose name this program was started.
    pub(crate) fn called_as(program: &OsStr) -> Option<Self> {
        let name = Path::new(program).file_stem()?;
        Self::ALL.into_iter().find(|tool| name == tool.name())
    }

    /// Runs the tool with the arguments of this program.
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Self::Bindgen => wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os()),
            Self::TestRunner => wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()),
        }
    }
}

/// Puts the two links into the folder of our tools.
pub(crate) fn link(workspace: &Workspace) -> Result<()> {
    let folder = workspace.tool_folder()?;
    for tool in Tool::ALL {
        let link = folder.join(tool.name()).with_extension(std::env::consts::EXE_EXTENSION);
        if std::fs::symlink_metadata(&link).is_ok() {
            std::fs::remove_file(&link).with_context(|| format!("cannot replace {}", link.display()))?;
        }
        link_or_copy(&workspace.xtask, &link).with_context(|| format!("cannot make {}", link.display()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn link_or_copy(program: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

#[cfg(not(unix))]
fn link_or_copy(program: &Path, link: &Path) -> std::io::Result<()> {
    std::fs::copy(program, link).map(|_| ())
}

/// The PATH for wasm-pack and trunk: our tools, then those from npm (wasm-opt), then the caller's.
pub(crate) fn path_with_tools(workspace: &Workspace) -> Result<OsString> {
    let folders = [workspace.tool_folder()?, workspace.root.join("node_modules/.bin")];
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let inherited: Vec<PathBuf> = std::env::split_paths(&inherited).collect();
    std::env::join_paths(folders.into_iter().chain(inherited)).context("a folder of the PATH has a colon in its name")
}
