//! Text from outside that is shown to a customer.

/// The most characters that a [`PlainText`] keeps.
pub const MAX_CHARACTERS: usize = 140;

/// A name, reference or account label from a partner or a provider, made safe to show beside an amount. Control characters and
/// marks that change the direction of text are removed, since with them one payee can look like another. Runs of white space
/// become one blank, and the text is cut after 140 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(min_length = 1))]
pub struct PlainText(String);

impl PlainText {
    /// Removes what must not be shown. `None` when nothing readable is left.
    #[must_use]
    pub fn new(raw: &str) -> Option<Self> {
        let shown: String = raw
            .chars()
            .filter(|character| character.is_whitespace() || is_shown(*character))
            .collect();
        let folded = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let text: String = folded.chars().take(MAX_CHARACTERS).collect();
        if text.is_empty() { None } else { Some(Self(text)) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character is shown: not a control, not a mark that changes the direction of text, and not one without a glyph
/// (Unicode's `Default_Ignorable_Code_Point`, and the blank Braille pattern).
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for PlainText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <String as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(&raw).ok_or_else(|| serde::de::Error::custom("the text holds nothing that can be shown"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_marks_and_controls_cannot_disguise_a_payee() {
        let disguised = PlainText::new("Acme\u{202E}proC\u{202C} \u{0007}\u{200B} Ltd\n").unwrap();
        assert_eq!(disguised.as_str(), "AcmeproC Ltd");
    }

    #[test]
    fn text_that_shows_nothing_is_no_text() {
        assert_eq!(PlainText::new(" \u{200B}\u{2066} \n"), None);
        assert_eq!(PlainText::new("\u{3164}\u{115F}\u{2800}\u{FE0F}\u{E0041}"), None);
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let long = PlainText::new(&"é ".repeat(1000)).unwrap();
        assert!(long.as_str().chars().count() <= MAX_CHARACTERS);
    }
}
