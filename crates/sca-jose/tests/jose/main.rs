//! The crate's promises, tested natively. RustCrypto implements the port, josekit plays the provider.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]
#![allow(unreachable_pub, reason = "the modules below belong to this one program")]

mod errors;
mod fixtures;
mod keys_from_der;
mod native_cipher;
mod peers;
mod properties;
mod provider;
mod public_vectors;
mod requests;
mod response_headers;
mod responses;
mod sending;
mod tokens;
