// What follows when a work account was added: may it notify, then the wait for the test approval.
import type { AccountView, Bridge } from "../../bridge/bridge";
import { Task } from "../../task.svelte";

/** An unconfirmed device is removed again after this long. */
const LIFE_S = 600;

export interface Fresh {
  id: string;
  host: string;
  issuer: string;
  account: string;
}

export class SetUp {
  fresh = $state.raw<Fresh | null>(null);
  step = $state<"notify" | "wait" | "over" | "ready">("wait");
  /** When the wait is over, on the clock of `performance.now()`. */
  endsAt = $state(0);
  codes = $state(false);
  readonly task = new Task();

  /** What comes after the question about notifications. */
  private after: "wait" | "over" | "ready" = "wait";

  constructor(private bridge: Bridge) {}

  get open(): boolean {
    return this.fresh !== null;
  }

  /** The first account that can approve is the first need for notifications. */
  begin = async (fresh: Fresh) => {
    const may = await this.bridge.mayNotify().catch(() => "no" as const);
    this.step = may === "ask" ? "notify" : "wait";
    this.after = "wait";
    this.endsAt = performance.now() + LIFE_S * 1000;
    this.fresh = fresh;
  };

  /** Whatever the person says, the way goes on. */
  notify = async (wanted: boolean) => {
    if (wanted) await this.task.run(() => this.bridge.askToNotify());
    if (this.step === "notify") this.step = this.after;
  };

  /** The list has changed: the account may be set up, or gone. */
  follow = (account: AccountView | undefined) => {
    if (!this.fresh || this.step === "ready") return;
    const state = account?.work?.state;
    if (state === "pending") return;
    this.codes = Boolean(account?.code);
    this.after = state === "active" ? "ready" : "over";
    if (this.step !== "notify") this.step = this.after;
  };

  close = () => {
    this.fresh = null;
  };
}
