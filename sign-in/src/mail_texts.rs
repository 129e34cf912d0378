//! What people are told by e-mail, in their language: that something happened to their account, and where to
//! say that it was not them. Never a code, a pass or a number.

use crate::Service;
use crate::store::{Event, StoreError, Tx, User};

/// Something to be told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Notice<'a> {
    /// A method was added.
    MethodAdded {
        /// Its name.
        name: &'a str,
    },
    /// A method was deleted.
    MethodDeleted {
        /// Its name.
        name: &'a str,
    },
    /// Another method is asked first.
    DefaultChanged {
        /// Its name.
        name: &'a str,
    },
    /// Wrong codes were typed.
    WrongCodes,
    /// A pass was issued.
    PassIssued,
    /// A pass was used.
    PassUsed,
    /// An administrator set another password.
    AccountReset,
    /// The person reported something themselves.
    Reported,
    /// A person reported something; to an administrator.
    ReportedBy {
        /// Their name.
        name: &'a str,
        /// What they sign in with.
        user_name: &'a str,
    },
    /// An administrator lets requests go to the phone again.
    Lifted,
    /// The person changed their password.
    PasswordChanged,
    /// An administrator lets the account sign in no more.
    AccountDisabled,
    /// An administrator lets it sign in again.
    AccountEnabled,
    /// A phone can no longer approve.
    MethodStale {
        /// Its name.
        name: &'a str,
    },
}

impl Service {
    /// Tells a person of something, if they have an address. It is sent once the transaction is committed.
    pub(crate) async fn notify(
        &self,
        tx: &mut Tx,
        user: &User,
        notice: &Notice<'_>,
        event: &Event,
    ) -> Result<(), StoreError> {
        let Some(email) = &user.email else { return Ok(()) };
        let words = Words::of(&user.language);
        let (subject, body) = notice.said(words);
        let mut text = format!("{} {},\n\n{body}\n\n", words.hello, user.display_name);
        let from: Vec<&str> =
            [&event.client, &event.place, &event.ip].into_iter().filter_map(Option::as_deref).collect();
        if !from.is_empty() {
            text.push_str(&format!("{} {}\n\n", words.from, from.join(", ")));
        }
        if notice.may_be_another() {
            let link = self.config().issuer.at(&format!("/activity/{}/report", event.id));
            text.push_str(&format!("{}\n{link}\n\n{}\n\n", words.not_me, words.locked_out));
        }
        text.push_str(&format!("{}\n{}\n", self.config().name, self.config().issuer.as_str()));
        tx.send_mail(
            &self.make_id("mail_"),
            email,
            &format!("{}: {subject}", self.config().name),
            &text,
            self.now(),
        )
        .await
    }
}

impl Notice<'_> {
    /// Whether somebody else may have done it.
    const fn may_be_another(self) -> bool {
        !matches!(
            self,
            Self::Reported
                | Self::ReportedBy { .. }
                | Self::Lifted
                | Self::AccountDisabled
                | Self::AccountEnabled
        )
    }

    /// The subject, which names nobody, and what happened.
    fn said(self, words: &Words) -> (&'static str, String) {
        let (text, name, user_name) = match self {
            Self::MethodAdded { name } => (&words.method_added, name, ""),
            Self::MethodDeleted { name } => (&words.method_deleted, name, ""),
            Self::DefaultChanged { name } => (&words.default_changed, name, ""),
            Self::WrongCodes => (&words.wrong_codes, "", ""),
            Self::PassIssued => (&words.pass_issued, "", ""),
            Self::PassUsed => (&words.pass_used, "", ""),
            Self::AccountReset => (&words.account_reset, "", ""),
            Self::Reported => (&words.reported, "", ""),
            Self::ReportedBy { name, user_name } => (&words.reported_by, name, user_name),
            Self::Lifted => (&words.lifted, "", ""),
            Self::PasswordChanged => (&words.password_changed, "", ""),
            Self::AccountDisabled => (&words.account_disabled, "", ""),
            Self::AccountEnabled => (&words.account_enabled, "", ""),
            Self::MethodStale { name } => (&words.method_stale, name, ""),
        };
        // The user name first: it cannot contain what a name could.
        (text.subject, text.body.replace("{user_name}", user_name).replacen("{name}", name, 1))
    }
}

struct Text {
    subject: &'static str,
    body: &'static str,
}

struct Words {
    hello: &'static str,
    from: &'static str,
    not_me: &'static str,
    locked_out: &'static str,
    method_added: Text,
    method_deleted: Text,
    default_changed: Text,
    wrong_codes: Text,
    pass_issued: Text,
    pass_used: Text,
    account_reset: Text,
    reported: Text,
    reported_by: Text,
    lifted: Text,
    password_changed: Text,
    account_disabled: Text,
    account_enabled: Text,
    method_stale: Text,
}

impl Words {
    fn of(language: &str) -> &'static Self {
        match language {
            "sv" => &SV,
            "nb" => &NB,
            _ => &EN,
        }
    }
}

static EN: Words = Words {
    hello: "Hello",
    from: "From:",
    not_me: "If this was not you, say so here:",
    locked_out: "If you cannot sign in, tell your administrator at once.",
    method_added: Text {
        subject: "a sign-in method was added",
        body: "The sign-in method “{name}” was added to your account. Whoever has it can confirm sign-ins in your name.",
    },
    method_deleted: Text {
        subject: "a sign-in method was deleted",
        body: "The sign-in method “{name}” was deleted from your account. It no longer works.",
    },
    default_changed: Text {
        subject: "your default sign-in method was changed",
        body: "When you sign in, you are asked for “{name}” first from here on.",
    },
    wrong_codes: Text {
        subject: "several wrong codes were typed",
        body: "Somebody knows your password and typed several wrong codes after it. If it was not you, change your password.",
    },
    pass_issued: Text {
        subject: "a temporary access pass was issued",
        body: "A temporary access pass was issued for your account. With it, a sign-in method can be added.",
    },
    pass_used: Text {
        subject: "a temporary access pass was used",
        body: "The temporary access pass of your account was used. Whoever used it can add a sign-in method.",
    },
    account_reset: Text {
        subject: "your password was reset",
        body: "Your password was reset by an administrator, and you were signed out everywhere.",
    },
    reported: Text {
        subject: "your report has arrived",
        body: "You told us that a sign-in or a change was not yours. We stopped it and told your administrators. Change your password as soon as you can.",
    },
    reported_by: Text {
        subject: "a sign-in was reported",
        body: "{name} ({user_name}) reports that a sign-in or a change was not theirs. Talk to them, have the password changed, and look at their recent activity.",
    },
    lifted: Text {
        subject: "requests are sent to your phone again",
        body: "An administrator has looked at your report. Requests are sent to your phone again.",
    },
    password_changed: Text {
        subject: "your password was changed",
        body: "Your password was changed, and you were signed out everywhere else.",
    },
    account_disabled: Text {
        subject: "your account was switched off",
        body: "An administrator switched your account off: you cannot sign in, and you were signed out everywhere. Ask your administrator if you did not expect this.",
    },
    account_enabled: Text {
        subject: "your account works again",
        body: "An administrator switched your account on again. You can sign in as before.",
    },
    method_stale: Text {
        subject: "a phone can no longer approve sign-ins",
        body: "“{name}” can no longer approve sign-ins, because its screen lock or fingerprints changed. It can still say no and show codes. Delete it and add it again.",
    },
};

static SV: Words = Words {
    hello: "Hej",
    from: "Från:",
    not_me: "Om det inte var du, säg till här:",
    locked_out: "Kan du inte logga in, kontakta genast din administratör.",
    method_added: Text {
        subject: "en inloggningsmetod har lagts till",
        body: "Inloggningsmetoden ”{name}” har lagts till på ditt konto. Den som har den kan bekräfta inloggningar i ditt namn.",
    },
    method_deleted: Text {
        subject: "en inloggningsmetod har tagits bort",
        body: "Inloggningsmetoden ”{name}” har tagits bort från ditt konto. Den fungerar inte längre.",
    },
    default_changed: Text {
        subject: "din standardmetod har ändrats",
        body: "När du loggar in frågar vi i fortsättningen först efter ”{name}”.",
    },
    wrong_codes: Text {
        subject: "flera felaktiga koder har angetts",
        body: "Någon kan ditt lösenord och har angett flera felaktiga koder efter det. Om det inte var du, byt lösenord.",
    },
    pass_issued: Text {
        subject: "ett tillfälligt åtkomstpass har utfärdats",
        body: "Ett tillfälligt åtkomstpass har utfärdats för ditt konto. Med det går det att lägga till en inloggningsmetod.",
    },
    pass_used: Text {
        subject: "ett tillfälligt åtkomstpass har använts",
        body: "Det tillfälliga åtkomstpasset för ditt konto har använts. Den som använde det kan lägga till en inloggningsmetod.",
    },
    account_reset: Text {
        subject: "ditt lösenord har återställts",
        body: "En administratör har återställt ditt lösenord, och du har loggats ut överallt.",
    },
    reported: Text {
        subject: "vi har tagit emot din anmälan",
        body: "Du har meddelat att en inloggning eller en ändring inte var din. Vi har stoppat den och meddelat dina administratörer. Byt lösenord så snart du kan.",
    },
    reported_by: Text {
        subject: "en inloggning har anmälts",
        body: "{name} ({user_name}) anmäler att en inloggning eller en ändring inte var deras. Prata med dem, se till att lösenordet byts och titta på den senaste aktiviteten.",
    },
    lifted: Text {
        subject: "förfrågningar skickas till din telefon igen",
        body: "En administratör har tittat på din anmälan. Förfrågningar skickas till din telefon igen.",
    },
    password_changed: Text {
        subject: "ditt lösenord har ändrats",
        body: "Ditt lösenord har ändrats, och du har loggats ut överallt annars.",
    },
    account_disabled: Text {
        subject: "ditt konto har stängts av",
        body: "En administratör har stängt av ditt konto: du kan inte logga in, och du har loggats ut överallt. Fråga din administratör om du inte väntade dig det.",
    },
    account_enabled: Text {
        subject: "ditt konto fungerar igen",
        body: "En administratör har öppnat ditt konto igen. Du kan logga in som förut.",
    },
    method_stale: Text {
        subject: "en telefon kan inte längre godkänna inloggningar",
        body: "”{name}” kan inte längre godkänna inloggningar, eftersom skärmlåset eller fingeravtrycken har ändrats. Den kan fortfarande säga nej och visa koder. Ta bort den och lägg till den igen.",
    },
};

static NB: Words = Words {
    hello: "Hei",
    from: "Fra:",
    not_me: "Hvis det ikke var deg, si fra her:",
    locked_out: "Hvis du ikke får logget inn, kontakt administratoren din med en gang.",
    method_added: Text {
        subject: "en påloggingsmetode er lagt til",
        body: "Påloggingsmetoden «{name}» er lagt til på kontoen din. Den som har den, kan bekrefte pålogginger i ditt navn.",
    },
    method_deleted: Text {
        subject: "en påloggingsmetode er slettet",
        body: "Påloggingsmetoden «{name}» er slettet fra kontoen din. Den virker ikke lenger.",
    },
    default_changed: Text {
        subject: "standardmetoden din er endret",
        body: "Når du logger på, blir du heretter først spurt etter «{name}».",
    },
    wrong_codes: Text {
        subject: "flere feil koder er skrevet inn",
        body: "Noen kan passordet ditt og har skrevet inn flere feil koder etter det. Hvis det ikke var deg, bytt passord.",
    },
    pass_issued: Text {
        subject: "et midlertidig tilgangspass er utstedt",
        body: "Et midlertidig tilgangspass er utstedt for kontoen din. Med det kan en påloggingsmetode legges til.",
    },
    pass_used: Text {
        subject: "et midlertidig tilgangspass er brukt",
        body: "Det midlertidige tilgangspasset for kontoen din er brukt. Den som brukte det, kan legge til en påloggingsmetode.",
    },
    account_reset: Text {
        subject: "passordet ditt er tilbakestilt",
        body: "En administrator har tilbakestilt passordet ditt, og du er logget ut overalt.",
    },
    reported: Text {
        subject: "vi har mottatt meldingen din",
        body: "Du har meldt fra om at en pålogging eller en endring ikke var din. Vi har stoppet den og varslet administratorene dine. Bytt passord så snart du kan.",
    },
    reported_by: Text {
        subject: "en pålogging er meldt",
        body: "{name} ({user_name}) melder at en pålogging eller en endring ikke var deres. Snakk med dem, sørg for at passordet blir byttet, og se på den siste aktiviteten.",
    },
    lifted: Text {
        subject: "forespørsler sendes til telefonen din igjen",
        body: "En administrator har sett på meldingen din. Forespørsler sendes til telefonen din igjen.",
    },
    password_changed: Text {
        subject: "passordet ditt er endret",
        body: "Passordet ditt er endret, og du er logget ut alle andre steder.",
    },
    account_disabled: Text {
        subject: "kontoen din er slått av",
        body: "En administrator har slått av kontoen din: du kan ikke logge på, og du er logget ut overalt. Spør administratoren din hvis du ikke ventet dette.",
    },
    account_enabled: Text {
        subject: "kontoen din virker igjen",
        body: "En administrator har slått på kontoen din igjen. Du kan logge på som før.",
    },
    method_stale: Text {
        subject: "en telefon kan ikke lenger godkjenne pålogginger",
        body: "«{name}» kan ikke lenger godkjenne pålogginger, fordi skjermlåsen eller fingeravtrykkene er endret. Den kan fortsatt si nei og vise koder. Slett den og legg den til på nytt.",
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Notice<'_>; 14] = [
        Notice::MethodAdded { name: "Pixel" },
        Notice::MethodDeleted { name: "Pixel" },
        Notice::DefaultChanged { name: "Pixel" },
        Notice::WrongCodes,
        Notice::PassIssued,
        Notice::PassUsed,
        Notice::AccountReset,
        Notice::Reported,
        Notice::ReportedBy { name: "Pixel", user_name: "maria" },
        Notice::Lifted,
        Notice::PasswordChanged,
        Notice::AccountDisabled,
        Notice::AccountEnabled,
        Notice::MethodStale { name: "Pixel" },
    ];

    #[test]
    fn every_notice_is_written_in_every_language_and_names_what_it_is_about() {
        let mut seen = Vec::new();
        for language in ["en", "sv", "nb"] {
            for notice in ALL {
                let (subject, body) = notice.said(Words::of(language));
                assert!(!body.contains(['{', '}']) && !subject.contains(['{', '}']), "{body}");
                let named = matches!(
                    notice,
                    Notice::MethodAdded { .. }
                        | Notice::MethodDeleted { .. }
                        | Notice::DefaultChanged { .. }
                        | Notice::ReportedBy { .. }
                        | Notice::MethodStale { .. }
                );
                assert_eq!(body.contains("Pixel"), named, "{body}");
                assert!(!seen.contains(&body), "{body}");
                seen.push(body);
            }
        }
    }

    #[test]
    fn a_name_with_braces_is_only_a_name() {
        let notice = Notice::ReportedBy { name: "{user_name}{name}", user_name: "maria" };
        assert!(notice.said(&EN).1.starts_with("{user_name}{name} (maria) reports"));
    }
}
