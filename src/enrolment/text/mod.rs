//! The phrases of the element. Each language has them in a file of its own, beside the widget's.

mod phrases;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::RefCell;

pub(crate) use phrases::{PHRASES, Phrase};

use crate::ui::text::{
    Language,
    catalog::{Lines, lines},
};

/// A language of the element: the widget's, and the phrases that only this element has.
#[derive(Clone, Debug)]
pub struct EnrolmentLanguage {
    /// The widget's language.
    pub language: Language,
    phrases: Lines,
}

impl EnrolmentLanguage {
    /// The language for a BCP 47 tag with the phrases of the widget and of this element, both as
    /// [`strip_keys`](crate::ui::text::source::strip_keys) returns them.
    #[must_use]
    pub fn new(tag: &str, widget_phrases: String, phrases: String) -> Self {
        let language = Language::new(tag, widget_phrases);
        Self {
            phrases: read_once(language.tag(), phrases),
            language,
        }
    }

    pub(crate) fn phrase(&self, phrase: Phrase) -> &'static str {
        phrase.of(self.phrases)
    }
}

thread_local! {
    static KNOWN: RefCell<Vec<(String, Lines)>> = const { RefCell::new(Vec::new()) };
}

/// Has the widget use these phrases in a language.
pub fn learn(language: &Language, phrases: String) {
    read_once(language.tag(), phrases);
}

/// The phrases of a language, if they have been read.
pub(crate) fn known(tag: &str) -> Option<Lines> {
    KNOWN.with_borrow(|known| {
        let (_, phrases) = known.iter().find(|(language, _)| language == tag)?;
        Some(*phrases)
    })
}

/// The phrases for a tag. They are read once and kept for the lifetime of the page.
fn read_once(tag: &str, phrases: String) -> Lines {
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, phrases)) = known.iter().find(|(language, _)| language == tag) {
            return *phrases;
        }
        let phrases = lines(phrases);
        known.push((tag.to_owned(), phrases));
        phrases
    })
}
