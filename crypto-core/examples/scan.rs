//! Prints the texts of all QR codes in pictures, one line of JSON for each picture.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crypto_core::qr::{self, Budget};
use serde_json::json;

const HELP: &str = "\
Usage: scan FILE…

Prints one line for each picture (PGM, PNG, JPEG):
  {\"file\":\"…\",\"texts\":[\"…\"],\"ms\":1.2}
`ms` is the time to find and read the codes; opening the file is not in it. A file that is no picture has an
\"error\" and no texts. Exit code: 0 if every file could be read, whether or not there was a code in it, else 1.";

#[expect(clippy::print_stdout, reason = "the output is what this program is for")]
fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() || files.iter().any(|file| file == "--help" || file == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !qr::contains_panics() {
            report(panic);
        }
    }));
    let mut code = ExitCode::SUCCESS;
    for file in files {
        match scan(Path::new(&file)) {
            Ok((texts, ms)) => println!("{}", json!({ "file": file, "texts": texts, "ms": ms })),
            Err(error) => {
                println!("{}", json!({ "file": file, "texts": [], "ms": 0, "error": error }));
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

#[expect(clippy::disallowed_methods, reason = "measures; nothing is decided by it")]
fn scan(file: &Path) -> Result<(Vec<String>, f64), String> {
    let (luma, width, height) = open(file)?;
    let start = Instant::now();
    let budget = if width * height <= FRAME_PIXELS { Budget::FRAME } else { Budget::PICTURE };
    let codes = qr::read(&luma, width, height, width, budget).map_err(|error| error.to_string())?;
    let texts = codes.iter().map(|code| code.text.expose().to_owned()).collect();
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    Ok((texts, (ms * 100.0).round() / 100.0))
}

fn open(file: &Path) -> Result<(Vec<u8>, usize, usize), String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    if bytes.starts_with(b"P5") {
        return pgm(&bytes).ok_or_else(|| "the PGM file is damaged".to_owned());
    }
    let picture = image::load_from_memory(&bytes).map_err(|error| error.to_string())?.into_luma8();
    let (width, height) = picture.dimensions();
    Ok((picture.into_raw(), width as usize, height as usize))
}

/// What a camera's preview has at most; larger ones are photographs.
const FRAME_PIXELS: usize = 1920 * 1200;

/// Eight bits a pixel: three numbers after the name, with comments between them, and one white space after.
fn pgm(bytes: &[u8]) -> Option<(Vec<u8>, usize, usize)> {
    let mut rest = bytes.strip_prefix(b"P5")?;
    let mut numbers = [0_usize; 3];
    for number in &mut numbers {
        loop {
            rest = rest.trim_ascii_start();
            let Some(comment) = rest.strip_prefix(b"#") else { break };
            rest = comment.get(comment.iter().position(|&b| b == b'\n')?..)?;
        }
        let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (figures, after) = rest.split_at_checked(length)?;
        *number = std::str::from_utf8(figures).ok()?.parse().ok()?;
        rest = after;
    }
    let [width, height, most] = numbers;
    let pixels = rest.get(1..)?.get(..width.checked_mul(height)?)?;
    (1..=255).contains(&most).then(|| (pixels.to_vec(), width, height))
}
