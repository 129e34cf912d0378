//! How long 2,000 rows of each format take to be read. Sealed files become these once their key is made, which is not
//! measured here. Prints medians, and the most memory that one reading takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crypto_core::backup::import::{self, Input, Limits, MAX_ROWS};

/// Counts what is taken, so that the most at one time is known.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; it is in no shipped code")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let taken = TAKEN.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(taken, Ordering::Relaxed);
        // SAFETY: the caller keeps to the trait, and the call is passed on as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn main() {
    println!("{:>24} {:>10} {:>10} {:>10}", "format", "bytes", "ms", "KiB");
    for (what, row, (start, end), between) in FORMATS {
        let rows: Vec<_> = (0..MAX_ROWS).map(|number| row.replace('#', &number.to_string())).collect();
        let file = format!("{start}{}{end}", rows.join(between));
        let input = Input { bytes: file.as_bytes(), password: None, limits: Limits::PHONE };
        let import = import::read(&input).expect("it is of a known format");
        assert_eq!(import.format.name(), *what);
        assert!(import.rows.len() == MAX_ROWS && import.rows.iter().all(|row| row.content.is_ok()));
        drop(import);
        let before = TAKEN.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let _ = black_box(import::read(&input));
        let most = MOST.load(Ordering::Relaxed).saturating_sub(before) >> 10;
        let ms = median_ms(|| {
            let _ = black_box(import::read(&input));
        });
        println!("{what:>24} {:>10} {ms:>10.2} {most:>10}", file.len());
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn median_ms(mut act: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The format, one row with `#` for its number, what stands around the rows, and between them.
type Sample = (&'static str, &'static str, (&'static str, &'static str), &'static str);

const FORMATS: &[Sample] = &[
    (
        "otpauth-list",
        "otpauth://totp/Site#:p#@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Site#",
        ("", ""),
        "\n",
    ),
    (
        "ente-plain",
        "otpauth://totp/Site#:p#@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&codeDisplay=%7B%22note%22%3A%22a%22%7D",
        ("", ""),
        "\n",
    ),
    (
        "aegis-plain",
        r#"{"type":"totp","name":"p#","issuer":"Site#","info":{"secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","algo":"SHA1","digits":6,"period":30}}"#,
        (r#"{"version":1,"header":{},"db":{"version":3,"entries":["#, "]}}"),
        ",",
    ),
    (
        "2fas-plain",
        r#"{"name":"Site#","secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","otp":{"account":"p#","digits":6,"period":30,"tokenType":"TOTP"}}"#,
        (r#"{"schemaVersion":4,"services":["#, "]}"),
        ",",
    ),
    (
        "stratum-plain",
        r#"{"Type":2,"Issuer":"Site#","Username":"p#","Secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","Algorithm":0,"Digits":6,"Period":30}"#,
        (r#"{"Authenticators":["#, "]}"),
        ",",
    ),
    (
        "bitwarden-json",
        r##"{"type":1,"name":"Site#","login":{"username":"p#","totp":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}}"##,
        (r#"{"encrypted":false,"folders":[],"items":["#, "]}"),
        ",",
    ),
    (
        "bitwarden-csv",
        ",,login,Site#,,,0,,p#,password,JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        (
            "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n",
            "",
        ),
        "\n",
    ),
    (
        "proton-plain",
        r#"{"content":{"uri":"otpauth://totp/Site#:p#?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","name":"p#"},"note":null}"#,
        (r#"{"version":1,"entries":["#, "]}"),
        ",",
    ),
    (
        "lastpass",
        r#"{"issuerName":"Site#","userName":"p#","secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","timeStep":30,"digits":6,"algorithm":"SHA1"}"#,
        (r#"{"localDeviceId":"","version":3,"accounts":["#, "]}"),
        ",",
    ),
    (
        "raivo-json",
        r#"{"kind":"TOTP","issuer":"Site#","account":"p#","secret":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP","digits":"6","timer":"30"}"#,
        ("[", "]"),
        ",",
    ),
];
