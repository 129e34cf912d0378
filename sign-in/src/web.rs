//! What the pages are made of: words, languages, icons, pictures of codes, dates. It knows no rule and no
//! request.

pub(crate) mod icons;
pub(crate) mod language;
pub(crate) mod picture;
pub(crate) mod text;
pub(crate) mod when;
pub(crate) mod words;

pub(crate) use language::Language;
pub(crate) use text::Text;
pub(crate) use when::When;
pub(crate) use words::Words;
