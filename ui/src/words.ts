// Names, codes and dates as words, the same on every screen.
import type { CodeSpecView, Group, Notice, SavedView } from "./bridge/bridge";
import { m } from "./paraglide/messages.js";
import { getLocale } from "./paraglide/runtime.js";

interface Named {
  issuer: string;
  account: string;
}

/** The line that stands for the account: its site, or its user name where there is no site. */
export function title({ issuer, account }: Named): string {
  return issuer || account || m.unnamed();
}

/** The line under the title; empty when the user name is the title. */
export function subtitle({ issuer, account }: Named): string {
  return issuer ? account : "";
}

export function fullName(named: Named): string {
  return named.issuer && named.account ? m.name_pair(named) : title(named);
}

/** Digits one by one, so that a screen reader does not read a number. */
export function spelled(digits: string): string {
  return [...digits].join(" ");
}

/** A code in the groups people read it in. */
export function grouped(digits: string): string[] {
  const length = digits.length;
  if (length < 6) return [digits];
  const size = length % 4 === 0 ? 4 : 3;
  const count = Math.floor(length / size);
  return Array.from({ length: count }, (_, i) =>
    digits.slice(i * size, i === count - 1 ? length : (i + 1) * size),
  );
}

/** Where a file has gone, if it has. */
export function savedLine(saved: SavedView): string {
  if (saved.type === "at") return m.log_saved({ path: saved.path });
  return saved.type === "chosen" ? m.saved_chosen() : m.saved_not();
}

export function kindName(kind: CodeSpecView["kind"]): string {
  return {
    totp: m.kind_totp,
    hotp: m.kind_hotp,
    steam: m.kind_steam,
    motp: m.kind_motp,
    yandex: m.kind_yandex,
  }[kind]();
}

/** `SHA1` as sites write it. */
export function methodName(algorithm: string): string {
  return algorithm.replace(/^SHA(\d+)$/, "SHA-$1");
}

export function specLine(spec: CodeSpecView): string {
  if (spec.kind === "hotp") return m.spec_counter({ digits: spec.digits, counter: spec.counter ?? "0" });
  if (spec.kind === "steam") return m.spec_steam({ digits: spec.digits });
  if (spec.kind === "motp") return m.spec_motp({ digits: spec.digits, period: spec.period ?? 10 });
  if (spec.kind === "yandex") return m.spec_yandex({ digits: spec.digits, period: spec.period ?? 30 });
  return m.spec_time({ digits: spec.digits, period: spec.period ?? 30 });
}

export function noticeLine(notice: Notice, spec: CodeSpecView): string {
  if (notice === "digits") return m.notice_digits({ digits: spec.digits });
  if (notice === "period") return m.notice_period({ seconds: spec.period ?? 0 });
  return m.notice_short_key();
}

export function groupName(group: Group): string {
  return { work: m.group_work, personal: m.group_personal, other: m.group_other }[group]();
}

/** A day, from seconds since 1970. */
export function day(seconds: number): string {
  return new Intl.DateTimeFormat(region(), { dateStyle: "long" }).format(seconds * 1000);
}

/** The size of a file: "12 kB". */
export function size(bytes: number): string {
  const [amount, unit] = bytes < 1_000_000 ? [Math.max(1, Math.round(bytes / 1000)), "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(region(), { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
}

/** The language shown, as it is written where the person is. */
export function region(): string {
  const locale = getLocale();
  return navigator.languages.find((tag) => tag.split("-")[0] === locale) ?? locale;
}
