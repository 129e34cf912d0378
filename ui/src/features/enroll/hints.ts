// What the scanner says while it finds nothing. It never changes its mind faster than one can read.
import type { HintView } from "../../bridge/bridge";

export type Hint = "point" | HintView;

/** A camera that has just started finds its light and focus by itself. */
const FIRST_MS = 2_000;
const AT_LEAST_MS = 3_000;
/** How many frames are remembered; one that differs from the others is no reason to speak. */
const FRAMES = 8;

export class Hints {
  current: Hint = "point";
  private changedAt: number;
  private seen: (HintView | null)[] = [];

  constructor(private since: number) {
    this.changedAt = since;
  }

  /** The hint at `now`, when the last frame asks for `hint`. */
  at(now: number, hint: HintView | null): Hint {
    this.seen = [...this.seen.slice(1 - FRAMES), hint];
    const fitting = now - this.since < FIRST_MS ? "point" : this.mostSeen();
    if (fitting !== this.current && (this.current === "point" || now - this.changedAt >= AT_LEAST_MS)) {
      this.current = fitting;
      this.changedAt = now;
    }
    return this.current;
  }

  private mostSeen(): Hint {
    const counts = new Map<HintView, number>();
    for (const hint of this.seen) if (hint) counts.set(hint, (counts.get(hint) ?? 0) + 1);
    const [most] = [...counts].sort(([, a], [, b]) => b - a);
    return most && most[1] * 2 >= FRAMES ? most[0] : "point";
  }
}
