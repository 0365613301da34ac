//! The backend as a program, for a partner with a server in any language.

use std::{
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use sca_backend::{config::Config, routes, server};
use tracing_subscriber::EnvFilter;

/// Strong customer authentication for a partner's server.
///
/// Configured by a TOML file; environment variables that start with SCA_ take the place of what it says (README.md lists
/// both). Writes its log as JSON lines to the error stream; SCA_LOG filters it (default: info).
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file. Without one, everything comes from the environment.
    #[arg(long, env = "SCA_CONFIG")]
    config: Option<PathBuf>,
    /// Takes what this SQLite file holds over into the configured database, which has to be empty, and ends.
    #[arg(long, value_name = "FILE")]
    import_sqlite: Option<PathBuf>,
    /// Prints the OpenAPI document and ends.
    #[arg(long)]
    openapi: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody left to tell when the error stream is closed.
            let _ = writeln!(std::io::stderr(), "sca-backend: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.openapi {
        writeln!(std::io::stdout(), "{}", routes::document().to_pretty_json()?)?;
        return Ok(());
    }
    let text = match &arguments.config {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => String::new(),
    };
    let config = Config::read(&text, |name| std::env::var(name).ok())?;
    let filter = EnvFilter::try_from_env("SCA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            match &arguments.import_sqlite {
                Some(file) => copy(&config, file).await,
                None => serve(&config).await,
            }
        })
}

async fn copy(config: &Config, file: &Path) -> Result<(), Box<dyn Error>> {
    let rows = config.import_sqlite(file).await?;
    writeln!(std::io::stdout(), "{rows} rows copied")?;
    Ok(())
}

async fn serve(config: &Config) -> Result<(), Box<dyn Error>> {
    let backend = config.backend().await?;
    let listener = server::listen(config.listen)?;
    if let Some(address) = config.admin_listen {
        let admin = server::listen(address)?;
        let stopped = backend.stopping().clone();
        let routes = routes::admin_router(backend.clone());
        tokio::spawn(async move {
            server::serve_routes(admin, routes, stopped.cancelled()).await;
        });
    }
    let routes = if config.admin_listen.is_some() {
        routes::public_router(backend.clone())
    } else {
        routes::router(backend.clone())
    };
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    server::serve(listener, routes, backend, server::asked_to_stop()).await;
    Ok(())
}
