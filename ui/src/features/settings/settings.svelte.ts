// What the person can choose, and the things that are looked after here: lock, trash, language, log.
import type { AccountsView, AppView, Bridge, DeletedAt, SettingsRequest, TrashView } from "../../bridge/bridge";
import { asError, refusePassphrase, say, type Refusal } from "../../errors";

export type Page = "lockHow" | "lockOn" | "lockOff" | "autoLock" | "trash" | "moving" | "language" | "theme" | "privacy" | "notice" | "log";

export interface Outside {
  view: (view: AppView) => void;
  accounts: (view: AccountsView) => void;
  tell: (text: string) => void;
}

export class Settings {
  /** The pages over the settings; the last is on top. */
  pages = $state.raw<Page[]>([]);
  trash = $state.raw<TrashView[]>([]);
  deleting = $state.raw<TrashView | null>(null);
  /** What the service of the last one was told. */
  deletedAt = $state.raw<DeletedAt | null>(null);
  lines = $state.raw<string[]>([]);

  constructor(
    private bridge: Bridge,
    private outside: Outside,
  ) {}

  go(page: Page) {
    this.pages = [...this.pages, page];
  }

  back = () => {
    this.pages = this.pages.slice(0, -1);
  };

  change = async (app: AppView, changes: Partial<SettingsRequest>) => {
    const { language, theme, hideCodes, hideScreen, autoLockMinutes, diagnostics } = app.settings;
    const request = { language, theme, hideCodes, hideScreen, autoLockMinutes, diagnostics, ...changes };
    const view = await this.ask(() => this.bridge.changeSettings(request));
    if (view) this.outside.view(view);
  };

  lockNow = async () => {
    const view = await this.ask(() => this.bridge.lock());
    if (view) this.outside.view(view);
  };

  turnOn = (passphrase: string) => this.lock(() => this.bridge.turnOnLock(passphrase));
  turnOff = (passphrase: string) => this.lock(() => this.bridge.turnOffLock(passphrase));
  turnOnByPerson = () => this.lock(() => this.bridge.turnOnPersonLock());
  turnOffByPerson = () => this.lock(() => this.bridge.turnOffPersonLock());

  openTrash = async () => {
    this.deletedAt = null;
    this.trash = (await this.ask(() => this.bridge.trash())) ?? [];
    this.go("trash");
    void this.bridge.noteScreen("trash").catch(() => null);
  };

  putBack = async (item: TrashView): Promise<boolean> => {
    const view = await this.ask(() => this.bridge.putBack(item.id));
    if (!view) return false;
    this.trash = this.trash.filter((each) => each.id !== item.id);
    this.outside.accounts(view);
    return true;
  };

  deleteForever = async (item: TrashView) => {
    this.deleting = null;
    this.deletedAt = null;
    const left = await this.ask(() => this.bridge.deleteForever(item.id));
    if (!left) return;
    this.trash = left.trash;
    this.deletedAt = left.service;
    const accounts = await this.ask(() => this.bridge.accounts());
    if (accounts) this.outside.accounts(accounts);
  };

  openLog = async () => {
    this.lines = (await this.ask(() => this.bridge.diagnostics())) ?? [];
    this.go("log");
  };

  /** Where the log was saved. */
  saveLog = () => this.ask(() => this.bridge.saveDiagnostics());

  deleteLog = async (): Promise<boolean> => {
    const done = await this.ask(() => this.bridge.clearDiagnostics());
    if (done === undefined) return false;
    this.lines = [];
    return true;
  };

  private async lock(work: () => Promise<AppView>): Promise<Refusal | null> {
    try {
      const view = await work();
      this.pages = [];
      this.outside.view(view);
      return null;
    } catch (reason) {
      // What could not be stored may have left the app locked.
      const view = await this.bridge.start().catch(() => null);
      if (view && view.stage.type !== "ready") this.outside.view(view);
      return refusePassphrase(asError(reason));
    }
  }

  private async ask<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (reason) {
      this.outside.tell(say(asError(reason)));
      return undefined;
    }
  }
}
