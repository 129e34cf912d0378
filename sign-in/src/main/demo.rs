//! The people of a demonstration. Their passwords are made up at every start and kept only hashed, so that a
//! demonstration that somebody left running on the internet has none that can be looked up.

use crypto_core::approval::crockford;
use crypto_core::secret::SecretText;
use rand_core::{OsRng, UnwrapErr};
use sign_in::Service;
use sign_in::accounts::{NewUser, Role};

use crate::Failed;
use crate::admin::organisation_of;
use crate::terminal::say;

const PEOPLE: [(&str, &str, Role); 3] = [
    ("maria", "Maria Silva", Role::User),
    ("erik", "Erik Lund", Role::User),
    ("admin", "Ada Byron", Role::Administrator),
];

/// Makes them if they are not there, and gives each a new password.
pub(crate) async fn people(service: &Service) -> Result<(), Failed> {
    let organisation = organisation_of(service, None).await?;
    say("The people of this demonstration, with passwords for this start:")?;
    for (name, display_name, role) in PEOPLE {
        let password = crockford::make(CHARACTERS, &mut UnwrapErr(OsRng));
        // expose: it is printed, and a copy goes to be hashed.
        let shown = password.expose().to_owned();
        if service.user_by_name(name).await?.is_some() {
            service.reset_user(name, SecretText::new(shown.clone()), false, "system").await?;
        } else {
            let new = NewUser {
                organisation: organisation.clone(),
                user_name: name.to_owned(),
                display_name: display_name.to_owned(),
                email: Some(format!("{name}@contoso.example")),
                role,
                password,
            };
            service.add_user(new, "system").await?;
        }
        say(format_args!("  {name:<8}{shown}   {display_name}, {}", role.word()))?;
    }
    let issuer = &service.config().issuer;
    for (what, path) in
        [("Start here", "/demo"), ("Sign in", "/"), ("Set up the app", "/register"), ("Mail", "/outbox")]
    {
        say(format_args!("{what:<16}{}", issuer.at(path)))?;
    }
    Ok(())
}

const CHARACTERS: usize = 12;
