//! Reads one table of an SQLite file (sqlite.org/fileformat2.html), and nothing else: no index, no journal, no
//! query. The databases of other apps are small; every page is visited once at most, so no file can hold it up.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{ImportError, MAX_ROWS};
use crate::secret::SecretText;

/// Whether it begins like such a file.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// A file with at least its first page.
pub(super) struct Database<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// Of a page, without what extensions keep at its end.
    usable: usize,
    encoding: Encoding,
    tables: Vec<(String, u32, Vec<Column>)>,
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

struct Column {
    name: String,
    /// Its value is the number of the row, and stands nowhere else.
    is_row_number: bool,
}

/// One row, by the names of its columns in small letters.
pub(super) struct Record {
    cells: BTreeMap<String, Cell>,
}

enum Cell {
    Null,
    Number(i64),
    Text(SecretText),
    Blob(Zeroizing<Vec<u8>>),
}

impl Record {
    /// A text; numbers as they print, bytes where they are a text.
    pub(super) fn text(&self, column: &str) -> SecretText {
        SecretText::new(match self.cells.get(column) {
            None | Some(Cell::Null) => String::new(),
            Some(Cell::Number(number)) => number.to_string(),
            // expose: copied into another secret.
            Some(Cell::Text(text)) => text.expose().to_owned(),
            Some(Cell::Blob(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        })
    }

    /// A text that is no secret.
    pub(super) fn name(&self, column: &str) -> String {
        // expose: the caller asks for a column that has names.
        self.text(column).expose().to_owned()
    }

    pub(super) fn number(&self, column: &str) -> Option<i64> {
        match self.cells.get(column)? {
            Cell::Number(number) => Some(*number),
            // expose: read as a number.
            Cell::Text(text) => text.expose().trim().parse().ok(),
            Cell::Null | Cell::Blob(_) => None,
        }
    }
}

impl<'a> Database<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ImportError> {
        Self::opened(bytes).ok_or(ImportError::Corrupt)
    }

    fn opened(bytes: &'a [u8]) -> Option<Self> {
        if !is(bytes) {
            return None;
        }
        let page_size = match u16_at(bytes, 16)? {
            1 => 65536,
            size if size >= 512 && size.is_power_of_two() => usize::from(size),
            _ => return None,
        };
        let usable = page_size.checked_sub(usize::from(*bytes.get(20)?)).filter(|&usable| usable >= 480)?;
        let encoding = match u32_at(bytes, 56)? {
            0 | 1 => Encoding::Utf8,
            2 => Encoding::Utf16Le,
            3 => Encoding::Utf16Be,
            _ => return None,
        };
        let mut database = Self { bytes, page_size, usable, encoding, tables: Vec::new() };
        let schema = ["type", "name", "tbl_name", "rootpage", "sql"];
        let schema: Vec<Column> =
            schema.into_iter().map(|name| Column { name: name.into(), is_row_number: false }).collect();
        for record in database.records(1, &schema)? {
            let root = record.number("rootpage").and_then(|root| u32::try_from(root).ok());
            if let (true, Some(root)) = (record.name("type") == "table", root) {
                let columns = columns(&record.name("sql"));
                database.tables.push((record.name("name"), root, columns));
            }
        }
        Some(database)
    }

    /// Whether there is a table with these columns.
    pub(super) fn has(&self, table: &str, names: &[&str]) -> bool {
        self.tables.iter().any(|(name, _, columns)| {
            name.eq_ignore_ascii_case(table)
                && names.iter().all(|name| columns.iter().any(|column| column.name == *name))
        })
    }

    /// The rows of a table, in the order of their numbers.
    pub(super) fn rows(&self, table: &str) -> Result<Vec<Record>, ImportError> {
        let (_, root, columns) = self
            .tables
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(table))
            .ok_or(ImportError::Corrupt)?;
        let rows = self.records(*root, columns).ok_or(ImportError::Corrupt)?;
        if rows.len() > MAX_ROWS { Err(ImportError::TooLarge) } else { Ok(rows) }
    }

    /// Walks a table's tree, leaves from left to right. None if a page is not there or is of another kind.
    fn records(&self, root: u32, columns: &[Column]) -> Option<Vec<Record>> {
        let mut waiting = vec![root];
        let mut budget = self.bytes.len() / self.page_size + 1;
        let mut records = Vec::new();
        // Rows of a whole file do not overlap; those of another could each be as large as the file.
        let mut room = self.bytes.len();
        while let Some(number) = waiting.pop() {
            budget = budget.checked_sub(1)?;
            let page = self.page(number)?;
            // The first page has the header of the file before its own.
            let start = if number == 1 { 100 } else { 0 };
            let cells = usize::from(u16_at(page, start + 3)?);
            let (is_leaf, pointers) = match *page.get(start)? {
                0x0d => (true, start + 8),
                0x05 => (false, start + 12),
                _ => return None,
            };
            let mut children = Vec::new();
            for cell in 0..cells {
                let place = usize::from(u16_at(page, pointers + 2 * cell)?);
                if is_leaf {
                    // A row past the limit tells the caller that there are more.
                    if records.len() <= MAX_ROWS {
                        records.push(self.record(page.get(place..)?, columns, &mut room)?);
                    }
                } else {
                    children.push(u32_at(page, place)?);
                }
            }
            if !is_leaf {
                children.push(u32_at(page, start + 8)?);
            }
            waiting.extend(children.into_iter().rev());
        }
        Some(records)
    }

    fn page(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number.checked_sub(1)?).ok()?.checked_mul(self.page_size)?;
        self.bytes.get(start..start.checked_add(self.usable)?)
    }

    fn record(&self, cell: &[u8], columns: &[Column], room: &mut usize) -> Option<Record> {
        let mut cell = Reader(cell);
        let length = usize::try_from(cell.varint()?).ok()?;
        *room = room.checked_sub(length)?;
        let row_number = cell.varint()?;
        let payload = self.payload(cell.0, length)?;
        let mut header = Reader(&payload);
        let header_length = usize::try_from(header.varint()?).ok()?;
        let (head, body) = payload.split_at_checked(header_length)?;
        let mut types = Reader(head.get(payload.len() - header.0.len()..)?);
        let mut body = Reader(body);
        let mut cells = BTreeMap::new();
        for column in columns {
            let mut value = if types.0.is_empty() {
                // Added to the table after the row was written.
                Cell::Null
            } else {
                self.value(types.varint()?, &mut body)?
            };
            if column.is_row_number && matches!(value, Cell::Null) {
                value = Cell::Number(row_number.cast_signed());
            }
            cells.insert(column.name.clone(), value);
        }
        Some(Record { cells })
    }

    /// The bytes of a row, of which those that do not fit the page are in a chain of others.
    fn payload(&self, local: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
        if length > self.bytes.len() {
            return None;
        }
        let most = self.usable - 35;
        if length <= most {
            return local.get(..length).map(|bytes| Zeroizing::new(bytes.to_vec()));
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (self.usable - 4);
        let fitting = if fitting <= most { fitting } else { least };
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.extend_from_slice(local.get(..fitting)?);
        let mut next = u32_at(local, fitting)?;
        while bytes.len() < length {
            let page = self.page(next)?;
            next = u32_at(page, 0)?;
            let part = page.get(4..)?;
            // Each page adds, so that a chain that bites its own tail ends as well.
            let wanted = part.len().min(length - bytes.len());
            bytes.extend_from_slice(part.get(..wanted)?);
        }
        Some(bytes)
    }

    fn value(&self, kind: u64, body: &mut Reader<'_>) -> Option<Cell> {
        Some(match kind {
            0 => Cell::Null,
            1..=6 => {
                let bytes = body.bytes(match kind {
                    5 => 6,
                    6 => 8,
                    width => usize::try_from(width).ok()?,
                })?;
                let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1 } else { 0 };
                Cell::Number(bytes.iter().fold(sign, |number, &byte| number << 8 | i64::from(byte)))
            }
            7 => {
                body.bytes(8)?;
                Cell::Null
            }
            8 | 9 => Cell::Number(i64::from(kind == 9)),
            10 | 11 => return None,
            kind => {
                let bytes = body.bytes(usize::try_from((kind - 12) / 2).ok()?)?;
                if kind % 2 == 0 { Cell::Blob(Zeroizing::new(bytes.to_vec())) } else { self.text(bytes) }
            }
        })
    }

    fn text(&self, bytes: &[u8]) -> Cell {
        let wide = |unit: fn([u8; 2]) -> u16| {
            let (pairs, _) = bytes.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
            String::from_utf16_lossy(&units)
        };
        Cell::Text(SecretText::new(match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Encoding::Utf16Le => wide(u16::from_le_bytes),
            Encoding::Utf16Be => wide(u16::from_be_bytes),
        }))
    }
}

/// The columns in a `CREATE TABLE`, in their order. None where there are more than an app has, or longer names:
/// each row repeats them.
fn columns(sql: &str) -> Vec<Column> {
    let Some((_, inside)) = sql.split_once('(') else { return Vec::new() };
    let inside = inside.rsplit_once(')').map_or(inside, |(inside, _)| inside);
    let (mut depth, mut quote, mut part, mut parts) = (0_usize, None, String::new(), Vec::new());
    for c in inside.chars() {
        match quote {
            Some(end) => quote = (c != end).then_some(end),
            None => match c {
                '"' | '\'' | '`' => quote = Some(c),
                '[' => quote = Some(']'),
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    parts.push(std::mem::take(&mut part));
                    continue;
                }
                _ => {}
            },
        }
        part.push(c);
    }
    parts.push(part);
    let columns: Vec<_> = parts.iter().filter_map(|part| column(part)).collect();
    let is_usual =
        columns.len() <= MAX_COLUMNS && columns.iter().all(|column| column.name.len() <= MAX_COLUMN_NAME);
    if is_usual { columns } else { Vec::new() }
}

fn column(definition: &str) -> Option<Column> {
    let definition = definition.trim();
    let first = definition.chars().next()?;
    let (name, rest) = match first {
        '"' | '`' | '\'' => definition.get(1..)?.split_once(first)?,
        '[' => definition.get(1..)?.split_once(']')?,
        _ => {
            let (name, rest) = definition.split_once(|c: char| c.is_whitespace()).unwrap_or((definition, ""));
            // What begins like this without quotes says something about the whole table.
            let upper = name.to_ascii_uppercase();
            let word = upper.split('(').next().unwrap_or_default();
            if ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].contains(&word) {
                return None;
            }
            (name, rest)
        }
    };
    let rest = rest.trim_start().to_ascii_uppercase();
    let is_row_number = rest
        .strip_prefix("INTEGER")
        .is_some_and(|rest| rest.starts_with(char::is_whitespace) && rest.contains("PRIMARY KEY"));
    Some(Column { name: name.to_ascii_lowercase(), is_row_number })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Seven bits a byte, highest first; a ninth byte has eight.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..9 {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            if place == 8 {
                return Some(value << 8 | u64::from(byte));
            }
            value = value << 7 | u64::from(byte & 0x7f);
            if byte < 0x80 {
                break;
            }
        }
        Some(value)
    }
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(place..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(place..)?.first_chunk()?))
}

const MAGIC: &[u8] = b"SQLite format 3\0";
const MAX_COLUMNS: usize = 128;
/// In bytes.
const MAX_COLUMN_NAME: usize = 128;

#[cfg(test)]
mod tests;
