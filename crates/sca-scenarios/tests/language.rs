//! The committed schemas match the types, every scenario matches its types, and README.md names every word.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use sca_scenarios::{confirmation::ConfirmationScenario, flow::FlowScenario, schema};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios")
}

/// The files of one kind: the name and the text of each.
fn files(kind: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder().join(kind)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn the_committed_schemas_match_the_types() {
    for (_, file, schema) in schema::all() {
        let path = folder().join(file);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("SCA_WRITE_SCHEMAS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == text,
            "{file} is not the schema of the types; write it with: SCA_WRITE_SCHEMAS=1 cargo test --test language"
        );
    }
}

#[test]
fn there_are_scenarios_of_both_kinds_and_each_names_its_schema() {
    for (kind, schema, _) in schema::all() {
        let files = files(kind);
        assert!(files.len() >= 10, "only {} {kind} were found", files.len());
        for (file, text) in files {
            let scenario: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert_eq!(scenario["$schema"], format!("../{schema}"), "{file}");
        }
    }
}

#[test]
fn an_unknown_word_is_refused_everywhere() {
    for (file, text) in files("flow") {
        refuses_strange_words(&file, &text, |scenario| {
            serde_json::from_value::<FlowScenario>(scenario).is_ok()
        });
    }
    for (file, text) in files("confirmations") {
        refuses_strange_words(&file, &text, |scenario| {
            serde_json::from_value::<ConfirmationScenario>(scenario).is_ok()
        });
    }
}

/// A scenario is accepted, and refused with one more member in any of its objects.
fn refuses_strange_words(file: &str, text: &str, accepts: impl Fn(Value) -> bool) {
    let scenario: Value = serde_json::from_str(text).unwrap();
    assert!(accepts(scenario.clone()), "{file} is refused");
    let mut places = Vec::new();
    objects(&scenario, &mut String::new(), &mut places);
    for place in places {
        let mut changed = scenario.clone();
        let object = changed.pointer_mut(&place).unwrap().as_object_mut().unwrap();
        object.insert("aWordThatDoesNotExist".into(), Value::Bool(true));
        assert!(!accepts(changed), "{file} may have a strange word at {place:?}");
    }
}

/// The places of all objects in a value.
fn objects(value: &Value, place: &mut String, places: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            places.push(place.clone());
            members.iter().map(|(name, member)| (name.clone(), member)).collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, member) in members {
        let length = place.len();
        place.push('/');
        place.push_str(&name);
        objects(member, place, places);
        place.truncate(length);
    }
}

/// Each word of a definition, with its description.
fn words_of(definition: &Value) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    let described = |holder: &Value| holder["description"].as_str().unwrap_or_default().to_owned();
    for (name, member) in definition["properties"].as_object().into_iter().flatten() {
        words.insert(name.clone(), described(member));
    }
    for alternative in ["oneOf", "anyOf"] {
        for variant in definition[alternative].as_array().into_iter().flatten() {
            if let Some(name) = variant["const"].as_str() {
                words.insert(name.to_owned(), described(variant));
            }
            for name in variant["enum"].as_array().into_iter().flatten() {
                words.insert(name.as_str().unwrap().to_owned(), String::new());
            }
            for (name, member) in variant["properties"].as_object().into_iter().flatten() {
                let says = [described(variant), described(member)].concat();
                // The tag of a kind names the variant itself.
                let word = member["const"].as_str().unwrap_or(name);
                words.insert(word.to_owned(), says);
            }
        }
    }
    words
}

#[test]
fn a_word_has_one_meaning_in_both_kinds() {
    let [flow, confirmations] = schema::all().map(|(_, _, schema)| schema.to_value()["$defs"].clone());
    let mut shared = 0;
    for (name, definition) in flow.as_object().unwrap() {
        if let Some(other) = confirmations.get(name) {
            assert_eq!(definition, other, "{name}");
            shared += 1;
        }
    }
    assert!(shared > 0);
    let pairs = [
        ("CustomerAction", "ConfirmationAction"),
        ("View", "ViewName"),
        ("Notice", "NoticeName"),
        ("Factor", "ConfirmationFactor"),
    ];
    for (whole, part) in pairs {
        let whole_words = words_of(&flow[whole]);
        let shared: Vec<_> = words_of(&confirmations[part])
            .into_iter()
            .filter(|(word, _)| whole_words.contains_key(word))
            .collect();
        assert!(!shared.is_empty(), "{whole} and {part} share no word");
        for (word, says) in shared {
            assert_eq!(whole_words[&word], says, "{word} of {whole} and {part}");
        }
    }
}

#[test]
fn readme_names_every_word() {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let mut missing = BTreeSet::new();
    for (_, file, schema) in schema::all() {
        let schema = schema.to_value();
        let definitions = schema["$defs"].as_object().unwrap().iter();
        for (name, definition) in definitions.chain([(&file.to_owned(), &schema)]) {
            let words = words_of(definition).into_keys();
            let unsaid = words.filter(|word| !page.contains(&format!("`{word}`")));
            missing.extend(unsaid.map(|word| format!("{name}: {word}")));
        }
    }
    assert!(
        missing.is_empty(),
        "tests/scenarios/README.md does not say what these are: {missing:#?}"
    );
}
