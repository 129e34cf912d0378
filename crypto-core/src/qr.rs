//! QR codes in pictures: a luma frame goes in, the texts of all codes in it come out. What a text means is
//! not known here.
//!
//! Codes are looked for at several sizes and in both polarities. The work is bounded by counts, not by a
//! clock: so many places that look like finder patterns, so many attempts at a grid. Error correction and
//! the reading of the bits are rqrr's; its own search is not used, because it has no bound (its walk towards
//! an alignment pattern can take minutes on noise).

use std::panic::catch_unwind;

use thiserror::Error;

use self::finder::Finder;
use self::grid::Grid;
use self::luma::{Luma, Polarity};

mod finder;
mod grid;
mod luma;

/// The most pixels a picture can have.
pub const MAX_PIXELS: usize = 64_000_000;

/// The texts of all codes in the picture, each once. Row `y` begins at `luma[y * stride]`. Sizes are gone through
/// until the codes read account for all finder patterns seen, so that a code too small to show next to a much
/// larger one can be missed.
pub fn read(luma: &[u8], width: usize, height: usize, stride: usize) -> Result<Vec<String>, QrError> {
    let picture = Luma::new(luma, width, height, stride).ok_or(QrError::Shape)?;
    let mut texts = Vec::new();
    for (shrink, polarities) in passes(width.max(height)) {
        let level = picture.shrunk(shrink);
        for &polarity in polarities {
            if pass(&level, polarity, &mut texts) == Rest::Explained && !texts.is_empty() {
                return Ok(texts);
            }
        }
    }
    Ok(texts)
}

/// Why a picture cannot be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QrError {
    /// The bytes are fewer than width, height and stride ask for, or the picture is empty or far too large.
    #[error("the picture's bytes do not fit its size")]
    Shape,
}

/// Whether the codes found account for the finder patterns seen.
#[derive(PartialEq, Eq)]
enum Rest {
    Explained,
    /// Enough patterns are left over for another code.
    Open,
}

/// By how much to shrink, and what to look for there. Most codes are seen at about 1000 pixels; noise and
/// codes close to the camera give way at less; small codes need all there is.
fn passes(longest: usize) -> Vec<(usize, &'static [Polarity])> {
    use Polarity::{DarkOnLight, LightOnDark};
    let usual = longest.div_ceil(USUAL_SIZE).max(1);
    let mut passes: Vec<(usize, &'static [Polarity])> =
        vec![(usual, &[DarkOnLight, LightOnDark]), (usual * 2, &[DarkOnLight, LightOnDark])];
    if usual > 1 {
        passes.push((usual / 2, &[DarkOnLight, LightOnDark]));
    }
    passes.push((usual * 4, &[DarkOnLight]));
    passes
}

fn pass(level: &Luma, polarity: Polarity, texts: &mut Vec<String>) -> Rest {
    let bitmap = level.bitmap(polarity);
    let mut finders: Vec<Option<Finder>> = finder::find(&bitmap).into_iter().map(Some).collect();
    let mut attempts = 0;
    for corner in grid::corners(&finders) {
        let [Some(a), Some(b), Some(c)] = corner.map(|place| finders.get(place).copied().flatten()) else {
            // One of the three has become part of a code.
            continue;
        };
        let text = grid::candidates(&bitmap, a, b, c).find_map(|grid| {
            attempts += 1;
            (attempts <= MAX_ATTEMPTS).then(|| decode(&bitmap, &grid)).flatten()
        });
        if let Some(text) = text {
            for place in corner {
                finders.get_mut(place).map(Option::take);
            }
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        if attempts >= MAX_ATTEMPTS {
            break;
        }
    }
    if finders.iter().flatten().count() < 3 { Rest::Explained } else { Rest::Open }
}

/// rqrr is bounded on a grid, but some of its assertions can fail on one that is no code.
fn decode(bitmap: &luma::Bitmap, grid: &Grid) -> Option<String> {
    let cells = grid.sample(bitmap)?;
    let bytes = catch_unwind(|| {
        let mut bytes = Vec::new();
        rqrr::Grid::new(cells).decode_to(&mut bytes).ok().map(|_| bytes)
    });
    let text = String::from_utf8(bytes.ok()??).ok()?;
    (!text.is_empty()).then_some(text)
}

const USUAL_SIZE: usize = 1000;
/// Grids tried in one pass.
const MAX_ATTEMPTS: u32 = 150;

#[cfg(test)]
mod tests;
