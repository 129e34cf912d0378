//! The languages of the pages.

use super::Words;
use super::words::{EN, NB, SV};

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    En,
    /// Swedish.
    Sv,
    /// Norwegian bokmål.
    Nb,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::En, Self::Sv, Self::Nb];

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Sv => "sv",
            Self::Nb => "nb",
        }
    }

    /// The direction of its script.
    pub(crate) const fn direction(self) -> &'static str {
        match self {
            Self::En | Self::Sv | Self::Nb => "ltr",
        }
    }

    /// Its words.
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::En => &EN,
            Self::Sv => &SV,
            Self::Nb => &NB,
        }
    }

    /// The language of a tag, by its first part. `no` and `nn` are read in bokmål.
    pub(crate) fn tagged(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "en" => Some(Self::En),
            "sv" => Some(Self::Sv),
            "nb" | "no" | "nn" => Some(Self::Nb),
            _ => None,
        }
    }

    /// The one that a browser prefers (RFC 9110, section 12.5.4); English if it names none of them.
    pub(crate) fn accepted(header: &str) -> Self {
        let mut best = None;
        for part in header.split(',').take(32) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
            let (Some(language), Some(weight)) = (Self::tagged(tag), weight) else { continue };
            if weight > 0.0 && best.is_none_or(|(_, most)| weight > most) {
                best = Some((language, weight));
            }
        }
        best.map_or(Self::En, |(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_gets_what_it_prefers_of_what_there_is() {
        let cases = [
            ("sv-SE,sv;q=0.9,en;q=0.8", Language::Sv),
            ("de,no;q=0.7,en;q=0.2", Language::Nb),
            ("nn", Language::Nb),
            ("en;q=0.1, sv;q=0.2", Language::Sv),
            ("sv;q=0", Language::En),
            ("sv;q=x,nb", Language::Nb),
            ("", Language::En),
            ("*", Language::En),
        ];
        for (header, language) in cases {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
