//! What becomes of each account.

use super::*;

const ALICE: &str = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP";

/// The contents of a backup of these accounts.
fn contents(uris: &[&str]) -> Contents {
    let mut vault = empty_vault(40);
    uris.iter().for_each(|uri| drop(add(&mut vault, uri)));
    contents_of(vault)
}

fn contents_of(mut vault: Vault) -> Contents {
    let (series, code) = Series::make(None, &mut rng(41)).expect("needs no passphrase");
    vault.turn_backup_on(series);
    save(&mut vault);
    let bytes = sealed(&vault).bytes;
    open(&bytes, Unlock::RecoveryCode(&code.grouped()), DeviceType::Android).expect("opens")
}

fn outcomes(receipt: &Receipt) -> Vec<Outcome> {
    receipt.lines.iter().map(|line| line.outcome.clone()).collect()
}

fn added() -> Outcome {
    Outcome::Added { beside: false, may_be_behind: false }
}

fn same() -> Outcome {
    Outcome::Merged { counter_raised: false }
}

/// Plans, looks at the plan, and does it: both say the same.
fn restore(vault: &mut Vault, contents: Contents) -> Receipt {
    let plan = plan(contents, vault);
    let planned = plan.receipt().clone();
    let receipt = vault.apply(plan, &mut rng(60));
    let told = |receipt: &Receipt| -> Vec<_> {
        let lines = receipt.lines.iter();
        lines
            .map(|line| (line.number, line.issuer.clone(), line.account.clone(), line.outcome.clone()))
            .collect()
    };
    assert_eq!(told(&receipt), told(&planned));
    for line in &receipt.lines {
        // Each line that says an account is here says which, and no other does.
        let entry = line.id.as_ref().and_then(|id| vault.entries().iter().find(|entry| entry.id == *id));
        let is_here = !matches!(line.outcome, Outcome::Left(_));
        assert_eq!(entry.is_some(), is_here, "{line:?}");
        assert_eq!(entry.map_or(&line.account, |entry| &entry.account), &line.account);
    }
    assert_eq!(
        receipt.total(),
        receipt.added() + receipt.merged() + receipt.sign_in_again() + receipt.left()
    );
    receipt
}

fn counter_of(vault: &Vault, place: usize) -> u64 {
    match vault.entries()[place].code().expect("a code").1.mover {
        Mover::Counter { counter } => counter,
        Mover::Time { .. } | Mover::Steam { .. } | Mover::Motp { .. } | Mover::Yandex { .. } => {
            panic!("no counter")
        }
    }
}

#[test]
fn a_new_phone_gets_everything_in_its_order() {
    let mut old = vault();
    let id = old.entries()[0].id.clone();
    let entry = old.entry_mut(id.as_str()).expect("is there");
    (entry.note, entry.group) = ("blue key".to_owned(), Group::Personal);
    let id = old.entries()[2].id.clone();
    old.entry_mut(id.as_str()).expect("the work account").group = Group::Other;
    let mut new = empty_vault(50);
    let receipt = restore(&mut new, contents_of(reopened(&save(&mut old))));
    assert_eq!(
        outcomes(&receipt),
        [added(), Outcome::Added { beside: false, may_be_behind: true }, Outcome::SignInAgain]
    );
    for (before, after) in old.entries().iter().zip(new.entries()) {
        assert_eq!(format!("{before:?}"), format!("{after:?}"), "names, note, heading, time and id are kept");
        if let (Some((one, spec)), Some((other, after))) = (before.code(), after.code()) {
            assert!(one.ct_eq(other));
            assert_eq!(spec, after);
        }
    }
    let again = restore(&mut new, contents_of(reopened(&save(&mut old))));
    assert_eq!(outcomes(&again), [same(), same(), same()], "a second time changes nothing");
    assert_eq!(new.entries().len(), 3);
}

#[test]
fn the_same_name_with_another_key_is_kept_beside() {
    let mut vault = empty_vault(50);
    add(&mut vault, ALICE);
    let other = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ";
    let receipt =
        restore(&mut vault, contents(&[other, ALICE, "otpauth://totp/Other:alice?secret=JBSWY3DPEHPK3PXP"]));
    let beside = Outcome::Added { beside: true, may_be_behind: false };
    assert_eq!(outcomes(&receipt), [beside.clone(), same(), added()]);
    let longer = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&digits=8";
    assert_eq!(
        outcomes(&restore(&mut vault, contents(&[longer]))),
        [beside],
        "other codes are another account"
    );
    assert_eq!(vault.entries().len(), 4);
}

#[test]
fn an_account_in_the_trash_stays_there_and_is_named() {
    let mut vault = empty_vault(50);
    let id = add(&mut vault, ALICE);
    vault.entry_mut(id.as_str()).expect("is there").removed_at = Some(NOW);
    assert_eq!(outcomes(&restore(&mut vault, contents(&[ALICE]))), [Outcome::Left(Reason::InTrash)]);
    let other = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQ";
    assert_eq!(outcomes(&restore(&mut vault, contents(&[other]))), [added()]);
    // Once more in use beside the one in the trash, it is the one in use that counts.
    add(&mut vault, ALICE);
    assert_eq!(outcomes(&restore(&mut vault, contents(&[ALICE]))), [same()]);
    assert!(vault.entry(id.as_str()).expect("is there").removed_at.is_some());
}

#[test]
fn a_counter_stands_at_the_higher_value_and_no_further() {
    let hotp = |counter: u64| format!("otpauth://hotp/Example:bob?secret=JBSWY3DPEHPK3PXP&counter={counter}");
    let mut vault = empty_vault(50);
    add(&mut vault, &hotp(7));
    assert_eq!(outcomes(&restore(&mut vault, contents(&[&hotp(5)]))), [same()]);
    assert_eq!(counter_of(&vault, 0), 7);
    let raised = Outcome::Merged { counter_raised: true };
    assert_eq!(outcomes(&restore(&mut vault, contents(&[&hotp(9)]))), std::slice::from_ref(&raised));
    assert_eq!(counter_of(&vault, 0), 9);
    assert_eq!(vault.entries().len(), 1);
    // Twice in one file, the higher one last.
    let mut fresh = empty_vault(51);
    let twice = restore(&mut fresh, contents(&[&hotp(3), &hotp(8), &hotp(6)]));
    assert_eq!(outcomes(&twice), [Outcome::Added { beside: false, may_be_behind: true }, raised, same()]);
    assert_eq!((fresh.entries().len(), counter_of(&fresh, 0)), (1, 8));
}

#[test]
fn a_work_account_that_works_is_not_put_back_to_a_name() {
    let origin = || Origin::parse("https://signin.example.org").ok();
    let names = |service: &str| (service.to_owned(), "alice".to_owned());
    let mut old = empty_vault(40);
    old.add_work(names("Contoso"), Work::name_only(origin()), NOW, &mut rng(1)).expect("adds");
    let mut vault = empty_vault(50);
    vault.add_work(names("Contoso renamed"), Work::name_only(origin()), NOW, &mut rng(2)).expect("adds");
    let receipt = restore(&mut vault, contents_of(reopened(&save(&mut old))));
    assert_eq!(outcomes(&receipt), [same()], "its service's address and its name make it the same");
    let mut elsewhere = empty_vault(51);
    let other = Origin::parse("https://other.example.org").ok();
    elsewhere.add_work(names("Contoso"), Work::name_only(other), NOW, &mut rng(2)).expect("adds");
    assert_eq!(
        outcomes(&restore(&mut elsewhere, contents_of(reopened(&save(&mut old))))),
        [Outcome::SignInAgain]
    );
}

#[test]
fn ids_that_are_taken_or_strange_are_made_anew() {
    let mut vault = empty_vault(50);
    let mut contents = contents(&[ALICE, "otpauth://totp/Example:carol?secret=JBSWY3DPEHPK3PXP"]);
    let taken = contents.entries[0].id.clone();
    add(&mut vault, "otpauth://totp/Here:dave?secret=GEZDGNBVGY3TQOJQ");
    let strange: crate::vault::Entry =
        serde_json::from_value(json!({"kind": "x", "id": "<b>", "issuer": "", "account": ""}))
            .expect("reads");
    contents.entries[1].id = taken.clone();
    contents.entries.push(strange);
    restore(&mut vault, contents);
    let ids: std::collections::HashSet<&str> =
        vault.entries().iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.contains(taken.as_str()) && !ids.contains("<b>"));
}

#[test]
fn what_does_not_fit_is_left_and_named() {
    let mut vault = empty_vault(50);
    let spec = CodeSpec::steam(Period::DEFAULT);
    for number in 0..MAX_ENTRIES - 1 {
        let secret = SecretBytes::new(vec![1; 20]);
        let account =
            CodeAccount { issuer: String::new(), account: number.to_string(), secret, pin: None, spec };
        vault
            .add(account, Group::Other, NOW, &mut rand_chacha::ChaCha8Rng::seed_from_u64(number as u64))
            .expect("adds");
    }
    let mut contents = contents(&[
        ALICE,
        ALICE,
        "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP",
        "otpauth://totp/y?secret=JBSWY3DPEHPK3PXP",
    ]);
    contents.entries[2].account = "x".repeat(257);
    let receipt = restore(&mut vault, contents);
    assert_eq!(
        outcomes(&receipt),
        [added(), same(), Outcome::Left(Reason::NameTooLong), Outcome::Left(Reason::Full)]
    );
    assert_eq!(vault.entries().len(), MAX_ENTRIES);
}

#[test]
fn a_vault_that_changed_since_the_plan_loses_nothing() {
    let mut vault = empty_vault(50);
    let id = add(&mut vault, "otpauth://hotp/Example:bob?secret=JBSWY3DPEHPK3PXP&counter=1");
    let plan =
        plan(contents(&[ALICE, "otpauth://hotp/Example:bob?secret=JBSWY3DPEHPK3PXP&counter=4"]), &vault);
    assert_eq!(plan.receipt().merged(), 1);
    assert_eq!(plan.accounts().count(), 2);
    vault.entry_mut(id.as_str()).expect("is there").removed_at = Some(NOW);
    vault.delete(id.as_str()).expect("deletes");
    add(&mut vault, ALICE);
    let receipt = vault.apply(plan, &mut rng(1));
    assert_eq!(outcomes(&receipt), [same(), Outcome::Added { beside: false, may_be_behind: true }]);
    assert_eq!(counter_of(&vault, 1), 4);
}

#[test]
fn an_import_has_a_line_for_each_row_refused_ones_included() {
    let mut vault = empty_vault(50);
    add(&mut vault, ALICE);
    let imported = |uri: &str| Ok(Imported { account: account(uri), note: "n".to_owned(), group: None });
    let refused = Refused { name: "Old: one".to_owned(), reason: import::Reason::NoKey };
    let contents =
        [imported(ALICE), Err(refused), imported("otpauth://totp/New:one?secret=GEZDGNBVGY3TQOJQ")];
    let rows = contents.into_iter().zip([1, 2, 3]).map(|(content, number)| Row { number, content }).collect();
    let plan = plan_import(rows, NOW, &vault, &mut rng(7));
    let receipt = vault.apply(plan, &mut rng(8));
    let left = Outcome::Left(Reason::Row(import::Reason::NoKey));
    assert_eq!(outcomes(&receipt), [same(), left, added()]);
    assert_eq!((receipt.total(), receipt.added(), receipt.merged(), receipt.left()), (3, 1, 1, 1));
    assert_eq!(receipt.lines[1].account, "Old: one");
    assert_eq!((vault.entries().len(), vault.entries()[1].note.as_str()), (2, "n"));
}

#[test]
fn two_files_are_one_plan_and_what_is_in_both_is_added_once() {
    let mut vault = empty_vault(50);
    let file = |uris: &[&str], vault: &Vault| {
        let imported = |uri: &&str| Ok(Imported { account: account(uri), note: String::new(), group: None });
        let refused = Refused { name: "Old: one".to_owned(), reason: import::Reason::NoKey };
        let contents = uris.iter().map(imported).chain([Err(refused)]);
        let rows = contents.zip(1..).map(|(content, number)| Row { number, content }).collect();
        plan_import(rows, NOW, vault, &mut rng(7))
    };
    let other = "otpauth://totp/New:one?secret=GEZDGNBVGY3TQOJQ";
    let plan = file(&[ALICE], &vault).and(file(&[other, ALICE], &vault), &vault);
    let left = || Outcome::Left(Reason::Row(import::Reason::NoKey));
    let expected = [added(), left(), added(), same(), left()];
    assert_eq!(outcomes(plan.receipt()), expected);
    let receipt = vault.apply(plan, &mut rng(8));
    assert_eq!(outcomes(&receipt), expected);
    assert_eq!(receipt.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(vault.entries().len(), 2);
}

#[test]
fn members_beside_the_accounts_come_back_in_the_next_backup() {
    let mut first = contents(&[ALICE]);
    first.members.insert("settings".to_owned(), json!({"language": "nb"}));
    let mut vault = empty_vault(50);
    restore(&mut vault, first);
    let mut second = contents_of(reopened(&save(&mut vault)));
    assert_eq!(second.members["settings"]["language"], "nb");
    second.members["settings"] = json!(null);
    restore(&mut vault, second);
    assert_eq!(contents_of(vault).members["settings"]["language"], "nb", "what is there stays");
}

fn any_account() -> impl Strategy<Value = String> {
    let kinds = ["totp", "hotp", "steam"];
    (0..3usize, 0..2u8, 0..2u8, 0..3u64).prop_map(move |(kind, name, key, counter)| {
        let key = ["JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQ"][usize::from(key)];
        let counter = if kind == 1 { format!("&counter={counter}") } else { String::new() };
        format!("otpauth://{}/I:a{name}?secret={key}{counter}", kinds[kind])
    })
}

proptest! {
    /// Sums are right; nothing that is there is changed but a counter that rises; a second time adds nothing.
    #[test]
    fn restoring_adds_and_never_takes(
        here in prop::collection::vec((any_account(), any::<bool>()), 0..8),
        there in prop::collection::vec(any_account(), 0..8),
    ) {
        let mut vault = empty_vault(50);
        for (uri, trash) in &here {
            let id = add(&mut vault, uri);
            vault.entry_mut(id.as_str()).unwrap().removed_at = trash.then_some(NOW);
        }
        let without_counters = |vault: &Vault| -> Vec<String> {
            vault.entries().iter().map(|entry| match &entry.body {
                Body::Code { spec: CodeSpec { mover: Mover::Counter { .. }, .. }, .. } => entry.id.as_str().to_owned(),
                Body::Code { .. } | Body::Work(_) | Body::Unknown { .. } => format!("{entry:?}"),
            }).collect()
        };
        let counters = |vault: &Vault| -> Vec<Option<Mover>> {
            vault.entries().iter().map(|entry| entry.code().map(|(_, spec)| spec.mover)).collect()
        };
        let (before, counters_before) = (without_counters(&vault), counters(&vault));
        let there: Vec<&str> = there.iter().map(String::as_str).collect();
        let receipt = restore(&mut vault, contents(&there));
        prop_assert_eq!(receipt.total(), there.len());
        prop_assert_eq!(vault.entries().len(), before.len() + receipt.added());
        prop_assert_eq!(&without_counters(&vault)[..before.len()], &before[..]);
        for (one, other) in counters_before.iter().zip(counters(&vault)) {
            if let (Some(Mover::Counter { counter: one }), Some(Mover::Counter { counter: other })) = (one, other) {
                prop_assert!(other >= *one);
            }
        }
        let again = restore(&mut vault, contents(&there));
        prop_assert_eq!(again.added(), 0);
        let raised = outcomes(&again).into_iter().filter(|outcome| *outcome != same() && !matches!(outcome, Outcome::Left(_)));
        prop_assert_eq!(raised.count(), 0);
    }
}
