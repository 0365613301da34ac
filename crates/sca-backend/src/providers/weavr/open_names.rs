/// Declares the names that Weavr has for something. A name that is not listed is kept as it came, and whoever matches has to say
/// what it means: never that something passed.
macro_rules! names {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A name that is not known, as it came; at most 64 characters of it.
            Other(Box<str>),
        }

        impl $name {
            /// Reads a name; one that is not known is kept.
            #[must_use]
            pub fn from_name(name: &str) -> Self {
                match name {
                    $( $text => Self::$variant, )+
                    other => Self::Other($crate::providers::weavr::open_names::kept(other)),
                }
            }

            /// The name as Weavr spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Other(name) => name,
                }
            }
        }
    };
}

pub(super) use names;

const LONGEST_NAME: usize = 64;

/// What is kept of an unknown name: nothing that breaks a line of the log.
pub(super) fn kept(name: &str) -> Box<str> {
    let plain = name.chars().filter(|character| !character.is_control());
    plain.take(LONGEST_NAME).collect::<String>().into()
}
