//! Whatever bytes a device sends, it gets a verdict; and no changed byte gets a better one.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::android::{Asked, NOW};
use super::forge::*;
use super::*;

static ASKED: LazyLock<Asked> = LazyLock::new(Asked::new);
static MAKERS: LazyLock<Makers> = LazyLock::new(|| MAKER.makers());
static CHAINS: LazyLock<[Vec<Vec<u8>>; 2]> = LazyLock::new(|| {
    let asked = &*ASKED;
    [
        MAKER.chain(asked.keys.pop(), &Said::pop(&asked.bytes)),
        MAKER.chain(asked.keys.uv(), &Said::uv(&asked.bytes)),
    ]
});
static OBJECT: LazyLock<(Vec<u8>, [u8; 32])> = LazyLock::new(|| {
    let apple = Vouched::new(&app_attest::client_data(&ASKED.challenge, &ASKED.keys).expect("is Base64")[0]);
    (apple.object(&apple.chain(&MAKER)), apple.key_id())
});

fn android(pop: &[Vec<u8>], uv: &[Vec<u8>]) -> Attested {
    MAKERS.judge(&shown(pop, uv), &ASKED.keys, &ASKED.challenge, NOW).attested
}

fn apple(object: &[u8]) -> Result<(), Why> {
    let data = app_attest::client_data(&ASKED.challenge, &ASKED.keys).expect("is Base64");
    MAKERS.apple.judge(object, &OBJECT.1, &data, NOW)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_chain_with_another_byte_is_not_verified(which in 0..3_usize, at in any::<prop::sample::Index>(), bits in 1..=255_u8) {
        let [pop, uv] = &*CHAINS;
        prop_assert!(android(pop, uv).is_hardware());
        // The last is the root itself, of which only name and key count.
        let mut changed = pop.clone();
        let at = at.index(changed[which].len());
        changed[which][at] ^= bits;
        prop_assert!(!android(&changed, uv).is_hardware(), "{which} {at}");
    }

    #[test]
    fn a_chain_that_ends_early_is_not_verified(which in 0..3_usize, left in any::<prop::sample::Index>()) {
        let [pop, uv] = &*CHAINS;
        let mut cut = uv.clone();
        let left = left.index(cut[which].len());
        cut[which].truncate(left);
        prop_assert_eq!(android(pop, &cut), Attested::Failed(Why::Unreadable));
    }

    #[test]
    fn any_bytes_as_a_description_have_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(key_description::KeyDescription::read(&bytes).is_err());
    }

    #[test]
    fn a_description_with_other_bytes_has_a_verdict(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = Said::uv(&ASKED.bytes).written();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // Read or not: it comes back.
        let _ = key_description::KeyDescription::read(&bytes);
    }

    #[test]
    fn an_object_with_another_byte_is_not_verified_but_in_its_receipt(at in any::<prop::sample::Index>(), bits in 1..=255_u8) {
        prop_assert_eq!(apple(&OBJECT.0), Ok(()));
        let mut changed = OBJECT.0.clone();
        let at = at.index(changed.len());
        changed[at] ^= bits;
        let receipt = changed.windows(7).position(|name| name == b"receipt");
        let in_receipt = receipt.is_none_or(|from| (from - 1..from + 12).contains(&at));
        prop_assert!(in_receipt || apple(&changed).is_err(), "{at}");
    }

    #[test]
    fn any_bytes_as_an_object_have_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(apple(&bytes).is_err());
    }
}

#[test]
fn what_is_deep_or_claims_to_be_long_is_refused() {
    for bytes in [
        vec![0x81; 4000],
        [vec![0xa1, 0x63], b"fmt".to_vec(), vec![0x9b; 3000]].concat(),
        vec![0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert_eq!(apple(&bytes), Err(Why::Unreadable));
    }
    for bytes in [
        [0x30, 0x80].repeat(2000),
        [0x30, 0x84, 0xff, 0xff, 0xff, 0xff].repeat(500),
        vec![0xbf; 3000],
        vec![0x02, 0x00],
        vec![],
    ] {
        assert!(key_description::KeyDescription::read(&bytes).is_err());
        let chain = vec![bytes; 4];
        assert_eq!(android(&chain, &chain), Attested::Failed(Why::Unreadable));
    }
}
