//! Settings files of Android apps: XML with one level of named texts. Files with a document type are refused,
//! so that no entity can grow.

use roxmltree::{Document, ParsingOptions};

use super::ImportError;
use super::lines::{contains, starts_with};
use crate::secret::SecretText;

/// Whether it is such a file and says `marker` somewhere.
pub(super) fn is(bytes: &[u8], marker: &str) -> bool {
    (starts_with(bytes, "<?xml") || starts_with(bytes, "<map"))
        && contains(bytes, "<map")
        && contains(bytes, marker)
}

/// The named texts, in their order.
pub(super) fn texts(bytes: &[u8]) -> Result<Vec<(String, SecretText)>, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ImportError::Corrupt)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim(), options).map_err(|_| ImportError::Corrupt)?;
    let root = document.root_element();
    if root.tag_name().name() != "map" {
        return Err(ImportError::Corrupt);
    }
    let strings = root.children().filter(|node| node.has_tag_name("string"));
    Ok(strings
        .filter_map(|node| {
            let value: String = node.children().filter_map(|part| part.text()).collect();
            Some((node.attribute("name")?.to_owned(), SecretText::new(value)))
        })
        .collect())
}

const MOST_NODES: u32 = 100_000;
