//! A name that has letters outside ASCII, written so that it cannot be taken for another. Nothing is judged
//! here: most such names are what they seem to be.

use idna::punycode;

/// The ASCII form of `name`; none where it is ASCII already. Hosts read as a browser would ask for them, other
/// words keep each letter as it is: `exämple.com` is `xn--exmple-cua.com`, `Förening` is `xn--Frening-90a`.
pub fn ascii_form(name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    // Whatever separates words and parts of addresses stays where it is.
    let pieces = name.split_inclusive(|c: char| c.is_ascii() && !is_ascii_of_host(c));
    Some(pieces.map(piece).collect())
}

fn piece(piece: &str) -> String {
    let word = piece.trim_end_matches(|c: char| c.is_ascii() && !is_ascii_of_host(c));
    let separator = piece.strip_prefix(word).unwrap_or_default();
    host(word).unwrap_or_else(|| word.split('.').map(label).collect::<Vec<_>>().join(".")) + separator
}

/// Only where every label stays what it is: a browser takes `Ａpple` for `apple`, and a person is to see that
/// it is not.
fn host(word: &str) -> Option<String> {
    let host = word.contains('.').then(|| idna::domain_to_ascii_strict(word).ok())??;
    let is_same = |(shown, written): (&str, &str)| shown.is_ascii() != written.starts_with("xn--");
    let (shown, written) = (word.split('.'), host.split('.'));
    (shown.clone().count() == written.clone().count() && shown.zip(written).all(is_same)).then_some(host)
}

fn label(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    // What is too long to be counted in 32 bits is written letter by letter.
    punycode::encode_str(word)
        .map_or_else(|| word.escape_unicode().to_string(), |encoded| format!("xn--{encoded}"))
}

fn is_ascii_of_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(name: &str) -> String {
        ascii_form(name).expect("is not ASCII")
    }

    #[test]
    fn ascii_needs_no_other_form() {
        for name in ["", "Northwind", "example.com", "xn--exmple-cua.com", "a b/c@d"] {
            assert_eq!(ascii_form(name), None);
        }
    }

    #[test]
    fn hosts_read_as_a_browser_asks_for_them() {
        // RFC 3492 and the registered test domains of IANA.
        assert_eq!(written("bücher.example"), "xn--bcher-kva.example");
        assert_eq!(written("BÜCHER.example"), "xn--bcher-kva.example");
        assert_eq!(written("пример.испытание"), "xn--e1afmkfd.xn--80akhbyknj4f");
        // The whole of it in Cyrillic.
        assert_eq!(written("аррӏе.com"), "xn--80ak6aa92e.com");
        assert_eq!(written("https://bücher.example/år"), "https://xn--bcher-kva.example/xn--r-1fa");
        assert_eq!(written("post@bücher.example:443"), "post@xn--bcher-kva.example:443");
    }

    #[test]
    fn other_names_are_written_word_by_word() {
        assert_eq!(written("Förening"), "xn--Frening-90a");
        assert_eq!(written("Åre kommun"), "xn--re-6fa kommun");
        assert_eq!(written("Mícrosoft"), "xn--Mcrosoft-c2a");
    }

    #[test]
    fn names_that_look_like_others_are_unmistakable() {
        // Cyrillic А; full-width Ａ; the sign for Kelvin; a zero-width joiner.
        for name in [
            "\u{410}pple",
            "\u{ff21}pple",
            "\u{212a}raken",
            "App\u{200d}le",
            "\u{ff21}pple.com",
            "apple\u{3002}com",
        ] {
            assert!(written(name).contains("xn--"), "{name:?} is {}", written(name));
        }
    }

    #[test]
    fn a_name_of_any_length_has_a_form() {
        assert!(written(&"ö".repeat(2048)).is_ascii());
    }

    proptest! {
        #[test]
        fn the_form_is_ascii_and_there_whenever_the_name_is_not(name in any::<String>()) {
            match ascii_form(&name) {
                None => prop_assert!(name.is_ascii()),
                Some(form) => prop_assert!(form.is_ascii() && form != name && form.contains("xn--")),
            }
        }
    }
}
