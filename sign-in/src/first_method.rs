//! The very first method of a person: setting it up is the second step of that sign-in.
//!
//! Whoever has only the password may add the first method (S-21), and it is confirmed by the number on the page
//! of that same session (S-05). Asking the same phone for another number would show nothing that this one did
//! not: who knows the password of somebody without a method can bring a phone of their own either way, and only
//! the notice by mail tells. So the session is as good as one that was asked twice, and no better.

use crypto_core::approval::state::DeviceState;
use crypto_core::time::UnixTime;

use crate::Service;
use crate::sessions::{Opened, SignInRefused, Stage};
use crate::store::Session;
use crate::visitor::Visitor;
use crate::wake::Topic;

impl Service {
    /// Signs in with the test approval of the very first method: it was by number, on this session's own page,
    /// and to ask the same person for the same phone once more would prove nothing new. By the session that
    /// began it, within a minute, once (S-11); whoever had a method before is asked for it.
    pub async fn sign_in_with_first(
        &self,
        session: &Session,
        id: &str,
        visitor: &Visitor,
    ) -> Result<Opened, SignInRefused> {
        let (Stage::Password, Some(user)) = (session.stage, &session.user) else {
            return Err(SignInRefused::NotNow);
        };
        let now = self.now();
        let since = UnixTime::from_millis(now.millis().saturating_sub(self.limits().redeem_secs * 1000));
        let found = self.store().activation(id).await?;
        let found = found.filter(|one| one.session == session.id && one.user == *user);
        let Some((request, device)) = found.and_then(|one| one.request.zip(one.authenticator)) else {
            return Err(SignInRefused::NotNow);
        };
        let mut tx = self.store().begin().await?;
        let locked = tx.lock_user_with_policy(user).await?;
        let Some((user, policy)) = locked.filter(|(user, _)| user.disabled_at.is_none()) else {
            return Err(SignInRefused::NotNow);
        };
        if !policy.app {
            return Err(SignInRefused::SwitchedOff);
        }
        let only = tx.methods_ever(&user.id).await? == 1;
        let all = tx.authenticators(&user.id).await?;
        let first = all.iter().find(|one| one.id == device && one.state == DeviceState::Active);
        let Some(first) = first.filter(|_| only) else { return Err(SignInRefused::NotNow) };
        if tx.consume_request(&request, &user.id, &session.id, since, now).await?.is_none() {
            return Err(SignInRefused::NotNow);
        }
        let opened = self.step_up(&mut tx, session, &user, first.attested.method_word(), visitor).await?;
        tx.tell(Topic::User(user.id));
        tx.commit().await?;
        Ok(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Role;
    use crate::fixture::{Stand, stands, visitor};
    use crate::phone::Phone;
    use crate::sessions::MayChange;
    use crate::store::User;

    /// A session that knows the password, and the activation with which it added a phone.
    async fn registered(stand: &Stand, user: &User) -> (Session, String) {
        let session = stand.at(user, Stage::Password).await.session;
        let mut phone = Phone::new(&stand.service);
        let offer = stand.service.begin_activation(&session).await.expect("is offered");
        phone.activate(offer.link.expose(), "Pixel 9").await;
        let number = stand.number_of_test(&session, &offer.id).await;
        assert_eq!(phone.approve(&number, stand.now()).await, (200, "approved".to_owned()));
        (session, offer.id)
    }

    #[tokio::test]
    async fn the_test_of_the_first_phone_signs_in_once_and_within_a_minute() {
        for stand in &stands().await {
            let maria = stand.person("maria", Role::User).await;
            let (session, id) = registered(stand, &maria).await;
            let other = stand.at(&maria, Stage::Password).await.session;
            let done = stand.service.sign_in_with_first(&other, &id, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::NotNow)), "another session did not set it up");
            stand.wait(60);
            let opened =
                stand.service.sign_in_with_first(&session, &id, &visitor()).await.expect("is signed in");
            assert_eq!((opened.session.stage, opened.session.methods.as_str()), (Stage::SignedIn, "pwd swk"));
            assert_eq!(
                stand.service.may_change(&opened.session).await.expect("answers"),
                MayChange::Everything
            );
            for session in [&session, &opened.session] {
                let done = stand.service.sign_in_with_first(session, &id, &visitor()).await;
                assert!(matches!(done, Err(SignInRefused::NotNow)), "once");
            }
            assert_eq!(stand.count(&maria, "sign_in", "done").await, 1);

            let olav = stand.person("olav", Role::User).await;
            let (session, id) = registered(stand, &olav).await;
            stand.wait(61);
            let done = stand.service.sign_in_with_first(&session, &id, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::NotNow)), "a minute is over");
        }
    }

    #[tokio::test]
    async fn whoever_had_a_method_or_holds_a_pass_is_not_signed_in_by_a_new_one() {
        for stand in &stands().await {
            let maria = stand.person("maria", Role::User).await;
            let (session, id) = registered(stand, &maria).await;
            // A second phone is bound before the page of the first goes on.
            stand.app(&maria, "Another").await;
            let done = stand.service.sign_in_with_first(&session, &id, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::NotNow)), "it is not the only one");

            let olav = stand.person("olav", Role::User).await;
            let by_pass = stand.at(&olav, Stage::Pass).await.session;
            let mut phone = Phone::new(&stand.service);
            let offer = stand.service.begin_activation(&by_pass).await.expect("is offered");
            phone.activate(offer.link.expose(), "Pixel 9").await;
            let number = stand.number_of_test(&by_pass, &offer.id).await;
            phone.approve(&number, stand.now()).await;
            let done = stand.service.sign_in_with_first(&by_pass, &offer.id, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::NotNow)), "S-20");
        }
    }

    #[tokio::test]
    async fn a_test_that_was_not_approved_signs_nobody_in() {
        for stand in &stands().await {
            let maria = stand.person("maria", Role::User).await;
            let session = stand.at(&maria, Stage::Password).await.session;
            let mut phone = Phone::new(&stand.service);
            let offer = stand.service.begin_activation(&session).await.expect("is offered");
            let done = stand.service.sign_in_with_first(&session, &offer.id, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::NotNow)));
            phone.activate(offer.link.expose(), "Pixel 9").await;
            let done = stand.service.sign_in_with_first(&session, &offer.id, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::NotNow)));
            let number = stand.number_of_test(&session, &offer.id).await;
            phone.approve(crate::phone::other_than(&number), stand.now()).await;
            let done = stand.service.sign_in_with_first(&session, &offer.id, &visitor()).await;
            assert!(matches!(done, Err(SignInRefused::NotNow)));
        }
    }
}
