//! The languages: each becomes a file of the package, which a page fetches on demand.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};

use crate::files::{files_in, read, write};
use crate::workspace::Workspace;

#[path = "../../../src/ui/text/source.rs"]
#[allow(unreachable_pub, reason = "it belongs to the widget, which shows it to its tests")]
mod source;

pub(crate) const ENGLISH: &str = "en";

/// A language's file in the package. English is first in a list of them.
#[derive(Debug)]
pub(crate) struct Language {
    /// Its primary subtag.
    pub(crate) name: String,
    /// The name of its file.
    pub(crate) file: String,
    /// Whether it is written from right to left.
    pub(crate) is_rtl: bool,
    /// The file's content, in the form that the widget reads.
    phrases: String,
}

/// The source files of the languages in a folder, English first.
pub(crate) fn sources(workspace: &Workspace, folder: &str) -> Result<Vec<PathBuf>> {
    let mut files = files_in(&workspace.root.join(folder))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort_by_key(|file| (name(file) != ENGLISH, file.clone()));
    Ok(files)
}

/// Every language of a folder, English first. The names of their files get a prefix.
///
/// # Errors
///
/// When a language does not have exactly the phrases of English, and in the widget's folder the fallback's after them.
pub(crate) fn all(workspace: &Workspace, folder: &str, prefix: &str) -> Result<Vec<Language>> {
    let mut texts = Vec::new();
    for file in sources(workspace, folder)? {
        let text = String::from_utf8(read(&file)?).with_context(|| format!("{} is not UTF-8", file.display()))?;
        texts.push((name(&file), text));
    }
    let (_, english) = texts.first().context("there is no language")?;
    let names = names(english)?;
    // Only the widget's files say the direction.
    let has_fallback = names.contains(&"direction");
    let language = |(name, text): &(String, String)| {
        let mut wanted = names.clone();
        if has_fallback && name != ENGLISH {
            wanted.extend(source::FALLBACK);
        }
        ensure!(
            self::names(text)? == wanted,
            "{folder}/{name}.txt does not have the phrases of English, in their order"
        );
        let phrases = source::strip_keys(text).map_err(no_phrase)?;
        Ok(Language {
            name: name.clone(),
            file: format!("{prefix}{name}.txt"),
            is_rtl: phrases.starts_with("rtl\n"),
            phrases,
        })
    };
    texts.iter().map(language).collect()
}

/// Writes the languages to a folder, and removes files of earlier languages with the same prefix.
pub(crate) fn write_all(languages: &[Language], prefix: &str, folder: &Path) -> Result<()> {
    for file in files_in(folder)? {
        let is_text = file.extension().is_some_and(|extension| extension == "txt");
        if is_text && name(&file).rsplit_once('-').map_or("", |(before, _)| before) == prefix.trim_end_matches('-') {
            std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    languages
        .iter()
        .try_for_each(|language| write(&folder.join(&language.file), &language.phrases))
}

fn names(text: &str) -> Result<Vec<&str>> {
    let phrases = source::phrases(text).map_err(no_phrase)?;
    Ok(phrases.into_iter().map(|(name, _)| name).collect())
}

fn no_phrase(line: &str) -> anyhow::Error {
    anyhow!("`{line}` is not a phrase with its name")
}

fn name(file: &Path) -> String {
    file.file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
