//! How a screen is looked at, and what is found wrong with what it shows.

use std::fs;

use serde_json::{Value, json};

use super::Handset;
use crate::places;
use crate::wait::answered;

/// A phone's screen and what its owner has asked the system for.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Across, in CSS pixels.
    pub width: u32,
    /// Down.
    pub height: u32,
    /// Pixels of the screen for each of them.
    pub ratio: f64,
    /// Dark colours.
    pub dark: bool,
    /// Text at twice its size.
    pub large_text: bool,
    /// What the camera, the clock and the bar for gestures cover.
    pub insets: Insets,
    /// Less motion.
    pub still: bool,
}

/// What is covered at each edge.
#[derive(Debug, Clone, Copy, Default)]
pub struct Insets {
    /// Under the clock.
    pub top: u32,
    /// Over the bar for gestures.
    pub bottom: u32,
    /// At the left, with a phone on its side.
    pub left: u32,
    /// At the right.
    pub right: u32,
}

/// A phone that most people have.
pub const PHONE: Look = Look {
    width: 390,
    height: 844,
    ratio: 2.0,
    dark: false,
    large_text: false,
    insets: Insets { top: 47, bottom: 34, left: 0, right: 0 },
    still: true,
};
/// One of the smallest.
pub const SMALL: Look =
    Look { width: 360, height: 740, insets: Insets { top: 24, bottom: 16, left: 0, right: 0 }, ..PHONE };
/// One of the largest.
pub const LARGE: Look = Look { width: 412, height: 915, ..PHONE };
/// A tablet.
pub const TABLET: Look =
    Look { width: 820, height: 1180, insets: Insets { top: 24, bottom: 20, left: 0, right: 0 }, ..PHONE };
/// [`PHONE`] on its side, with the camera at the left.
pub const LANDSCAPE: Look =
    Look { width: 844, height: 390, insets: Insets { top: 0, bottom: 21, left: 47, right: 47 }, ..PHONE };

impl Look {
    /// The same in dark colours.
    #[must_use]
    pub const fn in_the_dark(self) -> Self {
        Self { dark: true, ..self }
    }

    /// The same with text of twice the size.
    #[must_use]
    pub const fn with_large_text(self) -> Self {
        Self { large_text: true, ..self }
    }

    fn name(&self) -> String {
        let Self { width, height, dark, large_text, .. } = self;
        let (dark, text) = (if *dark { " dark" } else { "" }, if *large_text { " 200 %" } else { "" });
        format!("{width}×{height}{dark}{text}")
    }
}

/// What of axe-core's rules is asked. Colours do not depend on the size, and take the longest.
#[derive(Debug, Clone, Copy)]
pub enum Rules {
    /// All.
    All,
    /// All but those about colours.
    Shapes,
    /// Those about colours.
    Colours,
}

impl Rules {
    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Shapes => "shapes",
            Self::Colours => "colours",
        }
    }
}

impl Handset {
    /// Gives the screen another size and its owner other wishes, and waits until it is drawn.
    pub async fn look(&self, look: &Look) {
        let Look { width, height, ratio, dark, large_text, insets, still } = *look;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": ratio, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        self.devtools("Emulation.setPageScaleFactor", json!({ "pageScaleFactor": 1 })).await;
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
        let features = json!([
            { "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } },
            { "name": "prefers-reduced-motion", "value": if still { "reduce" } else { "no-preference" } },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        let sizes = if large_text {
            json!({ "standard": 32, "fixed": 26 })
        } else {
            json!({ "standard": 16, "fixed": 13 })
        };
        self.devtools("Page.setFontSizes", json!({ "fontSizes": sizes })).await;
        let Insets { top, bottom, left, right } = insets;
        let insets = json!({ "top": top, "bottom": bottom, "left": left, "right": right });
        self.devtools("Emulation.setSafeAreaInsetsOverride", json!({ "insets": insets })).await;
        self.drawn().await;
    }

    /// Waits until what has changed is drawn.
    pub async fn drawn(&self) {
        self.run(include_str!("drawn.js")).await;
    }

    /// What is wrong with the screen as it is, in words; `name` is the screen's.
    pub async fn judged(&self, name: &str, look: &Look, rules: Rules) -> Vec<String> {
        self.look(look).await;
        if self.run("return !globalThis.axe").await == Value::Bool(true) {
            let axe = places::root().join("ui/node_modules/axe-core/axe.min.js");
            let axe = fs::read_to_string(axe).expect("it is installed by .ci/install");
            // The page's own policy lets no script in; what the driver runs is outside of it.
            self.run(&format!("{axe}; globalThis.axe = axe; return true")).await;
        }
        let Insets { top, bottom, left, right } = look.insets;
        let asked = json!({ "rules": rules.name(), "top": top, "bottom": bottom, "left": left, "right": right, "least": LEAST });
        let judge = concat!(include_str!("judge.js"), "\nreturn judge(arguments[0])");
        let found = answered("judging", self.client.execute(judge, vec![asked])).await;
        let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = found.as_array().into_iter().flatten().filter_map(Value::as_str);
        found.map(|what| format!("{name}, {}: {what}", look.name())).collect()
    }
}

/// What a finger hits, in CSS pixels.
const LEAST: u32 = 44;
