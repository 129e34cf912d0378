// Adding accounts: where the code comes from, what was found in it, and the question before it is kept.
import type {
  AddedView,
  Bridge,
  CandidateView,
  CommandError,
  EnrollView,
  ManualRequest,
  PickRequest,
  ScanView,
} from "../../bridge/bridge";
import { asError, say } from "../../errors";
import { m } from "../../paraglide/messages.js";
import { Task } from "../../task.svelte";
import { foreignWords } from "./foreign";
import { Work, type Added } from "./work.svelte";

export type Step =
  | "scan"
  | "cameraRefused"
  | "cameraNone"
  | "manual"
  | "paste"
  | "confirm"
  /** A work account: its address, the sign-in in the browser, the question before it is added. */
  | "work"
  | "signIn"
  | "activation";
export type Find = Extract<EnrollView, { type: "accounts" }>;

/** Something that was read and is no account to add. */
export interface Remark {
  title: string;
  text: string;
}

/** What is told to the rest of the window. */
export interface Outside {
  added: (added: AddedView, picks: PickRequest[]) => void;
  workAdded: (added: Added) => void;
  /** The code of a sign-in page: it answers a request, and adds nothing. */
  approve: (session: string, host: string) => void;
}

export class Enroll {
  menu = $state(false);
  /** The screens over the list; the last is on top. */
  steps = $state.raw<Step[]>([]);
  find = $state.raw<Find | null>(null);
  /** Said on the scanner while it is open, in a dialog elsewhere. */
  remark = $state.raw<Remark | null>(null);
  /** Something else was found while the question was open; the question is now about that. */
  replaced = $state(false);
  /** What the form for typing begins with. */
  typing = $state<"key" | "code">("key");
  readonly task = new Task();
  readonly work: Work;

  private session: string | null = null;

  constructor(
    private bridge: Bridge,
    private outside: Outside,
  ) {
    this.work = new Work(bridge, (added) => {
      this.forget();
      outside.workAdded(added);
    });
  }

  get open(): boolean {
    return this.steps.length > 0;
  }

  get scanning(): boolean {
    return this.steps.at(-1) === "scan";
  }

  go(step: Step) {
    this.menu = false;
    this.remark = null;
    this.task.error = null;
    if (this.steps.at(-1) !== step) this.steps = [...this.steps, step];
  }

  back = () => {
    this.remark = null;
    const left = this.steps.at(-1);
    this.steps = this.steps.slice(0, -1);
    if (this.steps.length === 0 || left === "signIn" || left === "activation") this.drop();
  };

  manual(typing: "key" | "code") {
    this.typing = typing;
    this.go("manual");
  }

  /** An e-mail address or the address of a service; answers what is wrong with it. */
  signIn = async (address: string | null, revives: string | null = null): Promise<CommandError | null> => {
    this.drop();
    if (address === null) this.steps = ["signIn"];
    const error = await this.work.start(address, revives);
    if (error === "left") return null;
    if (error) return error;
    this.steps = [...this.steps.filter((step) => step !== "signIn"), "signIn"];
    return null;
  };

  /** A row that is only a name comes back to life. Without an address, that is asked for first. */
  revive = (account: string, host: string | null) => {
    this.menu = false;
    this.work.forget();
    if (host !== null) return this.signIn(null, account);
    this.work.revives = account;
    this.go("work");
    return undefined;
  };

  readActivation = async (address: string, code: string): Promise<CommandError | null> => {
    const found = await this.task.run(() => this.bridge.inspectActivation(address, code));
    if (found) this.take(found);
    return this.task.error;
  };

  /** In the place of the scanner, which has nothing to show. */
  noCamera(step: "cameraRefused" | "cameraNone") {
    this.steps = [...this.steps.filter((each) => each !== "scan"), step];
  }

  /** Leaves everything and lets the app forget what was found. */
  cancel = () => {
    this.steps = [];
    this.drop();
  };

  forget() {
    this.menu = false;
    this.work.forget();
    this.steps = [];
    this.find = this.remark = this.session = null;
    this.replaced = false;
  }

  read = async (text: string): Promise<CommandError | null> => {
    const found = await this.task.run(() => this.bridge.inspectText(text));
    if (found) this.take(found);
    return this.task.error;
  };

  readManual = async (request: ManualRequest): Promise<CommandError | null> => {
    const found = await this.task.run(() => this.bridge.inspectManual(request));
    if (found) this.take(found);
    return this.task.error;
  };

  readPicture = async (picture: Blob) => {
    this.menu = false;
    try {
      this.takeScan(await this.bridge.scanPicture(new Uint8Array(await picture.arrayBuffer())));
    } catch (reason) {
      this.refuse(asError(reason));
    }
  };

  takeScan = (scan: ScanView) => {
    if (scan.type === "found") this.take(scan.enroll);
    else if (scan.type === "refused") this.refuse(scan.error);
  };

  confirm = async (picks: PickRequest[]) => {
    const { find } = this;
    if (!find) return;
    const added = await this.task.run(() => this.bridge.confirm(find.session, picks));
    if (this.find === find) {
      if (!added) return;
      this.forget();
    } else {
      // The answer is about a question that is not asked any more.
      this.task.error = null;
      if (added) this.replaced = false;
    }
    if (added) this.outside.added(added, picks);
  };

  private take(found: EnrollView) {
    this.menu = false;
    if (found.type === "foreign") {
      this.remark = foreignWords(found.app);
      return;
    }
    // The app holds one find: whatever was asked about until now is gone there, so it goes here as well.
    const replaced = this.find !== null || this.work.activation !== null;
    this.work.forget();
    this.session = found.session;
    if (found.type === "approve" || found.type === "activation") {
      this.find = this.remark = this.task.error = null;
      this.replaced = replaced && found.type === "activation";
      this.steps = found.type === "activation" ? ["activation"] : [];
      if (found.type === "activation") void this.work.ask(found.session, found.host, found.typed);
      else this.outside.approve(found.session, found.host);
      return;
    }
    if (found.type === "part") {
      const text = m.scan_part({ have: found.have, of: found.of });
      this.remark = { title: m.scan_part_title(), text: replaced ? `${text} ${m.replaced_text()}` : text };
      this.steps = this.steps.filter((step) => step !== "confirm" && step !== "activation");
      this.find = null;
      return;
    }
    this.remark = this.task.error = null;
    this.replaced = replaced;
    this.find = found;
    this.steps = ["confirm"];
  }

  private refuse(error: CommandError) {
    this.remark = { title: m.refused_title(), text: say(error) };
  }

  private drop() {
    const sessions = new Set([this.session, this.work.session].filter((session) => session !== null));
    for (const session of sessions) void this.bridge.cancelEnroll(session).catch(() => null);
    this.work.forget();
    this.session = null;
    this.find = null;
    this.remark = null;
    this.replaced = false;
  }
}

/** A name that is still free, for an account whose own name is taken: "Northwind (2)". */
export function freeName(
  { issuer, account }: Pick<CandidateView, "issuer" | "account">,
  taken: (issuer: string, account: string) => boolean,
): { issuer: string; account: string } {
  for (let n = 2; ; n += 1) {
    const named = issuer ? { issuer: `${issuer} (${n})`, account } : { issuer, account: `${account} (${n})` };
    if (!taken(named.issuer, named.account)) return named;
  }
}
