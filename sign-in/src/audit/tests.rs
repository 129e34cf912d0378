use crypto_core::approval::challenge::{Context, UvPolicy};
use crypto_core::approval::limit::Browser;
use crypto_core::approval::state::{Purpose, TransactionState};
use crypto_core::approval::{MatchLen, TransactionId};

use super::*;
use crate::accounts::Role;
use crate::fixture::{Stand, stands, visitor};
use crate::policy::OrganisationPolicy;
use crate::store::Request;

async fn request(stand: &Stand, user: &User, session: &Session) -> TransactionId {
    let id = TransactionId::make(&mut stand.service.rng());
    let request = Request {
        id: id.clone(),
        user: user.id.clone(),
        session: session.id.clone(),
        purpose: Purpose::Signin,
        state: TransactionState::Pending,
        secrets: String::new(),
        match_len: MatchLen::Two,
        uv: UvPolicy::Required,
        context: Context::default(),
        browser: Browser::Other,
        only_device: None,
        answered_by: None,
        reason: None,
        created_at: stand.now(),
        expires_at: stand.now().plus_secs(120),
        ended_at: None,
    };
    let mut tx = stand.service.store().begin().await.expect("begins");
    tx.lock_user(&user.id).await.expect("locks");
    tx.add_request(&request).await.expect("adds");
    tx.commit().await.expect("commits");
    id
}

/// S-14.
#[tokio::test]
async fn a_report_has_all_six_effects() {
    for suspends in [true, false] {
        for stand in &stands().await {
            let maria = stand.person("maria", Role::User).await;
            let admin = stand.person("admin", Role::Administrator).await;
            let by = stand.at(&admin, Stage::SignedIn).await.session;
            let policy = OrganisationPolicy { suspend_on_report: suspends, ..OrganisationPolicy::default() };
            stand.service.change_policy(&by, policy).await.expect("is changed");
            let attacker = stand.at(&maria, Stage::Password).await;
            let own = stand.at(&maria, Stage::SignedIn).await;
            let reported = request(stand, &maria, &attacker.session).await;
            let waiting = request(stand, &maria, &attacker.session).await;

            let mut tx = stand.service.store().begin().await.expect("begins");
            let mut user = tx.lock_user(&maria.id).await.expect("locks").expect("is there");
            stand.service.reported(&mut tx, &mut user, reported.as_str()).await.expect("is taken");
            tx.commit().await.expect("commits");

            // 1 what waits is cancelled, 2 the session that began it is over and no other
            for id in [&reported, &waiting] {
                let found = stand.service.store().request(id).await.expect("answers").expect("is there");
                assert_eq!(found.state, TransactionState::Cancelled);
            }
            assert!(stand.service.session(attacker.cookie.expose()).await.expect("answers").is_none());
            assert!(stand.service.session(own.cookie.expose()).await.expect("answers").is_some());
            // 3 the person is marked, 4 requests are suspended if the policy says so
            let user = stand.again(&maria).await;
            assert_eq!(user.high_risk_at, Some(stand.now()));
            assert_eq!(user.push_suspended_at, suspends.then_some(stand.now()));
            // 5 the person and the administrators are told
            assert!(stand.mails(&maria).await.iter().any(|mail| mail.subject.contains("your report")));
            let told = stand.mails(&admin).await;
            assert!(told.iter().any(|mail| mail.body.contains("maria (maria) reports")), "{told:?}");
            // 6 it is written down
            let event = stand.events(&maria).await.into_iter().find(|event| event.event == "reported");
            assert_eq!(event.expect("is written down").subject.as_deref(), Some(reported.as_str()));

            // An administrator lifts it.
            stand.service.lift_suspension(&by, &maria.id).await.expect("is lifted");
            let user = stand.again(&maria).await;
            assert_eq!((user.high_risk_at, user.push_suspended_at), (None, None));
            assert_eq!(stand.count(&maria, "lifted", "done").await, 1);
        }
    }
}

#[tokio::test]
async fn whoever_reports_a_sign_in_keeps_only_the_session_they_do_it_in() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let olav = stand.person("olav", Role::User).await;
        let app = stand.code_app(&maria).await;
        let session = stand.at(&maria, Stage::Password).await.session;
        let code = stand.code(&app.seed, 0);
        let attacker = stand.service.sign_in_with_code(&session, &code, &visitor()).await.expect("signs in");
        let browser = attacker.browser.expect("is known from here on");
        let knows = async || {
            stand.service.knows_browser(Some(browser.expose()), &maria.user_name).await.expect("answers")
        };
        assert!(knows().await);
        let own = stand.at(&maria, Stage::SignedIn).await;
        let events = stand.service.activity(&maria.id, 10).await.expect("answers");
        let event = events.iter().find(|event| event.event == "sign_in").expect("is written down");
        assert_eq!((event.result.as_str(), event.method.as_deref()), ("done", Some("otp")));
        assert_eq!(
            (event.ip.as_deref(), event.client.as_deref()),
            (Some("203.0.0.1"), Some("Edge 143 on Windows 11"))
        );

        let other = stand.at(&olav, Stage::SignedIn).await.session;
        let half = stand.at(&maria, Stage::Password).await.session;
        for session in [&other, &half] {
            assert!(!stand.service.report_activity(session, &event.id).await.expect("answers"));
        }
        assert!(stand.service.report_activity(&own.session, &event.id).await.expect("answers"));
        assert!(!stand.service.report_activity(&own.session, &event.id).await.expect("answers"), "once");
        assert!(stand.service.session(attacker.cookie.expose()).await.expect("answers").is_none());
        assert!(stand.service.session(own.cookie.expose()).await.expect("answers").is_some());
        assert!(!knows().await);
        assert!(stand.again(&maria).await.push_suspended_at.is_some());

        // On a phone there is no session to keep.
        let event = stand.service.activity(&maria.id, 50).await.expect("answers");
        let event = event.iter().find(|event| event.event == "method_added").expect("is written down");
        assert!(stand.service.report_activity_by_device(&maria.id, &event.id).await.expect("answers"));
        assert!(stand.service.session(own.cookie.expose()).await.expect("answers").is_none());
    }
}

#[tokio::test]
async fn an_administrator_sees_their_organisation_page_by_page_and_no_other() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        for _ in 0..3 {
            stand.wait(10);
            stand.code_app(&maria).await;
        }
        let all = stand.service.sign_ins(&stand.organisation, None, 100).await.expect("answers");
        assert!(all.windows(2).all(|pair| pair[0].at >= pair[1].at));
        let first = stand.service.sign_ins(&stand.organisation, None, 2).await.expect("answers");
        let rest =
            stand.service.sign_ins(&stand.organisation, Some(first[1].at), 100).await.expect("answers");
        assert_eq!(first.len() + rest.len(), all.len());
        assert!(stand.service.sign_ins("org_other", None, 100).await.expect("answers").is_empty());
    }
}

#[tokio::test]
async fn what_a_browser_says_of_itself_is_kept_short() {
    for stand in &stands().await {
        let maria = stand.person("maria", Role::User).await;
        let long = Visitor { client: Some("x\u{202e}\n".repeat(5000)), ..visitor() };
        let mut tx = stand.service.store().begin().await.expect("begins");
        let record = Record::of(&maria, What::SignIn, Outcome::Denied).from(&long);
        let event = stand.service.record(&mut tx, record).await.expect("is written");
        tx.commit().await.expect("commits");
        let client = event.client.expect("is there");
        assert!(client.chars().count() <= 121 && client.starts_with("xxx"), "{client}");
    }
}
