// The words for what can be chosen.
import type { Language, Theme } from "../../bridge/bridge";
import { m } from "../../paraglide/messages.js";

export const AUTO_LOCK_MINUTES = [1, 5, 15, 60, 0];
export const THEMES: Theme[] = ["system", "light", "dark"];
export const LANGUAGES: Language[] = ["system", "en", "nb", "sv"];

/** Each language in its own words, so that it is found by whoever reads only that one. */
const ownNames: Record<Exclude<Language, "system">, string> = {
  en: "English",
  nb: "Norsk bokmål",
  sv: "Svenska",
};

export function autoLockName(minutes: number): string {
  return minutes === 0 ? m.auto_lock_never() : m.auto_lock_after({ count: minutes });
}

export function languageName(language: Language, device: string): string {
  return language === "system" ? m.same_as_device({ device }) : ownNames[language];
}

/** The same language in the words of the one that is shown. */
export function languageHere(language: Exclude<Language, "system">): string {
  return { en: m.language_en, nb: m.language_nb, sv: m.language_sv }[language]();
}

export function themeName(theme: Theme, device: string): string {
  if (theme === "system") return m.same_as_device({ device });
  return theme === "light" ? m.theme_light() : m.theme_dark();
}
