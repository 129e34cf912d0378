// What the scanner says while it finds nothing. It never changes its mind faster than one can read.

export type Hint = "point" | "closer" | "bright" | "dark";

const FIRST_MS = 6_000;
const AT_LEAST_MS = 3_000;
const BRIGHT = 225;
const DARK = 45;

export class Hints {
  current: Hint = "point";
  private changedAt: number;

  constructor(private since: number) {
    this.changedAt = since;
  }

  /** The hint at `now`, when the picture is `brightness` (0 to 255) on average. */
  at(now: number, brightness: number): Hint {
    const fitting = now - this.since < FIRST_MS ? "point" : fits(brightness);
    if (fitting !== this.current && now - this.changedAt >= AT_LEAST_MS) {
      this.current = fitting;
      this.changedAt = now;
    }
    return this.current;
  }
}

function fits(brightness: number): Hint {
  if (brightness >= BRIGHT) return "bright";
  if (brightness <= DARK) return "dark";
  return "closer";
}
