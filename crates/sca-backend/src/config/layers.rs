//! The layers of a configuration: defaults, then the file, then the environment.

use std::collections::{BTreeMap, HashMap};

use config::{Environment, File, FileFormat};

use super::{Config, ConfigError};

/// Begins the name of each variable.
const PREFIX: &str = "SCA";
/// Stands between a section and a setting in a variable's name.
const SEPARATOR: &str = "__";
/// Ends the name of a variable that holds the path of a file with the value.
const FILE_SUFFIX: &str = "_FILE";
/// Variables of the program itself, which are not settings.
const NOT_SETTINGS: [&str; 2] = ["SCA_CONFIG", "SCA_LOG"];

impl Config {
    /// Reads the text of a TOML file and the variables of an environment, whose values take precedence. The variable of
    /// `wise.timeout` is `SCA_WISE__TIMEOUT`; `SCA_WISE__TIMEOUT_FILE` names a file that holds the value, without the line ends
    /// at its end. `SCA_CONFIG` and `SCA_LOG` are the program's, and names that do not begin with `SCA_` are ignored. The crate's
    /// `SETTINGS.md` lists every setting.
    ///
    /// # Errors
    /// When a setting is missing or unknown, or has a value that is not allowed.
    pub fn load(file: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let environment = Environment::with_prefix(PREFIX)
            .prefix_separator("_")
            .separator(SEPARATOR)
            .source(Some(variables(environment)?));
        let layers = config::Config::builder()
            .add_source(File::from_str(file, FileFormat::Toml))
            .add_source(environment)
            .build();
        let config: Self = layers
            .and_then(config::Config::try_deserialize)
            .map_err(|error| explain(error, file))?;
        config.check()?;
        Ok(config)
    }
}

/// The variable of a setting: `SCA_WISE__TIMEOUT` for `wise.timeout`.
pub(super) fn variable_of(setting: &str) -> String {
    let path = setting.replace('.', SEPARATOR).to_ascii_uppercase();
    format!("{PREFIX}_{path}")
}

/// The variables that are settings, each with its value.
fn variables(environment: impl IntoIterator<Item = (String, String)>) -> Result<HashMap<String, String>, ConfigError> {
    let ours = environment
        .into_iter()
        .filter(|(name, _)| name.starts_with("SCA_") && !NOT_SETTINGS.contains(&name.as_str()));
    let ours: BTreeMap<String, String> = ours.collect();
    let mut values = HashMap::new();
    for (name, value) in &ours {
        let Some(setting) = name.strip_suffix(FILE_SUFFIX) else {
            values.insert(name.clone(), value.clone());
            continue;
        };
        let wrong = |reason: String| ConfigError::Variable {
            variable: name.clone(),
            reason,
        };
        if ours.contains_key(setting) {
            return Err(wrong(format!("set either this or {setting}, not both")));
        }
        let text = std::fs::read_to_string(value).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        values.insert(setting.to_owned(), text.trim_end_matches(['\r', '\n']).to_owned());
    }
    Ok(values)
}

/// The library's errors quote the value that was found. These do not.
fn explain(error: config::ConfigError, file: &str) -> ConfigError {
    use config::ConfigError as Layers;
    match error {
        Layers::FileParse { cause, .. } => syntax(&*cause, file),
        Layers::NotFound(name) => ConfigError::setting(&name, "required, and not set"),
        Layers::Type { expected, key, .. } => at(key, format!("expected {expected}")),
        Layers::At { error, key, .. } => at(key, reason(*error)),
        Layers::Message(message) => at(None, without_value(&message)),
        Layers::PathParse { .. } => ConfigError::Unknown("a name is letters, digits and `_`".into()),
        Layers::Frozen | Layers::Foreign(_) => ConfigError::Unknown("the configuration cannot be read".into()),
        // The enum may grow.
        _ => ConfigError::Unknown("the configuration cannot be read".into()),
    }
}

fn reason(error: config::ConfigError) -> String {
    use config::ConfigError as Layers;
    match error {
        Layers::Message(message) => without_value(&message),
        Layers::Type { expected, .. } => format!("expected {expected}"),
        Layers::NotFound(name) => format!("{name} is required, and not set"),
        Layers::At { error, .. } => reason(*error),
        Layers::Frozen | Layers::PathParse { .. } | Layers::FileParse { .. } | Layers::Foreign(_) => {
            "cannot be read".into()
        }
        // The enum may grow.
        _ => "cannot be read".into(),
    }
}

fn at(name: Option<String>, reason: String) -> ConfigError {
    match name {
        Some(name) => ConfigError::Setting { name, reason },
        None => ConfigError::Unknown(reason),
    }
}

/// A text of serde's without the value that it quotes. Ours quote none.
fn without_value(message: &str) -> String {
    let quotes = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
    ];
    if !quotes.iter().any(|start| message.starts_with(start)) {
        return message.replacen("unknown field", "unknown setting", 1);
    }
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    expected.map_or_else(
        || "not a value that is allowed".to_owned(),
        |expected| format!("expected {expected}"),
    )
}

fn syntax(cause: &(dyn std::error::Error + Send + Sync + 'static), file: &str) -> ConfigError {
    let error = cause.downcast_ref::<toml::de::Error>();
    let start = error.and_then(toml::de::Error::span).map(|span| span.start);
    let before = start.and_then(|start| file.get(..start));
    ConfigError::Syntax {
        line: before.map(|text| text.matches('\n').count() + 1),
        message: error.map_or_else(|| "not readable".to_owned(), |error| error.message().to_owned()),
    }
}
