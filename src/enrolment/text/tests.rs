//! Checks of every language's file. The widget's rules apply.

use super::phrases::Phrases;
use crate::ui::text::tests::Folder;

fn folder() -> Folder {
    Folder::read("src/enrolment/text", Vec::new())
}

#[test]
fn the_element_has_the_languages_of_the_widget() {
    assert_eq!(
        folder().languages(),
        Folder::read("src/ui/text", Vec::new()).languages()
    );
}

#[test]
fn every_language_has_every_phrase_in_the_order_in_which_it_is_read() {
    folder().assert_complete(&Phrases::names(""));
}

#[test]
fn every_phrase_has_the_values_of_the_english_one() {
    folder().assert_values();
}

#[test]
fn nothing_has_plural_forms() {
    folder().assert_plurals();
}

#[test]
fn every_phrase_is_in_the_alphabet_of_its_language() {
    folder().assert_alphabets();
}

#[test]
fn no_phrase_is_much_longer_than_in_english() {
    folder().assert_lengths();
}

#[test]
fn no_phrase_shouts() {
    folder().assert_typography();
}

#[test]
fn no_phrase_claims_more_than_the_english_one() {
    folder().assert_claims();
}
