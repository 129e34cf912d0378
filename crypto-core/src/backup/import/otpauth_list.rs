//! Set-up texts as text: one a line, on a page, or Google Authenticator's transfer codes.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::lenient::Text;
use super::{
    Format, ImportError, Imported, Input, MAX_ROWS, Reason, Refused, Row, Vendor, draft, ente, lines,
};
use crate::codes::migration;
use crate::codes::otpauth::strip_scheme;

pub(super) const LIST: Vendor =
    Vendor { format: Format::OtpauthList, is: is_list, locked: false, read: read_list };
pub(super) const MIGRATION: Vendor =
    Vendor { format: Format::GoogleMigration, is: is_migration, locked: false, read: read_list };
pub(super) const HTML: Vendor =
    Vendor { format: Format::OtpauthHtml, is: is_html, locked: false, read: read_html };

/// Whether there is a line that says it is a set-up text.
pub(super) fn is_list(bytes: &[u8]) -> bool {
    let text = lines::text(bytes).filter(|text| !text.trim_start().starts_with(['{', '[', '<']));
    text.is_some_and(|text| lines::lines(text).map(bare).any(says_what_it_is))
}

/// Whether transfer codes are all that it has.
fn is_migration(bytes: &[u8]) -> bool {
    let Some(text) = lines::text(bytes) else { return false };
    let mut found = lines::lines(text).map(bare).filter(|line| says_what_it_is(line)).peekable();
    found.peek().is_some() && found.all(|line| strip_scheme(line, MIGRATION_SCHEME).is_some())
}

fn is_html(bytes: &[u8]) -> bool {
    lines::text(bytes).is_some_and(|text| {
        text.trim_start().starts_with('<') && SCHEMES.iter().any(|scheme| text.contains(scheme))
    })
}

fn read_list(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    rows(lines::text(input.bytes).ok_or(ImportError::Corrupt)?)
}

fn read_html(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let page = lines::text(input.bytes).ok_or(ImportError::Corrupt)?;
    let mut found = Zeroizing::new(String::with_capacity(page.len()));
    let mut last = 0..0;
    let places: BTreeSet<usize> =
        SCHEMES.iter().flat_map(|scheme| page.match_indices(scheme)).map(|(place, _)| place).collect();
    // Each ends where the next begins at the latest, so that no text is read twice.
    let ends = places.iter().copied().skip(1).chain([page.len()]);
    for (place, end) in places.iter().copied().zip(ends) {
        let before = page.get(..place).unwrap_or_default();
        let rest = page.get(place..end).unwrap_or_default();
        // In an attribute it ends with its quote, in text with the next tag.
        let end = match before.chars().next_back() {
            Some(quote @ ('"' | '\'')) => rest.split(quote).next(),
            _ => rest.split(['<', '\n', '\r']).next(),
        };
        let start = found.len();
        unescape(end.unwrap_or_default(), &mut found);
        // A link and its text are one row.
        if found.get(last.clone()) == found.get(start..) {
            found.truncate(start);
            continue;
        }
        last = start..found.len();
        found.push('\n');
    }
    rows(&found)
}

/// The characters that pages write with an ampersand.
fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let name = after.split_once(';').filter(|(name, _)| name.len() <= LONGEST_ENTITY);
        let character = name.and_then(|(name, _)| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32).filter(|c| !c.is_control())
            }
        });
        into.push(character.unwrap_or('&'));
        rest = match (character, name) {
            (Some(_), Some((_, rest))) => rest,
            _ => after,
        };
    }
    into.push_str(rest);
}

/// The rows of a text. Every line that is neither empty nor a comment is one; a transfer code is as many as it
/// has accounts.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, ImportError> {
    let mut found = Found::default();
    for line in lines::lines(text).filter(|line| !line.starts_with('#') && !line.starts_with("//")) {
        found.line(bare(line));
        if found.contents.len() > MAX_ROWS {
            return Err(ImportError::TooLarge);
        }
    }
    found.missing();
    // Of transfer codes alone and not one of them readable: there is no row to be named.
    if found.damaged > 0 && found.damaged == found.contents.len() {
        return Err(ImportError::Corrupt);
    }
    Ok((1..).zip(found.contents).map(|(number, content)| Row { number, content }).collect())
}

#[derive(Default)]
struct Found {
    contents: Vec<Result<Imported, Refused>>,
    /// The transfers, by what is the same in all of their codes, and which of those are there.
    transfers: BTreeMap<(i32, u32), BTreeSet<u32>>,
    /// Transfer codes that cannot be read.
    damaged: usize,
}

impl Found {
    fn line(&mut self, line: &str) {
        if strip_scheme(line, MIGRATION_SCHEME).is_some() {
            self.transfer(line);
            return;
        }
        let content = ente::from_line(line).unwrap_or_else(|| {
            // What is none is refused there, by its name if it has one.
            draft::from_uri(line, Text::default(), Text::default(), Text::default())
        });
        self.contents.push(content);
    }

    fn transfer(&mut self, line: &str) {
        let Ok(part) = migration::parse(line) else {
            self.damaged += 1;
            self.contents.push(Err(Refused::new("", "", Reason::Damaged)));
            return;
        };
        // The same code twice is the same accounts twice.
        if self.transfers.entry((part.batch_id, part.size)).or_default().insert(part.index) {
            self.contents.extend(part.accounts.into_iter().map(|row| match row {
                Ok(account) => Ok(Imported { account, note: String::new(), group: None }),
                Err(refused) => Err(Refused::new("", &refused.name, Reason::Code(refused.reason))),
            }));
        }
    }

    /// A transfer of which a code is not there must not read as a whole one.
    fn missing(&mut self) {
        for (&(_, size), there) in &self.transfers {
            let missing = (0..size).filter(|index| !there.contains(index));
            // Past that the file is refused anyway.
            let room = (MAX_ROWS + 1).saturating_sub(self.contents.len());
            self.contents.extend(
                missing.take(room).map(|index| {
                    Err(Refused::new("", "", Reason::PartMissing { number: index + 1, of: size }))
                }),
            );
        }
    }
}

/// Without the quotes and commas of a list that was copied out of something.
fn bare(line: &str) -> &str {
    match line.strip_prefix(['"', '\'']) {
        Some(rest) => rest.trim_end_matches(['"', '\'', ',']),
        None => line,
    }
}

fn says_what_it_is(line: &str) -> bool {
    SCHEMES.iter().any(|scheme| strip_scheme(line, scheme).is_some())
}

const MIGRATION_SCHEME: &str = "otpauth-migration:";
const SCHEMES: &[&str] = &["otpauth://", "otpauth-migration://", "motp://"];
/// Of `#x10ffff`.
const LONGEST_ENTITY: usize = 8;

#[cfg(test)]
mod tests;
