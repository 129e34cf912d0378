// First run: the privacy text, then whether to keep a log.
import type { AppView, Bridge } from "../../bridge/bridge";
import { Task } from "../../task.svelte";

export class Welcome {
  reading = $state(false);
  readonly task = new Task();

  constructor(
    private bridge: Bridge,
    private onview: (view: AppView) => void,
  ) {}

  accept = () => this.ask(() => this.bridge.acceptPrivacy());
  choose = (keep: boolean) => this.ask(() => this.bridge.chooseDiagnostics(keep));

  private async ask(work: () => Promise<AppView>) {
    const view = await this.task.run(work);
    if (view) this.onview(view);
  }
}
