//! A second opinion on a code whose correction took nearly all of its parity: `rqrr` reads the same modules as black or
//! white, with a correction and a reading that share no code with [`super::symbol`], which has weighed them. What both
//! say is right; what one says alone is no text yet.

use super::contained::contained;
use super::symbol::Modules;

/// Whether rqrr reads `text` in the modules. Only its reading of a grid is used: its own search for codes has no bound
/// (the walk towards an alignment pattern can take minutes on noise).
pub(super) fn says(modules: &Modules, is_mirrored: bool, text: &str) -> bool {
    let dark = |x, y| if is_mirrored { modules.at(y, x) > 0.0 } else { modules.at(x, y) > 0.0 };
    let grid = rqrr::SimpleGrid::from_func(modules.size(), dark);
    // Some of its assertions can fail on a grid that is no code.
    let read = contained(|| {
        let mut bytes = Vec::new();
        rqrr::Grid::new(grid).decode_to(&mut bytes).ok().map(|_| bytes)
    });
    matches!(read, Some(Some(bytes)) if bytes == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use qrcode::{Color, EcLevel, QrCode};

    use super::*;

    const TEXT: &str = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ";

    fn modules(change: impl Fn(usize) -> bool) -> Modules {
        let code = QrCode::with_error_correction_level(TEXT, EcLevel::M).unwrap();
        let dark = code.to_colors().into_iter().enumerate();
        let dark =
            dark.map(|(place, colour)| if (colour == Color::Dark) != change(place) { 1.0 } else { -1.0 });
        Modules::new(code.width(), dark.collect()).unwrap()
    }

    #[test]
    fn it_says_what_the_code_says_and_nothing_else() {
        let whole = modules(|_| false);
        assert!(says(&whole, false, TEXT));
        assert!(!says(&whole, false, "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJR"));
        // A few wrong modules in the data are corrected.
        assert!(says(&modules(|place| place % 331 == 330), false, TEXT));
        let mirrored = Modules::new(
            whole.size(),
            (0..whole.size() * whole.size()).map(|n| whole.at(n / whole.size(), n % whole.size())).collect(),
        );
        assert!(says(&mirrored.unwrap(), true, TEXT));
    }

    #[test]
    fn what_is_no_code_has_no_second_opinion() {
        assert!(!says(&modules(|place| place.wrapping_mul(2_654_435_761) % 3 == 0), false, TEXT));
        assert!(!says(&Modules::new(21, vec![1.0; 21 * 21]).unwrap(), false, TEXT));
    }
}
