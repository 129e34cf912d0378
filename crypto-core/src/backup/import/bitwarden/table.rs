//! A vault as a table (CSV, RFC 4180). Fields are read into memory that is wiped: passwords stand beside keys.

use csv_core::{ReadRecordResult, Reader};
use zeroize::Zeroizing;

use super::super::lenient::{Number, Secret, Text};
use super::super::{Format, ImportError, Input, Row, Vendor, lines};
use super::{Item, Login};
use crate::secret::SecretText;

pub(in super::super) const CSV: Vendor = Vendor { format: Format::BitwardenCsv, is, locked: false, read };

fn is(bytes: &[u8]) -> bool {
    let first = lines::text(bytes).and_then(|text| text.lines().find(|line| !line.trim().is_empty()));
    first.is_some_and(|line| line.split(',').any(|column| column.trim().trim_matches('"') == KEY))
}

fn read(input: &Input<'_>) -> Result<Vec<Row>, ImportError> {
    let mut table = Table::new(input.bytes);
    let columns: Vec<String> =
        table.record()?.ok_or(ImportError::Corrupt)?.iter().map(|name| name.trim().to_owned()).collect();
    let mut rows = Vec::new();
    while let Some(fields) = table.record()? {
        let field = |name: &str| {
            let place = columns.iter().position(|column| column == name);
            place.and_then(|place| fields.get(place)).copied().unwrap_or_default()
        };
        let text = |name: &str| Text(field(name).to_owned());
        let totp = Secret(Some(SecretText::new(field(KEY).to_owned())));
        let item = Item {
            name: text("name"),
            notes: text("notes"),
            login: Some(Login { username: text("login_username"), totp }),
            issuer: text("issuer"),
            period: Number::from(field("period")),
            digits: Number::from(field("digits")),
        };
        if rows.len() == MAX_RECORDS {
            return Err(ImportError::TooLarge);
        }
        rows.push(Row { number: rows.len() + 1, content: item.imported() });
    }
    Ok(rows)
}

/// Reads one record after the other.
struct Table<'a> {
    rest: &'a [u8],
    reader: Reader,
    /// The fields of the record, one after the other, and where each ends.
    fields: Zeroizing<Vec<u8>>,
    ends: [usize; MAX_COLUMNS],
}

impl<'a> Table<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        // No record is longer than the file.
        let fields = Zeroizing::new(vec![0; bytes.len()]);
        Self { rest: bytes, reader: Reader::new(), fields, ends: [0; MAX_COLUMNS] }
    }

    /// None at the end.
    fn record(&mut self) -> Result<Option<Vec<&str>>, ImportError> {
        let (mut written, mut count) = (0, 0);
        loop {
            let (Some(fields), Some(ends)) = (self.fields.get_mut(written..), self.ends.get_mut(count..))
            else {
                return Err(ImportError::Corrupt);
            };
            let (result, used, wrote, ended) = self.reader.read_record(self.rest, fields, ends);
            self.rest = self.rest.get(used..).unwrap_or_default();
            written += wrote;
            count += ended;
            match result {
                // Asked once more with nothing left, it says what it has.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(ImportError::Corrupt);
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        let mut start = 0;
        let mut record = Vec::with_capacity(count);
        for &end in self.ends.iter().take(count) {
            let field = self.fields.get(start..end).ok_or(ImportError::Corrupt)?;
            record.push(lines::text(field).ok_or(ImportError::Corrupt)?);
            start = end;
        }
        Ok(Some(record))
    }
}

const KEY: &str = "login_totp";
const MAX_COLUMNS: usize = 128;
/// Logins without a key among them.
const MAX_RECORDS: usize = 200_000;
