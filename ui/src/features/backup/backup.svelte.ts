// Backup: how it stands, turning it on, the code to write down, trying it out, and writing accounts to a file.
import type {
  Bridge,
  BackupView,
  DrillView,
  ExportedView,
  ExportFormat,
  KeyRequest,
  RecoveryCodeView,
} from "../../bridge/bridge";
import { asError, refusePassphrase, type Refusal } from "../../errors";
import { m } from "../../paraglide/messages.js";
import { Task } from "../../task.svelte";
import { savedLine } from "../../words";
import { isSealed } from "./words";

export type Page =
  | "overview"
  | "begin"
  | "change"
  | "write"
  | "recovery"
  | "drill"
  | "export"
  | "exportSealed"
  | "exportOpen"
  | "exported";

export class Backup {
  view = $state.raw<BackupView | null>(null);
  /** The pages over the window; the last is on top. */
  pages = $state.raw<Page[]>([]);
  /** Being asked before it is done. */
  ending = $state(false);
  /** Shown once, and gone when the page is left. */
  code = $state.raw<RecoveryCodeView | null>(null);
  drill = $state.raw<DrillView | null>(null);
  /** What opened it in the last test. */
  drilledBy = $state<KeyRequest["type"]>("passphrase");
  format = $state<ExportFormat>("countersign");
  exported = $state.raw<ExportedView | null>(null);
  readonly task = new Task();
  /** The test has its own, because what it says belongs to its page. */
  readonly test = new Task();

  constructor(
    private bridge: Bridge,
    private tell: (text: string) => void,
  ) {}

  get isOpen(): boolean {
    return this.pages.length > 0;
  }

  load = async () => {
    const view = await this.bridge.backup().catch(() => null);
    if (view) this.view = view;
  };

  take = (view: BackupView) => {
    this.view = view;
  };

  /** From anywhere in the app; what is open of it already goes. */
  open(...pages: Page[]) {
    this.close();
    this.pages = pages;
    void this.load();
  }

  go(page: Page) {
    this.task.error = this.test.error = null;
    this.drill = null;
    this.pages = [...this.pages, page];
  }

  back = () => {
    const left = this.pages.at(-1);
    if (left === "write") this.code = null;
    if (left === "drill") this.drill = null;
    this.task.error = this.test.error = null;
    this.pages = this.pages.slice(0, -1);
  };

  /** Back to where the export began. */
  doneExporting = () => {
    this.exported = null;
    this.pages = this.pages.slice(0, this.pages.indexOf("export"));
  };

  /** Nothing of an open vault stays in a locked window. */
  forget() {
    this.close();
    this.view = null;
  }

  close() {
    this.pages = [];
    this.ending = false;
    this.code = this.drill = this.exported = null;
    this.task.error = this.test.error = null;
  }

  turn = () => {
    if (this.view?.isOn) this.ending = true;
    else this.go("begin");
  };

  turnOff = async () => {
    this.ending = false;
    await this.change(() => this.bridge.turnOffBackup());
  };

  begin = (passphrase: string) => this.newCode(() => this.bridge.turnOnBackup(passphrase));
  changePassphrase = (passphrase: string) => this.newCode(() => this.bridge.changeBackupPassphrase(passphrase));

  /** The code is on paper. */
  noted = async () => {
    await this.change(() => this.bridge.noteRecoveryCode());
    if (!this.task.error) this.back();
  };

  now = async () => {
    if (!(await this.change(() => this.bridge.backUpNow()))) return;
    this.tell(this.view?.last?.unchangedSince ? m.backup_now_same() : m.backup_now_done());
  };

  chooseFolder = () => this.change(() => this.bridge.chooseBackupFolder());

  try = async (key: KeyRequest) => {
    this.drilledBy = key.type;
    const drill = await this.test.run(() => this.bridge.testBackup(key));
    if (!drill) return;
    if (this.pages.at(-1) === "drill") this.drill = drill;
    await this.load();
  };

  chooseFormat = () => this.go(isSealed(this.format) ? "exportSealed" : "exportOpen");

  /** What was wrong with the passphrase that is to lock the file, or that opens the app; nothing if it was saved. */
  save = async (typed: string): Promise<Refusal | null> => {
    const { format } = this;
    const sealed = isSealed(format);
    try {
      const exported = await this.bridge.exportAccounts({
        format,
        passphrase: sealed ? typed : "",
        lockPassphrase: sealed ? "" : typed,
      });
      // There is no file: the page stays, to try again.
      if (exported.saved.type === "notSaved") return this.tell(savedLine(exported.saved)), null;
      this.exported = exported;
    } catch (reason) {
      return refusePassphrase(asError(reason));
    }
    if (this.isOpen) this.pages = [...this.pages.slice(0, -1), "exported"];
    return null;
  };

  /** A passphrase was made up; the code that comes with it takes the page's place. */
  private async newCode(work: () => Promise<RecoveryCodeView>): Promise<Refusal | null> {
    try {
      this.code = await work();
    } catch (reason) {
      return refusePassphrase(asError(reason));
    }
    if (this.isOpen) this.pages = [...this.pages.filter((page) => page === "overview"), "write"];
    else this.code = null;
    await this.load();
    return null;
  }

  private async change(work: () => Promise<BackupView>): Promise<boolean> {
    const view = await this.task.run(work);
    if (view) this.view = view;
    else if (this.task.error) await this.load();
    return view !== undefined && view.trouble === null;
  }
}

