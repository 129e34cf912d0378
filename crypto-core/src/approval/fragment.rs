//! What a service's QR codes have in common: an address of the service whose fragment, which a browser sends
//! nowhere, says a version and some values.

use thiserror::Error;

use super::{Origin, OriginRefused};

/// Whether a text is meant to be such a link: an address of a service, `path`, and a fragment that says its
/// version. A path ends in `#`.
pub(super) fn is_meant(text: &str, path: &str) -> bool {
    Origin::split(text).is_ok_and(|(_, rest)| {
        rest.strip_prefix(path)
            .is_some_and(|fragment| fragment.split('&').any(|parameter| parameter.starts_with("v=")))
    })
}

/// The service and the values of `names`. Parameters beyond these are for newer apps.
pub(super) fn read<'a, const N: usize>(
    text: &'a str,
    path: &str,
    names: [&str; N],
) -> Result<(Origin, [Option<&'a str>; N]), LinkRefused> {
    if text.len() > LONGEST_LINK {
        return Err(LinkRefused::Malformed);
    }
    let (origin, rest) = Origin::split(text)?;
    let fragment = rest.strip_prefix(path).ok_or(LinkRefused::Malformed)?;
    let (mut version, mut values) = (None, [None; N]);
    for parameter in fragment.split('&') {
        let (name, value) = parameter.split_once('=').ok_or(LinkRefused::Malformed)?;
        let named = names.iter().zip(&mut values).find(|(known, _)| **known == name);
        let known = match named {
            Some((_, known)) => known,
            None if name == "v" => &mut version,
            None => continue,
        };
        if known.replace(value).is_some() {
            return Err(LinkRefused::Repeated);
        }
    }
    if version.ok_or(LinkRefused::Malformed)? != VERSION {
        return Err(LinkRefused::NewerVersion);
    }
    Ok((origin, values))
}

pub(super) const VERSION: &str = "1";
/// In bytes; a link is about 114.
pub(super) const LONGEST_LINK: usize = 512;

/// Why a link or what was typed instead is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LinkRefused {
    /// Not an address of this kind.
    #[error("the address is not one that a service shows")]
    Malformed,
    /// Not `https`.
    #[error("the address is not https")]
    NotSecure,
    /// A parameter is there twice, so that one of them would have to be ignored.
    #[error("the code says something twice")]
    Repeated,
    /// Made for a newer app.
    #[error("the code needs a newer version of this app")]
    NewerVersion,
    /// What it carries is missing, cut or mistyped.
    #[error("the code is not complete")]
    Code,
    /// The service's key is missing or cut.
    #[error("the code does not name the service's key")]
    Key,
}

impl From<OriginRefused> for LinkRefused {
    fn from(refused: OriginRefused) -> Self {
        match refused {
            OriginRefused::Malformed => Self::Malformed,
            OriginRefused::NotSecure => Self::NotSecure,
        }
    }
}
