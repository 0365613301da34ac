//! Arbitrary JSON documents, for tests.

use proptest::prelude::*;
use serde_json::{Number, Value, json};

/// Arbitrary JSON, with a bias towards documents that are nearly valid.
pub(super) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        any::<u64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        "[0-9]{1,40}".prop_map(Value::String),
        "-?[0-9]{1,20}(\\.[0-9]{0,3})?".prop_map(Value::String),
        "(EUR|GBP|JPY|eur|COMPLETED|REJECTED|ACTIVE|VERIFIED|DE89370400440532013000)".prop_map(Value::String),
        "\\PC{0,20}".prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec(("(id|type|amount|currency|name|iban|state|[a-z]{1,6})", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A document with one value, at any depth, replaced by an arbitrary one.
pub(super) fn changed(document: Value) -> impl Strategy<Value = Value> {
    let mut pointers = Vec::new();
    collect(&document, "", &mut pointers);
    (proptest::sample::select(pointers), json()).prop_map(move |(pointer, value)| {
        let mut changed = document.clone();
        if let Some(place) = changed.pointer_mut(&pointer) {
            *place = value;
        }
        changed
    })
}

fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    pointers.push(at.to_owned());
    if let Value::Object(members) = value {
        for (name, member) in members {
            collect(member, &format!("{at}/{name}"), pointers);
        }
    }
}

/// An independent reading of an amount: whole minor units, or `None`.
pub(super) fn plain_amount(value: &Value) -> Option<u64> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}
