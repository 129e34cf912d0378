// The form for a key that is typed: what stands in its fields, and at which field an error belongs.
import type { Code, CodeKind, CommandError, ManualRequest } from "../../bridge/bridge";
import { say } from "../../errors";

export type Place = "issuer" | "account" | "key" | "digits" | "period" | "counter" | "method" | "form";

export class Manual {
  issuer = $state("");
  account = $state("");
  key = $state("");
  kind = $state<CodeKind>("totp");
  method = $state("SHA1");
  digits = $state("6");
  period = $state("30");
  counter = $state("0");
  wrong = $state.raw<{ at: Place; words: string } | null>(null);

  /** Hands the typed key over. It is kept only to be corrected. */
  async submit(read: (request: ManualRequest) => Promise<CommandError | null>) {
    this.wrong = this.unreadable();
    if (this.wrong) return;
    const error = await read(this.request());
    if (error) this.wrong = { at: this.place(error), words: say(error) };
    else this.key = "";
  }

  at(place: Place): string | undefined {
    return this.wrong?.at === place ? this.wrong.words : undefined;
  }

  /** Whether the error is among the choices that are folded away. */
  get wrongChoice(): boolean {
    return this.wrong !== null && ["digits", "period", "counter", "method"].includes(this.wrong.at);
  }

  private request(): ManualRequest {
    const steam = this.kind === "steam";
    return {
      issuer: this.issuer.trim(),
      account: this.account.trim(),
      key: this.key,
      kind: this.kind,
      algorithm: steam ? "SHA1" : this.method,
      digits: steam ? 5 : Number(this.digits),
      period: steam ? 30 : Number(this.period),
      counter: this.counter.trim(),
    };
  }

  /** Numbers that are none cannot even be asked about. */
  private unreadable(): { at: Place; words: string } | null {
    if (this.kind === "steam") return null;
    if (!whole(this.digits)) return { at: "digits", words: say({ code: "digits", detail: this.digits }) };
    if (this.kind === "totp" && !whole(this.period)) {
      return { at: "period", words: say({ code: "period", detail: this.period }) };
    }
    return null;
  }

  private place(error: CommandError): Place {
    if (error.code !== "nameTooLong") return places[error.code] ?? "form";
    return this.account.length > Number(error.detail) ? "account" : "issuer";
  }
}

const places: Partial<Record<Code, Place>> = {
  empty: "key",
  tooLong: "key",
  keyMissing: "key",
  keyCharacter: "key",
  keyLength: "key",
  keyTooLong: "key",
  keyChecksum: "key",
  label: "issuer",
  digits: "digits",
  period: "period",
  counter: "counter",
  counterMissing: "counter",
  algorithm: "method",
};

function whole(typed: string): boolean {
  return /^\d{1,9}$/.test(typed.trim());
}
