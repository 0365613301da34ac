//! Requests.

use sca_jose::{Cipher, CipherError, JoseError, MAX_TOKEN_LENGTH, MessageFlaw, PublicKey, Recipient, Sealed};

use crate::{
    fixtures::{KEY_NAMES, public_key},
    native_cipher::{NativeCipher, NativeContentKey, PinnedCipher},
    provider,
    sending::encrypt,
    tokens,
};

const PIN: &[u8] = br#"{"pin":"1234"}"#;

fn request_to(recipient: &PublicKey, plaintext: &[u8]) -> String {
    pollster::block_on(encrypt(&NativeCipher, recipient, plaintext))
        .unwrap()
        .0
}

#[test]
fn the_header_holds_the_two_algorithms_and_nothing_else() {
    let received = provider::receive("test-key-2048", &request_to(&public_key("test-key-2048"), PIN));
    assert_eq!(received.header, r#"{"enc":"A256GCM","alg":"RSA-OAEP-256"}"#);
    assert_eq!(received.plaintext, PIN);
}

#[test]
fn segments_have_the_lengths_of_the_algorithms() {
    for (name, modulus_length) in KEY_NAMES.into_iter().zip([256, 384, 512]) {
        let [_, encrypted_key, iv, ciphertext, tag] =
            tokens::segments(&request_to(&public_key(name), PIN)).map(|segment| tokens::decode(&segment).len());
        assert_eq!(
            [encrypted_key, iv, ciphertext, tag],
            [modulus_length, 12, PIN.len(), 16],
            "{name}"
        );
    }
}

#[test]
fn a_key_identifier_is_sent_only_when_the_caller_asks() {
    let header = |recipient: PublicKey| provider::receive("test-key-2048", &request_to(&recipient, PIN)).header;
    let plain = || public_key("test-key-2048");
    let identified = || plain().with_key_id("a1b2:c3").unwrap();
    let silent = r#"{"enc":"A256GCM","alg":"RSA-OAEP-256"}"#;
    assert_eq!(header(identified()), silent);
    assert_eq!(header(plain().sending_key_id()), silent);
    assert_eq!(
        header(identified().sending_key_id()),
        r#"{"enc":"A256GCM","alg":"RSA-OAEP-256","kid":"a1b2:c3"}"#
    );
    assert_eq!(identified().key_id(), Some("a1b2:c3"));
}

#[test]
fn two_requests_with_the_same_plaintext_share_neither_key_nor_vector() {
    let [first, second] = [(); 2].map(|()| request_to(&public_key("test-key-2048"), PIN));
    let key_and_vector = |token: &str| {
        let [_, _, iv, ..] = tokens::segments(token);
        (provider::receive("test-key-2048", token).content_key, iv)
    };
    let (first, second) = (key_and_vector(&first), key_and_vector(&second));
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
}

#[test]
fn a_token_of_the_greatest_length_is_made_and_a_longer_one_is_not() {
    let recipient = public_key("test-key-2048");
    let length = |plaintext_length: usize| request_to(&recipient, &vec![b'x'; plaintext_length]).len();
    let overhead = length(0);
    // Three bytes make four characters.
    let most = (MAX_TOKEN_LENGTH - overhead) / 4 * 3;
    assert!((MAX_TOKEN_LENGTH - 3..=MAX_TOKEN_LENGTH).contains(&length(most)));
    let cipher = PinnedCipher::new([1; 32], [2; 12]);
    let refused = pollster::block_on(encrypt(&cipher, &recipient, &vec![b'x'; most + 3])).unwrap_err();
    assert!(refused == JoseError::Failed(MessageFlaw::TooLong));
}

type Spoil = fn(&mut Sealed<NativeContentKey>);

/// A cipher that returns a correct result with one wrong length.
struct Spoiling(Spoil);

impl Cipher for Spoiling {
    type ContentKey = NativeContentKey;
    type RecipientKey = PublicKey;

    async fn import_key(&self, recipient: &PublicKey) -> Result<PublicKey, CipherError> {
        NativeCipher.import_key(recipient).await
    }

    async fn seal(
        &self,
        recipient: &PublicKey,
        authenticated: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed<NativeContentKey>, CipherError> {
        let mut sealed = NativeCipher.seal(recipient, authenticated, plaintext).await?;
        self.0(&mut sealed);
        Ok(sealed)
    }
}

#[test]
fn a_cipher_result_of_the_wrong_length_is_not_sent() {
    let spoilers: [(&str, Spoil); 5] = [
        ("wrapped to a shorter key", |sealed| sealed.encrypted_key.truncate(128)),
        ("not wrapped at all", |sealed| sealed.encrypted_key = vec![0; 32]),
        ("a tag cut to 96 bits", |sealed| {
            sealed.ciphertext_and_tag.truncate(PIN.len() + 12)
        }),
        ("a byte too many", |sealed| sealed.ciphertext_and_tag.push(0)),
        ("nothing", |sealed| sealed.ciphertext_and_tag.clear()),
    ];
    for (name, spoil) in spoilers {
        let refused = pollster::block_on(encrypt(&Spoiling(spoil), &public_key("test-key-2048"), PIN)).unwrap_err();
        assert!(refused == JoseError::Failed(MessageFlaw::CipherResult), "{name}");
    }
}

/// A cipher without a generator, as in a page that is not a secure context.
struct Absent;

impl Cipher for Absent {
    type ContentKey = NativeContentKey;
    type RecipientKey = PublicKey;

    async fn import_key(&self, recipient: &PublicKey) -> Result<PublicKey, CipherError> {
        Ok(recipient.clone())
    }

    async fn seal(&self, _: &PublicKey, _: &[u8], _: &[u8]) -> Result<Sealed<NativeContentKey>, CipherError> {
        Err(CipherError)
    }
}

/// A cipher that cannot do anything with the key.
struct Picky;

impl Cipher for Picky {
    type ContentKey = NativeContentKey;
    type RecipientKey = PublicKey;

    async fn import_key(&self, _: &PublicKey) -> Result<PublicKey, CipherError> {
        Err(CipherError)
    }

    async fn seal(&self, _: &PublicKey, _: &[u8], _: &[u8]) -> Result<Sealed<NativeContentKey>, CipherError> {
        Err(CipherError)
    }
}

#[test]
fn a_key_that_the_cipher_refuses_gives_no_recipient() {
    let refused = pollster::block_on(Recipient::prepare(&Picky, &public_key("test-key-2048"))).unwrap_err();
    assert!(refused == JoseError::Failed(MessageFlaw::Cipher));
}

#[test]
fn one_recipient_serves_many_messages_and_each_has_a_key_and_a_vector_of_its_own() {
    let recipient = pollster::block_on(Recipient::prepare(&NativeCipher, &public_key("test-key-2048"))).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let (token, _) = pollster::block_on(sca_jose::encrypt(&NativeCipher, &recipient, PIN)).unwrap();
        let received = provider::receive("test-key-2048", &token);
        assert_eq!(received.plaintext, PIN);
        assert!(seen.insert(received.content_key.to_vec()));
        let [_, _, iv, ..] = tokens::segments(&token);
        assert!(seen.insert(tokens::decode(&iv)));
    }
}

#[test]
fn a_cipher_that_fails_sends_nothing() {
    let refused = pollster::block_on(encrypt(&Absent, &public_key("test-key-2048"), PIN)).unwrap_err();
    assert!(refused == JoseError::Failed(MessageFlaw::Cipher));
}
