//! The folders of the workspace, and child commands.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::failed_tests::node_reports;
use crate::files;
use crate::time::format_duration;

/// How many of the last lines of a failed command are shown.
const TAIL: usize = 40;

/// A child command that prints nothing for this long counts as hanging. The longest silence of a healthy one, linking the widget on two
/// busy cores, is two to four minutes.
const LONGEST_SILENCE: Duration = Duration::from_secs(10 * 60);

/// The checkout that this xtask was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// This program.
    pub(crate) xtask: PathBuf,
    verbose: bool,
}

/// The result of a child command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    /// Whether its exit code was 0.
    pub(crate) success: bool,
    /// Standard output and standard error, in order of arrival.
    pub(crate) text: String,
}

impl Workspace {
    /// Finds the checkout and the target folder of the running program.
    pub(crate) fn locate(verbose: bool) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("xtask lives in crates/xtask")?;
        let xtask = std::env::current_exe().context("cannot find the path of xtask")?;
        let target = xtask
            .ancestors()
            .nth(2)
            .context("xtask is run by cargo from its target folder")?;
        Ok(Self {
            root: root.to_owned(),
            target: target.to_owned(),
            xtask: xtask.clone(),
            verbose,
        })
    }

    /// The folder for intermediate files; created if it is missing.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.target.join("xtask").join(name);
        files::make_folder(&folder)?;
        Ok(folder)
    }

    /// The folder for the programs that xtask installs; created if it is missing, and kept between runs.
    pub(crate) fn tool_folder(&self) -> Result<PathBuf> {
        self.scratch("tools/bin")
    }

    /// A command that runs in the checkout.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The cargo that started xtask.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// Node.js with one of our scripts.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = self.command("node");
        command.arg(script);
        command
    }

    /// A development tool that `npm ci` installed.
    pub(crate) fn npm_tool(&self, name: &str) -> Command {
        let file = if cfg!(windows) {
            format!("{name}.cmd")
        } else {
            name.to_owned()
        };
        self.command(self.root.join("node_modules/.bin").join(file))
    }

    /// Runs a command and returns its output.
    ///
    /// # Errors
    ///
    /// When its exit code is not 0. The error has the last lines of the output.
    pub(crate) fn run(&self, command: &mut Command) -> Result<String> {
        let output = self.run_streaming(command)?;
        if !output.success {
            bail!("{}", self.failure(command, &output.text)?);
        }
        Ok(output.text)
    }

    /// Runs a command, whatever its exit code, and shows its progress meanwhile.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub(crate) fn run_streaming(&self, command: &mut Command) -> Result<CommandOutput> {
        let started = Instant::now();
        let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
        command
            .stdout(writer.try_clone().context("cannot make a pipe")?)
            .stderr(writer);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{}`", spelled(command)))?;
        // The command still holds the writing end: without this the pipe would never be closed.
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());

        // Lines are passed through a channel, which, unlike the pipe, can be read with a timeout.
        let (sender, lines) = mpsc::channel();
        let mut printed = BufReader::new(reader).split(b'\n').map_while(Result::ok);
        std::thread::spawn(move || printed.try_for_each(|line| sender.send(line)));
        let status_line = !self.verbose && std::io::stderr().is_terminal();
        let mut text = String::new();
        loop {
            let line = match lines.recv_timeout(LONGEST_SILENCE) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    text.push_str(&format!(
                        "xtask: it printed nothing for {}, so it was stopped\n",
                        format_duration(LONGEST_SILENCE)
                    ));
                    child
                        .kill()
                        .with_context(|| format!("cannot stop `{}`", spelled(command)))?;
                    break;
                }
            };
            let line = String::from_utf8_lossy(&line);
            if self.verbose {
                println!("    {line}");
            } else if status_line {
                show_status(&format_duration(started.elapsed()), &line)?;
            }
            text.push_str(&line);
            text.push('\n');
        }
        let status = child
            .wait()
            .with_context(|| format!("lost track of `{}`", spelled(command)))?;
        if status_line {
            eprint!("\r\x1b[2K");
        }
        Ok(CommandOutput {
            success: status.success(),
            text,
        })
    }

    /// Removes the logs of failed commands of earlier runs.
    pub(crate) fn clear_failures(&self) -> Result<()> {
        let logs = self.scratch("logs")?;
        std::fs::remove_dir_all(&logs).with_context(|| format!("cannot remove {}", logs.display()))
    }

    /// The message for a failed command: the command, what node's test runner says about failed tests, the last lines of the output, and
    /// the path of its complete log.
    pub(crate) fn failure(&self, command: &Command, text: &str) -> Result<String> {
        let (path, mut log) = self.new_log()?;
        log.write_all(text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
        let lines: Vec<&str> = text.lines().filter(|line| !is_progress(line)).collect();
        let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default();
        let mut message = format!("`{}` failed; all it said is in {}", spelled(command), path.display());
        for (title, lines) in [
            ("failed tests", node_reports(text).as_slice()),
            ("its last lines", tail),
        ] {
            if !lines.is_empty() {
                message.push_str(&format!("\n{title}:"));
            }
            for line in lines {
                message.push_str(&format!("\n    | {line}"));
            }
        }
        Ok(message)
    }

    /// A new log with an unused number.
    fn new_log(&self) -> Result<(PathBuf, File)> {
        let logs = self.scratch("logs")?;
        for number in 1_u32.. {
            let path = logs.join(format!("failure-{number}.log"));
            match File::create_new(&path) {
                Ok(log) => return Ok((path, log)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| format!("cannot make {}", path.display())),
            }
        }
        bail!("no number is left for a log")
    }
}

/// Whether a line is cargo's report of progress.
fn is_progress(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    line.starts_with(' ') && ["Compiling", "Checking", "Downloading", "Downloaded", "Documenting"].contains(&first)
}

/// Rewrites the last line of the terminal with the latest line of a command, to show progress.
fn show_status(elapsed: &str, line: &str) -> Result<()> {
    let printable: String = line
        .chars()
        .filter(|character| !character.is_control())
        .take(100)
        .collect();
    let mut terminal = std::io::stderr().lock();
    write!(terminal, "\r\x1b[2K    {elapsed}  {printable}").context("cannot write to the terminal")?;
    terminal.flush().context("cannot write to the terminal")
}

/// A command line as text.
fn spelled(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
