//! A sheet to print and put away: each account with its key as text and as a code to scan. One file without scripts
//! that loads nothing. Nothing seals it.

use zeroize::Zeroizing;

use super::{Coded, Exported, joined, leaving};
use crate::codes::{Mover, otpauth};
use crate::qr::{self, Drawing};
use crate::secret::SecretText;
use crate::vault::{Group, Vault};

/// The words on the sheet, in the person's language.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The language (BCP 47).
    pub language: &'a str,
    /// What the sheet is called.
    pub title: &'a str,
    /// What it can do in other people's hands.
    pub warning: &'a str,
    /// The headings: work, personal, other.
    pub groups: [&'a str; 3],
    /// In front of a key.
    pub key: &'a str,
    /// In front of a note.
    pub note: &'a str,
}

/// Writes the sheet. An account whose code would be too large to draw has its key as text alone.
pub fn write(vault: &Vault, words: Words<'_>) -> Exported<SecretText> {
    let Exported { content: accounts, left_out } = leaving(vault);
    let mut parts = vec![SecretText::new(beginning(words))];
    for (group, heading) in [Group::Work, Group::Personal, Group::Other].into_iter().zip(words.groups) {
        let mut of_group = accounts.iter().filter(|coded| coded.entry.group == group).peekable();
        if of_group.peek().is_some() {
            parts.push(SecretText::new(format!("<h2>{}</h2>\n", escaped(heading))));
        }
        parts.extend(of_group.map(|coded| account(coded, words)));
    }
    parts.push(SecretText::new("</body>\n</html>\n".to_owned()));
    Exported { content: joined(&parts), left_out }
}

/// Writes a page of codes for another app to scan one after another, such as a transfer to Google Authenticator.
pub fn transfer(texts: Exported<Vec<SecretText>>, words: Words<'_>) -> Exported<SecretText> {
    let Exported { content: texts, left_out } = texts;
    let of = texts.len();
    let mut parts = vec![SecretText::new(beginning(words))];
    for (index, text) in texts.iter().enumerate() {
        let mut html = Zeroizing::new(String::with_capacity(LARGEST));
        html.push_str(&format!("<section class=\"scan\">\n<h3>{} / {of}</h3>\n", index + 1));
        if let Some(drawn) = qr::draw(text) {
            draw(&mut html, &drawn);
        }
        html.push_str("</section>\n");
        parts.push(SecretText::new(html.as_str().to_owned()));
    }
    parts.push(SecretText::new("</body>\n</html>\n".to_owned()));
    Exported { content: joined(&parts), left_out }
}

fn beginning(words: Words<'_>) -> String {
    let [language, title, warning] = [words.language, words.title, words.warning].map(escaped);
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
        <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{warning}</p>\n"
    )
}

fn account(coded: &Coded<'_>, words: Words<'_>) -> SecretText {
    let entry = coded.entry;
    // Room for a section with the largest code, so that growing leaves no copy of the key behind unwiped.
    let mut html = Zeroizing::new(String::with_capacity(LARGEST));
    let text = otpauth::print(&coded.account());
    html.push_str("<section>\n");
    if let Some(drawn) = qr::draw(&text) {
        draw(&mut html, &drawn);
    }
    let [issuer, account, note] = [&entry.issuer, &entry.account, &entry.note].map(|name| escaped(name));
    html.push_str(&format!("<div>\n<h3>{issuer}</h3>\n<p>{account}</p>\n<p>{} <code>", escaped(words.key)));
    let key = coded.key();
    // expose: the sheet is the secret, too.
    for (index, symbol) in key.expose().chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            html.push(' ');
        }
        html.push(symbol);
    }
    let (algorithm, digits) = (coded.spec.hash_name(), coded.spec.digits.count());
    let mover = match coded.spec.mover {
        Mover::Time { period }
        | Mover::Steam { period }
        | Mover::Motp { period }
        | Mover::Yandex { period } => format!("{} s", period.secs()),
        Mover::Counter { counter } => format!("#{counter}"),
    };
    html.push_str(&format!("</code></p>\n<p>{} · {algorithm} · {digits} · {mover}</p>\n", entry.kind()));
    if !note.is_empty() {
        html.push_str(&format!("<p>{} {note}</p>\n", escaped(words.note)));
    }
    html.push_str("</div>\n</section>\n");
    // Only as much as it needs is kept; what it was written in is wiped.
    SecretText::new(html.as_str().to_owned())
}

fn draw(html: &mut String, drawn: &Drawing) {
    let side = drawn.side();
    html.push_str(&format!("<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\"><path d=\""));
    html.push_str(drawn.path());
    html.push_str("\"/></svg>\n");
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

const STYLE: &str = "body{font:12pt/1.4 sans-serif;margin:2em;color:#000;background:#fff}\
    section{display:flex;gap:1em;break-inside:avoid;border-top:1px solid #999;padding:.8em 0}\
    svg{width:9em;height:9em;flex:none}h3,p{margin:0 0 .3em}\
    .scan svg{width:22em;height:22em}code{font-size:1.1em;overflow-wrap:anywhere}";
/// Bytes of a section: of the largest code, 177 modules wide, at most every second one begins a stroke.
const LARGEST: usize = 512 * 1024;

#[cfg(test)]
pub(super) const TEST_WORDS: Words<'_> = Words {
    language: "en",
    title: "Accounts",
    warning: "Whoever has this sheet has the codes.",
    groups: ["Work", "Personal", "Other"],
    key: "Key",
    note: "Note",
};
