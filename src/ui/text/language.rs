//! Which language is spoken.

use super::{Phrases, ar, en};

/// A language that the widget speaks, with the region that decides how amounts and days are written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Language {
    tag: Box<str>,
    translation: Translation,
}

/// The translations there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Translation {
    English,
    Arabic,
}

/// Which way a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Left to right.
    LeftToRight,
    /// Right to left.
    RightToLeft,
}

impl Language {
    /// The language for a BCP 47 tag such as `en`, `en-GB` or `ar-EG`. English when there is no translation, or when the
    /// tag is not one: the customer sees text in any case.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        let mut subtags = tag.trim().split(['-', '_']);
        let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let translation = match primary.as_str() {
            "ar" => Translation::Arabic,
            "en" => Translation::English,
            _ => {
                return Self {
                    tag: "en".into(),
                    translation: Translation::English,
                };
            }
        };
        let mut tag = primary;
        for subtag in subtags {
            // Only script and region say how numbers are written; the rest of a tag may be anything, and a tag that is
            // not well-formed is an error to the browser's formatters.
            if !is_script(subtag) && !is_region(subtag) {
                break;
            }
            tag.push('-');
            tag.push_str(subtag);
        }
        Self {
            tag: tag.into(),
            translation,
        }
    }

    /// The tag in full: for the `lang` attribute, and for writing amounts and days.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Which way it is written.
    #[must_use]
    pub fn direction(&self) -> Direction {
        match self.translation {
            Translation::English => Direction::LeftToRight,
            Translation::Arabic => Direction::RightToLeft,
        }
    }

    pub(crate) fn phrases(&self) -> &'static Phrases {
        match self.translation {
            Translation::English => &en::PHRASES,
            Translation::Arabic => &ar::PHRASES,
        }
    }
}

impl Direction {
    /// The value of the `dir` attribute.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

fn is_script(subtag: &str) -> bool {
    subtag.len() == 4 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_region(subtag: &str) -> bool {
    (subtag.len() == 2 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic()))
        || (subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_digit()))
}
