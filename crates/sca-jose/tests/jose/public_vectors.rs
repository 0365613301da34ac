//! Project Wycheproof's vectors for the two primitives. They verify what the other tests rely on: the cipher of these tests and
//! the peer that plays the provider.

use josekit::jwe::{JweDecrypter, JweHeader, RSA_OAEP_256, enc::A256GCM};
use rsa::{Oaep, RsaPrivateKey, pkcs8::DecodePrivateKey, sha2::Sha256};
use sca_jose::ContentKey;
use wycheproof::{TestResult, aead, rsa_oaep};

use crate::native_cipher::NativeContentKey;

#[test]
fn aes_256_gcm_opens_what_it_should_and_nothing_else() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let ours = set
        .test_groups
        .iter()
        .filter(|group| (group.nonce_size, group.key_size, group.tag_size) == (96, 256, 128))
        .flat_map(|group| &group.tests);
    let mut tried = 0;
    for test in ours {
        let key = NativeContentKey::new(test.key.as_slice().try_into().unwrap());
        let sealed = [test.ct.as_slice(), &test.tag].concat();
        let opened = pollster::block_on(key.open(test.nonce.as_slice().try_into().unwrap(), &test.aad, &sealed)).ok();
        let expected = (test.result == TestResult::Valid).then_some(test.pt.as_slice());
        assert_eq!(
            opened.as_ref().map(|plaintext| plaintext.as_slice()),
            expected,
            "test {}",
            test.tc_id
        );
        tried += 1;
    }
    assert_eq!(tried, 66);
}

#[test]
fn rsa_oaep_256_unwraps_what_it_should_and_nothing_else() {
    let names = [
        rsa_oaep::TestName::Rsa2048Sha256Mgf1Sha256,
        rsa_oaep::TestName::Rsa3072Sha256Mgf1Sha256,
        rsa_oaep::TestName::Rsa4096Sha256Mgf1Sha256,
    ];
    for name in names {
        let set = rsa_oaep::TestSet::load(name).unwrap();
        let mut tried = 0;
        for group in &set.test_groups {
            let rust_crypto = RsaPrivateKey::from_pkcs8_der(&group.pkcs8).unwrap();
            let josekit = RSA_OAEP_256.decrypter_from_der(&group.pkcs8).unwrap();
            for test in &group.tests {
                // JOSE has no label, so a message with one has to be refused like a damaged one.
                let valid = test.result == TestResult::Valid && test.label.is_empty();
                let expected = valid.then(|| test.pt.to_vec());
                let unwrapped = rust_crypto.decrypt(Oaep::new::<Sha256>(), &test.ct).ok();
                assert_eq!(unwrapped, expected, "{name:?} test {}", test.tc_id);
                let unwrapped = josekit.decrypt(Some(&test.ct), &A256GCM, &JweHeader::new()).ok();
                let content_key = expected.filter(|plaintext| plaintext.len() == 32);
                assert_eq!(
                    unwrapped.filter(|plaintext| plaintext.len() == 32).map(Vec::from),
                    content_key,
                    "{name:?} test {} by josekit",
                    test.tc_id
                );
                tried += 1;
            }
        }
        assert_eq!(tried, 37, "{name:?}");
    }
}
