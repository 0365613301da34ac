//! What errors and debug output reveal.

use sca_jose::{CipherError, JoseError, KeyFlaw, MessageFlaw, PublicKey, Recipient};

use crate::{fixtures::public_key, native_cipher::NativeCipher, responses::exchange, sending::encrypt};

#[test]
fn every_failed_message_reads_alike() {
    let flaws = [
        MessageFlaw::Cipher,
        MessageFlaw::TagLength,
        MessageFlaw::HeaderAlgorithm,
        MessageFlaw::IvReused,
    ];
    for flaw in flaws {
        let error = JoseError::Failed(flaw);
        assert_eq!(error.to_string(), "the message could not be encrypted or decrypted");
        assert_eq!(format!("{error:?}"), "Failed");
    }
}

#[test]
fn every_refused_key_reads_alike() {
    for flaw in [KeyFlaw::ModulusSize, KeyFlaw::ModulusWeak, KeyFlaw::Encoding] {
        let error = JoseError::KeyRefused(flaw);
        assert_eq!(error.to_string(), "the recipient's encryption key was refused");
        assert_eq!(format!("{error:?}"), "KeyRefused");
    }
}

#[test]
fn no_error_has_a_source() {
    let errors: [&dyn std::error::Error; 3] = [
        &JoseError::Failed(MessageFlaw::Cipher),
        &JoseError::KeyRefused(KeyFlaw::Exponent),
        &CipherError,
    ];
    for error in errors {
        assert!(error.source().is_none());
    }
    assert_eq!(CipherError.to_string(), "the cipher failed");
}

#[test]
fn debug_output_hides_content_keys() {
    let cipher = crate::native_cipher::PinnedCipher::new([0x42; 32], [0x11; 12]);
    assert_eq!(format!("{:?}", exchange(&cipher)), "Exchange");
    let key = public_key("test-key-2048");
    let recipient = pollster::block_on(sca_jose::Cipher::import_key(&NativeCipher, &key)).unwrap();
    let sealed = pollster::block_on(sca_jose::Cipher::seal(&NativeCipher, &recipient, b"", b"")).unwrap();
    assert_eq!(format!("{sealed:?}"), "Sealed");
    let recipient = pollster::block_on(Recipient::prepare(&NativeCipher, &key)).unwrap();
    assert_eq!(format!("{recipient:?}"), "Recipient");
}

/// The driver keeps an exchange across awaits and moves it, so it must not borrow the request's plaintext or key.
#[test]
fn an_exchange_outlives_what_it_was_made_from() {
    fn owned<T: 'static>(value: T) -> T {
        value
    }
    let exchange = {
        let recipient: PublicKey = public_key("test-key-2048");
        let plaintext = b"{}".to_vec();
        pollster::block_on(encrypt(&NativeCipher, &recipient, &plaintext))
            .unwrap()
            .1
    };
    assert!(pollster::block_on(owned(exchange).open("")).is_err());
}
