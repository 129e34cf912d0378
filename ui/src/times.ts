// Times and spans in words and figures, the way the person writes them.
import { m } from "./paraglide/messages.js";
import { region } from "./words";

const DAY_MS = 86_400_000;

/** `1:42` of a span; what a second has begun still counts. */
export function clockFace(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "1 minute 42 seconds". */
export function spoken(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  const parts = [...(minutes > 0 ? [unit(minutes, "minute")] : []), ...(rest > 0 || minutes === 0 ? [unit(rest, "second")] : [])];
  return parts.join(" ");
}

/** "9 minutes", and seconds only in the last one. */
export function roughly(ms: number): string {
  return ms > 60_000 ? unit(Math.ceil(ms / 60_000), "minute") : spoken(ms);
}

export function hours(at: number): string {
  return format({ hour: "2-digit", minute: "2-digit" }, at);
}

export function seconds(at: number): string {
  return format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }, at);
}

/** A moment to the second: "Today, 14:02:16". `at` is in milliseconds since 1970. */
export function moment(at: number, now = Date.now()): string {
  if (sameDay(at, now)) return m.today_at({ time: seconds(at) });
  return format({ dateStyle: "long", timeStyle: "medium" }, at);
}

/** A moment to the minute: "Today, 03:12", "21 November 2026, 22:14". */
export function minute(at: number, now = Date.now()): string {
  if (sameDay(at, now)) return m.today_at({ time: hours(at) });
  return m.day_at({ day: format({ dateStyle: "long" }, at), time: hours(at) });
}

/** How long it has been, in the largest unit that fits: "2 weeks ago", "today". */
export function ago(at: number, now = Date.now()): string {
  const days = Math.max(0, Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS));
  const words = new Intl.RelativeTimeFormat(region(), { numeric: "auto" });
  if (days < 14) return words.format(-days, "day");
  if (days < 60) return words.format(-Math.floor(days / 7), "week");
  return words.format(-Math.floor(days / 30), "month");
}

/** When, as short as it can be: the time today, "Yesterday", a day. */
export function lately(at: number, now = Date.now()): string {
  if (sameDay(at, now)) return hours(at);
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (sameDay(at, yesterday.getTime())) {
    const word = new Intl.RelativeTimeFormat(region(), { numeric: "auto" }).format(-1, "day");
    return word.charAt(0).toLocaleUpperCase() + word.slice(1);
  }
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" as const };
  return format({ day: "numeric", month: "short", ...year }, at);
}

/** The name of a country, from its two letters. */
export function country(letters: string): string {
  try {
    return new Intl.DisplayNames(region(), { type: "region" }).of(letters) ?? letters;
  } catch {
    return letters;
  }
}

function unit(count: number, unit: "minute" | "second"): string {
  return new Intl.NumberFormat(region(), { style: "unit", unit, unitDisplay: "long" }).format(count);
}

function format(options: Intl.DateTimeFormatOptions, at: number): string {
  return new Intl.DateTimeFormat(region(), options).format(at);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
