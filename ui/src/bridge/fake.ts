// The bridge without an app behind it, for tests and for looking at the screens in a browser.
// Its codes come from a sum, not from a cipher: it holds nothing that is worth anything.
import type {
  AccountView,
  ActivationView,
  ActivityItemView,
  AnswerRequest,
  AppView,
  Bridge,
  CandidateView,
  CodeSpecView,
  CodeView,
  CommandError,
  DeletedAt,
  DeletedView,
  EnrollView,
  Frame,
  FrameView,
  Language,
  ManualRequest,
  MayNotify,
  Outcome,
  OutcomeView,
  PickRequest,
  RequestsView,
  RequestView,
  ScanView,
  SettingsRequest,
  SignInRequest,
  SignInView,
  Told,
  TrashView,
} from "./bridge";
import { FakeBackup } from "./fakeBackup";
import { refusal } from "./inventedBackup";
import { activation, activityItem, candidate, frameOf, invented, settings, signIn, work, workAccount } from "./invented";

type Script = Partial<Pick<AppView, "stage" | "deviceType" | "canVerify"> & { accounts: AccountView[] }>;

const DAY = 86_400;
const COMMON = "password password";

export class Fake extends FakeBackup implements Bridge {
  app: AppView;
  all: AccountView[];
  bin: (AccountView & { removedAt: number })[] = [];
  passphrase = "";
  olderCopyUsed = false;
  pending: ScanView = { type: "nothing" };
  /** What the camera sees, a picture holds, or a text says; each is used once. */
  scans: ScanView[] = [];
  /** Which of several codes in view were meant. */
  chosen: number[] = [];
  texts = new Map<string, EnrollView>();
  camera: "webView" | "native" | CommandError = "webView";
  /** The next call of this name is refused. */
  refuse: Partial<Record<keyof Bridge, CommandError>> = {};
  calls: string[] = [];
  /** What waits at the services: told by `refreshRequests` and `arrive`. */
  waiting: RequestView[] = [];
  /** The number on the sign-in page. */
  number = "47";
  /** The end of the next answer, in the place of the one it would have. */
  ends: Outcome | null = null;
  retryAfter: number | null = null;
  answers: AnswerRequest[] = [];
  unreached: RequestsView["unreached"] = [];
  /** The account that the next code or sign-in is for. */
  active: ActivationView = activation();
  signInAt: SignInView = signIn();
  signIns: SignInRequest[] = [];
  items: ActivityItemView[] = [activityItem()];
  reports: string[] = [];
  told: DeletedAt["type"] = "told";
  notify: MayNotify = "yes";
  notifyAnswer: MayNotify = "yes";
  spoken: Language | null = null;
  /** The person has signed in, or was refused, in the browser. */
  signedIn: (error?: CommandError) => void = () => {};
  lines = ["screen accounts", "scan 812 ms"];

  private shown = new Set<string>();
  private find: Extract<EnrollView, { type: "accounts" }> | null = null;
  private listeners = new Map<keyof Told, Set<(payload: never) => void>>();
  private ticking: ReturnType<typeof setTimeout> | undefined;

  constructor(script: Script = {}) {
    super();
    this.app = {
      stage: script.stage ?? { type: "ready" },
      settings: settings(),
      version: "0.1.0",
      deviceType: script.deviceType ?? "desktop",
      canVerify: script.canVerify ?? false,
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

  unlockByPerson = () => this.go("unlockByPerson", { type: "ready" });
  turnOnPersonLock = () => this.guard("turnOnPersonLock", "person");
  turnOffPersonLock = () => this.guard("turnOffPersonLock", "keystore");

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
    return this.all.flatMap((account) => this.code(account));
  }

  async reveal(id: string, revealed: boolean) {
    this.note("reveal");
    if (revealed) this.shown.add(id);
    else this.shown.delete(id);
    return this.codeOf(this.account(id));
  }

  async nextCounter(id: string) {
    this.note("nextCounter");
    const account = this.account(id);
    const spec = account.code as CodeSpecView;
    account.code = { ...spec, counter: String(BigInt(spec.counter ?? "0") + 1n) };
    return this.codeOf(account);
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
    this.bin.push({ ...this.account(id), removedAt: now() });
    this.all = this.all.filter((account) => account.id !== id);
    return this.list();
  }

  async trash(): Promise<TrashView[]> {
    this.note("trash");
    return this.bin.map(({ id, issuer, account, removedAt, work }) => {
      const past = Math.floor((Date.now() / 1000 - removedAt) / DAY);
      return { id, issuer, account, removedAt, daysLeft: Math.max(0, 30 - past), host: work?.host ?? null };
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

  async deleteForever(id: string): Promise<DeletedView> {
    this.note("deleteForever");
    const host = this.bin.find((account) => account.id === id)?.work?.host;
    this.bin = this.bin.filter((account) => account.id !== id);
    return { trash: await this.trash(), service: host ? { type: this.told, host } : null };
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

  readonly mostPixels = 1_000_000;

  async scanFrame(_frame: Frame): Promise<FrameView> {
    return frameOf(this.seen() ?? { type: "nothing" });
  }

  async chooseCode(number: number): Promise<ScanView> {
    this.note("chooseCode");
    this.chosen.push(number);
    return this.seen() ?? { type: "nothing" };
  }

  async scanOn() {
    this.note("scanOn");
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
      this.all.push({ id, group, issuer, account, note: "", code: found.code, addedAt: now(), work: null });
    }
    this.find = null;
    return { ids };
  }

  async inspectActivation(address: string, code: string): Promise<EnrollView> {
    this.note("inspectActivation");
    if (!address.includes(".")) throw refusal("badAddress");
    if (code.replace(/[\s-]/g, "").length !== 10) throw refusal("codeIncomplete");
    this.active = { ...this.active, fingerprint: "MR_XoPPr" };
    return { type: "activation", session: this.active.session, host: this.active.host, typed: true };
  }

  async beginActivation(): Promise<ActivationView> {
    this.note("beginActivation");
    return structuredClone(this.active);
  }

  async addWorkAccount(_session: string, replaces: string | null) {
    this.note("addWorkAccount");
    const { account, service: issuer, host, codes, softwareKey, revives } = this.active;
    if (replaces) await this.removeAccount(replaces);
    const fresh = workAccount({ id: revives ?? `work-${this.all.length}`, issuer, account, addedAt: now() });
    if (!codes) fresh.code = null;
    fresh.work = work({ host, softwareKey, state: "pending" });
    if (revives) this.all = this.all.map((each) => (each.id === revives ? fresh : each));
    else this.all = [...this.all, fresh];
    return { ids: [fresh.id] };
  }

  async beginSignIn(request: SignInRequest): Promise<SignInView> {
    this.note("beginSignIn");
    if (request.address !== null && !/[.@]/.test(request.address)) throw refusal("badAddress");
    this.signIns.push(request);
    this.active = { ...this.active, revives: request.revives };
    return structuredClone(this.signInAt);
  }

  finishSignIn(): Promise<ActivationView> {
    return new Promise((done, fail) => {
      this.note("finishSignIn");
      this.signedIn = (error) => (error ? fail(error) : done(structuredClone(this.active)));
    });
  }

  async requests(): Promise<RequestsView> {
    this.note("requests");
    return this.waits();
  }

  async refreshRequests(): Promise<RequestsView> {
    this.note("refreshRequests");
    return this.waits();
  }

  async matchRequest(): Promise<RequestView> {
    this.note("matchRequest");
    const [found] = this.waiting;
    if (!found) throw refusal("requestGone");
    found.isMatched = true;
    return structuredClone(found);
  }

  async answerRequest(id: string, answer: AnswerRequest): Promise<OutcomeView> {
    this.note("answerRequest");
    const request = this.waiting.find((each) => each.id === id);
    if (!request) throw refusal("requestGone");
    this.answers.push(structuredClone(answer));
    const outcome = this.ends ?? this.end(answer);
    this.ends = null;
    const isOpen = ["offline", "tryLater", "notVerified"].includes(outcome);
    if (!isOpen) this.waiting = this.waiting.filter((each) => each.id !== id);
    const isSetUp = outcome === "approved" && request.purpose === "activation";
    if (isSetUp) this.all = this.all.map((each) => (each.id === request.account ? { ...each, work: work() } : each));
    return { outcome, isOpen, isSetUp, retryAfter: this.retryAfter, requests: this.waits() };
  }

  async activity() {
    this.note("activity");
    return structuredClone({ items: this.items });
  }

  async reportActivity(_id: string, item: string) {
    this.note("reportActivity");
    this.reports.push(item);
    return null;
  }

  async speak(language: Language) {
    this.spoken = language;
    return null;
  }

  async mayNotify() {
    return this.notify;
  }

  async askToNotify() {
    this.note("askToNotify");
    this.notify = this.notifyAnswer;
    return this.notify;
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
    return this.saves("/home/maria/countersign-log.txt");
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
  openSignInPage = () => this.nothing("openSignInPage");

  /** Sign-ins arrive, as when a notification comes while the app is open. */
  arrive(...requests: RequestView[]) {
    this.waiting = requests;
    this.tell("requestsChanged", this.waits());
  }

  /** Remembers what a link event brings, as the shell does before it tells. */
  held(scan: ScanView): ScanView {
    if (scan.type === "found") this.keep(scan.enroll);
    return scan;
  }

  private waits(): RequestsView {
    const accounts = this.all.filter(({ work }) => work && work.state !== "signIn").length;
    return structuredClone({ requests: this.waiting, unreached: this.unreached, accounts });
  }

  private end(answer: AnswerRequest): Outcome {
    if (answer.type === "deny") return "denied";
    if (answer.type === "report") return "reported";
    return answer.type === "approveScanned" || answer.number === this.number ? "approved" : "wrongNumber";
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

  private async guard(name: keyof Bridge, protection: "person" | "keystore") {
    const app = await this.go(name);
    this.app.settings = { ...this.app.settings, protection };
    return { ...app, settings: { ...this.app.settings } };
  }

  private async nothing(name: keyof Bridge) {
    this.note(name);
    return null;
  }

  protected note(name: keyof Bridge) {
    this.calls.push(name);
    const error = this.refuse[name];
    delete this.refuse[name];
    if (error) throw error;
  }

  protected strong(passphrase: string) {
    if (passphrase.length < 12) throw refusal("shortPassphrase", "12");
    if (passphrase === COMMON) throw refusal("commonPassphrase");
  }

  protected opens(passphrase: string) {
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

  protected list() {
    const codes = this.all.flatMap((account) => this.code(account));
    return structuredClone({ accounts: this.all, codes, trash: this.bin.length, olderCopyUsed: this.olderCopyUsed, backupNotice: this.backupNotice });
  }

  private codeOf(account: AccountView): CodeView {
    const [code] = this.code(account);
    if (!code) throw refusal("accountGone");
    return code;
  }

  private code({ id, code }: AccountView): CodeView[] {
    if (!code) return [];
    const covered = this.app.settings.hideCodes && !this.shown.has(id);
    const periodMs = code.period === null ? null : code.period * 1000;
    const step = periodMs === null ? Number(code.counter) : Math.floor(Date.now() / periodMs);
    const shown = {
      id,
      digits: covered ? null : made(id, step, code.digits, code.kind === "steam"),
      length: code.digits,
      next: covered || periodMs === null ? null : made(id, step + 1, code.digits, code.kind === "steam"),
      leftMs: periodMs === null ? null : periodMs - (Date.now() % periodMs),
      periodMs,
    };
    return [shown];
  }

  protected sum(id: string, step: number, code: CodeSpecView): string {
    return made(id, step, code.digits, code.kind === "steam");
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

function now(): number {
  return Math.floor(Date.now() / 1000);
}

export { refusal };

function made(id: string, step: number, length: number, letters: boolean): string {
  const alphabet = letters ? "23456789BCDFGHJKMNPQRTVWXY" : "0123456789";
  let sum = 7;
  for (const character of `${id}/${step}`) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_003;
  return Array.from({ length }, () => {
    sum = (sum * 48_271 + 11) % 2_147_483_647;
    return alphabet[sum % alphabet.length];
  }).join("");
}
