//! What a person types and reads. Passwords are typed without an echo, or come from standard input; an
//! argument would be in the shell's history and in the list of processes.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crypto_core::secret::SecretText;

use crate::Failed;

/// Prints a line.
pub(crate) fn say(line: impl std::fmt::Display) -> Result<(), Failed> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}

/// Says on standard error why nothing was done; if not even that works there is nobody to tell.
pub(crate) fn complain(why: &Failed) {
    let _ = writeln!(io::stderr().lock(), "countersign-signin: {why}");
}

/// A new password: typed twice at a terminal, or the first line of standard input.
pub(crate) fn new_password() -> Result<SecretText, Failed> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        return if password.is_empty() { Err(Failed::Password) } else { Ok(SecretText::new(password)) };
    }
    let password = rpassword::prompt_password("New password: ")?;
    let again = rpassword::prompt_password("The same again: ")?;
    if password.is_empty() || password != again {
        return Err(Failed::Password);
    }
    Ok(SecretText::new(password))
}
