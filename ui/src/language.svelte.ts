// Which language the texts are in. Messages read it while they are drawn, so a change shows at once.
import type { Language } from "./bridge/bridge";
import { overwriteGetLocale, type Locale } from "./paraglide/runtime.js";

let locale = $state<Locale>("en");
overwriteGetLocale(() => locale);

export function speak(language: Language, preferred: readonly string[] = navigator.languages) {
  locale = language === "system" ? firstSpoken(preferred) : language;
  document.documentElement.lang = locale;
}

/** The language that "same as the device" means here. */
export function firstSpoken(preferred: readonly string[]): Locale {
  for (const tag of preferred) {
    const found = spoken[tag.toLowerCase().split("-")[0] ?? ""];
    if (found) return found;
  }
  return "en";
}

const spoken: Record<string, Locale> = { en: "en", sv: "sv", nb: "nb", no: "nb", nn: "nb" };
