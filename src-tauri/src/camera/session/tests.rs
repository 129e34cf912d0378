use qrcode::{Color, EcLevel, QrCode};

use super::*;

const WIDTH: usize = 900;
const HEIGHT: usize = 480;

/// A white page with a code at each place.
fn page(codes: &[(&str, usize)]) -> Vec<u8> {
    let mut page = vec![235; WIDTH * HEIGHT];
    for &(text, left) in codes {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let (size, module) = (code.width(), 5);
        for (place, colour) in code.to_colors().into_iter().enumerate() {
            if colour == Color::Dark {
                for y in 0..module {
                    let start = (100 + place / size * module + y) * WIDTH + left + place % size * module;
                    page[start..start + module].fill(20);
                }
            }
        }
    }
    page
}

fn several(texts: &[SecretText]) -> Seen {
    let usable = |(index, text): (usize, &SecretText)| Usable {
        index,
        title: text.expose().to_owned(),
        detail: String::new(),
    };
    Seen::Several(texts.iter().enumerate().map(usable).collect())
}

fn look<'a>(luma: &'a [u8]) -> Look<'a> {
    Look { luma, width: WIDTH, height: HEIGHT, budget: Budget::FRAME }
}

#[test]
fn of_several_codes_the_one_that_is_chosen_is_taken_and_frames_wait_until_then() {
    let page = page(&[("left", 60), ("right", 600)]);
    let mut session = Session::default();
    let view = session.frame(&look(&page), several).unwrap();
    assert_eq!((view.scan.clone(), view.choices.len()), (ScanView::Nothing, 2));
    assert!(session.is_asking());
    let right = view.choices.iter().position(|choice| choice.title == "right").unwrap();
    let left_edge = view.choices[right].corners.map(|corner| corner.x).into_iter().min().unwrap();
    assert!(left_edge.abs_diff(667) < 10, "{left_edge}");

    let waiting = session.frame(&look(&page), |_| panic!("frames are not looked at"));
    assert_eq!(waiting, Ok(FrameView::nothing()));
    assert_eq!(session.choose(right).as_ref().map(SecretText::expose), Some("right"));
    assert!(!session.is_asking());
    assert!(session.choose(right).is_none(), "once");
}

#[test]
fn the_person_can_choose_none() {
    let page = page(&[("left", 60), ("right", 600)]);
    let mut session = Session::default();
    session.frame(&look(&page), several).unwrap();
    session.go_on();
    assert!(!session.is_asking());
    assert_eq!(session.frame(&look(&page), several).unwrap().choices.len(), 2, "they are seen again");
}

#[test]
fn one_code_is_taken_at_once_and_nothing_is_nothing() {
    let mut session = Session::default();
    let inspected = |texts: &[SecretText]| {
        assert_eq!(texts.len(), 1);
        Seen::Scan(ScanView::Refused { error: crate::error::Code::NotACode.into() })
    };
    let view = session.frame(&look(&page(&[("only", 200)])), inspected).unwrap();
    assert!(matches!(view.scan, ScanView::Refused { .. }));
    let none = session.frame(&look(&page(&[])), |_| panic!("there is nothing to inspect"));
    assert_eq!(none, Ok(FrameView::nothing()));
}

#[test]
fn a_frame_that_does_not_fit_its_size_is_refused() {
    let short = Look { width: WIDTH + 1, ..look(&[0; 10]) };
    assert!(Session::default().frame(&short, several).is_err());
}
