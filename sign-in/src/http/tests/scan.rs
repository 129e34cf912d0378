//! Reads a picture of a code off a page, as a camera does.

/// The text of the first code on the page.
pub(super) fn scanned(html: &str) -> String {
    let svg = html.split("<svg viewBox=\"-4 -4 ").nth(1).expect("a picture of a code");
    let size: usize = svg.split(' ').next().unwrap().parse().unwrap();
    let path = svg.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut dark = vec![false; size * size];
    for run in path.split('z').filter(|run| !run.is_empty()) {
        let (start, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (x, y) = start.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let length: usize = rest.split('v').next().unwrap().parse().unwrap();
        for at in x..x + length {
            dark[(y + 4) * size + at + 4] = true;
        }
    }
    let scale = 4;
    let side = size * scale;
    let at = |index: usize| dark[index / side / scale * size + index % side / scale];
    let luma: Vec<u8> = (0..side * side).map(|index| if at(index) { 0 } else { 255 }).collect();
    let codes = crypto_core::qr::read(&luma, side, side, side, crypto_core::qr::Budget::PICTURE);
    codes.expect("a picture").first().expect("a code is seen").text.expose().to_owned()
}
