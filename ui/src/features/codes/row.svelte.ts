// One account in the list. Its fields change one by one, so that a new code redraws nothing but itself.
import type { AccountView, CodeView } from "../../bridge/bridge";

/** The ring turns amber and the next code appears. */
export const LAST_MS = 5_000;
/** How long "Copied" stands under a code. */
const COPIED_MS = 5_000;

/** What stands in for the code of an account that has none. */
export function withoutCode(id: string): CodeView {
  return { id, digits: null, length: 0, next: null, leftMs: null, periodMs: null };
}

export class Row {
  readonly id: string;
  account: AccountView = $state.raw()!;
  code: CodeView = $state.raw()!;
  /** When the code ends, on the clock of `performance.now()`; none for counters. */
  endsAt = $state<number | null>(null);
  /** In the last five seconds. */
  ending = $state(false);
  /** Seconds until the clipboard is cleared, while that is shown. */
  copied = $state<number | null>(null);

  private forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor(account: AccountView, code: CodeView, now: number) {
    this.id = account.id;
    this.account = account;
    this.take(code, now);
  }

  /** `now` is when the code was told, the same for all that were told together. */
  take(code: CodeView, now: number) {
    this.code = code;
    this.endsAt = code.leftMs === null ? null : now + code.leftMs;
    this.ending = code.leftMs !== null && code.leftMs <= LAST_MS;
  }

  get covered(): boolean {
    return this.code.digits === null;
  }

  showCopied(seconds: number) {
    clearTimeout(this.forgetting);
    this.copied = seconds;
    this.forgetting = setTimeout(() => (this.copied = null), COPIED_MS);
  }
}
