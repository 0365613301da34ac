//! The format of a language's file in this folder: a line for each phrase, `name: text`, and comments after `#`. The forms of a
//! plural are on one line, separated by ` | `.

/// What follows the phrases in the file of every language but English: the texts that `pkg/fallback.js` shows when the module cannot run. It
/// has the English ones itself, and counts the lines from the end.
pub const FALLBACK: [&str; 5] = [
    "fallback.blocked",
    "fallback.failed",
    "fallback.crashed",
    "fallback.misused",
    "fallback.retry",
];

/// The phrases with their names, in the order of the file.
///
/// # Errors
/// The first line that is neither a phrase nor a comment nor empty.
pub fn phrases(source: &str) -> Result<Vec<(&str, &str)>, &str> {
    let lines = source.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(": ").ok_or(line))
        .collect()
}

/// The form that the widget reads: the phrases alone, a line for each.
///
/// # Errors
/// As of [`phrases`].
pub fn strip_keys(source: &str) -> Result<String, &str> {
    let texts = phrases(source)?.into_iter().map(|(_, text)| text.replace(" | ", "|"));
    Ok(texts.collect::<Vec<_>>().join("\n"))
}
