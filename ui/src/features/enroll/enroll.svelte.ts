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

export type Step = "scan" | "cameraRefused" | "cameraNone" | "manual" | "paste" | "confirm";
export type Find = Extract<EnrollView, { type: "accounts" }>;

/** Something that was read and is no account to add. */
export interface Remark {
  title: string;
  text: string;
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
  readonly task = new Task();

  private session: string | null = null;

  constructor(
    private bridge: Bridge,
    private onadded: (added: AddedView, picks: PickRequest[]) => void,
  ) {}

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
    this.steps = this.steps.slice(0, -1);
    if (this.steps.length === 0) this.drop();
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
    if (added) this.onadded(added, picks);
  };

  private take(found: EnrollView) {
    this.menu = false;
    if (found.type === "foreign") {
      this.remark = foreignWords(found.app);
      return;
    }
    // The app holds one find: whatever was asked about until now is gone there, so it goes here as well.
    const replaced = this.find !== null;
    this.session = found.session;
    if (found.type === "part") {
      const text = m.scan_part({ have: found.have, of: found.of });
      this.remark = { title: m.scan_part_title(), text: replaced ? `${text} ${m.replaced_text()}` : text };
      this.steps = this.steps.filter((step) => step !== "confirm");
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
    if (this.session) void this.bridge.cancelEnroll(this.session).catch(() => null);
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
