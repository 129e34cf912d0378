// Methods and results as sentences. A word that is not known is shown as the service says it.
import type { ActivityItemView } from "../../bridge/bridge";
import type { IconName } from "../../components/icons";
import { m } from "../../paraglide/messages.js";
import { country } from "../../times";

type Kind = "good" | "bad" | "no";

interface Meaning {
  words: () => string;
  kind: Kind;
}

export function methodWords(method: string): string {
  return methods[plain(method)]?.() ?? method;
}

export function resultWords(result: string): string {
  return results[plain(result)]?.words() ?? result;
}

/** What a line has room for: how it was approved if it was, and else what came of it. */
export function briefly({ method, result }: ActivityItemView): string {
  const byPush = methods[plain(method)] === m.method_push;
  return kindOf(result) === "good" && !byPush ? methodWords(method) : resultWords(result);
}

export function kindOf(result: string): Kind {
  return results[plain(result)]?.kind ?? "no";
}

export const icons: Record<Kind, IconName> = { good: "check", bad: "warn", no: "close" };

export function placeWords({ place, country: letters }: ActivityItemView): string | null {
  return place || (letters ? country(letters) : null);
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z]/g, "");
}

const methods: Record<string, () => string> = {
  push: m.method_push,
  approval: m.method_push,
  notification: m.method_push,
  code: m.method_code,
  totp: m.method_code,
  otp: m.method_code,
  sms: m.method_sms,
  text: m.method_sms,
  call: m.method_call,
  voice: m.method_call,
  securitykey: m.method_key,
  webauthn: m.method_key,
  pass: m.method_pass,
  tap: m.method_pass,
  password: m.method_password,
  email: m.method_email,
};

const approved: Meaning = { words: m.activity_approved, kind: "good" };
const signedIn: Meaning = { words: m.activity_signed_in, kind: "good" };
const failed: Meaning = { words: m.activity_failed, kind: "bad" };

const results: Record<string, Meaning> = {
  approved,
  consumed: approved,
  ok: signedIn,
  success: signedIn,
  signedin: signedIn,
  failed,
  failure: failed,
  refused: failed,
  mismatch: { words: m.activity_mismatch, kind: "bad" },
  numbermismatch: { words: m.activity_mismatch, kind: "bad" },
  wrongnumber: { words: m.activity_mismatch, kind: "bad" },
  denied: { words: m.activity_denied, kind: "no" },
  reported: { words: m.activity_reported, kind: "bad" },
  expired: { words: m.activity_expired, kind: "no" },
  cancelled: { words: m.activity_cancelled, kind: "no" },
};
