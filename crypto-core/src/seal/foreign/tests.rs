//! Against other implementations: libsodium's secretstream, Argon2's reference, the vectors of the RFCs.

use data_encoding::HEXLOWER;

use super::*;
use crate::secret::{SecretBytes, SecretText};

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn text(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn counting_key() -> SecretBytes {
    SecretBytes::new((0..32).collect())
}

#[test]
fn a_message_of_libsodium_opens() {
    let header = hex("44a5818bfca0e9706a33b4f53cb2f9fb7bac463acd8de446");
    let sealed = hex("e534baa00ae09d09fa4157a98bfbf8569c49e39ac20f219bb7");
    let opened = open_stream_message(&counting_key(), &header, &sealed).unwrap();
    assert_eq!(opened.expose(), b"one line");
}

#[test]
fn an_empty_message_whose_tag_says_that_more_follows_opens() {
    let header = hex("5afe953a3021fd8a9bf1e80160ea1f8b36cc7f5a075c9639");
    let sealed = hex("acd8b8c9f413c52f664a6fa9b66b672b35");
    assert!(open_stream_message(&counting_key(), &header, &sealed).unwrap().is_empty());
}

#[test]
fn a_message_longer_than_a_block_opens() {
    let header = hex("e5888071e4c441b083981aa88236f0b7d5c9a9baca174123");
    let sealed = hex(concat!(
        "53ba07de6e6728ef93efea9686224e4ade1c418ac21e4010315708b17babd22a49180b5eb4b03e4b00609b1e6583ab7b",
        "823f5f36ceb0aff41b2ea87dd9320f6994633398e898320cf8c565a4e59a92e7a75c4a80672f341a02bbe816ce225d53",
        "e2bf16d95f5d8e300451e7d4e000079561e59bd30bee1c0ee0d18930f8fc96b0e6048aa898daa6972435000c076b4d33",
        "87b6368b59bb88d8f3faa1ed7e0272a9073c776b14afc2a223069507fab3200985433b7c6c51c9d1b5b2830b8a7a0a5c",
        "d016b2673b93eb5700140b9885821b0a3889bcbf81279aef05"
    ));
    let opened = open_stream_message(&counting_key(), &header, &sealed).unwrap();
    assert_eq!(opened.expose(), (0..200).collect::<Vec<u8>>());
}

#[test]
fn a_message_with_any_byte_changed_is_refused() {
    let header = hex("44a5818bfca0e9706a33b4f53cb2f9fb7bac463acd8de446");
    let sealed = hex("e534baa00ae09d09fa4157a98bfbf8569c49e39ac20f219bb7");
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert_eq!(
            open_stream_message(&counting_key(), &header, &changed).err(),
            Some(ForeignError::Refused)
        );
    }
    let short = open_stream_message(&counting_key(), &header, &sealed[..16]).err();
    assert_eq!(short, Some(ForeignError::OutOfRange));
}

#[test]
fn argon2id_gives_what_the_reference_gives() {
    let cost = Argon2Cost { memory_kib: 64, passes: 2, lanes: 1 };
    let key = argon2id(&text("password"), b"somesaltsomesalt", cost, 1).unwrap();
    assert_eq!(key.expose(), hex("1a98fba8e6394425c9bdc333a9c750aaf811df070f5fb4a5788e1cf4db5793a1"));
}

// RFC 7914, section 12.
#[test]
fn scrypt_gives_what_the_rfc_gives() {
    let cost = ScryptCost { n: 16384, r: 8, p: 1 };
    let key = scrypt(b"pleaseletmein", b"SodiumChloride", cost, 16).unwrap();
    assert_eq!(key.expose(), hex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"));
}

// One block: HMAC-SHA-256 of the label and the number one.
#[test]
fn expanding_is_that_of_hkdf() {
    let key = expand(&counting_key(), b"enc");
    assert_eq!(key.expose(), hex("9c5639fac602366b486253191cb7900d7d8e3a1514676b118d5803a11dd97213"));
}

#[test]
fn costs_are_bounded_before_they_are_paid() {
    let argon2 = |memory_kib, passes, lanes| {
        argon2id(&text("x"), &[0; 16], Argon2Cost { memory_kib, passes, lanes }, 256).err()
    };
    assert_eq!(argon2(256 * 1024 + 1, 1, 1), Some(ForeignError::TooCostly));
    assert_eq!(argon2(u32::MAX, u32::MAX, 1), Some(ForeignError::TooCostly));
    assert_eq!(argon2(8, u32::MAX, 1), Some(ForeignError::TooCostly));
    assert_eq!(argon2(1024, 1, 17), Some(ForeignError::TooCostly));
    assert_eq!(argon2(0, 1, 1), Some(ForeignError::OutOfRange));
    assert_eq!(argon2(8, 0, 1), Some(ForeignError::OutOfRange));
    let scrypt = |n, r, p| scrypt(b"x", &[0; 32], ScryptCost { n, r, p }, 256).err();
    assert_eq!(scrypt(1 << 40, 8, 1), Some(ForeignError::TooCostly));
    assert_eq!(scrypt(1 << 15, u32::MAX, 1), Some(ForeignError::TooCostly));
    assert_eq!(scrypt(1 << 15, 8, u32::MAX), Some(ForeignError::TooCostly));
    assert_eq!(scrypt(32767, 8, 1), Some(ForeignError::OutOfRange));
    assert_eq!(scrypt(1 << 15, 0, 1), Some(ForeignError::OutOfRange));
    let pbkdf2 = |iterations| pbkdf2(Prf::HmacSha1, &text("x"), &[0; 16], iterations, 32).err();
    assert_eq!(pbkdf2(u32::MAX), Some(ForeignError::TooCostly));
    assert_eq!(pbkdf2(0), Some(ForeignError::OutOfRange));
}
