//! The backend as a program, for a partner with a server in any language.

use std::{
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use sca_backend::{
    config::{self, Config},
    routes, server,
    traces::{self, Traces},
};
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The system's allocator took 15 % of the program's time in the benchmark of webhooks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many connections the listener for health checks and metrics has at most.
const ADMIN_CONNECTIONS: usize = 256;

/// Strong customer authentication for a partner's server.
///
/// Reads its settings from a TOML file and from environment variables that begin with SCA_; the environment takes precedence.
/// Writes its log to standard error, one JSON object a line; SCA_LOG filters it (default: info). `--help` lists all settings.
#[derive(Debug, Parser)]
#[command(version, after_long_help = config::help())]
struct Arguments {
    /// The configuration file. If absent, all settings come from the environment.
    #[arg(long, env = "SCA_CONFIG")]
    config: Option<PathBuf>,
    /// Imports this SQLite file into the configured database, which has to be empty, and exits.
    #[arg(long, value_name = "FILE")]
    import_sqlite: Option<PathBuf>,
    /// Prints the OpenAPI document and exits.
    #[arg(long)]
    openapi: bool,
    /// Prints all settings as Markdown and exits.
    #[arg(long)]
    settings: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; then the exit code alone says it.
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
    if arguments.settings {
        write!(std::io::stdout(), "{}", config::markdown())?;
        return Ok(());
    }
    let text = match &arguments.config {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => String::new(),
    };
    let config = Config::load(&text, environment()?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let traces = config.tracing.as_ref();
    let traces = traces
        .map(|tracing| Traces::start(tracing, runtime.handle()))
        .transpose()?;
    install(traces.as_ref());
    let ended = runtime.block_on(async {
        match &arguments.import_sqlite {
            Some(file) => import(&config, file).await,
            None => serve(&config).await,
        }
    });
    if let Some(Err(error)) = traces.map(|traces| traces.stop()) {
        tracing::warn!(%error, "stopped without the last spans");
    }
    ended
}

/// Installs the log, and the export of spans if there is one.
fn install(traces: Option<&Traces>) {
    let filter = EnvFilter::try_from_env("SCA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = traces::without_spans(filter);
    match traces {
        None => tracing_subscriber::fmt()
            .json()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init(),
        Some(traces) => {
            let log = tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr);
            tracing_subscriber::registry()
                .with(log.with_filter(filter))
                .with(traces.layer())
                .init();
        }
    }
}

/// The environment. Variables with names that are not Unicode are none of ours.
fn environment() -> Result<Vec<(String, String)>, String> {
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    variables
        .filter(|(name, _)| name.starts_with("SCA_"))
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(format!("{name}: the value is not Unicode")),
        })
        .collect()
}

async fn import(config: &Config, file: &Path) -> Result<(), Box<dyn Error>> {
    let rows = config.import_sqlite(file).await?;
    writeln!(std::io::stdout(), "{rows} rows imported")?;
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
            server::serve_routes(admin, routes, ADMIN_CONNECTIONS, stopped.cancelled()).await;
        });
    }
    let routes = if config.admin_listen.is_some() {
        routes::public_router(backend.clone())
    } else {
        routes::router(backend.clone())
    };
    let stop = server::asked_to_stop()?;
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    server::serve(listener, routes, backend, stop).await;
    Ok(())
}
