//! A text of a page, with places for what is filled in. `*…*` is written bold, `{name}` is filled. What is
//! filled in comes from outside: it is escaped, and put apart so that a name in another script cannot turn
//! the sentence around it.

use std::fmt::{self, Write as _};

use askama::filters::{Escaper, Html, HtmlSafe};
use serde::Deserialize;

/// A text of the messages.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text(String);

/// A text that depends on a number. English, Swedish and Norwegian tell one from all others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plural {
    one: Text,
    other: Text,
}

impl Plural {
    /// The text for `n`, which is filled in.
    pub(crate) fn of(&self, n: u64) -> Filled<'_> {
        let text = if n == 1 { &self.one } else { &self.other };
        text.plain("n", &n)
    }

    /// Both, for a script that counts.
    pub(crate) const fn forms(&self) -> (&Text, &Text) {
        (&self.one, &self.other)
    }
}

impl Text {
    /// As it is written in the messages.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Fills in a name.
    pub(crate) fn with(&self, key: &'static str, value: &str) -> Filled<'_> {
        Filled { text: self, values: Vec::new() }.with(key, value)
    }

    /// Fills in a name, in bold.
    pub(crate) fn bold(&self, key: &'static str, value: &str) -> Filled<'_> {
        Filled { text: self, values: Vec::new() }.bold(key, value)
    }

    /// Fills in what needs no setting apart, such as a number.
    pub(crate) fn plain(&self, key: &'static str, value: &dyn fmt::Display) -> Filled<'_> {
        Filled { text: self, values: Vec::new() }.plain(key, value)
    }

    /// Fills in something that is written in HTML already, such as a date.
    pub(crate) fn html(&self, key: &'static str, value: &dyn HtmlSafe) -> Filled<'_> {
        Filled { text: self, values: Vec::new() }.html(key, value)
    }
}

/// A text with what is filled in.
#[derive(Debug)]
pub(crate) struct Filled<'a> {
    text: &'a Text,
    values: Vec<Value>,
}

#[derive(Debug)]
struct Value {
    key: &'static str,
    plain: String,
    html: String,
}

impl Filled<'_> {
    /// Fills in a name.
    pub(crate) fn with(self, key: &'static str, value: &str) -> Self {
        let html = format!("<bdi>{}</bdi>", escaped(value));
        self.and(key, value.to_owned(), html)
    }

    /// Fills in a name, in bold.
    pub(crate) fn bold(self, key: &'static str, value: &str) -> Self {
        let html = format!("<strong><bdi>{}</bdi></strong>", escaped(value));
        self.and(key, value.to_owned(), html)
    }

    /// Fills in what needs no setting apart.
    pub(crate) fn plain(self, key: &'static str, value: &dyn fmt::Display) -> Self {
        let plain = value.to_string();
        let html = escaped(&plain);
        self.and(key, plain, html)
    }

    /// Fills in HTML.
    pub(crate) fn html(self, key: &'static str, value: &dyn HtmlSafe) -> Self {
        let html = value.to_string();
        self.and(key, String::new(), html)
    }

    /// Without any HTML, for an attribute or a title.
    pub(crate) fn attr(&self) -> String {
        let mut out = String::new();
        for piece in Pieces(&self.text.0) {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Bold => {}
                Piece::Place(key) => {
                    if let Some(value) = self.value(key) {
                        // Isolates it, as `bdi` does in HTML.
                        out.push('\u{2068}');
                        out.push_str(&value.plain);
                        out.push('\u{2069}');
                    }
                }
            }
        }
        out
    }

    fn and(mut self, key: &'static str, plain: String, html: String) -> Self {
        self.values.push(Value { key, plain, html });
        self
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.key == key)
    }
}

impl fmt::Display for Filled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut open = false;
        for piece in Pieces(&self.text.0) {
            match piece {
                Piece::Words(words) => f.write_str(&escaped(words))?,
                Piece::Bold => {
                    f.write_str(if open { "</strong>" } else { "<strong>" })?;
                    open = !open;
                }
                Piece::Place(key) => {
                    if let Some(value) = self.value(key) {
                        f.write_str(&value.html)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Filled<'_> {}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Filled { text: self, values: Vec::new() }.fmt(f)
    }
}

impl HtmlSafe for Text {}

/// Fit for HTML, in text and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let written = Html.write_escaped_str(&mut out, text);
    debug_assert!(written.is_ok(), "a string takes everything");
    out
}

enum Piece<'a> {
    Words(&'a str),
    Bold,
    Place(&'a str),
}

struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(rest) = self.0.strip_prefix('*') {
            self.0 = rest;
            return Some(Piece::Bold);
        }
        if let Some((key, rest)) = self.0.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            self.0 = rest;
            return Some(Piece::Place(key));
        }
        let mut rest = self.0.chars();
        rest.next()?;
        let end = self.0.len() - rest.as_str().trim_start_matches(|c| c != '*' && c != '{').len();
        let (words, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(Piece::Words(words))
    }
}

/// The places of a text, sorted, for the check that every language has the same.
#[cfg(test)]
pub(super) fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<_> = Pieces(text)
        .filter_map(|piece| match piece {
            Piece::Place(key) => Some(key),
            Piece::Words(_) | Piece::Bold => None,
        })
        .collect();
    places.sort_unstable();
    places
}

/// Writes a number with the digits grouped as the languages here do not: none of them groups up to four.
pub(crate) fn grouped(text: &str, size: usize) -> String {
    let mut out = String::new();
    for (index, c) in text.chars().filter(|c| !c.is_whitespace()).enumerate() {
        if index > 0 && index % size == 0 {
            out.push(' ');
        }
        // Writing to a string does not fail.
        let _ = out.write_char(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> Text {
        Text(words.to_owned())
    }

    #[test]
    fn a_name_from_outside_is_words_and_nothing_else() {
        let hostile = "<script>\"'&\u{202e}";
        let shown = text("Hello {name}, *bye*").with("name", hostile).to_string();
        assert_eq!(shown, "Hello <bdi>&#60;script&#62;&#34;&#39;&#38;\u{202e}</bdi>, <strong>bye</strong>");
        let attribute = text("Delete {name}").with("name", hostile).attr();
        assert_eq!(attribute, format!("Delete \u{2068}{hostile}\u{2069}"));
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let shown = text("{a} {b}").with("a", "{b} *x*").with("b", "1").to_string();
        assert_eq!(shown, "<bdi>{b} *x*</bdi> <bdi>1</bdi>");
    }

    #[test]
    fn one_is_told_from_all_others() {
        let plural = Plural { one: text("{n} minute"), other: text("{n} minutes") };
        assert_eq!(plural.of(1).to_string(), "1 minute");
        assert_eq!(plural.of(0).to_string(), "0 minutes");
        assert_eq!(plural.of(10).to_string(), "10 minutes");
    }
}
