//! Switches: settings of a simulator that a test changes through the control API.

/// Declares settings with their defaults; one without a default has that of its type. In JSON their names are in camel case, a
/// setting left out has its default, and an unknown one is refused.
macro_rules! settings {
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    (
        $(#[$meta:meta])*
        struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty $(= $default:expr)?, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct $name {
            $( $(#[$field_meta])* pub(crate) $field: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $crate::kit::switches::settings!(@default $($default)?), )* }
            }
        }
    };
}

/// Declares the values of switches, in camel case in JSON. The first value of each is the default.
macro_rules! switches {
    ( $(
        $(#[$meta:meta])*
        enum $name:ident {
            $(#[$default_meta:meta])* $default:ident,
            $( $(#[$value_meta:meta])* $value:ident, )*
        }
    )* ) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) enum $name {
            #[default]
            $(#[$default_meta])* $default,
            $( $(#[$value_meta])* $value, )*
        }
    )* };
}

pub(crate) use {settings, switches};
