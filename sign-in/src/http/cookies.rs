//! The cookies of the pages. Each has the prefix `__Host-`: the browser takes it from this host only, over TLS
//! (or from a loopback address), for every path, and shows it to no script.

use axum::http::{HeaderMap, HeaderValue, header};

/// The session.
pub(super) const SESSION: &str = "__Host-session";
/// That a person has signed in with this browser before.
pub(super) const BROWSER: &str = "__Host-browser";
/// The language that was chosen.
pub(super) const LANGUAGE: &str = "__Host-language";

/// A cookie that came.
pub(super) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(its, _)| *its == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty() && value.len() <= LONGEST)
}

/// Gives a cookie: for `secs` seconds, or until the browser is closed.
pub(super) fn give(headers: &mut HeaderMap, name: &str, value: &str, secs: Option<u64>) {
    let age = secs.map_or(String::new(), |secs| format!("; Max-Age={secs}"));
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}");
    let cookie = HeaderValue::try_from(cookie).expect("names and values of cookies here are plain ASCII");
    headers.append(header::SET_COOKIE, cookie);
}

/// Takes a cookie back.
pub(super) fn take_back(headers: &mut HeaderMap, name: &str) {
    give(headers, name, "", Some(0));
}

/// No cookie of ours is longer.
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; __Host-session=abc"));
        headers.append(header::COOKIE, HeaderValue::from_static("x__Host-browser=2;__Host-browser=3"));
        assert_eq!(find(&headers, SESSION), Some("abc"));
        assert_eq!(find(&headers, BROWSER), Some("3"));
        assert_eq!(find(&headers, LANGUAGE), None);
    }
}
