//! A second opinion on codes: `oathtool`, which shares no code with the app.

use std::process::Command;

/// The time-based code for a Base32 key, six digits and thirty seconds, at this moment.
pub fn totp(key: &str) -> String {
    run(&["--totp", "--base32", key])
}

/// The code for a Base32 key at a counter.
pub fn hotp(key: &str, counter: u64) -> String {
    run(&["--hotp", "--base32", "--counter", &counter.to_string(), key])
}

fn run(arguments: &[&str]) -> String {
    let output =
        Command::new("oathtool").args(arguments).output().expect("oathtool is installed by .ci/install all");
    assert!(output.status.success(), "oathtool: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("digits").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4226, appendix D.
    #[test]
    fn it_knows_the_published_vectors() {
        assert_eq!(hotp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 0), "755224");
        assert_eq!(hotp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 9), "520489");
    }
}
