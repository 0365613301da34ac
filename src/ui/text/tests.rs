//! Checks of every language's file. Whether a translation is good, only a reader can judge.
#![allow(clippy::unwrap_used, reason = "a test that finds something unexpected has failed")]

use super::{phrases::Phrases, source};

const ENGLISH: &str = include_str!("en.txt");
const TRANSLATIONS: [(&str, &str); 1] = [("ar", include_str!("ar.txt"))];

/// The names in English that stay as they are.
const NAMES_OF_OTHERS: [&str; 1] = ["FaceSign"];

pub(crate) fn phrases(source: &'static str) -> Vec<(&'static str, &'static str)> {
    source::phrases(source).unwrap()
}

fn text(source: &'static str, name: &str) -> &'static str {
    phrases(source).iter().find(|(known, _)| *known == name).unwrap().1
}

/// The names in braces, in any order.
fn values(text: &str) -> Vec<&str> {
    let mut values: Vec<&str> = text
        .split('{')
        .skip(1)
        .map(|after| after.split_once('}').unwrap().0)
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Every phrase is there, in the order in which it is read.
pub(crate) fn assert_complete(source: &'static str, names: &[String]) {
    assert_eq!(phrases(source).iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    assert!(phrases(source).iter().all(|(_, text)| !text.is_empty()));
}

/// Nothing is left in English, and each phrase has the values of the English one.
pub(crate) fn assert_translated(language: &str, source: &'static str, english: &'static str) {
    for ((name, text), (_, english)) in phrases(source).into_iter().zip(phrases(english)) {
        assert_eq!(values(text), values(english), "{language}: {name}");
        if ["direction", "plurals"].contains(&name) {
            continue;
        }
        assert_ne!(text, english, "{language}: {name}");
        let mut own = text.to_owned();
        for kept in values(text).into_iter().chain(NAMES_OF_OTHERS) {
            own = own.replace(kept, "");
        }
        assert!(
            language != "ar" || !own.contains(|letter: char| letter.is_ascii_alphabetic()),
            "{language}: {name}: {text}"
        );
    }
}

#[test]
fn every_language_has_every_phrase_in_the_order_in_which_it_is_read() {
    let names = Phrases::names("");
    for source in [ENGLISH].into_iter().chain(TRANSLATIONS.map(|(_, source)| source)) {
        assert_complete(source, &names);
    }
}

#[test]
fn a_translation_is_complete_and_has_the_same_values() {
    for (language, source) in TRANSLATIONS {
        assert_translated(language, source, ENGLISH);
    }
}

#[test]
fn a_plural_has_every_form_and_nothing_else_has_forms() {
    for source in [ENGLISH].into_iter().chain(TRANSLATIONS.map(|(_, source)| source)) {
        let forms = text(source, "plurals").split(" | ").count();
        for ((name, text), (_, english)) in phrases(source).into_iter().zip(phrases(ENGLISH)) {
            let wanted = if english.contains('|') { forms } else { 1 };
            assert_eq!(text.split('|').count(), wanted, "{name}: {text}");
            assert_eq!(text.split(" | ").count(), wanted, "{name}: {text}");
        }
    }
}

#[test]
fn every_language_has_a_direction() {
    for source in [ENGLISH].into_iter().chain(TRANSLATIONS.map(|(_, source)| source)) {
        assert!(matches!(text(source, "direction"), "ltr" | "rtl"));
    }
}

#[test]
fn stripped_files_contain_only_the_phrases() {
    let strip_keys = source::strip_keys("# TextSignal\n\nplurals: one | other\nstep: Step: {n}\n");
    assert_eq!(strip_keys.unwrap(), "one|other\nStep: {n}");
    assert_eq!(source::strip_keys("step\n"), Err("step"));
}
