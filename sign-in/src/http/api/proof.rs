//! A call as it came in, and whose it is.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::Uri;
use axum::response::Response;
use crypto_core::approval::proof::{Call, Proven};
use crypto_core::approval::{ProblemCode, wire};

use super::problem::respond;
use crate::Service;
use crate::devices::DeviceRefused;
use crate::store::Authenticator;
use crate::visitor::Visitor;

/// A call, bounded and read to its end.
pub(super) struct Called {
    /// Where from.
    pub(super) visitor: Visitor,
    /// The path and query.
    pub(super) uri: Uri,
    /// The body; empty if there is none.
    pub(super) body: Bytes,
    method: String,
    proof: Option<Vec<u8>>,
}

impl FromRequest<Service> for Called {
    type Rejection = Response;

    async fn from_request(request: Request, service: &Service) -> Result<Self, Response> {
        let malformed = || respond(service, None, Err(ProblemCode::Malformed.into()));
        let (mut parts, body) = request.into_parts();
        let Ok(visitor) = Visitor::from_request_parts(&mut parts, service).await;
        let mut proofs = parts.headers.get_all("dpop").iter();
        let proof = proofs.next().map(|proof| proof.as_bytes().to_vec());
        // Two proofs are none: they might be of two devices.
        let proof = proof.filter(|_| proofs.next().is_none());
        let body = to_bytes(body, wire::MAX_BODY).await.map_err(|_| malformed())?;
        Ok(Self { visitor, uri: parts.uri, body, method: parts.method.to_string(), proof })
    }
}

impl Called {
    /// Who made it, by the proof alone.
    pub(super) fn proven(&self, service: &Service) -> Result<Proven, DeviceRefused> {
        let url = service.config().issuer.at(self.uri.path());
        service.prove(self.proof.as_deref(), Call { method: &self.method, url: &url, body: &self.body })
    }

    /// The device that made it.
    pub(super) async fn device(&self, service: &Service) -> Result<Authenticator, DeviceRefused> {
        service.device_of(&self.proven(service)?, &self.visitor).await
    }

    /// A number in the query.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let query = self.uri.query()?;
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        value.parse().ok()
    }
}
