//! Phrases that depend on a number.

use super::catalog::key;

key! {
    /// A phrase in each plural form of its language, separated by `|`. `{n}` stands for the number.
    Plural
}

/// The form of one category. `categories` lists the language's categories in the order of the forms. The last form is for all others.
pub(super) fn form_of(forms: &'static str, category: &str, categories: &str) -> &'static str {
    let mut form = "";
    for (text, named) in forms.split('|').zip(categories.split('|')) {
        form = text;
        if named == category {
            break;
        }
    }
    form
}
