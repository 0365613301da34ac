//! Phrases with their values filled in.

use std::rc::Rc;

use sca_protocol::{Money, Timestamp};

use super::{Language, PHRASES, Phrase, Plural, plural::form_of};
use crate::{driver::ports::Formats, enrolment::text as enrolment};

/// Durations above this many seconds are written in minutes.
const MINUTES_ABOVE_SECONDS: u64 = 90;

/// The current language, with its formats for numbers.
pub(crate) struct Localizer {
    language: Language,
    formats: Rc<dyn Formats>,
}

impl Localizer {
    pub(crate) fn new(language: Language, formats: Rc<dyn Formats>) -> Self {
        Self { language, formats }
    }

    pub(crate) fn phrase(&self, phrase: Phrase) -> &'static str {
        self.language.phrase(phrase)
    }

    /// A phrase that only the module with both elements has, if the page's scripts have passed these.
    pub(crate) fn enrolment_phrase(&self, phrase: enrolment::Phrase) -> Option<&'static str> {
        enrolment::known(self.language.tag()).map(|lines| phrase.of(lines))
    }

    pub(crate) fn money(&self, amount: &Money) -> String {
        self.formats.money(self.language.tag(), amount)
    }

    pub(crate) fn day(&self, iso: &str) -> String {
        self.formats.day(self.language.tag(), iso)
    }

    pub(crate) fn moment(&self, time: Timestamp) -> String {
        self.formats.moment(self.language.tag(), time)
    }

    pub(crate) fn number(&self, number: u64) -> String {
        self.formats.number(self.language.tag(), number)
    }

    /// A phrase for a number of things.
    pub(crate) fn count(&self, plural: Plural, number: u64) -> String {
        let category = self.formats.plural_category(self.language.tag(), number);
        let form = form_of(self.language.plural(plural), &category, self.phrase(PHRASES.plurals));
        fill(form, &[("n", &self.number(number))])
    }

    /// A phrase with a remaining `{time}`, rounded down.
    pub(crate) fn remaining_time(&self, template: Phrase, milliseconds: u64) -> String {
        let seconds = milliseconds.div_ceil(1000);
        let time = if seconds < 2 * 60 {
            self.count(PHRASES.seconds, seconds)
        } else {
            self.count(PHRASES.minutes, seconds / 60)
        };
        fill(self.phrase(template), &[("time", &time)])
    }

    /// A phrase with a `{time}` to wait, rounded up.
    pub(crate) fn wait_time(&self, template: Phrase, milliseconds: u64) -> String {
        let seconds = milliseconds.div_ceil(1000);
        let time = if seconds > MINUTES_ABOVE_SECONDS {
            self.count(PHRASES.minutes, seconds.div_ceil(60))
        } else {
            self.count(PHRASES.seconds, seconds)
        };
        fill(self.phrase(template), &[("time", &time)])
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
