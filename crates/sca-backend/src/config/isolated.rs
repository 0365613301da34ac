//! `[isolated]` of the configuration.

use std::path::PathBuf;

use sca_protocol::face::origin_of;
use sca_runtime::settings::list;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ConfigError;

/// The script of the package that the page in the frame runs.
const SCRIPT: &str = "isolated-frame.js";

/// Isolated mode: the widget in a frame of this backend's origin, which the page around it cannot read.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IsolatedConfig {
    /// The origins of the pages that may show the frame, exactly as a browser sends them: `https://shop.example`. At least one.
    #[serde(deserialize_with = "list")]
    pub parents: Vec<String>,
    /// The folder of the npm package `sca-widget`, in the release that the pages use.
    #[schema(value_type = String)]
    pub package: PathBuf,
}

impl IsolatedConfig {
    /// Lets the pages of these origins show the frame, with the package in this folder.
    #[must_use]
    pub fn new(parents: Vec<String>, package: impl Into<PathBuf>) -> Self {
        Self {
            parents,
            package: package.into(),
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let wrong = |reason: String| Err(ConfigError::setting("isolated.parents", reason));
        if self.parents.is_empty() {
            return wrong("at least one origin".into());
        }
        for (index, parent) in self.parents.iter().enumerate() {
            if origin_of(parent).is_none_or(|origin| origin.as_str() != parent) {
                return wrong(format!("`{parent}` is not an origin such as https://shop.example"));
            }
            if self.parents.iter().take(index).any(|earlier| earlier == parent) {
                return wrong(format!("`{parent}` is listed twice"));
            }
        }
        if !self.package.join(SCRIPT).is_file() {
            let reason = format!("not the folder of the package: it has no {SCRIPT}");
            return Err(ConfigError::setting("isolated.package", reason));
        }
        Ok(())
    }
}
