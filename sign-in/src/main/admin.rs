//! What an operator does without the pages: the first administrator, a pass in an emergency, a look at what
//! happened.

use clap::{Subcommand, ValueEnum};
use crypto_core::time::UnixTime;
use sign_in::Service;
use sign_in::accounts::{NewUser, Role};
use sign_in::keys::KeyRotation;
use sign_in::passes::NewPass;
use sign_in::store::{Event, User};

use crate::Failed;
use crate::terminal::{new_password, say};

#[derive(Subcommand)]
pub(crate) enum Admin {
    /// People.
    #[command(subcommand)]
    User(UserCommand),
    /// Temporary access passes.
    #[command(subcommand)]
    Pass(PassCommand),
    /// What happened, the newest first.
    Audit {
        /// Of this person only.
        #[arg(long)]
        user: Option<String>,
        /// How many lines.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Of this organisation.
        #[arg(long)]
        organisation: Option<String>,
    },
    /// The organisation's policy.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// The key that the service signs with.
    #[command(subcommand)]
    Key(KeyCommand),
}

#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Makes an account. The password is asked for, or is the first line of standard input.
    Add {
        /// What the person types to sign in.
        name: String,
        /// The person's name; what they type if nothing is given.
        #[arg(long)]
        display_name: Option<String>,
        /// Where the person is told of changes.
        #[arg(long)]
        email: Option<String>,
        #[arg(long, value_enum, default_value_t = RoleName::User)]
        role: RoleName,
        /// The organisation's id; the first one's if nothing is given.
        #[arg(long)]
        organisation: Option<String>,
    },
    /// Gives a person a new password and ends their sessions.
    Reset {
        /// What the person types to sign in.
        name: String,
        /// Takes every method and pass from them, too: they need a new pass to add one.
        #[arg(long)]
        methods: bool,
    },
    /// Lists people.
    List {
        /// Only names with this in them.
        #[arg(default_value = "")]
        search: String,
        /// The organisation's id; the first one's if nothing is given.
        #[arg(long)]
        organisation: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    User,
    Administrator,
}

#[derive(Subcommand)]
pub(crate) enum PassCommand {
    /// Issues a pass and prints it, once. Check first who the person is.
    Issue {
        /// What the person types to sign in.
        name: String,
        /// How long it is good, from ten minutes to thirty days.
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        /// From when: a time in UTC such as 2026-11-24T08:00, or in so many minutes, such as +30.
        #[arg(long)]
        starts: Option<String>,
        /// Good again and again until it ends.
        #[arg(long)]
        many: bool,
    },
    /// Takes a person's pass back.
    Revoke {
        /// What the person types to sign in.
        name: String,
    },
}

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Prints it.
    Show {
        /// The organisation's id; the first one's if nothing is given.
        #[arg(long)]
        organisation: Option<String>,
    },
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Announces the next key; a week later, the same command puts it to use.
    Rotate,
}

pub(crate) async fn run(service: &Service, command: Admin) -> Result<(), Failed> {
    match command {
        Admin::User(command) => user(service, command).await,
        Admin::Pass(command) => pass(service, command).await,
        Admin::Audit { user, limit, organisation } => audit(service, user, limit, organisation).await,
        Admin::Policy(PolicyCommand::Show { organisation }) => {
            let policy = service.policy(&organisation_of(service, organisation).await?).await?;
            say(serde_json::to_string_pretty(&policy).expect("a policy has a JSON form"))
        }
        Admin::Key(KeyCommand::Rotate) => match service.rotate_service_key().await? {
            KeyRotation::Announced { usable_at } => {
                say(format_args!("The next key is announced. Run this again after {}.", at(usable_at)))
            }
            KeyRotation::Changed => say("The next key is in use."),
        },
    }
}

async fn user(service: &Service, command: UserCommand) -> Result<(), Failed> {
    match command {
        UserCommand::Add { name, display_name, email, role, organisation } => {
            let organisation = organisation_of(service, organisation).await?;
            let role = match role {
                RoleName::User => Role::User,
                RoleName::Administrator => Role::Administrator,
            };
            let new = NewUser {
                organisation,
                display_name: display_name.unwrap_or_else(|| name.clone()),
                user_name: name,
                email,
                role,
                password: new_password()?,
            };
            let user = service.add_user(new, BY).await?;
            say(format_args!("{} can sign in at {}", user.user_name, service.config().issuer))
        }
        UserCommand::Reset { name, methods } => {
            service.reset_user(&name, new_password()?, methods, BY).await?;
            say(format_args!("{name} has a new password, and every session is ended."))
        }
        UserCommand::List { search, organisation } => {
            let organisation = organisation_of(service, organisation).await?;
            for page in 0.. {
                let people = service.users(&organisation, &search, page).await?;
                if people.is_empty() {
                    break;
                }
                for User { user_name, display_name, role, email, disabled_at, .. } in people {
                    let state = if disabled_at.is_some() { "disabled" } else { "" };
                    let email = email.unwrap_or_default();
                    say(format_args!("{user_name}\t{display_name}\t{}\t{email}\t{state}", role.word()))?;
                }
            }
            Ok(())
        }
    }
}

async fn pass(service: &Service, command: PassCommand) -> Result<(), Failed> {
    match command {
        PassCommand::Issue { name, minutes, starts, many } => {
            let user = service.user_by_name(&name).await?.ok_or(Failed::NoSuchAccount)?;
            let starts_at = match starts {
                Some(text) => starts_at(&text, service.now()).ok_or(Failed::Starts)?,
                None => service.now(),
            };
            let new = NewPass { starts_at, secs: minutes.saturating_mul(60), once: !many };
            let (value, view) = service.issue_pass(None, &user.id, new).await?;
            // expose: the one time that it is shown.
            say(value.expose())?;
            say(format_args!("Good from {} to {}.", at(view.starts_at), at(view.ends_at)))
        }
        PassCommand::Revoke { name } => {
            let user = service.user_by_name(&name).await?.ok_or(Failed::NoSuchAccount)?;
            service.revoke_pass(None, &user.id).await?;
            say(format_args!("{name} has no pass."))
        }
    }
}

async fn audit(
    service: &Service,
    user: Option<String>,
    limit: u32,
    organisation: Option<String>,
) -> Result<(), Failed> {
    let events = match user {
        Some(name) => {
            let user = service.user_by_name(&name).await?.ok_or(Failed::NoSuchAccount)?;
            service.activity(&user.id, limit).await?
        }
        None => service.sign_ins(&organisation_of(service, organisation).await?, None, limit).await?,
    };
    for Event { at: when, event, result, user, actor, app, place, ip, client, method, .. } in events {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        say([
            at(when),
            event,
            result,
            or_none(user),
            actor,
            or_none(method),
            or_none(app),
            or_none(ip),
            or_none(place),
            or_none(client),
        ]
        .join("\t"))?;
    }
    Ok(())
}

/// Who did it, in the record.
const BY: &str = "cli";

/// The organisation that was named, or the first one, which is made when it is first needed.
pub(crate) async fn organisation_of(service: &Service, named: Option<String>) -> Result<String, Failed> {
    if let Some(named) = named {
        return Ok(named);
    }
    if let Some(first) = service.store().setting(FIRST).await? {
        return Ok(first);
    }
    let made = service.add_organisation(&service.config().name).await?;
    Ok(service.store().settle(FIRST, &made).await?)
}

const FIRST: &str = "first_organisation";

/// A time in UTC for a person. Proleptic Gregorian, by days of 400-year eras.
fn at(time: UnixTime) -> String {
    let secs = time.secs();
    let days = secs / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (secs / 3600 % 24, secs / 60 % 60, secs % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `+30`, in minutes, or `2026-11-24T08:00` in UTC.
fn starts_at(text: &str, now: UnixTime) -> Option<UnixTime> {
    if let Some(minutes) = text.strip_prefix('+') {
        return Some(now.plus_secs(minutes.parse::<u64>().ok()?.checked_mul(60)?));
    }
    let (date, time) = text.trim_end_matches('Z').split_once('T')?;
    let numbers =
        |text: &str, mark| text.split(mark).map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    let ([year, month, day], [hour, minute]) =
        (<[u64; 3]>::try_from(numbers(date, '-')?).ok()?, <[u64; 2]>::try_from(numbers(time, ':')?).ok()?);
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || hour > 23 || minute > 59 {
        return None;
    }
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * shifted_month + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    let found = UnixTime::from_secs(days * 86_400 + hour * 3600 + minute * 60);
    // A day that the month does not have would be another one.
    at(found).starts_with(date).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_and_read_in_utc() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_790_000_000, "2026-09-21T14:13:20Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
        ] {
            assert_eq!(at(UnixTime::from_secs(secs)), text);
        }
        let now = UnixTime::from_secs(1_790_000_000);
        assert_eq!(starts_at("2026-09-21T14:13", now), Some(UnixTime::from_secs(1_789_999_980)));
        assert_eq!(starts_at("+30", now), Some(now.plus_secs(1800)));
        for text in [
            "",
            "+",
            "tomorrow",
            "2026-02-29T00:00",
            "2026-13-01T00:00",
            "2026-01-00T00:00",
            "2026-01-01T24:00",
            "+99999999999999999999",
        ] {
            assert_eq!(starts_at(text, now), None, "{text}");
        }
    }
}
