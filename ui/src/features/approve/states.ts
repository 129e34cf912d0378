// Where the person is with a request, and how one ends.
import type { CommandError, DenyReason, Outcome, RequestView } from "../../bridge/bridge";

/** A request, and when it is over on the clock of `performance.now()`. */
export interface Waiting extends RequestView {
  endsAt: number;
}

/** How a request ended; `request` is the one it was. */
export interface End {
  outcome: Outcome;
  request: Waiting;
  isOpen: boolean;
  isSetUp: boolean;
  /** Seconds until another try makes sense, and when that is in milliseconds since 1970. */
  retryAfter: number | null;
  retryAt: number | null;
  reason: DenyReason | null;
}

export type Place =
  | { at: "list" }
  | { at: "request"; request: Waiting }
  | { at: "looking"; host: string }
  | { at: "end"; end: End }
  | { at: "trouble"; error: CommandError };

/** The app counts the time by itself, and may be ahead of the screen by this much. */
const SLACK_MS = 2_000;

/** What became of a request that is not told of any more. */
export function endings(request: Waiting, now: number): Outcome {
  return request.endsAt <= now + SLACK_MS ? "expired" : "answered";
}
