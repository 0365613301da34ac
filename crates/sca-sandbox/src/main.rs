//! The simulators as a program of their own; `sca-sandbox --help` lists the arguments.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use sca_sandbox::{Config, Sandbox};
use tokio::signal::unix::{SignalKind, signal};

/// Simulates the providers of strong customer authentication, for the demo and the tests.
///
/// Addresses are loopback addresses with a port, for example 127.0.0.1:4010. Port 0 lets the system choose a port.
///
/// Once it accepts calls, it prints five lines: `listening on http://ADDRESS`, `facesign api on http://ADDRESS`,
/// `facesign pages on http://ADDRESS`, `weavr api on http://ADDRESS` and `weavr phone on http://ADDRESS`. It stops on Ctrl-C
/// or SIGTERM.
#[derive(Debug, Parser)]
struct Arguments {
    /// Wise, the bank, the FaceTec server and the control API
    #[arg(long, value_name = "ADDRESS", default_value_t = Config::default().listen)]
    listen: SocketAddr,
    /// FaceSign's API
    #[arg(long, value_name = "ADDRESS", default_value_t = Config::default().facesign_listen)]
    facesign_listen: SocketAddr,
    /// FaceSign's hosted pages
    #[arg(long, value_name = "ADDRESS", default_value_t = Config::default().facesign_pages_listen)]
    facesign_pages_listen: SocketAddr,
    /// Weavr's API
    #[arg(long, value_name = "ADDRESS", default_value_t = Config::default().weavr_listen)]
    weavr_listen: SocketAddr,
    /// The phone on which Weavr's customers approve and reject
    #[arg(long, value_name = "ADDRESS", default_value_t = Config::default().weavr_phone_listen)]
    weavr_phone_listen: SocketAddr,
    /// Write one line per call to the error stream, never with a secret
    #[arg(long)]
    verbose: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("sca-sandbox: {error}");
            if let Some(cause) = error.source() {
                text.push_str(&format!(": {cause}"));
            }
            // There is no other place to report a closed error stream to.
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let level = if arguments.verbose {
        tracing::Level::DEBUG
    } else {
        tracing::Level::INFO
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .init();
    // Before the first line is printed, because a caller that waits for it may send SIGTERM right after.
    let mut terminate = signal(SignalKind::terminate())?;
    let sandbox = Sandbox::start(Config {
        listen: arguments.listen,
        facesign_listen: arguments.facesign_listen,
        facesign_pages_listen: arguments.facesign_pages_listen,
        weavr_listen: arguments.weavr_listen,
        weavr_phone_listen: arguments.weavr_phone_listen,
    })
    .await?;
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
