//! The words of the pages, one file for each language in `messages/`. A file that lacks one, or has one too
//! many, is not read, and the tests say which.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Text;
use super::text::Plural;

macro_rules! words {
    ($($(#[$about:meta])* $section:ident { $($text:ident),+ $(; $($plural:ident),+)? })+) => {
        /// Everything that the pages say, in one language.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Words {
            $($(#[$about])* pub(crate) $section: $section::Words,)+
        }

        $(pub(crate) mod $section {
            #[allow(unused_imports, reason = "not every section counts something")]
            use super::{Deserialize, Plural, Text};

            #[derive(Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(crate) struct Words {
                $(pub(crate) $text: Text,)+
                $($(pub(crate) $plural: Plural,)+)?
            }
        })+
    };
}

words! {
    /// What every page has.
    page {
        language_name, language, to_content, made_on, help, privacy, account, administration,
        org_administration, home, security_info, recent_activity, sign_out, people, policy, sign_ins,
        cancel, close, go_on, go_back, next, change, delete, copy, copied, start_again, unknown,
        approximate, application, place, browser, address, time_left, org_off; seconds_left
    }
    /// The user name.
    name {
        title, to_app, label, empty, cannot
    }
    /// The password.
    password {
        title, label, show, wrong, sign_in, forgot, use_pass
    }
    /// The number that is typed in the app.
    number {
        title, open_on, open_app, silent, no_notification, scan_instead, number_instead, scan_title,
        scan_how, scan_label, cannot, same_phone, approved_title, approved
    }
    /// How a request ended, and why there is none.
    ended {
        wrong_title, wrong, expired_title, expired, denied_title, denied, reported_title, reported,
        cancelled_title, cancelled, paused_title, paused_until, paused_strong, suspended_title, suspended,
        too_many_title, too_many, no_device_title, no_device, off_title, off, tries_title, tries, again,
        another, enter_code, ended_title, ended
    }
    /// Choosing a way, and being verified again.
    choose {
        title, again_title, again, approve, device_default, code, code_sub, other_code, none
    }
    /// A code.
    code {
        title, lede, label, wrong, stay
    }
    /// A temporary access pass.
    access_pass {
        title, lede, label, hint, then_app, then, wrong
    }
    /// Stay signed in?
    stay {
        title, lede, yes, no
    }
    /// Signed in.
    home {
        title, as_name, security_sub, activity_sub, device, device_sub, admin_sub, signed_out_title,
        signed_out, sign_in_again
    }
    /// Setting up the app.
    register {
        more_title, more, add_title, add, step_app, step_try, step_done, how, notifications,
        notifications_sub, notifications_no_codes, codes, codes_sub, set_up, different, all_off_title,
        title, lede, cannot_scan, manual, code, url, copy_code, copy_url, fingerprint; minutes
    }
    /// Checking activation status.
    activation {
        open_title, open, claimed, test_title, test, progress, step_open, step_scanned, step_scanned_on,
        step_registered, is_yours, send_again, failed_title, failed_wrong, failed_expired, failed_denied,
        done_title, done_both, done, phone, then_sign_in, expired_title, expired, twice_title, twice,
        other_first, other_first_body, new_code
    }
    /// A different authenticator app.
    other_app {
        title, lede, qr_label, open_link, key, copy_key, name, name_hint, name_default, bad_name, code,
        wrong, confirm, done_title, done
    }
    /// Security info.
    security {
        add, default, default_app, default_code, change_default, default_tag, app_on, both, notifications,
        codes_only, added, used, never, suspended, stale, stale_sub, pending, delete_named, none,
        lost, lost_do, pass_note, add_app, add_app_sub, add_code, add_code_sub, add_device, add_device_sub,
        done_deleted, done_default, done_out, done_password, five_title, five, password, change_password,
        att_failed_tag, att_no, att_unverified,
        att_tee, att_strongbox, att_app_attest, att_unreadable, att_chain, att_expired, att_revoked,
        att_challenge, att_other_key, att_software, att_usage, att_boot, att_app, att_person, att_older; lede
    }
    /// A new password.
    new_password {
        title, lede, current, new, hint, wrong, weak, save
    }
    /// Deleting a method, changing the default, signing out everywhere.
    remove {
        title, app, code, becomes, told, told_phone, yes, no, last_title, last, default_title, default_lede,
        save, out_title, out, out_yes, out_no
    }
    /// Recent activity.
    activity {
        lede, none, this, this_named, reported, report_title, report, report_yes, report_no, thanks_title,
        thanks, signed_in, sign_in_failed, wrong_password, wrong_code, wrong_number, denied, not_me,
        expired, method_added, method_deleted, attested, attested_unverified, attested_failed,
        attested_refused, default_changed, pass_issued, pass_revoked, report_made,
        locked, lifted, policy_changed, account_added, account_reset, other, by_approval, by_code, by_pass,
        by_password, password_changed, account_disabled, account_enabled, method_stale
    }
    /// Adding a phone that shows a code.
    device {
        title, lede, label, warn, wrong, too_many, ask_title, ask, name, model, shows, yes, no, wait_title,
        wait, no_title, no_body
    }
    /// Administration: people and a person.
    admin {
        people_lede, search, do_search, no_people, administrator, at_risk, suspended, disabled, earlier,
        later, methods, no_methods, five, risk_title, risk, suspended_body, lift, lifted, deleted, revoked,
        delete_body, access_pass, no_pass, has_pass, revoke, issue, oneself, email, no_email, sign_ins_lede,
        older, not_admin_title, not_admin,
        disable, disable_title, disable_body, disable_yes, disable_no, disabled_body, enable, done_disabled,
        done_enabled
    }
    /// Issuing a pass.
    issue {
        title, lede, valid, ten_minutes, one_hour, eight_hours, one_day, starts, starts_hint, starts_utc,
        bad_start, checked, checked_sub, not_checked, older, do_issue, given_title, given_lede, for_whom,
        when, from_to, uses, one, several, at, how, done, refused_title
    }
    /// The policy.
    policy {
        lede, methods, app, app_codes, other_apps, passes, approving, digits, digits_two, digits_three,
        digits_six, uv, uv_required, uv_preferred, attestation, att_none, att_preferred, att_required,
        att_no_android, att_no_apple, life,
        life_hint, life_wrong, scan, scan_unfamiliar, reports, suspend, nothing_left, save, saved
    }
    /// The demonstration's outbox.
    outbox {
        title, lede, none, to
    }
    /// The demonstration.
    demo {
        title, lede, users, password, to_payroll, to_security, outbox, payroll, in_app_title, in_app
    }
    /// The addresses that belong into the app.
    inside {
        title, activate, approve, manual, nothing
    }
    /// Help.
    help {
        title, in_title, in_body, none_title, none_body, who_title, who_body, lost_title, lost_body
    }
    /// Privacy.
    privacy {
        title, kept_title, kept, cookies_title, cookies, others_title, others
    }
    /// Pages for what went wrong.
    trouble {
        not_found_title, not_found, elsewhere_title, elsewhere, not_allowed_title, not_allowed,
        malformed_title, malformed, too_many, broken_title, broken, to_start
    }
    /// The months, as they stand in a date; and how a date is put together.
    months {
        january, february, march, april, may, june, july, august, september, october, november, december,
        date, moment
    }
}

/// English.
pub(crate) static EN: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../messages/en.toml")));
/// Swedish.
pub(crate) static SV: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../messages/sv.toml")));
/// Norwegian bokmål.
pub(crate) static NB: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../messages/nb.toml")));

fn read(file: &str) -> Words {
    toml::from_str(file).expect("the files are part of the program, and the tests read them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::places;

    const FILES: [&str; 3] = [
        include_str!("../../messages/en.toml"),
        include_str!("../../messages/sv.toml"),
        include_str!("../../messages/nb.toml"),
    ];

    #[test]
    fn every_language_has_every_word_and_no_other() {
        for file in FILES {
            toml::from_str::<Words>(file).unwrap();
        }
    }

    #[test]
    fn every_language_fills_in_the_same() {
        let [english, others @ ..] = FILES.map(|file| toml::from_str::<toml::Table>(file).unwrap());
        for other in others {
            for (section, words) in &english {
                for (key, value) in words.as_table().unwrap() {
                    let theirs = &other[section][key];
                    assert_eq!(filled(value), filled(theirs), "{section}.{key}");
                    assert_eq!(bold(value), bold(theirs), "{section}.{key}");
                }
            }
        }
    }

    #[test]
    fn there_is_no_markup_and_nothing_that_only_a_typewriter_has() {
        for file in FILES {
            for line in file.lines().filter(|line| line.contains(" = ")) {
                let (key, text) = line.split_once(" = ").unwrap();
                assert!(!text.contains(['<', '>', '&', '!', '\'']), "{key}: {text}");
            }
        }
    }

    #[test]
    fn the_sixth_authenticator_is_refused_in_these_words() {
        assert_eq!(
            EN.security.five.as_str(),
            "You can’t set up the authenticator because you already have five authenticator apps or hardware \
             tokens. Please contact your administrator to delete one of your authenticator apps or hardware \
             tokens."
        );
        assert_eq!(
            SV.security.five.as_str(),
            "Du kan inte konfigurera autentiseraren eftersom du redan har fem autentiseringsappar eller \
             maskinvarutoken. Be administratören ta bort en av dina autentiseringsappar eller maskinvarutoken."
        );
        assert_eq!(
            NB.security.five.as_str(),
            "Du kan ikke konfigurere autentikatoren fordi du allerede har fem autentiseringsapper eller \
             maskinvaretokener. Kontakt administratoren for å få slettet en av autentiseringsappene eller \
             maskinvaretokenene."
        );
    }

    fn filled(value: &toml::Value) -> Vec<Vec<&str>> {
        forms(value).into_iter().map(places).collect()
    }

    fn bold(value: &toml::Value) -> Vec<usize> {
        forms(value).into_iter().map(|form| form.matches('*').count()).collect()
    }

    fn forms(value: &toml::Value) -> Vec<&str> {
        match value.as_table() {
            Some(forms) => forms.values().map(|form| form.as_str().unwrap()).collect(),
            None => vec![value.as_str().unwrap()],
        }
    }
}
