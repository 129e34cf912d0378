//! Forms that were sent. None is read before it is certain that one of our pages sent it: the browser says so,
//! and it holds the secret of the session.

use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use crypto_core::secret::SecretBytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::page_errors::Trouble;
use crate::Service;

/// The fields of a form that one of our pages sent.
pub(crate) struct Checked<T>(pub(crate) T);

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
struct Secret {
    #[serde(default)]
    csrf: String,
}

impl<T: DeserializeOwned> FromRequest<Service> for Checked<T> {
    type Rejection = Trouble;

    async fn from_request(request: Request, service: &Service) -> Result<Self, Trouble> {
        let (mut parts, body) = request.into_parts();
        if parts.method != Method::POST || !from_here(&parts.headers, service.config().issuer.as_str()) {
            return Err(Trouble::Elsewhere);
        }
        let caller = Caller::from_request_parts(&mut parts, service).await?;
        let Some(session) = &caller.session else { return Err(Trouble::Elsewhere) };

        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), service).await;
        let body = body.map_err(|_| Trouble::Malformed)?;
        let Secret { csrf } = read(&parts, &body, service).await?;
        let secret = SecretBytes::new(session.csrf.clone().into_bytes());
        if !secret.ct_eq(&SecretBytes::new(csrf.into_bytes())) {
            return Err(Trouble::Elsewhere);
        }
        read(&parts, &body, service).await.map(Self)
    }
}

async fn read<T: DeserializeOwned>(parts: &Parts, body: &Bytes, service: &Service) -> Result<T, Trouble> {
    let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let form = Form::<T>::from_request(request, service).await;
    form.map(|Form(fields)| fields).map_err(|_| Trouble::Malformed)
}

/// Whether the browser says that the request began on one of our pages. Under `no-referrer` it names the
/// origin of its own pages "null", so the other header decides there.
fn from_here(headers: &HeaderMap, issuer: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    match text(header::ORIGIN.as_str()) {
        None => true,
        Some("null") => site.is_some(),
        Some(origin) => origin == issuer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_our_own_pages_send_forms() {
        const HERE: &str = "https://signin.example.org";
        let cases = [
            (None, None, true),
            (Some(HERE), None, true),
            (Some(HERE), Some("same-origin"), true),
            (Some("null"), Some("same-origin"), true),
            (Some("null"), None, false),
            (Some("https://signin.example.org.attacker.example"), None, false),
            (Some("https://attacker.example"), Some("same-origin"), false),
            (Some("null"), Some("cross-site"), false),
            (None, Some("cross-site"), false),
            (None, Some("same-site"), false),
        ];
        for (origin, site, fine) in cases {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            assert_eq!(from_here(&headers, HERE), fine, "{origin:?} {site:?}");
        }
    }
}
