//! The lists of phrases. A list has the keys of the phrases: each is the number of its line in the file of every language.

/// The lines of a language's file, by the numbers that the keys have.
pub(crate) type Lines = &'static [&'static str];

/// Splits a language's file into its lines. They are kept for the lifetime of the page.
pub(crate) fn lines(phrases: String) -> Lines {
    let mut lines = Vec::new();
    lines.extend(phrases.leak().split('\n'));
    lines.leak()
}

/// The text of a line; empty if the file has too few.
pub(crate) fn line(lines: Lines, number: u16) -> &'static str {
    lines.get(usize::from(number)).copied().unwrap_or_default()
}

/// Declares the key of a phrase.
macro_rules! key {
    ($(#[$about:meta])* $key:ident) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $key(u16);

        impl $key {
            pub(super) const LINES: u16 = 1;

            pub(super) const fn at(line: u16) -> Self {
                Self(line)
            }

            /// Its text in a language.
            pub(crate) fn of(self, lines: $crate::ui::text::catalog::Lines) -> &'static str {
                $crate::ui::text::catalog::line(lines, self.0)
            }

            #[cfg(all(test, not(target_arch = "wasm32")))]
            pub(super) fn names(field: &str) -> Vec<String> {
                vec![field.to_owned()]
            }
        }
    };
}
pub(crate) use key;

/// Declares lists of keys, and which lines they are.
macro_rules! phrases {
    ($(
        $(#[$about:meta])*
        struct $list:ident {
            $($(#[$what:meta])* $field:ident: $kind:ty,)*
        }
    )*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $list {
            $($(#[$what])* pub(crate) $field: $kind,)*
        }

        impl $list {
            #[allow(dead_code, reason = "no list contains the outermost one")]
            pub(super) const LINES: u16 = 0 $(+ <$kind>::LINES)*;

            /// The list whose first line has a number.
            pub(super) const fn at(line: u16) -> Self {
                $(
                    let $field = <$kind>::at(line);
                    let line = line + <$kind>::LINES;
                )*
                _ = line;
                Self { $($field,)* }
            }

            /// The names that the lines have in a language's file, below the name of the field.
            #[cfg(all(test, not(target_arch = "wasm32")))]
            pub(super) fn names(field: &str) -> Vec<String> {
                let under = if field.is_empty() { String::new() } else { format!("{field}.") };
                [$(<$kind>::names(&format!("{under}{}", stringify!($field))),)*].concat()
            }
        }
    )*};
}
pub(crate) use phrases;
