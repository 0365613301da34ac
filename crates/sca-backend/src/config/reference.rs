//! The list of all settings, taken from the types that read them.

use std::fmt::Write as _;

use serde_json::Value;
use utoipa::{PartialSchema, ToSchema};

use super::{Config, layers};

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, with its section before it: `wise.timeout`.
    pub name: String,
    /// Its environment variable: `SCA_WISE__TIMEOUT`. A map's has the entry's name at its end.
    pub variable: String,
    /// What it means, with unit and range.
    pub meaning: String,
    /// Whether the section needs it.
    pub is_required: bool,
    /// What holds if it is absent.
    pub default: Option<String>,
}

/// All settings, those of a section after its own.
#[must_use]
pub fn settings() -> Vec<Setting> {
    let mut sections = Vec::new();
    Config::schemas(&mut sections);
    let sections: Vec<(String, Value)> = sections
        .into_iter()
        .filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)))
        .collect();
    let root = serde_json::to_value(Config::schema()).unwrap_or_default();
    let mut settings = Vec::new();
    collect("", &root, &sections, &mut settings);
    settings
}

fn collect(prefix: &str, schema: &Value, sections: &[(String, Value)], settings: &mut Vec<Setting>) {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map_or_else(Vec::new, |names| names.iter().filter_map(Value::as_str).collect());
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let (nested, own): (Vec<_>, Vec<_>) = properties
        .iter()
        .partition(|(_, property)| section_of(property, sections).is_some());
    for (key, property) in own {
        let name = format!("{prefix}{key}");
        let is_map = property.get("additionalProperties").is_some();
        let entry = if is_map { ".<name>" } else { "" };
        settings.push(Setting {
            variable: layers::variable_of(&format!("{name}{entry}")),
            meaning: property["description"].as_str().unwrap_or_default().replace('\n', " "),
            is_required: required.contains(&key.as_str()),
            default: property.get("default").map(written),
            name: format!("{name}{entry}"),
        });
    }
    for (key, property) in nested {
        if let Some(section) = section_of(property, sections) {
            collect(&format!("{prefix}{key}."), section, sections, settings);
        }
    }
}

/// The section that a property refers to, whether or not it may be absent.
fn section_of<'a>(property: &Value, sections: &'a [(String, Value)]) -> Option<&'a Value> {
    let alternatives = property["oneOf"].as_array().into_iter().flatten();
    let reference = std::iter::once(property)
        .chain(alternatives)
        .find_map(|schema| schema["$ref"].as_str())?;
    let (_, name) = reference.rsplit_once('/')?;
    let (_, section) = sections.iter().find(|(section, _)| section == name)?;
    section.get("properties").map(|_| section)
}

fn written(default: &Value) -> String {
    match default {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "empty".into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => default.to_string(),
    }
}

/// The list as a Markdown document: the crate's `SETTINGS.md`.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(HEAD);
    let mut section = None;
    for setting in settings() {
        let (before, _) = setting.name.rsplit_once('.').unwrap_or(("", &setting.name));
        let before = if setting.name.ends_with(".<name>") { "" } else { before };
        if section.as_deref() != Some(before) {
            let title = if before.is_empty() { "Top level" } else { before };
            let title = if before.is_empty() {
                title.to_owned()
            } else {
                format!("`[{title}]`")
            };
            let _ = write!(
                text,
                "\n## {title}\n\n| setting | variable | default | meaning |\n|---|---|---|---|\n"
            );
            section = Some(before.to_owned());
        }
        let default = match (&setting.default, setting.is_required) {
            (Some(default), _) if default == "empty" => default.clone(),
            (Some(default), _) => format!("`{default}`"),
            (None, true) => "required".into(),
            (None, false) => String::new(),
        };
        let Setting {
            name,
            variable,
            meaning,
            ..
        } = &setting;
        let _ = writeln!(text, "| `{name}` | `{variable}` | {default} | {meaning} |");
    }
    text
}

/// The same list for a terminal.
#[must_use]
pub fn help() -> String {
    let mut text = String::from("Settings (variable, default, meaning; SETTINGS.md has the names in the file):\n");
    for setting in settings() {
        let default = match (&setting.default, setting.is_required) {
            (Some(default), _) => format!(" [default: {default}]"),
            (None, true) => " [required]".into(),
            (None, false) => String::new(),
        };
        let _ = writeln!(text, "  {}{default}\n      {}", setting.variable, setting.meaning);
    }
    text
}

const HEAD: &str = "\
# Settings of sca-backend

Printed by `sca-backend --settings`; a test compares this file with the program. Do not edit it by hand.

Every setting can stand in the TOML file that `--config` (or `SCA_CONFIG`) names, and in the environment, which takes precedence.
An unknown setting is an error, and so is a variable that begins with `SCA_` and is none of these. (Kubernetes adds such variables
for a service whose name begins with `sca`: set `enableServiceLinks: false`.)

- A duration has a unit: `500ms`, `30s`, `15m`.
- A list is an array in the file. In the environment, commas separate its items.
- A section is required only if the backend is to use it. A setting that is required is so within its section.
- With `_FILE` at the end of its name, a variable holds the path of a file with the value: `SCA_ENCRYPTION_KEYS_FILE=/run/secrets/key`.
  Line ends at the end of that file are dropped.

`SCA_LOG` filters the log (`info` if absent; the syntax is that of
[tracing-subscriber](https://docs.rs/tracing-subscriber/0.3/tracing_subscriber/filter/struct.EnvFilter.html)).
";
