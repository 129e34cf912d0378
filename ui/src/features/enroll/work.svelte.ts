// A work or school account on its way in: by a code that was scanned or typed, or by signing in in the browser.
import type { ActivationView, AddedView, Bridge, CommandError, SignInView } from "../../bridge/bridge";
import { asError } from "../../errors";
import { Task } from "../../task.svelte";

/** How it was begun; what can be compared with the page depends on it. */
export type Way = "scanned" | "typed" | "signIn";

export interface Added extends ActivationView {
  /** The account in the list. */
  id: string;
}

export class Work {
  way = $state<Way>("scanned");
  /** The service that is asked, as far as it is known. */
  host = $state<string | null>(null);
  /** The service is asked for its sign-in page. */
  starting = $state(false);
  /** The row that is to come back to life. */
  revives = $state<string | null>(null);
  signIn = $state.raw<SignInView | null>(null);
  activation = $state.raw<ActivationView | null>(null);
  /** The service would not go on. */
  failed = $state.raw<CommandError | null>(null);
  choice = $state<"keep" | "replace">("keep");
  readonly task = new Task();

  /** Answers that come after this was left for something else are not wanted. */
  private attempt = 0;

  constructor(
    private bridge: Bridge,
    private onadded: (added: Added) => void,
  ) {}

  /** What the app holds for this, to be dropped when it is left. */
  get session(): string | null {
    return this.activation?.session ?? this.signIn?.session ?? null;
  }

  /** Asks the service whose account the code is for. */
  ask = async (session: string, host: string, typed: boolean) => {
    const attempt = this.begin(typed ? "typed" : "scanned", null);
    this.host = host;
    await this.take(attempt, () => this.bridge.beginActivation(session));
  };

  /** Answers what is wrong with the address, or nothing; or that the person has left. */
  start = async (address: string | null, revives: string | null): Promise<CommandError | "left" | null> => {
    const attempt = this.begin("signIn", revives);
    this.starting = true;
    try {
      const signIn = await this.bridge.beginSignIn({ address, revives });
      if (attempt !== this.attempt) return this.drop(signIn.session);
      this.signIn = signIn;
      this.host = signIn.host;
      void this.take(attempt, () => this.bridge.finishSignIn(signIn.session));
      return null;
    } catch (reason) {
      if (attempt !== this.attempt) return "left";
      this.failed = asError(reason);
      return this.failed;
    } finally {
      if (attempt === this.attempt) this.starting = false;
    }
  };

  openPage = async () => {
    const { signIn } = this;
    if (!signIn) return;
    await this.task.run(() => this.bridge.openSignInPage(signIn.session));
    if (!this.task.error) this.signIn = { ...signIn, opened: true };
  };

  add = async () => {
    const { activation, attempt } = this;
    if (!activation) return;
    const replaces = this.choice === "replace" ? (activation.existing?.id ?? null) : null;
    const added = await this.task.run<AddedView>(() => this.bridge.addWorkAccount(activation.session, replaces));
    const [id] = added?.ids ?? [];
    if (id === undefined) return;
    if (attempt === this.attempt) this.forget();
    this.onadded({ ...activation, id });
  };

  forget() {
    this.attempt += 1;
    this.host = this.revives = this.signIn = this.activation = this.failed = this.task.error = null;
    this.choice = "keep";
    this.starting = false;
  }

  private begin(way: Way, revives: string | null): number {
    this.forget();
    this.way = way;
    this.revives = revives;
    return this.attempt;
  }

  private async take(attempt: number, work: () => Promise<ActivationView>) {
    try {
      const activation = await work();
      if (attempt !== this.attempt) return;
      this.activation = activation;
      this.host = activation.host;
    } catch (reason) {
      if (attempt === this.attempt) this.failed = asError(reason);
    }
  }

  private drop(session: string): "left" {
    void this.bridge.cancelEnroll(session).catch(() => null);
    return "left";
  }
}
