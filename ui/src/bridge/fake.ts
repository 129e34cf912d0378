// The bridge without an app behind it, for tests and for looking at the screens in a browser.
// Its codes come from a sum, not from a cipher: it holds nothing that is worth anything.
import type {
  AccountView,
  AppView,
  Bridge,
  CandidateView,
  CodeView,
  CommandError,
  EnrollView,
  Frame,
  ManualRequest,
  PickRequest,
  ScanView,
  SettingsRequest,
  Told,
  TrashView,
} from "./bridge";
import { candidate, invented, settings } from "./invented";

type Script = Partial<{ stage: AppView["stage"]; accounts: AccountView[]; deviceType: AppView["deviceType"] }>;

const DAY = 86_400;
const COMMON = "password password";

export class Fake implements Bridge {
  app: AppView;
  all: AccountView[];
  bin: (AccountView & { removedAt: number })[] = [];
  passphrase = "";
  olderCopyUsed = false;
  pending: ScanView = { type: "nothing" };
  /** What the camera sees, a picture holds, or a text says; each is used once. */
  scans: ScanView[] = [];
  texts = new Map<string, EnrollView>();
  camera: "webView" | "native" | CommandError = "webView";
  /** The next call of this name is refused. */
  refuse: Partial<Record<keyof Bridge, CommandError>> = {};
  calls: string[] = [];
  lines = ["screen accounts", "scan 812 ms"];

  private shown = new Set<string>();
  private find: Extract<EnrollView, { type: "accounts" }> | null = null;
  private listeners = new Map<keyof Told, Set<(payload: never) => void>>();
  private ticking: ReturnType<typeof setTimeout> | undefined;

  constructor(script: Script = {}) {
    this.app = {
      stage: script.stage ?? { type: "ready" },
      settings: settings(),
      version: "0.1.0",
      deviceType: script.deviceType ?? "desktop",
    };
    this.all = script.accounts ?? invented();
  }

  tell<K extends keyof Told>(event: K, payload: Told[K]) {
    for (const told of this.listeners.get(event) ?? []) told(payload as never);
  }

  on<K extends keyof Told>(event: K, told: (payload: Told[K]) => void) {
    const set = this.listeners.get(event) ?? new Set();
    set.add(told as (payload: never) => void);
    this.listeners.set(event, set);
    return () => void set.delete(told as (payload: never) => void);
  }

  start = () => this.go("start");
  acceptPrivacy = () => this.go("acceptPrivacy", { type: "diagnostics" });
  tryAgain = () => this.go("tryAgain", { type: "ready" });
  startEmpty = () => this.go("startEmpty", { type: "ready" });
  useOlderVault = () => this.go("useOlderVault", { type: "ready" });

  async chooseDiagnostics(keep: boolean) {
    this.app.settings = { ...this.app.settings, diagnostics: keep };
    return this.go("chooseDiagnostics", { type: "ready" });
  }

  async createPassphraseVault(passphrase: string) {
    this.strong(passphrase);
    return this.protect("createPassphraseVault", passphrase);
  }

  async unlock(passphrase: string) {
    this.opens(passphrase);
    return this.go("unlock", { type: "ready" });
  }

  lock = () => this.go("lock", { type: "locked" });

  async turnOnLock(passphrase: string) {
    this.strong(passphrase);
    return this.protect("turnOnLock", passphrase);
  }

  async turnOffLock(passphrase: string) {
    this.opens(passphrase);
    this.app.settings = { ...this.app.settings, protection: "keystore" };
    return this.go("turnOffLock");
  }

  async changeSettings(request: SettingsRequest) {
    this.app.settings = { ...this.app.settings, ...request };
    return this.go("changeSettings");
  }

  async accounts() {
    this.note("accounts");
    this.tick();
    return this.list();
  }

  async codes() {
    return this.all.map((account) => this.code(account));
  }

  async reveal(id: string, revealed: boolean) {
    this.note("reveal");
    if (revealed) this.shown.add(id);
    else this.shown.delete(id);
    return this.code(this.account(id));
  }

  async nextCounter(id: string) {
    this.note("nextCounter");
    const account = this.account(id);
    account.code = { ...account.code, counter: String(BigInt(account.code.counter ?? "0") + 1n) };
    return this.code(account);
  }

  async copyCode(id: string) {
    this.note("copyCode");
    this.account(id);
    return { clearAfter: 60 };
  }

  async editAccount(id: string, request: Parameters<Bridge["editAccount"]>[1]) {
    this.note("editAccount");
    this.account(id);
    this.all = this.all.map((account) => (account.id === id ? { ...account, ...request } : account));
    return this.list();
  }

  async moveAccount(id: string, before: string | null) {
    this.note("moveAccount");
    const account = this.account(id);
    const rest = this.all.filter((other) => other.id !== id);
    const at = before === null ? rest.length : rest.findIndex((other) => other.id === before);
    this.all = [...rest.slice(0, at), account, ...rest.slice(at)];
    return this.list();
  }

  async removeAccount(id: string) {
    this.note("removeAccount");
    this.bin.push({ ...this.account(id), removedAt: Math.floor(Date.now() / 1000) });
    this.all = this.all.filter((account) => account.id !== id);
    return this.list();
  }

  async trash(): Promise<TrashView[]> {
    this.note("trash");
    return this.bin.map(({ id, issuer, account, removedAt }) => {
      const past = Math.floor((Date.now() / 1000 - removedAt) / DAY);
      return { id, issuer, account, removedAt, daysLeft: 30 - past };
    });
  }

  async putBack(id: string) {
    this.note("putBack");
    const found = this.bin.find((account) => account.id === id);
    if (!found) throw refusal("accountGone");
    this.bin = this.bin.filter((account) => account.id !== id);
    const { removedAt: _, ...account } = found;
    this.all = [...this.all, account];
    return this.list();
  }

  async deleteForever(id: string) {
    this.bin = this.bin.filter((account) => account.id !== id);
    return this.trash();
  }

  async inspectText(text: string) {
    this.note("inspectText");
    if (text.trim() === "") throw refusal("empty");
    const found = this.texts.get(text.trim());
    if (found) return this.keep(found);
    if (!text.startsWith("otpauth://")) throw refusal("notACode");
    return this.keep({ type: "accounts", session: "s1", candidates: [candidate()], refused: [] });
  }

  async inspectManual(request: ManualRequest) {
    this.note("inspectManual");
    const key = request.key.replace(/[\s-]/g, "");
    if (key === "") throw refusal("keyMissing");
    const wrong = key.match(/[^a-z2-7=]/i);
    if (wrong) throw refusal("keyCharacter", wrong[0]);
    if (!/^\d+$/.test(request.counter)) throw refusal("counter", request.counter);
    const found = candidate({ issuer: request.issuer, account: request.account });
    found.code = {
      ...found.code,
      kind: request.kind,
      algorithm: request.algorithm,
      digits: request.digits,
      period: request.kind === "hotp" ? null : request.period,
      counter: request.kind === "hotp" ? request.counter : null,
    };
    return this.keep({ type: "accounts", session: "s1", candidates: [found], refused: [] });
  }

  async scanPicture(bytes: Uint8Array): Promise<ScanView> {
    this.note("scanPicture");
    if (bytes.length === 0) return { type: "refused", error: refusal("badPicture") };
    return this.seen() ?? { type: "refused", error: refusal("nothingFound") };
  }

  async scanFrame(_frame: Frame): Promise<ScanView> {
    return this.seen() ?? { type: "nothing" };
  }

  async cancelEnroll() {
    this.note("cancelEnroll");
    this.find = null;
    return null;
  }

  async confirm(session: string, picks: PickRequest[]) {
    this.note("confirm");
    const find = this.find;
    if (find?.session !== session) throw refusal("sessionGone");
    const ids = [];
    for (const pick of picks) {
      const found = find.candidates.find((each) => each.index === pick.index) as CandidateView;
      if (pick.replaces) await this.removeAccount(pick.replaces);
      const id = `new-${this.all.length}-${pick.index}`;
      ids.push(id);
      const { issuer, account, group } = pick;
      this.all.push({ id, group, issuer, account, note: "", code: found.code, addedAt: Math.floor(Date.now() / 1000) });
    }
    this.find = null;
    return { ids };
  }

  async openCamera() {
    this.note("openCamera");
    if (typeof this.camera === "object") throw this.camera;
    return this.camera;
  }

  async pendingLink() {
    const link = this.pending;
    this.pending = { type: "nothing" };
    return this.held(link);
  }

  async diagnostics() {
    return this.lines;
  }

  async saveDiagnostics() {
    this.note("saveDiagnostics");
    return "/home/maria/countersign-log.txt";
  }

  async clearDiagnostics() {
    this.lines = [];
    return null;
  }

  async closeCamera() {
    this.note("closeCamera");
  }

  stillHere = () => this.nothing("stillHere");
  noteScreen = () => this.nothing("noteScreen");
  firstPaint = () => this.nothing("firstPaint");

  /** Remembers what a link event brings, as the shell does before it tells. */
  held(scan: ScanView): ScanView {
    if (scan.type === "found") this.keep(scan.enroll);
    return scan;
  }

  private async go(name: keyof Bridge, stage: AppView["stage"] = this.app.stage): Promise<AppView> {
    this.note(name);
    this.app = { ...this.app, stage };
    return structuredClone(this.app);
  }

  private protect(name: keyof Bridge, passphrase: string) {
    this.passphrase = passphrase;
    this.app.settings = { ...this.app.settings, protection: "passphrase" };
    return this.go(name, { type: "ready" });
  }

  private async nothing(name: keyof Bridge) {
    this.note(name);
    return null;
  }

  private note(name: keyof Bridge) {
    this.calls.push(name);
    const error = this.refuse[name];
    delete this.refuse[name];
    if (error) throw error;
  }

  private strong(passphrase: string) {
    if (passphrase.length < 12) throw refusal("shortPassphrase", "12");
    if (passphrase === COMMON) throw refusal("commonPassphrase");
  }

  private opens(passphrase: string) {
    if (passphrase !== this.passphrase) throw refusal("wrongPassphrase");
  }

  private keep(found: EnrollView): EnrollView {
    if (found.type === "accounts") this.find = found;
    return structuredClone(found);
  }

  private seen(): ScanView | undefined {
    const scan = this.scans.shift();
    return scan && this.held(scan);
  }

  private account(id: string): AccountView {
    const found = this.all.find((account) => account.id === id);
    if (!found) throw refusal("accountGone");
    return found;
  }

  private list() {
    const codes = this.all.map((account) => this.code(account));
    return structuredClone({ accounts: this.all, codes, trash: this.bin.length, olderCopyUsed: this.olderCopyUsed });
  }

  private code({ id, code }: AccountView): CodeView {
    const covered = this.app.settings.hideCodes && !this.shown.has(id);
    const periodMs = code.period === null ? null : code.period * 1000;
    const step = periodMs === null ? Number(code.counter) : Math.floor(Date.now() / periodMs);
    return {
      id,
      digits: covered ? null : made(id, step, code.digits, code.kind === "steam"),
      length: code.digits,
      next: covered || periodMs === null ? null : made(id, step + 1, code.digits, code.kind === "steam"),
      leftMs: periodMs === null ? null : periodMs - (Date.now() % periodMs),
      periodMs,
    };
  }

  /** All codes again when a thirty-second step ends. */
  private tick() {
    clearTimeout(this.ticking);
    this.ticking = setTimeout(() => {
      void this.codes().then((codes) => this.tell("codesChanged", codes));
      this.tick();
    }, 30_000 - (Date.now() % 30_000) + 5);
  }
}

export function refusal(code: CommandError["code"], detail: string | null = null): CommandError {
  return { code, detail };
}

function made(id: string, step: number, length: number, letters: boolean): string {
  const alphabet = letters ? "23456789BCDFGHJKMNPQRTVWXY" : "0123456789";
  let sum = 7;
  for (const character of `${id}/${step}`) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
  return Array.from({ length }, () => {
    sum = (sum * 48_271 + 11) % 2_147_483_647;
    return alphabet[sum % alphabet.length];
  }).join("");
}
