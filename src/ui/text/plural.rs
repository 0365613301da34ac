//! Phrases that depend on a number.

/// A phrase in each plural form of its language, separated by `|`. `{n}` stands for the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plural(pub(super) &'static str);

impl Plural {
    /// The form of one category. `categories` lists the language's categories in the order of the forms. The last form is for all
    /// others.
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
