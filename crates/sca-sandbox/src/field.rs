//! Fields of a JSON object that are there only sometimes.

use serde_json::Value;

/// Sets a field. Anything but an object stays as it is.
pub(crate) fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}
