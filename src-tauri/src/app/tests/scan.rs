//! Several codes in the camera's view at once.

use super::*;
use crate::app::scan::{Seen, Usable};

fn view(world: &mut World, texts: &[&str]) -> Seen {
    let texts: Vec<_> = texts.iter().map(|text| SecretText::new((*text).to_owned())).collect();
    world.app.inspect_view(&texts)
}

fn usable(index: usize, title: &str, detail: &str) -> Usable {
    Usable { index, title: title.to_owned(), detail: detail.to_owned() }
}

#[test]
fn two_accounts_in_view_are_named_and_neither_is_taken() {
    let mut world = World::ready();
    let seen = view(&mut world, &[&uri("Contoso:maria"), "https://shop.example", &uri("alone")]);
    assert_eq!(seen, Seen::Several(vec![usable(0, "Contoso", "maria"), usable(2, "alone", "")]));
    let Seen::Several(named) = seen else { panic!("is several") };
    assert!(!format!("{named:?}").contains(SECRET));
}

#[test]
fn codes_of_no_use_are_in_nobodys_way() {
    let mut world = World::ready();
    let Seen::Scan(ScanView::Found { enroll: EnrollView::Accounts { candidates, .. } }) =
        view(&mut world, &["https://shop.example", &uri("Contoso:maria"), "hello"])
    else {
        panic!("the only usable one is taken")
    };
    assert_eq!(candidates.len(), 1);
    let foreign = EnrollView::Foreign { app: ForeignApp::WebAddress };
    let useless = view(&mut world, &["hello", "https://shop.example"]);
    assert_eq!(useless, Seen::Scan(ScanView::Found { enroll: foreign }));
    assert_eq!(view(&mut world, &[]), Seen::Scan(ScanView::Nothing));
}

#[test]
fn a_locked_app_names_nothing() {
    let mut world = World::fresh();
    let seen = view(&mut world, &[&uri("Contoso:maria"), &uri("Fabrikam:maria")]);
    assert!(matches!(seen, Seen::Scan(ScanView::Refused { .. })), "{seen:?}");
}
