//! Draws a text as a QR code: `draw-code TEXT FILE.png`.

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [text, file] = arguments.as_slice() else { panic!("usage: draw-code TEXT FILE.png") };
    countersign_tests::picture::draw(text).save(file).expect("the file can be written");
}
