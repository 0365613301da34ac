//! Reading a call's JSON body, and collecting its invalid fields.

use serde_json::Value;

use super::behaviour::BadRequest;
use super::errors::bad_request;
use super::resource::Amount;
use crate::kit::response::ApiResponse;

/// A body that is read field by field. Invalid fields are collected and reported together.
#[derive(Debug)]
pub(crate) struct Body {
    json: Value,
    invalid: Vec<(&'static str, &'static str)>,
}

impl Body {
    /// Reads a body; anything but an object has no fields.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self {
            json: serde_json::from_slice(bytes).unwrap_or_default(),
            invalid: Vec::new(),
        }
    }

    /// The value at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.json.pointer(pointer).filter(|value| !value.is_null())
    }

    /// An optional text.
    pub(crate) fn optional(&self, pointer: &str) -> Option<String> {
        self.at(pointer).and_then(Value::as_str).map(ToOwned::to_owned)
    }

    /// A required text.
    pub(crate) fn text(&mut self, pointer: &str, name: &'static str) -> String {
        let text = self.optional(pointer).unwrap_or_default();
        if text.is_empty() {
            self.invalid.push((name, "REQUIRED"));
        }
        text
    }

    /// A required id: decimal digits.
    pub(crate) fn id(&mut self, pointer: &str, name: &'static str) -> String {
        let id = self.text(pointer, name);
        if !id.is_empty() && !is_digits(&id) {
            self.invalid.push((name, "REGEX"));
        }
        id
    }

    /// The required code: six digits.
    pub(crate) fn code(&mut self) -> String {
        const NAME: &str = "verificationCode";
        let code = self.text("/verificationCode", NAME);
        let has_form = code.len() == 6 && is_digits(&code);
        if !code.is_empty() && !has_form {
            self.invalid.push((NAME, "REGEX"));
        }
        code
    }

    /// A required list with at least one id.
    pub(crate) fn ids(&mut self) -> Vec<String> {
        const NAME: &str = "resourceIds";
        let listed = self.at("/resourceIds").and_then(Value::as_array).cloned();
        let Some(listed) = listed.filter(|listed| !listed.is_empty()) else {
            self.invalid.push((NAME, "REQUIRED"));
            return Vec::new();
        };
        let mut ids: Vec<String> = Vec::new();
        for id in &listed {
            match id.as_str().filter(|id| is_digits(id)) {
                Some(id) if ids.iter().any(|known| known == id) => {}
                Some(id) => ids.push(id.to_owned()),
                None => self.invalid.push((NAME, "REGEX")),
            }
        }
        ids
    }

    /// A required amount in minor units.
    pub(crate) fn amount(&mut self, pointer: &str, name: &'static str) -> Amount {
        let currency = self.optional(&format!("{pointer}/currency")).unwrap_or_default();
        let minor = self.at(&format!("{pointer}/amount")).and_then(Value::as_i64);
        if currency.len() != 3 || minor.is_none() {
            self.invalid.push((name, "REQUIRED"));
        }
        Amount {
            currency,
            minor: minor.unwrap_or_default(),
        }
    }

    /// Records an invalid field.
    pub(crate) fn invalid(&mut self, name: &'static str, error: &'static str) {
        self.invalid.push((name, error));
    }

    /// Refuses the call when a field is invalid.
    pub(crate) fn done(&self, form: BadRequest) -> Result<(), ApiResponse> {
        if self.invalid.is_empty() {
            Ok(())
        } else {
            Err(bad_request(form, &self.invalid))
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
