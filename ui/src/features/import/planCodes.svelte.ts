// The codes of the rows that would be added, now and whenever one of them changes, to be compared with the old app's.
import type { Bridge, IncomingView } from "../../bridge/bridge";

type Plan = Extract<IncomingView, { type: "plan" }>;

/** A code; when it ends, on the clock of `performance.now()`. */
export interface Shown {
  digits: string;
  endsAt: number | null;
}

/** Codes are asked for no more often than this. */
const SOONEST_MS = 1000;

export class PlanCodes {
  /** By the row's place in the plan. */
  shown = $state.raw<ReadonlyMap<number, Shown>>(new Map());

  private plan: Plan | null = null;
  private ticking: ReturnType<typeof setTimeout> | undefined;

  constructor(private bridge: Bridge) {}

  async show(plan: Plan) {
    this.plan = plan;
    if (!plan.rows.some((row) => row.code)) return;
    const codes = await this.bridge.incomingCodes(plan.session).catch(() => null);
    if (this.plan !== plan || !codes) return;
    const now = performance.now();
    let soonest = Infinity;
    const shown = new Map<number, Shown>();
    for (const { index, digits, leftMs } of codes) {
      shown.set(index, { digits, endsAt: leftMs === null ? null : now + leftMs });
      if (leftMs !== null) soonest = Math.min(soonest, leftMs);
    }
    this.shown = shown;
    if (soonest === Infinity) return;
    this.ticking = setTimeout(() => void this.show(plan), Math.max(soonest, SOONEST_MS) + 5);
  }

  forget() {
    clearTimeout(this.ticking);
    this.plan = null;
    this.shown = new Map();
  }
}
