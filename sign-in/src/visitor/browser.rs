//! The name of a browser and its system, as a person would say it. Browsers say what they like, so it is for
//! recognising one's own, not for believing.

use axum::http::HeaderMap;
use crypto_core::approval::shown_text;
use woothee::parser::Parser;

/// "Edge 143 on Windows 11", or as much of it as can be told.
pub(super) fn name(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let agent = text("user-agent").filter(|agent| agent.len() <= LONGEST)?;
    let found = Parser::new().parse(agent)?;
    let hinted = text("sec-ch-ua-platform-version").and_then(major);
    let browser = browser(found.name, found.version)?;
    let system = system(found.os, found.os_version.as_ref(), hinted);
    let name = match system {
        Some(system) => format!("{browser} on {system}"),
        None => browser,
    };
    Some(shown_text(&name))
}

/// Longer ones are not from a browser.
const LONGEST: usize = 512;
const UNKNOWN: &str = "UNKNOWN";

fn browser(name: &str, version: &str) -> Option<String> {
    match name {
        UNKNOWN => None,
        // The "version" is the program's name.
        "HTTP Library" => Some(version.to_owned()).filter(|version| version != UNKNOWN),
        _ => {
            let name = match name {
                "SamsungBrowser" => "Samsung Internet",
                name => name,
            };
            Some(major(version).map_or_else(|| name.to_owned(), |version| format!("{name} {version}")))
        }
    }
}

/// Systems whose browsers all say one old version are named without it, unless a client hint tells.
fn system(name: &str, version: &str, hinted: Option<u32>) -> Option<String> {
    let with = |name: &str, version: Option<u32>| match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    };
    Some(match name {
        UNKNOWN => return None,
        // From 13 on, the hint stands for Windows 11.
        "Windows 10" => with("Windows", hinted.map(|hint| if hint >= 13 { 11 } else { 10 })),
        "Mac OSX" => with("macOS", hinted),
        "Android" => with("Android", hinted.or(major(version).filter(|&version| version != 10))),
        "iPhone" | "iPad" | "iPod" | "ChromeOS" => name.to_owned(),
        name => name.to_owned(),
    })
}

/// The first number of a version.
fn major(version: &str) -> Option<u32> {
    version.trim_matches('"').split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(agent: &str, hint: Option<&str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", agent.parse().expect("a header"));
        if let Some(hint) = hint {
            headers.insert("sec-ch-ua-platform-version", hint.parse().expect("a header"));
        }
        name(&headers)
    }

    const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                        Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0";

    #[test]
    fn browsers_are_named_as_people_name_them() {
        for (agent, hint, name) in [
            (EDGE, Some("\"15.0.0\""), "Edge 143 on Windows 11"),
            (EDGE, Some("\"10.0.0\""), "Edge 143 on Windows 10"),
            // Every Windows since 2015 says "NT 10.0".
            (EDGE, None, "Edge 143 on Windows"),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                None,
                "Firefox 145 on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.1 Safari/605.1.15",
                None,
                "Safari 26 on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.0 Mobile/15E148 Safari/604.1",
                None,
                "Safari 26 on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 \
                 Mobile Safari/537.36",
                Some("\"16.0.0\""),
                "Chrome 143 on Android 16",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 \
                 Chrome/136.0.0.0 Mobile Safari/537.36",
                None,
                "Samsung Internet 29 on Android",
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
                None,
                "Firefox 145 on Android 15",
            ),
            ("curl/8.5.0", None, "curl"),
        ] {
            assert_eq!(named(agent, hint).as_deref(), Some(name), "{agent}");
        }
    }

    #[test]
    fn what_is_no_browser_has_no_name() {
        for agent in ["", "<script>alert(1)</script>", "Maria's secret", &"x".repeat(100_000)] {
            assert_eq!(named(agent, None), None, "{}", agent.len());
        }
        assert_eq!(name(&HeaderMap::new()), None);
    }
}
