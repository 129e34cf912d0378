//! What can be wrong with a picture, one class for each, and some at once. The ranges are those in which decoders
//! begin to fail.

use qrcode::EcLevel;

use crate::camera::{Glare, Shot, any_angle};
use crate::random::Random;
use crate::scene::{Look, Page, Style, page};

pub const CLASSES: [&str; 17] = [
    "easy",
    "tilt",
    "rotation",
    "motion",
    "defocus",
    "lowlight",
    "jpeg",
    "moire",
    "glare",
    "far",
    "near",
    "inverted",
    "lowcontrast",
    "logo",
    "styled",
    "quiet",
    "multi",
];

/// What is drawn and how it is photographed.
pub struct Frame {
    pub page: Page,
    pub shot: Shot,
}

/// Frame of a class; "combined" takes two to four classes at their milder half.
pub fn frame(random: &mut Random, class: &str) -> Frame {
    let mut shot = Shot {
        share: random.between(0.30, 0.60),
        tilt: random.between(0.0, 12.0),
        tilt_axis: any_angle(random),
        turn: random.between(-8.0, 8.0),
        offset: (random.between(-0.3, 0.3), random.between(-0.3, 0.3)),
        blur: random.between(0.5, 0.9),
        defocus: 0.0,
        motion: 0.0,
        motion_angle: any_angle(random),
        photons: random.between(2000.0, 8000.0),
        exposure: random.between(0.75, 1.0),
        denoise: false,
        jpeg: random.one_of(&[None, None, Some(92), Some(85)]),
        moire: false,
        glares: Vec::new(),
        veil: random.between(0.0, 0.05),
        banding: 0.0,
        bands: random.between(60.0, 300.0),
        vignette: random.between(0.0, 0.25),
        beyond: random.between(20.0, 120.0),
    };
    let mut look = Look {
        style: Style::Square,
        finder_round: 0.0,
        ink: 0.0,
        paper: 255.0,
        logo: 0.0,
        quiet: 4.0,
        level: random.one_of(&[EcLevel::L, EcLevel::M, EcLevel::M, EcLevel::M, EcLevel::Q, EcLevel::H]),
        module: 3 + random.below(6),
    };
    let (mut is_dark, mut is_busy, mut plain, mut count) = (random.chance(0.3), false, None, 1);
    let is_combined = class == "combined";
    // Combinations use the milder part of every range.
    let k = if is_combined { 0.65 } else { 1.0 };
    let mut classes = vec![class];
    if is_combined {
        let pool = &CLASSES[1..16];
        classes.clear();
        let wanted = 2 + random.below(3);
        while classes.len() < wanted {
            let class = random.one_of(pool);
            if class != "near" && !classes.contains(&class) {
                classes.push(class);
            }
        }
    }
    for class in &classes {
        match *class {
            "tilt" => {
                shot.tilt = random.between(15.0, 15.0 + 45.0 * k);
                shot.share = random.between(0.35, 0.65);
            }
            "rotation" => {
                shot.turn = any_angle(random);
                shot.tilt = shot.tilt.max(random.between(0.0, 20.0));
            }
            "motion" => shot.motion = random.between(0.3, 0.3 + 1.7 * k),
            "defocus" => shot.defocus = random.between(0.2, 0.2 + 0.65 * k),
            "lowlight" => {
                let least: f32 = if is_combined { 12.0 } else { 4.0 };
                shot.photons = random.between(least.ln(), 120_f32.ln()).exp();
                shot.exposure = random.between(0.25, 0.8);
                shot.denoise = random.chance(0.5);
            }
            "jpeg" => shot.jpeg = Some(if is_combined { 10 } else { 4 } + random.below(20) as u8),
            "moire" => {
                shot.moire = true;
                shot.blur = random.between(0.35, 0.6);
            }
            "glare" => {
                for _ in 0..1 + random.below(2) {
                    shot.glares.push(Glare {
                        at: (random.between(-0.6, 0.6), random.between(-0.6, 0.6)),
                        size: (random.between(0.08, 0.4), random.between(0.08, 0.4)),
                        strength: random.between(0.4, 2.0),
                        angle: random.between(0.0, 3.1),
                    });
                }
                shot.veil = random.between(0.05, 0.05 + 0.4 * k);
                if random.chance(0.4) {
                    shot.banding = random.between(0.0, 0.25);
                }
            }
            "far" => shot.share = random.between(if is_combined { 0.13 } else { 0.08 }, 0.25),
            "near" => {
                shot.share = random.between(0.65, 0.92);
                shot.tilt = random.between(0.0, 6.0);
            }
            "inverted" => {
                look.ink = random.between(190.0, 255.0);
                look.paper = random.between(0.0, 50.0);
                is_dark = true;
            }
            "lowcontrast" if random.chance(0.5) => {
                look.ink = 0.0;
                look.paper = random.between(45.0, 110.0);
                plain = Some(look.paper);
            }
            "lowcontrast" => {
                look.paper = random.between(170.0, 250.0);
                look.ink = look.paper - random.between(35.0, 90.0);
            }
            "logo" => {
                look.logo = random.between(0.05, 0.05 + 0.15 * k);
                look.level = random.one_of(&[EcLevel::H, EcLevel::H, EcLevel::H, EcLevel::Q]);
            }
            "styled" => {
                use Style::{Dots, Rounded, SmallDots, Square};
                look.style = random.one_of(&[Dots, SmallDots, Rounded, Rounded, Square]);
                look.finder_round = random.one_of(&[0.0, 0.5, 1.0]);
                look.level = random.one_of(&[EcLevel::M, EcLevel::Q, EcLevel::H]);
                if look.ink == 0.0 && plain.is_none() && random.chance(0.7) {
                    // The brightness of strong colours on tinted paper.
                    look.ink = random.one_of(&[59.0, 64.0, 71.0, 84.0, 136.0]);
                    look.paper = random.one_of(&[255.0, 239.0, 237.0]);
                }
            }
            "quiet" => {
                look.quiet = random.between(0.0, 1.5);
                is_busy = true;
                is_dark = random.chance(0.6);
            }
            "multi" => {
                count = 2 + random.below(3);
                shot.share = random.between(0.18, 0.32);
            }
            _ => {}
        }
    }
    if look.ink > look.paper {
        // On a page as dark as the code's own ground.
        is_dark = true;
    }
    let page = page(random, &look, count, is_dark, is_busy, plain);
    if shot.moire {
        // Pixels of the camera for one of the screen: where stripes beat.
        shot.share =
            (random.between(0.7, 2.3) * page.codes[0].2 / crate::camera::HEIGHT as f32).clamp(0.12, 0.9);
    }
    Frame { page, shot }
}

/// A page without a code.
pub fn empty(random: &mut Random) -> Frame {
    let mut frame = frame(random, "easy");
    let (is_dark, is_busy) = (random.chance(0.4), random.chance(0.5));
    let look = Look {
        style: Style::Square,
        finder_round: 0.0,
        ink: 0.0,
        paper: 255.0,
        logo: 0.0,
        quiet: 4.0,
        level: EcLevel::M,
        module: 4,
    };
    let page = page(random, &look, 1, is_dark, is_busy, None);
    let (x, y, side) = page.codes[0];
    let base = page.shade[0];
    let mut page = page;
    let quiet = 16.0;
    for (place, shade) in page.shade.iter_mut().enumerate() {
        let (px, py) = ((place % page.width) as f32, (place / page.width) as f32);
        if px >= x - quiet - 1.0 && px <= x + side + quiet && py >= y - quiet - 1.0 && py <= y + side + quiet
        {
            *shade = base;
        }
    }
    page.texts.clear();
    frame.page = page;
    frame
}
