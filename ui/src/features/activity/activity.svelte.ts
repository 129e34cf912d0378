// Recent activity of one work account, as its service tells: asked for when the account is opened, kept nowhere.
import type { ActivityItemView, Bridge } from "../../bridge/bridge";
import { Task } from "../../task.svelte";

export class Activity {
  /** The account it is about. */
  account = $state<string | null>(null);
  items = $state.raw<ActivityItemView[] | null>(null);
  /** The one that is open. */
  item = $state.raw<ActivityItemView | null>(null);
  /** Whether to report it is being asked. */
  asking = $state(false);
  /** Those the person has reported. */
  reported = $state.raw<ReadonlySet<string>>(new Set());
  readonly loading = new Task();
  readonly reporting = new Task();

  constructor(private bridge: Bridge) {}

  load = async (account: string) => {
    if (this.account !== account) {
      this.forget();
      this.account = account;
    }
    const view = await this.loading.run(() => this.bridge.activity(account));
    if (view && this.account === account) this.items = view.items;
  };

  open = (item: ActivityItemView) => {
    this.reporting.error = null;
    this.item = item;
  };

  close = () => {
    this.asking = false;
    this.item = null;
  };

  report = async () => {
    const { account, item } = this;
    this.asking = false;
    if (!account || !item) return;
    const done = await this.reporting.run(() => this.bridge.reportActivity(account, item.id));
    if (done !== undefined) this.reported = new Set([...this.reported, item.id]);
  };

  forget() {
    this.account = this.items = this.item = null;
    this.asking = false;
    this.loading.error = this.reporting.error = null;
    this.reported = new Set();
  }
}
