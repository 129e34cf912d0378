// The part of the fake bridge that backs up, restores, imports and exports. Files mean what their names say;
// nothing is locked or opened, and the numbers add up.
import type {
  AccountsView,
  AccountView,
  AppView,
  BackupNotice,
  BackupView,
  Bridge,
  CodeSpecView,
  CommandError,
  CopyView,
  DrillView,
  ExportedView,
  ExportRequest,
  IncomingCodeView,
  IncomingRowView,
  IncomingView,
  KeyRequest,
  ReceiptRowView,
  ReceiptView,
  RecoveryCodeView,
  SavedView,
} from "./bridge";
import { backupView, blank, copies, incomingPlan, onlyName, plans, RECOVERY_CODE, recoveryCode, refusal } from "./inventedBackup";

type Plan = Extract<IncomingView, { type: "plan" }>;

const SEALED_FORMATS = ["countersign", "aegis", "twoFas"];

export abstract class FakeBackup {
  abstract app: AppView;
  abstract all: AccountView[];
  abstract passphrase: string;
  backupState: BackupView = backupView();
  backupPassphrase = "tall pine quiet river";
  filePassword = "correct horse battery";
  backupNotice: BackupNotice | null = null;
  stored: CopyView[] = copies();
  /** What a file, text or copy of this name turns out to be; others are known by their names. */
  known = new Map<string, IncomingView | CommandError>();
  /** The names of what was handed to the app. */
  outside: string[] = [];
  drilled: Partial<DrillView> = {};
  exports: ExportRequest[] = [];
  /** What the person does who is asked where a file is to go, as on phones; nothing if nobody is. */
  asked: Exclude<SavedView, { type: "at" }> | null = null;
  left: ExportedView["leftOut"] = [];
  /** Stretching a key waits until this is called. */
  stretched: (() => void) | null = null;
  slow = false;
  /** What the sealed file holds, once it is opened. */
  inside: Plan = plans.aegis();
  protected plan: Plan | null = null;
  private sealed: Extract<IncomingView, { type: "sealed" }> | null = null;
  private lookedAt: string[] = [];

  protected abstract note(name: keyof Bridge): void;
  protected abstract list(): AccountsView;
  protected abstract strong(passphrase: string): void;
  protected abstract opens(passphrase: string): void;

  async backup() {
    this.note("backup");
    return structuredClone(this.backupState);
  }

  async turnOnBackup(passphrase: string): Promise<RecoveryCodeView> {
    this.note("turnOnBackup");
    return this.newCode(passphrase);
  }

  async changeBackupPassphrase(passphrase: string): Promise<RecoveryCodeView> {
    this.note("changeBackupPassphrase");
    return this.newCode(passphrase);
  }

  turnOffBackup = () => this.nowIs("turnOffBackup", { isOn: false });
  noteRecoveryCode = () => this.nowIs("noteRecoveryCode", { codeNotedAt: now() });
  backUpNow = () => this.nowIs("backUpNow", { ...this.checked(), trouble: null, failedAt: null, isBehind: false });

  chooseBackupFolder() {
    const place = { ...this.backupState.place, folder: "/home/maria/Backups" };
    return this.nowIs("chooseBackupFolder", { place });
  }

  async testBackup(key: KeyRequest): Promise<DrillView> {
    this.note("testBackup");
    await this.stretch();
    this.opensBackup(key);
    this.backupState = { ...this.backupState, testedAt: now() };
    const names = this.all.filter((account) => account.work);
    return {
      at: this.backupState.last?.at ?? now(),
      deviceType: this.app.deviceType,
      matching: this.all.length,
      expected: this.all.length,
      codes: this.all.length - names.length,
      signInAgain: names.length,
      missing: [],
      ...this.drilled,
    };
  }

  async backupCopies() {
    this.note("backupCopies");
    return structuredClone(this.stored);
  }

  async openCopy(name: string): Promise<IncomingView> {
    this.note("openCopy");
    const copy = this.stored.find((each) => each.name === name);
    if (!copy) throw refusal("backupGone");
    if (copy.deviceType === null) throw refusal("backupDamaged");
    if (copy.deviceType !== this.app.deviceType) return { type: "otherDeviceType", madeOn: copy.deviceType };
    this.inside = plans.backup({ at: copy.at, newerKnown: copy.isNewest ? null : (this.stored[0]?.at ?? null) });
    return this.found(name, null) ?? this.seal({ type: "backup" }, copy.at);
  }

  async openFile(bytes: Uint8Array, name: string, session: string | null): Promise<IncomingView> {
    this.note("openFile");
    const found = this.found(name, session);
    if (found) return found;
    if (bytes.length === 0) throw refusal("fileUnknown");
    if (/\.backup$/.test(name)) return (this.inside = plans.backup()), this.seal({ type: "backup" }, this.inside.at);
    if (/\.countersign$/.test(name)) return (this.inside = plans.export()), this.seal({ type: "export" }, null);
    this.inside = plans.aegis();
    if (/encrypted|locked/.test(name)) return this.seal(this.inside.source, null);
    if (/\.(json|txt|csv)$/.test(name)) return this.holds(this.inside);
    throw refusal("fileUnknown");
  }

  async openText(text: string, session: string | null): Promise<IncomingView> {
    this.note("openText");
    if (text.trim() === "") throw refusal("empty");
    const found = this.found(text.trim(), session);
    if (found) return found;
    if (!/otpauth/.test(text)) throw refusal("fileUnknown");
    return this.holds(plans.links());
  }

  async unlockIncoming(session: string, key: KeyRequest): Promise<IncomingView> {
    this.note("unlockIncoming");
    const sealed = this.sealed;
    if (sealed?.session !== session) throw refusal("sessionGone");
    await this.stretch();
    if (this.sealed !== sealed) throw refusal("sessionGone");
    if (sealed.source.type === "backup") this.opensBackup(key);
    else if (key.text !== this.filePassword) {
      throw refusal(sealed.source.type === "app" ? "wrongPassword" : "wrongPassphrase");
    }
    this.sealed = null;
    return this.holds(this.inside);
  }

  async incomingCodes(session: string): Promise<IncomingCodeView[]> {
    this.note("incomingCodes");
    if (this.plan?.session !== session) throw refusal("sessionGone");
    const step = Math.floor(Date.now() / 30_000);
    return this.plan.rows.flatMap(({ index, code }) => {
      if (!code) return [];
      const digits = this.sum(`row-${index}`, code.kind === "hotp" ? Number(code.counter) : step, code);
      return [{ index, digits, leftMs: code.kind === "hotp" ? null : 30_000 - (Date.now() % 30_000) }];
    });
  }

  async takeIn(session: string, acceptOlder: boolean): Promise<ReceiptView> {
    this.note("takeIn");
    const { plan } = this;
    if (plan?.session !== session) throw refusal("sessionGone");
    if (plan.newerKnown !== null && !acceptOlder) throw refusal("notNow");
    const kept = (...fates: IncomingRowView["fate"][]): ReceiptRowView[] =>
      plan.rows.filter(({ fate }) => fates.includes(fate)).map((row) => this.receive(row));
    const { source, total, refused } = plan;
    this.plan = null;
    return {
      session,
      source,
      total,
      imported: kept("add"),
      signInAgain: kept("signInAgain"),
      merged: kept("merge", "counter"),
      refused,
    };
  }

  async pendingFiles(): Promise<string[]> {
    this.lookedAt = this.outside.splice(0);
    return [...this.lookedAt];
  }

  async openPending(number: number, session: string | null): Promise<IncomingView> {
    return this.openFile(new Uint8Array(1), this.lookedAt[number] ?? "", session);
  }

  async cancelIncoming() {
    this.note("cancelIncoming");
    this.plan = this.sealed = null;
    this.stretched?.();
    return null;
  }

  async saveReceipt() {
    this.note("saveReceipt");
    return this.saves("/home/maria/Downloads/countersign-receipt.txt");
  }

  async exportAccounts(request: ExportRequest): Promise<ExportedView> {
    this.note("exportAccounts");
    const sealed = SEALED_FORMATS.includes(request.format);
    if (sealed) this.strong(request.passphrase);
    else if (this.app.settings.protection === "passphrase") this.opens(request.lockPassphrase);
    this.exports.push(structuredClone(request));
    const work = this.all.filter((account) => account.work);
    const leftOut = [...work.map(({ issuer, account }) => ({ issuer, account, reason: "work" as const })), ...this.left];
    const saved = this.saves(`/home/maria/Downloads/countersign-export.${sealed ? "json" : "html"}`);
    return { saved, accounts: this.all.length - leftOut.length, leftOut };
  }

  protected saves(path: string): SavedView {
    return this.asked ?? { type: "at", path };
  }

  async dismissBackupNotice(_notice: BackupNotice): Promise<AccountsView> {
    this.note("dismissBackupNotice");
    this.backupNotice = null;
    return this.list();
  }

  /** A code that is made up from a name and a step. */
  protected abstract sum(id: string, step: number, code: CodeSpecView): string;

  private async nowIs(name: keyof Bridge, changes: Partial<BackupView>): Promise<BackupView> {
    this.note(name);
    this.backupState = { ...this.backupState, ...changes };
    return structuredClone(this.backupState);
  }

  private newCode(passphrase: string): RecoveryCodeView {
    this.strong(passphrase);
    this.backupPassphrase = passphrase;
    this.backupNotice = null;
    this.backupState = { ...this.backupState, ...this.written(), isOn: true, codeNotedAt: null };
    return recoveryCode();
  }

  private written(): Pick<BackupView, "last"> {
    const older = this.backupState.last ? Math.min(2, this.backupState.last.older + 1) : 0;
    return { last: { at: now(), bytes: 12_288, accounts: this.all.length, older, unchangedSince: null } };
  }

  /** Where nothing has changed, the last one only is seen to be good again. */
  private checked(): Pick<BackupView, "last"> {
    const { last, isBehind } = this.backupState;
    return last && !isBehind ? { last: { ...last, at: now(), unchangedSince: last.unchangedSince ?? last.at } } : this.written();
  }

  private opensBackup({ type, text }: KeyRequest) {
    if (type === "passphrase" && text !== this.backupPassphrase) throw refusal("wrongPassphrase");
    if (type === "recoveryCode" && text.replace(/[\s-]/g, "").toUpperCase() !== RECOVERY_CODE) {
      throw refusal("wrongRecoveryCode");
    }
  }

  private found(name: string, session: string | null): IncomingView | undefined {
    const found = this.known.get(name);
    if (!found) return undefined;
    if ("code" in found) throw found;
    if (found.type === "plan") return this.holds(session === null ? found : { ...found, session });
    if (found.type === "sealed") this.sealed = found;
    return structuredClone(found);
  }

  private seal(source: Plan["source"], at: number | null): IncomingView {
    this.sealed = { type: "sealed", session: "in1", source, takesRecoveryCode: source.type === "backup", at };
    return structuredClone(this.sealed);
  }

  private holds(plan: Plan): IncomingView {
    this.plan = incomingPlan(plan);
    return structuredClone(this.plan);
  }

  private async stretch() {
    if (this.slow) await new Promise<void>((done) => (this.stretched = done));
    this.stretched = null;
  }

  private receive(row: IncomingRowView): ReceiptRowView {
    const { issuer, account, code, fate, existing } = row;
    const id = existing?.id ?? `in-${row.index}`;
    if (fate === "add") this.all.push({ ...blank(id), issuer, account, code });
    if (fate === "signInAgain") this.all.push({ ...blank(id), group: "work", issuer, account, work: onlyName });
    return { id, issuer, account, fate, counterBased: code?.kind === "hotp" };
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
