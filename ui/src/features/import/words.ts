// What is said about a row: why it cannot be kept, what becomes of it, and where it came from.
import type { CommandError, DeviceType, Fate, IncomingRowView, IncomingSource } from "../../bridge/bridge";
import { say } from "../../errors";
import { m } from "../../paraglide/messages.js";
import { noticeLine } from "../../words";

/** On a row there is nothing to correct: what was typed or scanned is in the old app. */
export function refusedLine({ code, detail }: CommandError): string {
  if (code === "keyMissing" || code === "rowNoKey") return m.import_no_key();
  if (code === "rowKind" && detail) return m.error_unknown_type({ detail });
  if (code === "keyCharacter" && detail) return m.import_bad_key({ chars: detail });
  return say({ code, detail });
}

/** What is worth knowing of a row before it is kept. */
export function rowLines({ code, existing, fate }: IncomingRowView): string[] {
  const notices = (code?.notices ?? []).map((notice) =>
    notice === "digits" ? m.import_digits({ count: code?.digits ?? 0 }) : noticeLine(notice, code as NonNullable<typeof code>),
  );
  if (fate === "merge") return [m.fate_merge()];
  if (fate === "counter") return [m.fate_counter()];
  return existing && !existing.sameKey ? [m.fate_same_name(), ...notices] : notices;
}

/** What became of an account that was here already, or in the trash. */
export function fateLine(fate: Fate, device: DeviceType): string {
  return { counter: m.was_counter, merge: () => m.here_same({ device }), add: () => "", signInAgain: () => "" }[fate]();
}

export function appName(source: IncomingSource): string | null {
  return source.type === "app" ? source.name : null;
}
