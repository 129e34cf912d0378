//! What an organisation allows.

use crypto_core::approval::MatchLen;
use crypto_core::approval::activation::AttestationPolicy;
use crypto_core::approval::challenge::UvPolicy;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::store::{StoreError, User};

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

impl Service {
    /// The policy of an organisation.
    pub async fn policy(&self, organisation: &str) -> Result<OrganisationPolicy, StoreError> {
        todo!()
    }

    /// Changes it; by an administrator of that organisation whose verification is recent.
    pub async fn change_policy(
        &self,
        administrator: &User,
        policy: OrganisationPolicy,
    ) -> Result<(), StoreError> {
        todo!()
    }
}
