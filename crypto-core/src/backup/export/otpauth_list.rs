//! One `otpauth:` text a line, which every app reads. Nothing seals it.

use super::{Exported, LeftOut, WhyLeftOut, joined, leaving};
use crate::codes::otpauth;
use crate::secret::SecretText;
use crate::vault::Vault;

/// Writes the list. An account that the text would say otherwise, or that is too long for one, is left out.
pub fn write(vault: &Vault) -> Exported<SecretText> {
    let Exported { content: accounts, mut left_out } = leaving(vault);
    let mut lines = Vec::with_capacity(2 * accounts.len());
    for coded in &accounts {
        let text = otpauth::print(&coded.account());
        // expose: read as it will be.
        if otpauth::parse(text.expose()).is_ok_and(|read| coded.is(&read)) {
            lines.push(text);
            lines.push(SecretText::new("\n".to_owned()));
        } else {
            left_out.push(LeftOut::new(coded.entry, WhyLeftOut::NotExpressible));
        }
    }
    Exported { content: joined(&lines), left_out }
}
