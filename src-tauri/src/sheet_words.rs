//! The words on what is printed, in the languages of the screen: a sheet is written by Rust, because the keys on it
//! are no business of the web view's.

use crypto_core::backup::export::sheet::Words;

use crate::view::Language;

/// The words of a sheet in `language`.
pub(crate) fn of(language: Language) -> Words<'static> {
    match language {
        Language::System | Language::En => Words {
            language: "en",
            title: "Accounts in Countersign",
            warning: "Anyone who has this page can make your codes. Keep it on paper, locked away, and delete the file.",
            groups: ["Work or school", "Personal", "Other accounts"],
            key: "Key",
            note: "Note",
        },
        Language::Sv => Words {
            language: "sv",
            title: "Konton i Countersign",
            warning: "Den som har den här sidan kan skapa dina koder. Förvara den inlåst på papper och ta bort filen.",
            groups: ["Arbete eller skola", "Privat", "Andra konton"],
            key: "Nyckel",
            note: "Anteckning",
        },
        Language::Nb => Words {
            language: "nb",
            title: "Kontoer i Countersign",
            warning: "Den som har denne siden, kan lage kodene dine. Oppbevar den innelåst på papir, og slett filen.",
            groups: ["Jobb eller skole", "Privat", "Andre kontoer"],
            key: "Nøkkel",
            note: "Notat",
        },
    }
}
