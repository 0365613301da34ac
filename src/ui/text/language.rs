//! The language of the widget.

use std::cell::RefCell;

use super::{
    PHRASES, Phrase, Plural,
    catalog::{Lines, lines},
};

/// A language of the widget, with the region that determines how amounts and days are written.
#[derive(Clone, Debug)]
pub struct Language {
    tag: Box<str>,
    phrases: Lines,
}

impl Language {
    /// The language for a BCP 47 tag such as `en`, `en-GB` or `ar-EG`, with its phrases as
    /// [`strip_keys`](super::source::strip_keys) returns them. Of the tag, only language, script and region are kept.
    #[must_use]
    pub fn new(tag: &str, phrases: String) -> Self {
        let mut subtags = tag.trim().split(['-', '_']);
        let mut tag = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let phrases = read_once(&tag, phrases);
        for subtag in subtags {
            // Only script and region determine how numbers are written. The rest is dropped: the browser's formatters throw on a tag
            // that is not well-formed.
            if !is_script(subtag) && !is_region(subtag) {
                break;
            }
            tag.push('-');
            tag.push_str(subtag);
        }
        Self {
            tag: tag.into(),
            phrases,
        }
    }

    /// The tag in full: for the `lang` attribute, and for writing amounts and days.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The writing direction, as a value of the `dir` attribute.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        self.phrase(PHRASES.direction)
    }

    pub(crate) fn phrase(&self, phrase: Phrase) -> &'static str {
        phrase.of(self.phrases)
    }

    /// All forms of a phrase that depends on a number.
    pub(super) fn plural(&self, plural: Plural) -> &'static str {
        plural.of(self.phrases)
    }
}

/// The phrases of a language. They are read once and kept for the lifetime of the page.
fn read_once(name: &str, phrases: String) -> Lines {
    thread_local! {
        static KNOWN: RefCell<Vec<(String, Lines)>> = const { RefCell::new(Vec::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, phrases)) = known.iter().find(|(language, _)| language == name) {
            return *phrases;
        }
        let phrases = lines(phrases);
        known.push((name.to_owned(), phrases));
        phrases
    })
}

fn is_script(subtag: &str) -> bool {
    subtag.len() == 4 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_region(subtag: &str) -> bool {
    (subtag.len() == 2 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic()))
        || (subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_digit()))
}
