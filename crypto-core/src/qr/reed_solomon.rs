//! Reed-Solomon correction over GF(256) as ISO/IEC 18004 uses it, with erasures: a codeword known to be doubtful
//! costs half of what an error costs that has to be found.

/// What correcting a block took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Corrected {
    /// Codewords that were wrong at places nobody had pointed at.
    pub(super) errors: usize,
    /// Parity that was not needed: the higher, the surer the block.
    pub(super) spare: usize,
}

/// Corrects `block` in place, its last `parity` codewords being the parity. `erasures` are the places of doubtful
/// codewords. None, with the block as it was, if it cannot be corrected.
pub(super) fn correct(block: &mut [u8], parity: usize, erasures: &[usize]) -> Option<Corrected> {
    let length = block.len();
    if parity >= length || length > 255 || erasures.len() > parity {
        return None;
    }
    let syndromes = syndromes(block, parity);
    if syndromes.iter().all(|&s| s == 0) {
        return Some(Corrected { errors: 0, spare: parity - erasures.len() });
    }
    // Places count from the end: the last codeword is the coefficient of x^0.
    let roots: Vec<u8> =
        erasures.iter().filter_map(|&place| Some(exp(length.checked_sub(place + 1)?))).collect();
    let locator = locator(&syndromes, &roots);
    let found = locator.len().checked_sub(1)?;
    let errors = found.checked_sub(roots.len())?;
    let spare = parity.checked_sub(roots.len() + 2 * errors)?;
    let evaluator = product_below(&syndromes, &locator, parity);
    // The formal derivative: odd powers only, in characteristic 2.
    let derivative: Vec<u8> =
        locator.iter().enumerate().skip(1).map(|(power, &c)| if power % 2 == 1 { c } else { 0 }).collect();
    let mut fixes = Vec::with_capacity(found);
    for place in 0..length {
        let power = length - 1 - place;
        let inverse = exp((255 - power % 255) % 255);
        if value(&locator, inverse) != 0 {
            continue;
        }
        let below = value(&derivative, inverse);
        if below == 0 {
            return None;
        }
        fixes.push((place, mul(exp(power), div(value(&evaluator, inverse), below))));
    }
    if fixes.len() != found {
        return None;
    }
    let apply = |block: &mut [u8]| {
        for (place, fix) in &fixes {
            if let Some(codeword) = block.get_mut(*place) {
                *codeword ^= fix;
            }
        }
    };
    apply(block);
    if self::syndromes(block, parity).iter().any(|&s| s != 0) {
        apply(block);
        return None;
    }
    Some(Corrected { errors, spare })
}

fn syndromes(block: &[u8], parity: usize) -> Vec<u8> {
    (0..parity).map(|power| block.iter().fold(0, |sum, &c| mul(sum, exp(power)) ^ c)).collect()
}

/// Berlekamp and Massey's search, begun with the polynomial whose roots are the erasures.
fn locator(syndromes: &[u8], roots: &[u8]) -> Vec<u8> {
    let mut current = vec![1];
    for &root in roots {
        let shifted: Vec<u8> = std::iter::once(0).chain(current.iter().map(|&c| mul(c, root))).collect();
        current = sum(&current, &shifted);
    }
    let mut previous = current.clone();
    let mut length = roots.len();
    for step in roots.len()..syndromes.len() {
        previous.insert(0, 0);
        let discrepancy = current
            .iter()
            .enumerate()
            .filter_map(|(i, &c)| Some(mul(c, *syndromes.get(step.checked_sub(i)?)?)))
            .fold(0, |a, b| a ^ b);
        if discrepancy == 0 {
            continue;
        }
        let scaled: Vec<u8> = previous.iter().map(|&c| mul(c, discrepancy)).collect();
        let next = sum(&current, &scaled);
        if 2 * length <= step + roots.len() {
            length = step + 1 + roots.len() - length;
            previous = current.iter().map(|&c| div(c, discrepancy)).collect();
        }
        current = next;
    }
    while current.last() == Some(&0) {
        current.pop();
    }
    current
}

fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let at = |poly: &[u8], i: usize| poly.get(i).copied().unwrap_or(0);
    (0..a.len().max(b.len())).map(|i| at(a, i) ^ at(b, i)).collect()
}

/// The product of two polynomials, without the powers from `below` up.
fn product_below(a: &[u8], b: &[u8], below: usize) -> Vec<u8> {
    let mut out = vec![0; below];
    for (i, &x) in a.iter().enumerate() {
        for (&y, sum) in b.iter().zip(out.iter_mut().skip(i)) {
            *sum ^= mul(x, y);
        }
    }
    out
}

fn value(poly: &[u8], at: u8) -> u8 {
    poly.iter().rev().fold(0, |sum, &c| mul(sum, at) ^ c)
}

#[expect(clippy::indexing_slicing, reason = "a byte cannot reach past 256 entries")]
fn mul(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        0
    } else {
        exp(usize::from(LOG[usize::from(a)]) + usize::from(LOG[usize::from(b)]))
    }
}

#[expect(clippy::indexing_slicing, reason = "a byte cannot reach past 256 entries")]
fn div(a: u8, b: u8) -> u8 {
    if a == 0 { 0 } else { exp(usize::from(LOG[usize::from(a)]) + 255 - usize::from(LOG[usize::from(b)])) }
}

#[expect(clippy::indexing_slicing, reason = "the power is reduced to one of 255")]
fn exp(power: usize) -> u8 {
    EXP[power % 255]
}

const EXP: [u8; 255] = tables().0;
const LOG: [u8; 256] = tables().1;

/// Powers of 2 modulo x^8 + x^4 + x^3 + x^2 + 1, and back.
#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "checked by the compiler")]
const fn tables() -> ([u8; 255], [u8; 256]) {
    let (mut exp, mut log) = ([0; 255], [0; 256]);
    let (mut x, mut power) = (1_u16, 0);
    while power < 255 {
        exp[power] = x as u8;
        log[x as usize] = power as u8;
        x = if x & 0x80 == 0 { x << 1 } else { (x << 1) ^ 0x11d };
        power += 1;
    }
    (exp, log)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Divides by the generator, as an encoder does.
    fn encoded(data: &[u8], parity: usize) -> Vec<u8> {
        let generator = (0..parity).fold(vec![1_u8], |poly, power| {
            let shifted: Vec<u8> =
                std::iter::once(0).chain(poly.iter().map(|&c| mul(c, exp(power)))).collect();
            sum(&poly, &shifted)
        });
        let mut rest = [data, &vec![0; parity]].concat();
        for i in 0..data.len() {
            let lead = rest[i];
            for (k, &g) in generator.iter().enumerate() {
                rest[i + k] ^= mul(lead, g);
            }
        }
        [data, &rest[data.len()..]].concat()
    }

    proptest! {
        #[test]
        fn errors_and_erasures_are_corrected_up_to_what_the_parity_allows(
            data in prop::collection::vec(any::<u8>(), 1..120),
            parity in 7_usize..30,
            places in prop::sample::subsequence((0_usize..150).collect::<Vec<_>>(), 0..30),
            wrong in prop::collection::vec(1_u8.., 30),
            share in 0_usize..30,
        ) {
            let whole = encoded(&data, parity);
            let places: Vec<usize> = places.into_iter().filter(|&p| p < whole.len()).collect();
            let erased = share.min(places.len()).min(parity);
            let errors = (places.len() - erased).min((parity - erased) / 2);
            let mut damaged = whole.clone();
            for (i, &place) in places.iter().take(erased + errors).enumerate() {
                damaged[place] ^= wrong[i];
            }
            let done = correct(&mut damaged, parity, &places[..erased]).expect("within the parity");
            prop_assert_eq!(damaged, whole);
            prop_assert_eq!(done.spare, parity - erased - 2 * done.errors);
        }

        #[test]
        fn what_cannot_be_corrected_is_left_as_it_was(
            block in prop::collection::vec(any::<u8>(), 20..200),
            parity in 8_usize..18,
        ) {
            let mut copy = block.clone();
            if correct(&mut copy, parity, &[]).is_none() {
                prop_assert_eq!(copy, block);
            }
        }
    }
}
