//! The icons: a grid of 24, drawn in the colour of the text. They say nothing that words do not say too.

use std::fmt;

use askama::filters::HtmlSafe;

/// An icon.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Icon {
    class: &'static str,
    drawing: &'static str,
}

impl Icon {
    /// A fifth smaller, for a button or a line of text.
    pub(crate) const fn small(self) -> Self {
        Self { class: "i i-s", ..self }
    }

    /// Turned with the direction of the script.
    pub(crate) const fn flip(self) -> Self {
        Self { class: "i flip", ..self }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, drawing } = self;
        write!(f, "<svg class=\"{class}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">{drawing}</svg>")
    }
}

impl HtmlSafe for Icon {}

const fn icon(drawing: &'static str) -> Icon {
    Icon { class: "i", drawing }
}

pub(crate) const PLUS: Icon = icon(r#"<path d="M12 5v14M5 12h14"/>"#);
pub(crate) const BACK: Icon = icon(r#"<path d="M19.5 12h-15M10.5 6l-6 6 6 6"/>"#);
pub(crate) const GO: Icon = icon(r#"<path d="m9.5 6 6 6-6 6"/>"#);
pub(crate) const CHECK: Icon = icon(r#"<path d="m4.5 12.5 5 5 10-11"/>"#);
pub(crate) const WARN: Icon = icon(r#"<path d="M12 4 2.800 19.5h18.400z"/><path d="M12 10v4.5M12 17v.01"/>"#);
pub(crate) const BELL: Icon = icon(
    r#"<path d="M6 10a6 6 0 0 1 12 0c0 4.5 1.5 6 2 7H4c.5-1 2-2.5 2-7z"/><path d="M10 20a2.200 2.200 0 0 0 4 0"/>"#,
);
pub(crate) const CLOCK: Icon = icon(r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.300l3.5 2"/>"#);
pub(crate) const EYE: Icon = icon(
    r#"<path d="M2.5 12C4.5 7.800 8 5.5 12 5.5s7.5 2.300 9.5 6.5c-2 4.200-5.5 6.5-9.5 6.5S4.5 16.200 2.5 12z"/><circle cx="12" cy="12" r="3"/>"#,
);
pub(crate) const GLOBE: Icon = icon(
    r#"<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c2.5 2.300 3.700 5.200 3.700 8.5s-1.200 6.200-3.700 8.5c-2.5-2.300-3.700-5.200-3.700-8.5S9.5 5.800 12 3.5z"/>"#,
);
pub(crate) const PHONE: Icon =
    icon(r#"<rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/><path d="M10.5 18.5h3"/>"#);
pub(crate) const INFO: Icon = icon(r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.700v.01"/>"#);
pub(crate) const TICKET: Icon = icon(
    r#"<path d="M3.5 8.5v-2h17v2a3.5 3.5 0 0 0 0 7v2h-17v-2a3.5 3.5 0 0 0 0-7zM14 6.5v2M14 11v2M14 15.5v2"/>"#,
);
pub(crate) const PERSON: Icon =
    icon(r#"<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.8-4 3.700-6 7.5-6s6.700 2 7.5 6"/>"#);
pub(crate) const KEY: Icon =
    icon(r#"<circle cx="8" cy="15.5" r="4.5"/><path d="m11.300 12.300 8.200-8.300M16 7.5l3 3"/>"#);
pub(crate) const FLAG: Icon = icon(r#"<path d="M5.5 21V4M5.5 4.5h12l-2.5 4 2.5 4h-12"/>"#);
pub(crate) const MAIL: Icon =
    icon(r#"<rect x="3" y="5.5" width="18" height="13.5" rx="2"/><path d="m3.5 7.5 8.5 6 8.5-6"/>"#);
pub(crate) const HISTORY: Icon = icon(r#"<path d="M4 4.5v5h5M4.600 9.5A8 8 0 1 1 4 13M12 8v4.5l3 1.5"/>"#);
pub(crate) const WORK: Icon = icon(
    r#"<rect x="3.5" y="7.5" width="17" height="12" rx="2"/><path d="M9 7.5V6a1.5 1.5 0 0 1 1.5-1.5h3A1.5 1.5 0 0 1 15 6v1.5M3.5 12.5h17"/>"#,
);
