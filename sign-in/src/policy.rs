//! What an organisation allows.

use crypto_core::approval::MatchLen;
use crypto_core::approval::activation::AttestationPolicy;
use crypto_core::approval::challenge::UvPolicy;
use crypto_core::approval::limit::ChallengeLife;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::audit::{Outcome, Record, What};
use crate::methods::MethodKind;
use crate::sessions::NotAdministrator;
use crate::store::{Session, StoreError};

/// An organisation's choices. What is switched off is not offered, and says so when asked for (S8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganisationPolicy {
    /// Approvals in the app.
    pub app: bool,
    /// Codes from the app.
    pub app_codes: bool,
    /// Codes from other authenticator apps.
    pub other_apps: bool,
    /// Temporary access passes.
    pub passes: bool,
    /// How many digits the number has.
    pub match_len: MatchLen,
    /// Whether approving needs the person's verification.
    pub uv: UvPolicy,
    /// Whether keys must be shown to be kept by hardware.
    pub attestation: AttestationPolicy,
    /// Seconds a request can be answered, 30 to 300.
    pub request_secs: u64,
    /// Whether a request can be answered by scanning the page.
    pub scan: bool,
    /// The same for a request that is marked as far or unfamiliar.
    pub scan_unfamiliar: bool,
    /// A report suspends requests until an administrator has looked.
    pub suspend_on_report: bool,
}

impl Default for OrganisationPolicy {
    fn default() -> Self {
        Self {
            app: true,
            app_codes: true,
            other_apps: true,
            passes: true,
            match_len: MatchLen::Two,
            uv: UvPolicy::Required,
            attestation: AttestationPolicy::Preferred,
            request_secs: 120,
            scan: true,
            scan_unfamiliar: false,
            suspend_on_report: true,
        }
    }
}

impl OrganisationPolicy {
    /// Refuses what would leave nobody a way to sign in, and a time that requests do not have.
    fn check(&self) -> Result<(), PolicyRefused> {
        if ChallengeLife::new(self.request_secs).is_none() {
            return Err(PolicyRefused::Seconds);
        }
        if !self.app && !self.app_codes && !self.other_apps {
            return Err(PolicyRefused::NothingLeft);
        }
        Ok(())
    }

    /// Whether codes of such a method are taken.
    pub const fn has_codes(&self, kind: MethodKind) -> bool {
        match kind {
            MethodKind::App => self.app_codes,
            MethodKind::Code => self.other_apps,
        }
    }
}

impl Service {
    /// The policy of an organisation.
    pub async fn policy(&self, organisation: &str) -> Result<OrganisationPolicy, StoreError> {
        self.store().policy(organisation).await?.ok_or(StoreError::Damaged("organisation_id"))
    }

    /// Changes it; by an administrator of that organisation whose verification is recent.
    pub async fn change_policy(
        &self,
        administrator: &Session,
        policy: OrganisationPolicy,
    ) -> Result<(), PolicyRefused> {
        policy.check()?;
        let administrator = self.administrator(administrator).await?;
        let mut tx = self.store().begin().await?;
        tx.set_policy(&administrator.organisation, &policy).await?;
        let record = Record::of(&administrator, What::PolicyChanged, Outcome::Done).by(&administrator.id);
        self.record(&mut tx, record).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why a policy is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PolicyRefused {
    /// A request can be answered for 30 to 300 seconds.
    #[error("a request can be answered for 30 to 300 seconds")]
    Seconds,
    /// Every way of verifying would be switched off.
    #[error("at least one way of verifying has to stay")]
    NothingLeft,
    /// The person is no administrator.
    #[error("only an administrator may do this")]
    NotAllowed,
    /// The person has to be verified again first.
    #[error("verify first")]
    VerifyFirst,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotAdministrator> for PolicyRefused {
    fn from(refused: NotAdministrator) -> Self {
        match refused {
            NotAdministrator::NotAllowed => Self::NotAllowed,
            NotAdministrator::VerifyFirst => Self::VerifyFirst,
            NotAdministrator::Store(error) => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Role;
    use crate::fixture::stands;
    use crate::sessions::Stage;

    #[tokio::test]
    async fn a_policy_is_changed_within_its_bounds_by_an_administrator() {
        for stand in &stands().await {
            let maria = stand.person("maria", Role::User).await;
            let admin = stand.person("admin", Role::Administrator).await;
            let by = stand.at(&admin, Stage::SignedIn).await.session;
            let good = OrganisationPolicy { match_len: MatchLen::Six, ..OrganisationPolicy::default() };
            for request_secs in [29, 301] {
                let bad = OrganisationPolicy { request_secs, ..good.clone() };
                assert!(matches!(stand.service.change_policy(&by, bad).await, Err(PolicyRefused::Seconds)));
            }
            let none = OrganisationPolicy { app: false, app_codes: false, other_apps: false, ..good.clone() };
            let done = stand.service.change_policy(&by, none).await;
            assert!(matches!(done, Err(PolicyRefused::NothingLeft)));
            let user = stand.at(&maria, Stage::SignedIn).await.session;
            let done = stand.service.change_policy(&user, good.clone()).await;
            assert!(matches!(done, Err(PolicyRefused::NotAllowed)));
            stand.service.change_policy(&by, good.clone()).await.expect("is changed");
            assert_eq!(stand.service.policy(&stand.organisation).await.expect("answers"), good);
            stand.wait(600);
            let done = stand.service.change_policy(&by, good).await;
            assert!(matches!(done, Err(PolicyRefused::VerifyFirst)));
            assert!(stand.service.policy("org_none").await.is_err());
        }
    }

    #[test]
    fn what_an_older_version_stored_is_read_with_the_defaults() {
        let read: OrganisationPolicy = serde_json::from_str(r#"{"app":false,"gone":1}"#).expect("reads");
        assert_eq!(read, OrganisationPolicy { app: false, ..OrganisationPolicy::default() });
        // What is stored does not change unnoticed.
        assert_eq!(
            serde_json::to_string(&OrganisationPolicy::default()).expect("writes"),
            r#"{"app":true,"app_codes":true,"other_apps":true,"passes":true,"match_len":2,"uv":"required","attestation":"preferred","request_secs":120,"scan":true,"scan_unfamiliar":false,"suspend_on_report":true}"#
        );
    }
}
