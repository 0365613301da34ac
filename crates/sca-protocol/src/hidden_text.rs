/// Declares a type for a text that is hidden from `Debug`, and wiped when dropped.
macro_rules! hidden_text {
    ($(#[$meta:meta])* $name:ident) => {
        #[derive(Clone, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        $(#[$meta])*
        pub struct $name(String);

        impl $name {
            /// Takes ownership of the text.
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(text)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl zeroize::ZeroizeOnDrop for $name {}

        impl Drop for $name {
            fn drop(&mut self) {
                zeroize::Zeroize::zeroize(&mut self.0);
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    };
}
pub(crate) use hidden_text;
