// One thing the app was asked to do: whether it is still at it, and what went wrong.
import type { CommandError } from "./bridge/bridge";
import { asError } from "./errors";

export class Task {
  busy = $state(false);
  error = $state.raw<CommandError | null>(null);

  /** Nothing while the last one runs, so that a second press does not ask twice. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.error = null;
    try {
      return await work();
    } catch (reason) {
      this.error = asError(reason);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
