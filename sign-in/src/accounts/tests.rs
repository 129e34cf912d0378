use super::*;
use crate::fixture::{PASSWORD, Stand, stands, visitor};

fn new(stand: &Stand, user_name: &str, email: &str, password: &str) -> NewUser {
    NewUser {
        organisation: stand.organisation.clone(),
        user_name: user_name.to_owned(),
        display_name: "Maria".to_owned(),
        email: Some(email.to_owned()),
        role: Role::User,
        password: SecretText::new(password.to_owned()),
    }
}

#[tokio::test]
async fn a_name_is_there_once_in_either_case() {
    for stand in &stands().await {
        let add = async |name| {
            let new = new(stand, name, "maria@contoso.example", "correct horse battery");
            stand.service.add_user(new, "cli").await
        };
        let maria = add("Maria@Contoso.example").await.expect("is made");
        assert_eq!(maria.user_name, "maria@contoso.example");
        assert!(maria.password.starts_with("$argon2id$"));
        assert!(matches!(add("maria@contoso.EXAMPLE").await, Err(AccountRefused::Taken)));
        let found = stand.service.user_by_name(" MARIA@contoso.example").await.expect("answers");
        assert_eq!(found.map(|user| user.id), Some(maria.id));
        assert!(stand.service.user_by_name("no such name").await.expect("answers").is_none());
        let there =
            NewUser { organisation: "org_none".to_owned(), ..new(stand, "x", "x@y.example", "long enough") };
        let done = stand.service.add_user(there, "cli").await;
        assert!(matches!(done, Err(AccountRefused::NoSuchAccount)));
    }
}

#[tokio::test]
async fn names_and_addresses_that_could_be_taken_for_something_else_are_refused() {
    for stand in &stands().await {
        let long = "x".repeat(255);
        for name in ["", " ", "a b", "a\nb", "a\u{202e}b", "a,b", "<a>", "a%b", &long] {
            let done = stand.service.add_user(new(stand, name, "a@b.example", "long enough"), "cli").await;
            assert!(matches!(done, Err(AccountRefused::BadName)), "{name}");
        }
        for email in [
            "",
            "a",
            "@b.example",
            "a@b",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example,c@d.example",
            "a@@b.example",
            "a@.b",
        ] {
            let done = stand.service.add_user(new(stand, "maria", email, "long enough"), "cli").await;
            assert!(matches!(done, Err(AccountRefused::BadName)), "{email}");
        }
    }
}

#[tokio::test]
async fn a_password_is_long_and_none_of_those_that_are_tried_first() {
    for stand in &stands().await {
        let long = "x1".repeat(129);
        for password in ["seven77", "Password1", "12345678", "aaaaaaaaaaaa", "maria.maria", &long] {
            let done =
                stand.service.add_user(new(stand, "maria.maria", "a@b.example", password), "cli").await;
            assert!(matches!(done, Err(AccountRefused::WeakPassword)), "{password}");
        }
        let add = new(stand, "maria.maria", "a@b.example", "åtta tecken räcker");
        stand.service.add_user(add, "cli").await.expect("is made");
    }
}

#[tokio::test]
async fn people_are_found_by_what_is_typed_and_nothing_else() {
    for stand in &stands().await {
        for name in ["maria", "mar_a", "olav"] {
            stand.person(name, Role::User).await;
        }
        let found = async |search: &str| {
            let found = stand.service.users(&stand.organisation, search, 0).await.expect("answers");
            found.into_iter().map(|user| user.user_name).collect::<Vec<_>>()
        };
        assert_eq!(found("").await, ["mar_a", "maria", "olav"]);
        assert_eq!(found("MAR").await, ["mar_a", "maria"]);
        assert_eq!(found("_").await, ["mar_a"]);
        assert!(found("%").await.is_empty());
        assert!(stand.service.users(&stand.organisation, "", 1).await.expect("answers").is_empty());
        assert!(stand.service.users("org_other", "", 0).await.expect("answers").is_empty());
    }
}

fn text(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

#[tokio::test]
async fn a_new_password_of_ones_own_ends_every_other_session_and_is_told() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let (here, there) =
            (stand.at(&maria, Stage::SignedIn).await, stand.at(&maria, Stage::SignedIn).await);
        let change = async |old: &str, new: &str| {
            stand.service.change_password(&here.session, &text(old), &text(new), None, &visitor()).await
        };
        let done = change("not the password", "another long password").await;
        assert!(matches!(done, Err(PasswordRefused::Wrong)), "{done:?}");
        for weak in ["", "short", "password123", "aaaaaaaaaaaa", "maria"] {
            let done = change(PASSWORD, weak).await;
            assert!(matches!(done, Err(PasswordRefused::Weak)), "{weak}: {done:?}");
        }
        assert!(stand.service.session(there.cookie.expose()).await.expect("answers").is_some());
        change(PASSWORD, "another long password").await.expect("is changed");
        assert!(stand.service.session(here.cookie.expose()).await.expect("answers").is_some());
        assert!(stand.service.session(there.cookie.expose()).await.expect("answers").is_none());
        assert!(stand.mails(&maria).await.iter().any(|mail| mail.subject.contains("password was changed")));
        assert_eq!(stand.count(&maria, "password_changed", "done").await, 1);
        let kept = stand.again(&maria).await.password;
        assert!(stand.service.password_fits(&text("another long password"), Some(&kept)).await);
        assert!(!stand.service.password_fits(&text(PASSWORD), Some(&kept)).await);
    }
}

#[tokio::test]
async fn a_password_is_changed_by_a_session_that_was_just_verified_and_no_other() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        for stage in [Stage::Start, Stage::Password, Stage::Pass] {
            let session = stand.at(&maria, stage).await.session;
            let done = stand
                .service
                .change_password(&session, &text(PASSWORD), &text("another long password"), None, &visitor())
                .await;
            assert!(matches!(done, Err(PasswordRefused::NotAllowed)), "{stage:?}: {done:?}");
        }
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        stand.wait(600);
        let done = stand
            .service
            .change_password(&session, &text(PASSWORD), &text("another long password"), None, &visitor())
            .await;
        assert!(matches!(done, Err(PasswordRefused::VerifyFirst)), "{done:?}");
        // Whoever found an open browser guesses no more often than at the door.
        let session = stand.at(&maria, Stage::SignedIn).await.session;
        let mut seen = Vec::new();
        for _ in 0..11 {
            let done = stand
                .service
                .change_password(&session, &text("a guess"), &text("another long password"), None, &visitor())
                .await;
            seen.push(matches!(done, Err(PasswordRefused::TooMany { .. })));
        }
        assert_eq!((seen[9], seen[10]), (false, true));
    }
}

#[tokio::test]
async fn an_account_that_is_switched_off_is_out_at_once_and_as_before_afterwards() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let phone = stand.app(&maria, "Pixel 9").await;
        let admin = stand.person("admin", Role::Administrator).await;
        let by = stand.at(&admin, Stage::SignedIn).await.session;
        let open = stand.at(&maria, Stage::SignedIn).await;
        let (session, shown) = stand.ask(&maria).await;
        let service = &stand.service;

        let done = service.set_disabled(&open.session, &admin.id, true).await;
        assert!(matches!(done, Err(MethodRefused::NotAllowed)), "{done:?}");
        let done = service.set_disabled(&by, &admin.id, true).await;
        assert!(matches!(done, Err(MethodRefused::NotAllowed)), "nobody switches off themselves: {done:?}");
        let done = service.set_disabled(&by, "usr_none", true).await;
        assert!(matches!(done, Err(MethodRefused::NoSuchMethod)), "{done:?}");

        for _ in 0..2 {
            service.set_disabled(&by, &maria.id, true).await.expect("is switched off");
        }
        assert!(service.session(open.cookie.expose()).await.expect("answers").is_none());
        assert!(phone.list(0).await.is_empty(), "what waited is cancelled");
        assert!(service.redeem(&session, &shown.id, &visitor()).await.is_err());
        let start = stand.at_name("maria").await;
        let done = service.check_password(&start, &text(PASSWORD), None, &visitor()).await;
        assert!(matches!(done, Err(SignInRefused::Wrong)), "it looks like nobody: {done:?}");
        assert_eq!(stand.count(&maria, "account_disabled", "done").await, 1);

        service.set_disabled(&by, &maria.id, false).await.expect("is switched on");
        let (session, shown) = stand.ask(&maria).await;
        phone.approve(shown.number.expose(), stand.now()).await;
        service.redeem(&session, &shown.id, &visitor()).await.expect("as before");
        let subjects: Vec<String> = stand.mails(&maria).await.into_iter().map(|mail| mail.subject).collect();
        assert!(subjects.iter().any(|subject| subject.contains("switched off")));
        assert!(subjects.iter().any(|subject| subject.contains("works again")));

        stand.wait(600);
        let done = service.set_disabled(&by, &maria.id, true).await;
        assert!(matches!(done, Err(MethodRefused::VerifyFirst)), "{done:?}");
    }
}
