//! The simulator as a program of its own; `sca-sandbox --help` lists the arguments.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use sca_sandbox::{Config, Sandbox};
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
Simulates the providers of strong customer authentication, for the demo and the tests.

Usage: sca-sandbox [--listen ADDRESS] [--facesign-listen ADDRESS] [--facesign-pages-listen ADDRESS]
                   [--weavr-listen ADDRESS] [--weavr-phone-listen ADDRESS] [--verbose]

  --listen ADDRESS                 Wise, the bank and the control API: loopback address and port, for example
                                   127.0.0.1:4010 (default 127.0.0.1:0, which lets the system choose a port)
  --facesign-listen ADDRESS        FaceSign's API, likewise
  --facesign-pages-listen ADDRESS  FaceSign's hosted pages, likewise
  --weavr-listen ADDRESS           Weavr's API, likewise
  --weavr-phone-listen ADDRESS     the phone on which Weavr's customers approve and reject, likewise
  --verbose                        one line per call received, on the error stream; never a secret
  --help                           this text

Once it accepts calls, prints five lines: `listening on http://ADDRESS`, `facesign api on http://ADDRESS`,
`facesign pages on http://ADDRESS`, `weavr api on http://ADDRESS` and `weavr phone on http://ADDRESS`. Stops on Ctrl-C or
SIGTERM.
";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("sca-sandbox: {error}");
            if let Some(cause) = error.source() {
                text.push_str(&format!(": {cause}"));
            }
            // Nothing is left to tell when even the error stream is closed.
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut config = Config::default();
    let mut level = tracing::Level::INFO;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => {
                std::io::stdout().write_all(HELP.as_bytes())?;
                return Ok(());
            }
            "--listen" => config.listen = address_after(&argument, &mut arguments)?,
            "--facesign-listen" => config.facesign_listen = address_after(&argument, &mut arguments)?,
            "--facesign-pages-listen" => config.facesign_pages_listen = address_after(&argument, &mut arguments)?,
            "--weavr-listen" => config.weavr_listen = address_after(&argument, &mut arguments)?,
            "--weavr-phone-listen" => config.weavr_phone_listen = address_after(&argument, &mut arguments)?,
            "--verbose" => level = tracing::Level::DEBUG,
            other => return Err(format!("unknown argument {other}; --help lists them").into()),
        }
    }

    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .init();
    // Before the line is printed: whoever waits for it may stop us right after.
    let mut terminate = signal(SignalKind::terminate())?;
    let sandbox = Sandbox::start(config).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", sandbox.base_url())?;
    writeln!(out, "facesign api on {}", sandbox.facesign_url())?;
    writeln!(out, "facesign pages on {}", sandbox.facesign_pages_url())?;
    writeln!(out, "weavr api on {}", sandbox.weavr_url())?;
    writeln!(out, "weavr phone on {}", sandbox.weavr_phone_url())?;
    out.flush()?;

    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    sandbox.stop().await;
    Ok(())
}

fn address_after(flag: &str, arguments: &mut impl Iterator<Item = String>) -> Result<SocketAddr, String> {
    let address = arguments
        .next()
        .ok_or_else(|| format!("{flag} needs an address, for example 127.0.0.1:4010"))?;
    address
        .parse()
        .map_err(|_| format!("{address} is not an address with a port"))
}
