//! Where things are, and how child commands are started and listened to.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::steps::clock;

/// How much of a failed command's output is repeated.
const TAIL: usize = 80;

/// A child command that says nothing for so long hangs. Linking the widget is the longest silence of a healthy one: two
/// minutes on two busy cores.
const LONGEST_SILENCE: Duration = Duration::from_secs(10 * 60);

/// The checkout this xtask was built from.
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

/// What a child command left behind.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Whether it ended well.
    pub(crate) success: bool,
    /// Standard output and standard error, in the order they came.
    pub(crate) text: String,
}

impl Workspace {
    /// Finds the checkout and the target folder of the running program.
    pub(crate) fn locate(verbose: bool) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("xtask lives in crates/xtask")?;
        let xtask = std::env::current_exe().context("cannot tell where xtask is")?;
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

    /// Folder for our own intermediate files, made when missing.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let folder = self.target.join("xtask").join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// A command that runs in the checkout.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The cargo that started us.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// Node.js on one of our scripts.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = self.command("node");
        command.arg(script);
        command
    }

    /// A development tool that `npm ci` put in place.
    pub(crate) fn npm_tool(&self, name: &str) -> Command {
        let file = if cfg!(windows) {
            format!("{name}.cmd")
        } else {
            name.to_owned()
        };
        self.command(self.root.join("node_modules/.bin").join(file))
    }

    /// Runs a command to its end and returns what it said; a bad end is an error that shows the last of it.
    pub(crate) fn run(&self, command: &mut Command) -> Result<String> {
        let heard = self.listen(command)?;
        if !heard.success {
            bail!("{}", self.failure(command, &heard.text)?);
        }
        Ok(heard.text)
    }

    /// Runs a command to its end, however it ends.
    pub(crate) fn listen(&self, command: &mut Command) -> Result<Heard> {
        let started = Instant::now();
        let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
        command
            .stdout(writer.try_clone().context("cannot make a pipe")?)
            .stderr(writer);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{}`", spelled(command)))?;
        // The command still holds the writing end: without this the pipe would never run dry.
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());

        // Lines come through a channel, so that a program which says nothing for ever does not hold everybody up.
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
                        "xtask: silent for {}, so it was stopped\n",
                        clock(LONGEST_SILENCE)
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
                show_status(&clock(started.elapsed()), &line)?;
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
        Ok(Heard {
            success: status.success(),
            text,
        })
    }

    /// Removes what earlier runs left in the way of logs.
    pub(crate) fn forget_failures(&self) -> Result<()> {
        let logs = self.scratch("logs")?;
        std::fs::remove_dir_all(&logs).with_context(|| format!("cannot remove {}", logs.display()))
    }

    /// The message for a command that ended badly: which one, the last of what it said, and where the rest is.
    pub(crate) fn failure(&self, command: &Command, text: &str) -> Result<String> {
        let logs = self.scratch("logs")?;
        let free = (1_u32..)
            .map(|number| logs.join(format!("failure-{number}.log")))
            .find(|log| !log.exists());
        let log = free.context("there is no number left for a log")?;
        std::fs::write(&log, text).with_context(|| format!("cannot write {}", log.display()))?;
        let lines: Vec<&str> = text.lines().filter(|line| !is_progress(line)).collect();
        let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or_default();
        let quoted: Vec<String> = tail.iter().map(|line| format!("    | {line}")).collect();
        Ok(format!(
            "`{}` failed; the last of what it said (all of it is in {}):\n{}",
            spelled(command),
            log.display(),
            quoted.join("\n")
        ))
    }
}

/// What cargo says while all is well.
fn is_progress(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    line.starts_with(' ') && ["Compiling", "Checking", "Downloading", "Downloaded", "Documenting"].contains(&first)
}

/// One line, rewritten in place, that shows a person that something is going on.
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

/// A command as one would type it.
fn spelled(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
