//! Pictures: QR codes, and the two halves that show how a request ended. Colours come from the style sheet.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use qrcode::{Color, EcLevel, QrCode};

use super::text::escaped;

/// A QR code as SVG, with the quiet zone of four modules that readers need.
pub(crate) struct QrPicture(String);

impl QrPicture {
    /// Draws `text`; `label` says what the picture is for. None if the text is too long for any code.
    pub(crate) fn draw(text: &str, label: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let size = width + 8;
        let mut svg = format!(
            "<svg viewBox=\"-4 -4 {size} {size}\" role=\"img\" aria-label=\"{}\" shape-rendering=\"crispEdges\">\
             <path d=\"",
            escaped(label)
        );
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            while let Some(start) =
                row.iter().skip(x).position(|&color| color == Color::Dark).map(|at| at + x)
            {
                let end = row.iter().skip(start).position(|&color| color == Color::Light);
                let length = end.unwrap_or(width - start);
                // Writing to a string does not fail.
                let _ = write!(svg, "M{start} {y}h{length}v1h-{length}z");
                x = start + length;
            }
        }
        svg.push_str("\"/></svg>");
        Some(Self(svg))
    }
}

impl fmt::Display for QrPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for QrPicture {}

/// How something ended, as the two halves show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halves {
    /// They joined: approved, set up.
    Good,
    /// They miss each other: a wrong number.
    Askew,
    /// One is crossed out: denied.
    Stopped,
    /// One is a clock: expired.
    Late,
    /// One is missing, with two bars: paused.
    Paused,
    /// One is missing.
    Alone,
}

const UPPER: &str = "d=\"M6.01 19.13 27.3 39.69 51.65 10.67A29 29 0 0 0 6.01 19.13Z\"/>";
const LOWER: &str = "d=\"M4.01 24.43 27.7 47.31 55.17 14.56A29 29 0 1 1 4.01 24.43Z\"/>";

impl fmt::Display for Halves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, before, middle, after) = match self {
            Self::Good => ("good", "<path class=\"b\" ", "<path class=\"a\" ", ""),
            Self::Askew => (
                "bad",
                "<path class=\"b\" transform=\"translate(3 -11) rotate(13 30 24)\" ",
                "<path class=\"a\" transform=\"translate(-2 3)\" ",
                "",
            ),
            Self::Stopped => ("bad", "", "<path class=\"a\" ", "m22 9 14 14M36 9 22 23"),
            Self::Late => ("off", "<path class=\"ghost\" ", "<path class=\"a\" ", "M29 12v10l6 4"),
            Self::Paused => ("off", "<path class=\"ghost\" ", "<path class=\"a\" ", "M25 13v10M33 13v10"),
            Self::Alone => ("off", "<path class=\"ghost\" ", "<path class=\"a\" ", ""),
        };
        write!(f, "<svg class=\"halves {class}\" viewBox=\"0 0 64 64\" aria-hidden=\"true\">")?;
        if !before.is_empty() {
            write!(f, "{before}{UPPER}")?;
        }
        write!(f, "{middle}{LOWER}")?;
        if !after.is_empty() {
            write!(f, "<path class=\"stroke\" d=\"{after}\"/>")?;
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Halves {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once_and_no_light_one() {
        let text = "https://signin.example.org/activate#v=1&c=3F7K9QWXTB2M8RVNZ4YHDC6G5J";
        let svg = QrPicture::draw(text, "\"<label>").unwrap().to_string();
        assert!(svg.contains("aria-label=\"&#34;&#60;label&#62;\""));
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let mut drawn = vec![Color::Light; code.width() * code.width()];
        let path = svg.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
        for run in path.split('z').filter(|run| !run.is_empty()) {
            let (start, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            for at in x..x + length {
                drawn[y * code.width() + at] = Color::Dark;
            }
        }
        assert!(drawn == code.to_colors());
    }

    #[test]
    fn a_text_that_fits_no_code_has_no_picture() {
        assert!(QrPicture::draw(&"x".repeat(10_000), "").is_none());
    }
}
