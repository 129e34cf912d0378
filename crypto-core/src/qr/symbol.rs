//! From the modules of one code to its text: format, mask, codewords, correction (ISO/IEC 18004, chapter 12). A
//! module is a number here: positive is dark, and how far it is from zero says how sure that is, so that doubtful
//! codewords can be corrected as erasures.

use rxing::qrcode::common::{ErrorCorrectionLevel, Version};
use rxing::qrcode::cpp_port::decoder::DecodeBitStream;

use super::contained::contained;
use super::{reed_solomon, second};

/// The modules of a code, row by row. Its side is one that codes can have.
pub(super) struct Modules {
    size: usize,
    dark: Vec<f32>,
}

impl Modules {
    /// None if no code has this many modules.
    pub(super) fn new(size: usize, dark: Vec<f32>) -> Option<Self> {
        (version_of(size).is_some() && dark.len() == size * size).then_some(Self { size, dark })
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// No doubt and no darkness outside.
    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        if x >= self.size { 0.0 } else { self.dark.get(y * self.size + x).copied().unwrap_or(0.0) }
    }
}

/// What a code says.
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) part: Option<Part>,
    /// The least parity left over in any block. What took nearly all of it may be another code's text.
    pub(super) spare: usize,
    /// Whether it is seen from behind.
    pub(super) is_mirrored: bool,
    /// Whether somebody else reads the same, where little parity is left.
    pub(super) is_confirmed: bool,
}

/// One of several codes that make up a text together (Structured Append).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its place, from 0.
    pub index: u8,
    /// How many there are, 2 to 16.
    pub count: u8,
    /// The same in all of them: the parity of the whole text.
    pub parity: u8,
}

/// How much of the parity correction may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Modules are right or wrong, and none is known to be doubtful.
    Plain,
    /// The least sure codewords are tried as erasures.
    Graded,
}

/// Reads a code. None if it cannot be corrected or is none.
pub(super) fn read(modules: &Modules, trust: Trust) -> Option<Reading> {
    let version = version_of(modules.size)?;
    formats(modules).into_iter().find_map(|format| {
        let codewords = codewords(modules, version, format);
        let (data, spare) = corrected(version, format.level, &codewords, trust)?;
        let (text, part) = text(&data, version, format.level)?;
        let is_mirrored = format.is_mirrored;
        // Where no module was doubtful, correction that fits is the standard's own measure.
        let is_asked = trust == Trust::Graded && spare < BELIEVED_SPARE;
        let is_confirmed = is_asked && second::says(modules, is_mirrored, &text);
        Some(Reading { text, part, spare, is_mirrored, is_confirmed })
    })
}

/// What the format information says.
#[derive(Clone, Copy)]
pub(super) struct Format {
    level: ErrorCorrectionLevel,
    mask: u8,
    is_mirrored: bool,
}

/// The format by both copies together: the nearest of all there can be, and the second if it is nearly as near.
fn formats(modules: &Modules) -> Vec<Format> {
    let end = modules.size - 1;
    let mut places = Vec::with_capacity(30);
    for bit in 0..15_usize {
        // The copy around the top left corner, from the lowest bit.
        places.push((
            bit,
            match bit {
                0..=5 => (8, bit),
                6 => (8, 7),
                7 => (8, 8),
                8 => (7, 8),
                _ => (14 - bit, 8),
            },
        ));
        places.push((bit, if bit < 8 { (end - bit, 8) } else { (8, end + bit - 14) }));
    }
    let sure: f32 = places.iter().map(|(_, (x, y))| modules.at(*x, *y).abs()).sum();
    let mut found: Vec<(f32, Format)> = Vec::with_capacity(64);
    for number in 0..32_u8 {
        let word = format_word(number);
        for is_mirrored in [false, true] {
            let score: f32 = places
                .iter()
                .map(|&(bit, (x, y))| {
                    let dark = if is_mirrored { modules.at(y, x) } else { modules.at(x, y) };
                    if word >> bit & 1 == 1 { dark } else { -dark }
                })
                .sum();
            let level = match number >> 3 {
                0 => ErrorCorrectionLevel::M,
                1 => ErrorCorrectionLevel::L,
                2 => ErrorCorrectionLevel::H,
                _ => ErrorCorrectionLevel::Q,
            };
            found.push((score, Format { level, mask: number & 7, is_mirrored }));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    // What is no code agrees by half.
    found.into_iter().take(2).filter(|(score, _)| *score > sure * 0.3).map(|(_, format)| format).collect()
}

/// The fifteen bits of a format, with their BCH parity and their mask.
fn format_word(number: u8) -> u16 {
    let mut rest = u16::from(number) << 10;
    for bit in (10..15).rev() {
        if rest >> bit & 1 == 1 {
            rest ^= 0x537 << (bit - 10);
        }
    }
    (u16::from(number) << 10 | rest) ^ 0x5412
}

/// A codeword and how sure its least sure module is.
type Codeword = (u8, f32);

fn codewords(modules: &Modules, version: &Version, format: Format) -> Vec<Codeword> {
    let size = modules.size;
    let fixed = fixed(size, version);
    let mut out = Vec::with_capacity(version.getTotalCodewords() as usize);
    let (mut byte, mut least, mut bits) = (0_u8, f32::MAX, 0);
    let mut upward = true;
    // Pairs of columns from the right; the column with the timing pattern is not part of a pair.
    let columns = (1..size).rev().filter(|&x| x != 6).step_by(2);
    for right in columns {
        for step in 0..size {
            let y = if upward { size - 1 - step } else { step };
            for x in [right, right - 1] {
                if fixed.get(y * size + x).copied().unwrap_or(true) {
                    continue;
                }
                let dark = if format.is_mirrored { modules.at(y, x) } else { modules.at(x, y) };
                let bit = (dark > 0.0) != masked(format.mask, x, y);
                byte = byte << 1 | u8::from(bit);
                least = least.min(dark.abs());
                bits += 1;
                if bits == 8 {
                    out.push((byte, least));
                    (byte, least, bits) = (0, f32::MAX, 0);
                }
            }
        }
        upward = !upward;
    }
    out
}

/// Whether a mask turns a module over.
fn masked(mask: u8, x: usize, y: usize) -> bool {
    match mask {
        0 => (x + y).is_multiple_of(2),
        1 => y.is_multiple_of(2),
        2 => x.is_multiple_of(3),
        3 => (x + y).is_multiple_of(3),
        4 => (y / 2 + x / 3).is_multiple_of(2),
        5 => x * y % 2 + x * y % 3 == 0,
        6 => (x * y % 2 + x * y % 3).is_multiple_of(2),
        _ => ((x + y) % 2 + x * y % 3).is_multiple_of(2),
    }
}

/// Which modules are not data: finder, timing and alignment patterns, format and version.
fn fixed(size: usize, version: &Version) -> Vec<bool> {
    let mut fixed = vec![false; size * size];
    let mut fill = |x0: usize, y0: usize, width: usize, height: usize| {
        for row in fixed.chunks_mut(size).skip(y0).take(height) {
            row.iter_mut().skip(x0).take(width).for_each(|module| *module = true);
        }
    };
    fill(0, 0, 9, 9);
    fill(size - 8, 0, 8, 9);
    fill(0, size - 8, 9, 8);
    fill(6, 0, 1, size);
    fill(0, 6, size, 1);
    for (x, y) in alignments(version) {
        fill(x - 2, y - 2, 5, 5);
    }
    if size >= 45 {
        fill(size - 11, 0, 3, 6);
        fill(0, size - 11, 6, 3);
    }
    fixed
}

/// The middles of the alignment patterns.
pub(super) fn alignments(version: &Version) -> Vec<(usize, usize)> {
    let centres: Vec<usize> = version.getAlignmentPatternCenters().iter().map(|&c| c as usize).collect();
    let last = centres.last().copied().unwrap_or(0);
    let pairs = centres.iter().flat_map(|&y| centres.iter().map(move |&x| (x, y)));
    let finders = [(6, 6), (6, last), (last, 6)];
    pairs.filter(|place| !finders.contains(place)).collect()
}

/// What is known of a module before reading: dark, light, or nothing.
pub(super) fn known(size: usize) -> Option<Vec<Option<bool>>> {
    let version = version_of(size)?;
    let mut known = vec![None; size * size];
    let mut set = |x: usize, y: usize, dark: bool| {
        if let Some(module) = known.get_mut(y * size + x).filter(|_| x < size) {
            *module = Some(dark);
        }
    };
    for place in 8..size - 8 {
        set(place, 6, place % 2 == 0);
        set(6, place, place % 2 == 0);
    }
    for (x, y) in alignments(version) {
        for dy in 0..5_usize {
            for dx in 0..5_usize {
                set(x + dx - 2, y + dy - 2, dx.abs_diff(2).max(dy.abs_diff(2)) != 1);
            }
        }
    }
    for dy in 0..8_usize {
        for dx in 0..8_usize {
            let ring = dx.abs_diff(3).max(dy.abs_diff(3));
            let dark = dx < 7 && dy < 7 && ring != 2;
            set(dx, dy, dark);
            set(size - 1 - dx, dy, dark);
            set(dx, size - 1 - dy, dark);
        }
    }
    Some(known)
}

/// The data without damage, and the parity left over in the worst block.
fn corrected(
    version: &Version,
    level: ErrorCorrectionLevel,
    codewords: &[Codeword],
    trust: Trust,
) -> Option<(Vec<u8>, usize)> {
    let blocks = version.getECBlocksForLevel(level);
    let parity = blocks.getECCodewordsPerBlock() as usize;
    let sizes: Vec<usize> = blocks
        .getECBlocks()
        .iter()
        .flat_map(|kind| std::iter::repeat_n(kind.getDataCodewords() as usize, kind.getCount() as usize))
        .collect();
    let longest = sizes.iter().copied().max()?;
    let mut out: Vec<Vec<Codeword>> = sizes.iter().map(|&size| Vec::with_capacity(size + parity)).collect();
    let mut rest = codewords.iter();
    for place in 0..longest {
        for (block, _) in out.iter_mut().zip(&sizes).filter(|(_, size)| place < **size) {
            block.push(*rest.next()?);
        }
    }
    for _ in 0..parity {
        for block in &mut out {
            block.push(*rest.next()?);
        }
    }
    let reserve = reserve(version.getVersionNumber(), level);
    let (mut data, mut spare) = (Vec::new(), usize::MAX);
    for (block, size) in out.iter().zip(sizes) {
        let (bytes, left) = block_corrected(block, parity, reserve, trust)?;
        data.extend_from_slice(bytes.get(..size)?);
        spare = spare.min(left);
    }
    Some((data, spare))
}

/// Parity that stays unused, so that a short code is not corrected into another one.
fn reserve(version: u32, level: ErrorCorrectionLevel) -> usize {
    use ErrorCorrectionLevel::{H, L, M, Q};
    match (version, level) {
        (1, L) => 3,
        (1 | 2, M) | (2, L) => 2,
        (1, Q | H) | (3, L) => 1,
        _ => 0,
    }
}

fn block_corrected(
    block: &[Codeword],
    parity: usize,
    reserve: usize,
    trust: Trust,
) -> Option<(Vec<u8>, usize)> {
    let mut bytes: Vec<u8> = block.iter().map(|&(byte, _)| byte).collect();
    let done = reed_solomon::correct(&mut bytes, parity, &[]);
    if let Some(done) = done.filter(|done| done.spare >= reserve) {
        return Some((bytes, done.spare));
    }
    if trust == Trust::Plain {
        return None;
    }
    let mut doubtful: Vec<usize> = (0..block.len()).collect();
    let surety = |place: &usize| block.get(*place).map_or(0.0, |&(_, sure)| sure);
    doubtful.sort_by(|a, b| surety(a).total_cmp(&surety(b)));
    let least = reserve.max(MIN_SPARE);
    (2..=parity.saturating_sub(least)).step_by(2).find_map(|count| {
        let mut bytes: Vec<u8> = block.iter().map(|&(byte, _)| byte).collect();
        let done = reed_solomon::correct(&mut bytes, parity, doubtful.get(..count)?)?;
        (done.spare >= least).then_some((bytes, done.spare))
    })
}

/// The bits as a text. What does not end properly is no text.
fn text(data: &[u8], version: &Version, level: ErrorCorrectionLevel) -> Option<(String, Option<Part>)> {
    // Damage can leave counts and character sets that the library does not expect.
    let decoded = contained(|| {
        let decoded = DecodeBitStream(data, version, level).ok()?;
        if !decoded.isValid() {
            return None;
        }
        let append = decoded.structuredAppend();
        let part = (append.count >= 2 && append.index >= 0 && append.index < append.count).then(|| {
            Some(Part {
                index: u8::try_from(append.index).ok()?,
                count: u8::try_from(append.count).ok()?,
                parity: append.id.parse().ok()?,
            })
        });
        // Bytes without a named character set are UTF-8 where they can be; what they are else is the library's guess.
        let content = decoded.content();
        let plain = if content.has_eci { None } else { std::str::from_utf8(content.bytes()).ok() };
        Some((plain.map_or_else(|| decoded.text(), str::to_owned), part.flatten()))
    });
    decoded.flatten().filter(|(text, _)| !text.is_empty())
}

fn version_of(size: usize) -> Option<&'static Version> {
    if !(21..=177).contains(&size) || size % 4 != 1 {
        return None;
    }
    Version::getVersionForNumber(u32::try_from((size - 17) / 4).ok()?).ok()
}

/// Parity that stays unused when codewords are erased: erasing enough of it makes anything a code.
const MIN_SPARE: usize = 2;

/// Unused parity that makes a text certain.
pub(super) const BELIEVED_SPARE: usize = 4;
