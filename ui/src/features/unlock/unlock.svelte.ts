// The way to the accounts: the passphrase, the phone's own question, or what to do when they cannot be opened.
import type { AppView, Bridge } from "../../bridge/bridge";
import { refusePassphrase, type Refusal } from "../../errors";
import { Task } from "../../task.svelte";

export class Unlock {
  passphrase = $state("");
  /** Pressed with nothing typed. */
  missing = $state(false);
  /** What is being asked before it is done. */
  asking = $state<"startEmpty" | "older" | "anyway" | null>(null);
  choosing = $state(false);
  readonly task = new Task();

  constructor(
    private bridge: Bridge,
    private onview: (view: AppView) => void,
  ) {}

  /** The passphrase leaves the field with the question, whatever the answer. */
  unlock = async () => {
    const passphrase = this.passphrase;
    this.passphrase = "";
    this.missing = passphrase === "";
    if (this.missing) this.task.error = null;
    else await this.ask(() => this.bridge.unlock(passphrase));
  };

  /** The phone asks that it is its person. */
  verify = () => this.ask(() => this.bridge.unlockByPerson());

  tryAgain = () => this.ask(() => this.bridge.tryAgain());
  startEmpty = () => {
    this.missing = false;
    return this.ask(() => this.bridge.startEmpty());
  };
  useOlder = () => this.ask(() => this.bridge.useOlderVault());

  /** What was wrong with the new passphrase; nothing when it was taken. */
  create = async (passphrase: string): Promise<Refusal | null> => {
    await this.ask(() => this.bridge.createPassphraseVault(passphrase));
    return this.task.error && refusePassphrase(this.task.error);
  };

  private async ask(work: () => Promise<AppView>) {
    const view = await this.task.run(work);
    this.asking = null;
    if (view) this.onview(view);
  }
}
