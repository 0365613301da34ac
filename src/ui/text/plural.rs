//! Words that depend on a number.

/// One phrase for each of the plural categories of the Unicode CLDR. `{n}` stands for the number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plural {
    pub(crate) zero: &'static str,
    pub(crate) one: &'static str,
    pub(crate) two: &'static str,
    pub(crate) few: &'static str,
    pub(crate) many: &'static str,
    pub(crate) other: &'static str,
}

/// The plural categories of the Unicode CLDR.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Category {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

impl Plural {
    /// For a language that tells only one from many.
    pub(crate) const fn of_two(one: &'static str, other: &'static str) -> Self {
        Self {
            zero: other,
            one,
            two: other,
            few: other,
            many: other,
            other,
        }
    }

    pub(crate) fn of(&self, category: Category) -> &'static str {
        match category {
            Category::Zero => self.zero,
            Category::One => self.one,
            Category::Two => self.two,
            Category::Few => self.few,
            Category::Many => self.many,
            Category::Other => self.other,
        }
    }
}
