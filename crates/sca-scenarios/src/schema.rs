//! The JSON Schemas of the scenarios.

use schemars::{Schema, schema_for};

use crate::{confirmation::ConfirmationScenario, flow::FlowScenario};

/// Each kind of scenario: its folder below `tests/scenarios`, the file of its schema there, and the schema.
#[must_use]
pub fn all() -> [(&'static str, &'static str, Schema); 2] {
    [
        ("flow", "flow.schema.json", schema_for!(FlowScenario)),
        (
            "confirmations",
            "confirmations.schema.json",
            schema_for!(ConfirmationScenario),
        ),
    ]
}
