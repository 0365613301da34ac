//! Phrases with their values filled in.

use std::rc::Rc;

use sca_protocol::Money;

use super::{Language, Phrases, Plural};
use crate::{
    driver::ports::Formats,
    enrolment::text::{self as enrolment, Phrases as EnrolmentPhrases},
};

/// Durations above this many seconds are written in minutes.
const MINUTES_ABOVE_SECONDS: u64 = 90;

/// The current language, with its formats for numbers.
pub(crate) struct Localizer {
    pub(crate) phrases: &'static Phrases,
    language: Language,
    formats: Rc<dyn Formats>,
}

impl Localizer {
    pub(crate) fn new(language: Language, formats: Rc<dyn Formats>) -> Self {
        Self {
            phrases: language.phrases(),
            language,
            formats,
        }
    }

    /// The phrases that only the module with both elements has, if the page's scripts have passed them.
    pub(crate) fn enrolment_phrases(&self) -> Option<&'static EnrolmentPhrases> {
        enrolment::known(self.language.tag())
    }

    pub(crate) fn money(&self, amount: &Money) -> String {
        self.formats.money(self.language.tag(), amount)
    }

    pub(crate) fn day(&self, iso: &str) -> String {
        self.formats.day(self.language.tag(), iso)
    }

    pub(crate) fn number(&self, number: u64) -> String {
        self.formats.number(self.language.tag(), number)
    }

    /// A phrase for a number of things.
    pub(crate) fn count(&self, plural: &Plural, number: u64) -> String {
        let category = self.formats.plural_category(self.language.tag(), number);
        let form = plural.of(&category, self.phrases.plurals);
        fill(form, &[("n", &self.number(number))])
    }

    /// A phrase with a remaining `{time}`, rounded down.
    pub(crate) fn remaining_time(&self, template: &str, milliseconds: u64) -> String {
        let seconds = milliseconds.div_ceil(1000);
        let time = if seconds < 2 * 60 {
            self.count(&self.phrases.seconds, seconds)
        } else {
            self.count(&self.phrases.minutes, seconds / 60)
        };
        fill(template, &[("time", &time)])
    }

    /// A phrase with a `{time}` to wait, rounded up.
    pub(crate) fn wait_time(&self, template: &str, milliseconds: u64) -> String {
        let seconds = milliseconds.div_ceil(1000);
        let time = if seconds > MINUTES_ABOVE_SECONDS {
            self.count(&self.phrases.minutes, seconds.div_ceil(60))
        } else {
            self.count(&self.phrases.seconds, seconds)
        };
        fill(template, &[("time", &time)])
    }
}

/// Replaces the names in braces by values.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        text.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Keeps a number or a masked destination in one piece, left to right, inside text of any direction (Unicode isolates).
pub(crate) fn isolated(text: &str) -> String {
    ["\u{2066}", text, "\u{2069}"].concat()
}
