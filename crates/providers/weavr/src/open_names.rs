/// Declares an open enumeration of Weavr's names. An unknown name is kept, so that every `match` has to handle it. It must never mean
/// success.
macro_rules! names {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// An unknown name, truncated to 64 characters.
            Other(Box<str>),
        }

        impl $name {
            /// Parses a name.
            #[must_use]
            pub fn from_name(name: &str) -> Self {
                match name {
                    $( $text => Self::$variant, )+
                    other => Self::Other($crate::open_names::kept(other)),
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

/// The kept part of an unknown name, without control characters, which could break a log line.
pub(super) fn kept(name: &str) -> Box<str> {
    let plain = name.chars().filter(|character| !character.is_control());
    plain.take(LONGEST_NAME).collect::<String>().into()
}
