//! What is known to have gone wrong elsewhere: signatures out of range, in loose DER, at the edges of the
//! arithmetic and under unusual keys. The file says where they come from.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    form: Form,
    groups: Vec<Group>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Form {
    Raw,
    Der,
}

#[derive(Deserialize)]
struct Group {
    key: String,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test(u32, String, String, String, bool);

fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hexadecimal")
}

fn check(form: Form) {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../../../../tests/vectors/wycheproof-es256.json"))
            .expect("reads");
    let (mut good, mut bad) = (0, 0);
    for group in vectors.files.iter().filter(|file| file.form == form).flat_map(|file| &file.groups) {
        let key = PublicKey::from_point(&unhex(&group.key)).expect("a key");
        for Test(id, comment, message, bytes, valid) in &group.tests {
            let bytes = unhex(bytes);
            let signature = match form {
                Form::Raw => Signature::from_raw(&bytes),
                Form::Der => Signature::from_der(&bytes),
            };
            let verified = signature.is_ok_and(|signature| key.verify(&unhex(message), &signature).is_ok());
            assert_eq!(verified, *valid, "{id}: {comment}");
            *(if verified { &mut good } else { &mut bad }) += 1;
            let Ok(signature) = signature else { continue };
            let written = match form {
                Form::Raw => signature.raw().to_vec(),
                Form::Der => signature.to_der(),
            };
            assert_eq!(written, bytes, "{id}: what is read is written the same");
        }
    }
    assert!(good > 20 && bad > 20, "{good} and {bad}: both kinds are there");
}

#[test]
fn raw_signatures_of_wycheproof_are_judged_as_it_says() {
    check(Form::Raw);
}

#[test]
fn der_signatures_of_wycheproof_are_judged_as_it_says() {
    check(Form::Der);
}
