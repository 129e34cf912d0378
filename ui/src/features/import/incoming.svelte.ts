// Accounts that come from a backup, an export or another app: opening it, what would happen, and what did.
// Nothing is stored before the person has seen it and said yes.
import type {
  AppView,
  Bridge,
  CommandError,
  CopyView,
  DeviceType,
  IncomingView,
  KeyRequest,
  ReceiptView,
} from "../../bridge/bridge";
import { m } from "../../paraglide/messages.js";
import { Task } from "../../task.svelte";
import { savedLine } from "../../words";
import { PlanCodes, type Shown } from "./planCodes.svelte";

/** Where it comes from is asked on the first three; they stay under the others to go back to. */
export type Step = "choose" | "from" | "paste" | "key" | "otherType" | "plan" | "result";
export type Sealed = Extract<IncomingView, { type: "sealed" }>;
export type Part = Extract<IncomingView, { type: "part" }>;
export type Plan = Extract<IncomingView, { type: "plan" }>;

/** Something to be opened; a text has no name. */
interface Waiting {
  name: string;
  open: (session: string | null) => Promise<IncomingView>;
}

export interface Failure {
  name: string;
  reason: CommandError;
}

export interface Outside {
  view: (view: AppView) => void;
  tell: (text: string) => void;
  /** The list has changed. */
  taken: () => void;
}

const ORIGINS: Step[] = ["choose", "from"];
/** More than the app takes, so that it says so; a file of any size must not fill the memory of the window. */
const READ_MOST = 128 * 1024 * 1024;

export class Incoming {
  /** The screens over the window; the last is on top. */
  steps = $state.raw<Step[]>([]);
  copies = $state.raw<CopyView[] | null>(null);
  /** The name of the copy that is chosen. */
  chosen = $state<string | null>(null);
  sealed = $state.raw<Sealed | null>(null);
  part = $state.raw<Part | null>(null);
  plan = $state.raw<Plan | null>(null);
  madeOn = $state<DeviceType>("desktop");
  receipt = $state.raw<ReceiptView | null>(null);
  /** What was opened, by name; and what could not be. */
  names = $state.raw<string[]>([]);
  failures = $state.raw<Failure[]>([]);
  /** The person is asked whether the older backup is meant. */
  askingOlder = $state(false);
  /** There is no list to add to: goes on once there is one. */
  vaultFirst = $state.raw<(() => Promise<void>) | null>(null);
  /** Another one when what was begun is dropped, whose answer then concerns nobody. */
  task = $state.raw(new Task());

  private session: string | null = null;
  private queue: Waiting[] = [];
  private planCodes: PlanCodes;

  constructor(
    private bridge: Bridge,
    private outside: Outside,
  ) {
    this.planCodes = new PlanCodes(bridge);
  }

  get codes(): ReadonlyMap<number, Shown> {
    return this.planCodes.shown;
  }

  get isOpen(): boolean {
    return this.steps.length > 0;
  }

  /** What went wrong, for the screen that is on top: those under it would say it as well. */
  errorAt(step: Step): CommandError | null {
    return this.steps.at(-1) === step ? this.task.error : null;
  }

  failuresAt(step: Step): Failure[] {
    return this.steps.at(-1) === step ? this.failures : [];
  }

  start = (how: "restore" | "import") => {
    this.drop();
    this.copies = null;
    this.chosen = null;
    this.receipt = null;
    this.steps = how === "restore" ? ["choose"] : ["from"];
    if (how === "restore") void this.loadCopies();
  };

  /** What was handed to the app, by the system or by another app. */
  openOutside = (names: string[]) => {
    this.start("import");
    this.queue = names.map((name, number) => ({ name, open: (session) => this.bridge.openPending(number, session) }));
    return this.openNext();
  };

  go(step: Step) {
    this.task.error = null;
    this.failures = [];
    if (this.steps.at(-1) !== step) this.steps = [...this.steps, step];
  }

  /** What was opened is dropped, except where more is to be added to it. */
  back = () => {
    const left = this.steps.at(-1);
    if (left === "result") return this.close();
    if (left === "plan" && this.task.busy) return;
    if (left !== "paste") this.drop();
    this.task.error = null;
    this.steps = this.steps.slice(0, -1);
  };

  close = () => {
    this.drop();
    this.receipt = null;
    this.steps = [];
  };

  openCopy = () => {
    const { chosen } = this;
    if (chosen === null) return;
    this.drop();
    return this.ask(() => this.bridge.openCopy(chosen), this.take);
  };

  openFiles = async (files: File[]) => {
    this.failures = [];
    this.task.error = null;
    if (!this.part) this.drop();
    this.queue = files.map((file) => ({
      name: file.name,
      open: async (session) => {
        const bytes = new Uint8Array(await file.slice(0, READ_MOST).arrayBuffer());
        return this.bridge.openFile(bytes, file.name, session);
      },
    }));
    this.steps = this.origin();
    await this.openNext();
  };

  openText = async (text: string): Promise<boolean> => {
    const { task } = this;
    await this.ask(() => this.bridge.openText(text, this.session), this.take);
    return task.error === null;
  };

  unlock = (key: KeyRequest) => {
    const { sealed } = this;
    if (!sealed) return;
    return this.ask(
      () => this.bridge.unlockIncoming(sealed.session, key),
      async (view) => {
        this.sealed = null;
        this.take(view);
        await this.openNext();
      },
    );
  };

  /** The key is still being stretched: the app stops that, too. */
  cancelOpening = () => {
    this.drop();
    this.steps = this.origin();
  };

  takeIn = () => {
    const { plan } = this;
    if (!plan) return;
    if (plan.newerKnown !== null && !this.askingOlder) return void (this.askingOlder = true);
    this.askingOlder = false;
    return this.ask(
      () => this.bridge.takeIn(plan.session, plan.newerKnown !== null),
      (receipt) => {
        this.forgetPlan();
        this.session = null;
        this.receipt = receipt;
        this.steps = ["result"];
        this.outside.taken();
      },
    );
  };

  saveReceipt = async () => {
    const { receipt } = this;
    const saved = receipt && (await this.task.run(() => this.bridge.saveReceipt(receipt.session)));
    if (saved) this.outside.tell(savedLine(saved));
  };

  /** A new list takes the place of the one that cannot be opened, whose file is kept. */
  startVault = async () => {
    const again = this.vaultFirst;
    const view = await this.task.run(() => this.bridge.startEmpty());
    this.vaultFirst = null;
    if (!view) return;
    this.outside.view(view);
    if (view.stage.type === "ready" && this.isOpen) await again?.();
  };

  private async loadCopies() {
    await this.ask(
      () => this.bridge.backupCopies(),
      (copies) => {
        this.copies = copies;
        this.chosen = (copies.find((copy) => copy.isNewest) ?? copies[0])?.name ?? null;
      },
    );
    this.copies ??= [];
  }

  /** The files that are left, until one has to be asked about. */
  private async openNext() {
    const { task } = this;
    for (let file = this.queue.shift(); file; file = this.queue.shift()) {
      const { name } = file;
      const view = await task.run(() => file.open(this.session));
      if (task !== this.task) return;
      const reason = task.error;
      task.error = null;
      if (reason?.code === "needsVaultFirst") {
        this.queue.unshift(file);
        this.vaultFirst = () => this.openNext();
        return;
      }
      if (reason) this.failures = [...this.failures, { name: name || m.shared_text(), reason }];
      if (!view) continue;
      this.names = [...this.names, name];
      this.take(view);
      if (view.type === "sealed" || view.type === "otherDeviceType") return;
    }
  }

  private take = (view: IncomingView) => {
    const before = this.origin();
    this.forgetPlan();
    if (view.type === "otherDeviceType") {
      this.drop();
      this.madeOn = view.madeOn;
      this.steps = [...before, "otherType"];
      return;
    }
    this.session = view.session;
    this.part = view.type === "part" ? view : null;
    this.sealed = view.type === "sealed" ? view : null;
    if (view.type === "part") this.steps = before.at(-1) === "from" ? before : [...before, "from"];
    else if (view.type === "sealed") this.steps = [...before, "key"];
    else {
      this.plan = view;
      this.steps = [...before, "plan"];
      void this.planCodes.show(view);
    }
  };

  private async ask<T>(work: () => Promise<T>, then: (answer: T) => void | Promise<void>): Promise<void> {
    const { task } = this;
    const answer = await task.run(work);
    if (task !== this.task) return;
    if (task.error?.code === "needsVaultFirst") {
      task.error = null;
      this.vaultFirst = () => this.ask(work, then);
    } else if (answer !== undefined) await then(answer);
  }

  private origin(): Step[] {
    return this.steps.filter((step) => ORIGINS.includes(step));
  }

  private forgetPlan() {
    this.planCodes.forget();
    this.plan = null;
    this.askingOlder = false;
  }

  /** Lets the app forget what was opened, and whatever it is still doing about it. */
  private drop() {
    if (this.session !== null) void this.bridge.cancelIncoming(this.session).catch(() => null);
    this.task = new Task();
    this.session = this.sealed = this.part = this.vaultFirst = null;
    this.queue = [];
    this.names = [];
    this.failures = [];
    this.forgetPlan();
  }
}
