//! TextSignal that depend on a number.

/// A phrase in each of the forms that its language has for numbers, with `|` between them. `{n}` stands for the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plural(pub(super) &'static str);

impl Plural {
    /// The form of one category, where `categories` names those of the language in the same order. The last form is for all
    /// the others.
    pub(crate) fn of(self, category: &str, categories: &str) -> &'static str {
        let mut form = "";
        for (text, named) in self.0.split('|').zip(categories.split('|')) {
            form = text;
            if named == category {
                break;
            }
        }
        form
    }
}
