//! Checks of every language's file, in both folders. Whether a translation is good, only a reader can judge.
#![allow(clippy::unwrap_used, reason = "a test that finds something unexpected has failed")]

mod terms;

use std::fs;
use std::path::{Path, PathBuf};

use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};

use super::{phrases::Phrases, source};
use terms::{CLAIMS, LOANS, LONG, SAME, SHORT};

/// What stays in Latin letters in every alphabet.
const LATIN_NAMES: [&str; 4] = ["FaceSign", "WhatsApp", "PIN", "SMS"];

/// Short labels may be as long as this, in letters, whatever English has.
const ROOM: usize = 24;

/// The files of a folder, read when a test runs, so that a new language is checked without being listed.
pub(crate) struct Folder {
    english: File,
    translations: Vec<File>,
}

pub(crate) struct File {
    pub(crate) language: String,
    /// The first comment, which is the language's own name.
    own_name: String,
    phrases: Vec<(String, String)>,
}

impl Folder {
    /// The folder of a crate's module, such as `src/ui/text`. `fallback` are the phrases that only translations have in it.
    pub(crate) fn read(folder: &str, fallback: Vec<(String, String)>) -> Self {
        let files = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut languages: Vec<File> = files
            .filter(|file| file.extension().is_some_and(|extension| extension == "txt"))
            .map(|file| File::read(&file))
            .collect();
        languages.sort_by(|one, other| one.language.cmp(&other.language));
        let (mut english, translations): (Vec<_>, Vec<_>) =
            languages.into_iter().partition(|file| file.language == "en");
        let mut english = english.pop().unwrap();
        english.phrases.extend(fallback);
        assert!(!translations.is_empty());
        Self { english, translations }
    }

    pub(crate) fn languages(&self) -> Vec<&str> {
        self.translations.iter().map(|file| file.language.as_str()).collect()
    }

    /// Every file has every phrase, in the order in which the widget reads them.
    pub(crate) fn assert_complete(&self, names: &[String]) {
        assert!(
            self.english.names().starts_with(names),
            "en: {:?}",
            self.english.names()
        );
        for file in &self.translations {
            assert_eq!(file.names(), self.english.names(), "{}", file.language);
        }
        self.assert_none(|_, name, text, _| text.is_empty().then(|| format!("{name} is empty")));
    }

    /// Every phrase has the values of the English one.
    pub(crate) fn assert_values(&self) {
        self.assert_none(|_, name, text, english| (values(text) != values(english)).then(|| format!("{name}: {text}")));
    }

    /// A plural has a form for each category that CLDR has for the language, in CLDR's order. A form for more than one number says the number.
    pub(crate) fn assert_plurals(&self) {
        self.assert_none(|language, name, text, english| {
            let rules = PluralRules::try_new(
                icu_plurals::PluralRulesPreferences::from(&language.parse::<icu_locale_core::Locale>().unwrap()),
                PluralRulesOptions::default(),
            )
            .unwrap();
            let categories: Vec<_> = ORDER
                .into_iter()
                .filter(|(category, _)| rules.categories().any(|known| known == *category))
                .collect();
            if name == "plurals" {
                let names: Vec<_> = categories.iter().map(|(_, name)| *name).collect();
                return (text != names.join(" | ")).then(|| format!("{text}, CLDR has {names:?}"));
            }
            let forms: Vec<_> = text.split('|').collect();
            if !english.contains('|') {
                return (forms.len() != 1).then(|| format!("{name} has forms: {text}"));
            }
            let is_right = forms.len() == categories.len()
                && text.split(" | ").count() == forms.len()
                && forms.iter().zip(&categories).all(|(form, (category, _))| {
                    let numbers = (0_usize..=1_000).filter(|number| rules.category_for(*number) == *category);
                    form.contains("{n}") || !english.contains("{n}") || numbers.count() == 1
                });
            (!is_right).then(|| format!("{name}: {text}"))
        });
    }

    /// No phrase is left in English, and all letters are of the language's alphabet.
    pub(crate) fn assert_alphabets(&self) {
        let own_alphabet: Vec<&str> = self
            .translations
            .iter()
            .filter(|file| file.has_own_alphabet())
            .map(|file| file.language.as_str())
            .collect();
        self.assert_none(|language, name, text, english| {
            if name == "plurals" {
                return None;
            }
            if text == english && !SAME.contains(&english) {
                return Some(format!("{name} is in English: {text}"));
            }
            let mut rest = text.to_owned();
            let loans = LOANS
                .iter()
                .filter(|(known, _)| *known == language)
                .map(|(_, word)| *word);
            for kept in values(text).into_iter().chain(LATIN_NAMES).chain(loans) {
                rest = rest.replace(kept, "");
            }
            let has_own = own_alphabet.contains(&language);
            let stray = rest
                .chars()
                .find(|letter| letter.is_alphabetic() && is_latin(*letter) == has_own)?;
            Some(format!("{name} has {stray}: {text}"))
        });
    }

    /// Nothing is so much longer than in English that it does not fit where it is shown.
    pub(crate) fn assert_lengths(&self) {
        let exceptions: Vec<_> = LONG.iter().map(|(language, name, _)| (*language, *name)).collect();
        self.assert_none(|language, name, text, english| {
            let is_long = is_long(name, text, english) && !exceptions.contains(&(language, name));
            is_long.then(|| {
                format!(
                    "{name} has {} letters, English has {}: {text}",
                    longest(text),
                    longest(english)
                )
            })
        });
    }

    /// The phrases that are too long: language and name.
    fn long(&self) -> Vec<(String, String)> {
        let long = self.translations.iter().flat_map(|file| {
            let both = file.phrases.iter().zip(&self.english.phrases);
            let long = both.filter(|((name, text), (_, english))| is_long(name, text, english));
            long.map(|((name, _), _)| (file.language.clone(), name.clone()))
        });
        long.collect()
    }

    /// Ellipses are one character, and nothing is shouted.
    pub(crate) fn assert_typography(&self) {
        self.assert_none(|_, name, text, english| {
            let is_wrong = ["...", "!", "¡", "--", "  ", "'", "\""]
                .iter()
                .any(|wrong| text.contains(wrong))
                || text.ends_with('…') != english.ends_with('…')
                || text.ends_with(" …");
            is_wrong.then(|| format!("{name}: {text}"))
        });
    }

    /// What English leaves open, a translation leaves open, too: it has the word for it.
    pub(crate) fn assert_claims(&self) {
        self.assert_none(|language, name, text, english| {
            let (_, words) = CLAIMS.iter().find(|(known, _)| *known == language)?;
            let english = english.to_lowercase();
            let text = text.to_lowercase();
            let claims = terms::ENGLISH.iter().zip(words);
            let missing = claims.into_iter().find(|(open, words)| {
                open.iter().any(|open| english.contains(open)) && !words.split('/').any(|word| text.contains(word))
            });
            missing.map(|(open, words)| format!("{name} has nothing for {open:?} ({words}): {text}"))
        });
        let known: Vec<_> = CLAIMS.iter().map(|(language, _)| *language).collect();
        assert_eq!(known, self.languages(), "each language has a line in terms.rs");
    }

    /// Looks for faults in every phrase, given the language, the phrase's name, its text and the English text. Shows all that it finds.
    fn assert_none(&self, mut fault: impl FnMut(&str, &str, &str, &str) -> Option<String>) {
        let mut faults = Vec::new();
        for file in &self.translations {
            for ((name, text), (_, english)) in file.phrases.iter().zip(&self.english.phrases) {
                if name == "direction" || (name == "plurals" && file.language == "en") {
                    continue;
                }
                let found = fault(&file.language, name, text, english);
                faults.extend(found.map(|found| format!("{}: {found}", file.language)));
            }
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    }
}

impl File {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let own_name = text.strip_prefix("# ").and_then(|text| text.split_once('.')).unwrap().0;
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        Self {
            language: file.file_stem().unwrap().to_str().unwrap().to_owned(),
            own_name: own_name.to_owned(),
            phrases: source::phrases(&text).unwrap().into_iter().map(owned).collect(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.phrases.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The phrases that a customer reads.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.phrases.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        texts.filter(|(name, _)| !["direction", "plurals"].contains(name))
    }

    fn letters(&self) -> impl Iterator<Item = char> {
        self.texts().flat_map(|(_, text)| text.chars())
    }

    /// Whether most letters are not Latin ones.
    fn has_own_alphabet(&self) -> bool {
        let (latin, other): (Vec<_>, Vec<_>) = self
            .letters()
            .filter(|letter| letter.is_alphabetic())
            .partition(|letter| is_latin(*letter));
        other.len() > latin.len()
    }

    fn text(&self, name: &str) -> &str {
        &self.phrases.iter().find(|(known, _)| known == name).unwrap().1
    }
}

/// The plural categories in CLDR's order.
const ORDER: [(PluralCategory, &str); 6] = [
    (PluralCategory::Zero, "zero"),
    (PluralCategory::One, "one"),
    (PluralCategory::Two, "two"),
    (PluralCategory::Few, "few"),
    (PluralCategory::Many, "many"),
    (PluralCategory::Other, "other"),
];

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

/// The length of a phrase's longest form, in letters.
fn longest(text: &str) -> usize {
    text.split(" | ").map(|form| form.chars().count()).max().unwrap()
}

/// Whether a phrase is too long for its place.
fn is_long(name: &str, text: &str, english: &str) -> bool {
    // In tenths of the English length.
    let most = if SHORT.contains(&name) { 16 } else { 20 };
    !["direction", "plurals"].contains(&name) && longest(text) > ROOM && longest(text) * 10 > longest(english) * most
}

fn is_latin(letter: char) -> bool {
    letter.is_alphabetic() && (letter < '\u{0250}' || ('\u{1E00}'..='\u{1EFF}').contains(&letter))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The widget's own folder. English has the fallback's texts in the script that shows them.
fn folder() -> Folder {
    let script = read("pkg/fallback.js");
    let (_, list) = script.split_once("const ENGLISH = [").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let texts = list.split('"').skip(1).step_by(2).map(str::to_owned);
    let fallback: Vec<_> = source::FALLBACK.map(str::to_owned).into_iter().zip(texts).collect();
    assert_eq!(fallback.len(), source::FALLBACK.len());
    Folder::read("src/ui/text", fallback)
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
fn a_plural_has_every_form_that_cldr_names_and_nothing_else_has_forms() {
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
fn every_phrase_that_may_be_long_is_long() {
    let long = [folder().long(), Folder::read("src/enrolment/text", Vec::new()).long()].concat();
    for (language, name, why) in LONG {
        let is_there = long.contains(&((*language).to_owned(), (*name).to_owned()));
        assert!(is_there, "{language}: {name} is not too long any more ({why})");
    }
}

#[test]
fn no_phrase_shouts() {
    folder().assert_typography();
}

#[test]
fn no_phrase_claims_more_than_the_english_one() {
    folder().assert_claims();
}

#[test]
fn a_language_is_written_from_right_to_left_if_its_letters_are() {
    let folder = folder();
    for file in folder.translations.iter().chain([&folder.english]) {
        // Hebrew and Arabic.
        let is_rtl = file.letters().any(|letter| ('\u{0590}'..='\u{06FF}').contains(&letter));
        let direction = if is_rtl { "rtl" } else { "ltr" };
        assert_eq!(file.text("direction"), direction, "{}", file.language);
    }
}

#[test]
fn the_demo_and_the_documentation_name_every_language_and_no_other() {
    let folder = folder();
    let mut named: Vec<_> = folder.translations.iter().chain([&folder.english]).collect();
    named.sort_by(|one, other| one.language.cmp(&other.language));
    for page in ["www/index.html", "www/security.html"] {
        let html = read(page);
        let (_, select) = html.split_once("<select id=\"language\">").unwrap();
        let (select, _) = select.split_once("</select>").unwrap();
        let options: Vec<_> = select.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let wanted = named.iter().map(|file| {
            let File { language, own_name, .. } = file;
            let direction = if file.text("direction") == "rtl" {
                " dir=\"rtl\""
            } else {
                ""
            };
            format!("<option value=\"{language}\" lang=\"{language}\"{direction}>{own_name}</option>")
        });
        let mut sorted = options.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, wanted.collect::<Vec<_>>(), "{page}");
    }
    let table = read("docs/languages.md");
    let rows = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows: Vec<_> = rows
        .map(|(language, rest)| (language, rest.split(" | ").next().unwrap()))
        .collect();
    let wanted: Vec<_> = named
        .iter()
        .map(|file| (file.language.as_str(), file.own_name.as_str()))
        .collect();
    assert_eq!(rows, wanted, "docs/languages.md");
}

#[test]
fn stripped_files_contain_only_the_phrases() {
    let strip_keys = source::strip_keys("# TextSignal\n\nplurals: one | other\nstep: Step: {n}\n");
    assert_eq!(strip_keys.unwrap(), "one|other\nStep: {n}");
    assert_eq!(source::strip_keys("step\n"), Err("step"));
}
