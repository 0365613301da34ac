//! Reading a call's JSON, and telling which fields are wrong.

use serde_json::Value;

use super::behaviour::BadRequest;
use super::errors::bad_request;
use super::resource::Amount;
use crate::answer::Answer;

/// A body being read. What is missing or wrong is noted and answered at the end.
#[derive(Debug)]
pub(crate) struct Body {
    json: Value,
    wrong: Vec<(&'static str, &'static str)>,
}

impl Body {
    /// Reads a body; anything but an object has no fields.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self {
            json: serde_json::from_slice(bytes).unwrap_or_default(),
            wrong: Vec::new(),
        }
    }

    /// The value at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.json.pointer(pointer).filter(|value| !value.is_null())
    }

    /// A text that may be missing.
    pub(crate) fn optional(&self, pointer: &str) -> Option<String> {
        self.at(pointer).and_then(Value::as_str).map(ToOwned::to_owned)
    }

    /// A text that has to be there.
    pub(crate) fn text(&mut self, pointer: &str, name: &'static str) -> String {
        let text = self.optional(pointer).unwrap_or_default();
        if text.is_empty() {
            self.wrong.push((name, "REQUIRED"));
        }
        text
    }

    /// Decimal digits.
    pub(crate) fn id(&mut self, pointer: &str, name: &'static str) -> String {
        let id = self.text(pointer, name);
        if !id.is_empty() && !is_digits(&id) {
            self.wrong.push((name, "REGEX"));
        }
        id
    }

    /// Six digits.
    pub(crate) fn code(&mut self) -> String {
        const NAME: &str = "verificationCode";
        let code = self.text("/verificationCode", NAME);
        let has_form = code.len() == 6 && is_digits(&code);
        if !code.is_empty() && !has_form {
            self.wrong.push((NAME, "REGEX"));
        }
        code
    }

    /// A list of ids with at least one.
    pub(crate) fn ids(&mut self) -> Vec<String> {
        const NAME: &str = "resourceIds";
        let listed = self.at("/resourceIds").and_then(Value::as_array).cloned();
        let Some(listed) = listed.filter(|listed| !listed.is_empty()) else {
            self.wrong.push((NAME, "REQUIRED"));
            return Vec::new();
        };
        let mut ids: Vec<String> = Vec::new();
        for id in &listed {
            match id.as_str().filter(|id| is_digits(id)) {
                Some(id) if ids.iter().any(|known| known == id) => {}
                Some(id) => ids.push(id.to_owned()),
                None => self.wrong.push((NAME, "REGEX")),
            }
        }
        ids
    }

    /// An amount in minor units.
    pub(crate) fn amount(&mut self, pointer: &str, name: &'static str) -> Amount {
        let currency = self.optional(&format!("{pointer}/currency")).unwrap_or_default();
        let minor = self.at(&format!("{pointer}/amount")).and_then(Value::as_i64);
        if currency.len() != 3 || minor.is_none() {
            self.wrong.push((name, "REQUIRED"));
        }
        Amount {
            currency,
            minor: minor.unwrap_or_default(),
        }
    }

    /// Notes a field that is wrong.
    pub(crate) fn wrong(&mut self, name: &'static str, error: &'static str) {
        self.wrong.push((name, error));
    }

    /// Refuses the call when something was wrong.
    pub(crate) fn done(&self, form: BadRequest) -> Result<(), Answer> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(bad_request(form, &self.wrong))
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
