use std::path::Path;

use super::*;

fn visitors(trusted: &[&str]) -> Visitors {
    let trusted_proxies = trusted.iter().map(|network| network.parse().expect("a network")).collect();
    Visitors { trusted_proxies, geoip: Some(places()) }
}

fn places() -> GeoIp {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/places/places.mmdb");
    GeoIp::open(&file).expect("tests/places/make_places.py makes it")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn address(trusted: &[&str], peer: &str, named: &[&str]) -> IpAddr {
    let mut headers = HeaderMap::new();
    for line in named {
        headers.append(
            "x-forwarded-for",
            axum::http::HeaderValue::from_bytes(line.as_bytes()).expect("a header"),
        );
    }
    visitors(trusted).address(&headers, ip(peer))
}

#[test]
fn nobody_is_believed_by_default() {
    assert_eq!(address(&[], "198.51.100.7", &["8.8.8.8"]), ip("198.51.100.7"));
    assert_eq!(address(&["10.0.0.0/8"], "198.51.100.7", &["8.8.8.8"]), ip("198.51.100.7"));
}

#[test]
fn a_trusted_proxy_is_believed_about_who_called_it_and_no_further() {
    let trusted = ["10.0.0.0/8", "fd00::/8"];
    for (named, who) in [
        (vec!["8.8.8.8"], "8.8.8.8"),
        // Two trusted proxies in a row.
        (vec!["8.8.8.8, 10.0.0.2"], "8.8.8.8"),
        (vec!["8.8.8.8", "10.0.0.2"], "8.8.8.8"),
        (vec!["2606:4700::1111, fd00::2"], "2606:4700::1111"),
        (vec!["8.8.8.8:50000"], "8.8.8.8"),
        (vec!["[2606:4700::1111]:50000"], "2606:4700::1111"),
        (vec!["::ffff:8.8.8.8"], "8.8.8.8"),
        // The caller wrote the beginning himself.
        (vec!["9.9.9.9, 8.8.8.8"], "8.8.8.8"),
        (vec!["127.0.0.1, 8.8.8.8"], "8.8.8.8"),
        (vec!["10.0.0.9, 8.8.8.8"], "8.8.8.8"),
        (vec!["9.9.9.9", "8.8.8.8"], "8.8.8.8"),
        // What is no address ends the reading.
        (vec!["8.8.8.8, unknown"], "10.0.0.1"),
        (vec!["8.8.8.8, <script>, 10.0.0.2"], "10.0.0.2"),
        (vec!["8.8.8.8, "], "10.0.0.1"),
        (vec![""], "10.0.0.1"),
        (vec!["8.8.8.8, \u{e9}"], "10.0.0.1"),
        (vec![], "10.0.0.1"),
    ] {
        assert_eq!(address(&trusted, "10.0.0.1", &named), ip(who), "{named:?}");
    }
}

#[test]
fn a_proxy_on_a_socket_for_both_families_is_known() {
    assert_eq!(address(&["127.0.0.1/32"], "::ffff:127.0.0.1", &["8.8.8.8"]), ip("8.8.8.8"));
}

#[test]
fn a_list_without_end_is_not_read_to_its_end() {
    let long = vec!["10.0.0.2"; 10_000].join(", ");
    assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &[&format!("8.8.8.8, {long}")]), ip("10.0.0.2"));
}

#[test]
fn places_are_named_and_private_addresses_have_none() {
    let visitors = visitors(&[]);
    let label = |text: &str| visitors.place(ip(text)).map(|place| (place.label, place.cc, place.src));
    let place =
        |label: &str, cc: &str| Some((label.to_owned(), Some(cc.to_owned()), Some("geoip".to_owned())));
    assert_eq!(label("8.8.8.8"), place("Lisbon, Portugal", "PT"));
    assert_eq!(label("2606:4700::1111"), place("Norway", "NO"));
    assert_eq!(label("1.1.1.1"), None);
    // The file has that one, and it means nothing.
    assert_eq!(label("10.1.2.3"), None);
    assert_eq!(Visitors::default().place(ip("8.8.8.8")), None);
}

#[test]
fn a_phone_is_near_far_or_it_is_not_known() {
    let with = visitors(&[]);
    let without = Visitors::default();
    for (sign_in, phone, with_places, without_places) in [
        ("8.8.8.8", "8.8.8.8", Proximity::Near, Proximity::Near),
        ("8.8.8.8", "8.8.8.200", Proximity::Near, Proximity::Near),
        ("2606:4700::1", "2606:4700:0:ffff::2", Proximity::Near, Proximity::Near),
        // Lisbon and Sintra; Lisbon and Stockholm.
        ("8.8.8.8", "8.8.9.9", Proximity::Near, Proximity::Unknown),
        ("8.8.8.8", "9.9.9.9", Proximity::Far, Proximity::Unknown),
        // A country is no place to measure from.
        ("2606:4700::1", "2606:4700:1::1", Proximity::Unknown, Proximity::Unknown),
        ("8.8.8.8", "1.1.1.1", Proximity::Unknown, Proximity::Unknown),
        ("8.8.8.8", "2606:4700::1", Proximity::Unknown, Proximity::Unknown),
        ("8.8.8.8", "192.168.1.5", Proximity::Unknown, Proximity::Unknown),
        ("192.168.1.5", "192.168.1.5", Proximity::Unknown, Proximity::Unknown),
        ("::ffff:8.8.8.8", "8.8.8.9", Proximity::Near, Proximity::Near),
    ] {
        assert_eq!(with.proximity(ip(sign_in), ip(phone)), with_places, "{sign_in} {phone}");
        assert_eq!(without.proximity(ip(sign_in), ip(phone)), without_places, "{sign_in} {phone}");
    }
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let file = folder.path().join("x.mmdb");
    assert_eq!(GeoIp::open(&file).expect_err("is not there"), GeoIpRefused::NotRead);
    std::fs::write(&file, "not a database").expect("is written");
    assert_eq!(GeoIp::open(&file).expect_err("is something else"), GeoIpRefused::NotRead);
}
