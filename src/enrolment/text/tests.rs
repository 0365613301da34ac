//! Checks of every language's file. The widget's rules apply.

use super::phrases::Phrases;
use crate::ui::text::tests::{assert_complete, assert_translated};

const ENGLISH: &str = include_str!("en.txt");
const TRANSLATIONS: [(&str, &str); 1] = [("ar", include_str!("ar.txt"))];

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
