//! Reads the lists of phrases: line by line, in the order of the fields.

use super::Plural;

/// The lines of a language that have not been read.
pub(crate) struct CatalogLines(pub(crate) &'static str);

/// A field that is read from one or more lines. It is filled in place: a constructor of the whole list would be four times as much
/// code.
pub(crate) trait CatalogField {
    const EMPTY: Self;

    fn read(&mut self, lines: &mut CatalogLines);

    /// The names that the lines have in a language's file, below the name of the field.
    #[cfg(test)]
    fn names(field: &str) -> Vec<String>;
}

impl CatalogField for &'static str {
    const EMPTY: Self = "";

    #[inline(never)]
    fn read(&mut self, lines: &mut CatalogLines) {
        (*self, lines.0) = lines.0.split_once('\n').unwrap_or((lines.0, ""));
    }

    #[cfg(test)]
    fn names(field: &str) -> Vec<String> {
        vec![field.to_owned()]
    }
}

impl CatalogField for Plural {
    const EMPTY: Self = Self("");

    fn read(&mut self, lines: &mut CatalogLines) {
        self.0.read(lines);
    }

    #[cfg(test)]
    fn names(field: &str) -> Vec<String> {
        vec![field.to_owned()]
    }
}

/// Declares lists of phrases, and how they are read.
macro_rules! phrases {
    ($(
        $(#[$about:meta])*
        struct $list:ident {
            $($(#[$what:meta])* $field:ident: $kind:ty,)*
        }
    )*) => {$(
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $list {
            $($(#[$what])* pub(crate) $field: $kind,)*
        }

        impl CatalogField for $list {
            const EMPTY: Self = Self {
                $($field: CatalogField::EMPTY,)*
            };

            fn read(&mut self, lines: &mut CatalogLines) {
                $(self.$field.read(lines);)*
            }

            #[cfg(test)]
            fn names(field: &str) -> Vec<String> {
                let under = if field.is_empty() { String::new() } else { format!("{field}.") };
                [$(<$kind>::names(&format!("{under}{}", stringify!($field))),)*].concat()
            }
        }
    )*};
}
pub(crate) use phrases;
