// The window as a whole: which stage it is at, what lies over the list, and the last thing said.
import type { AppView, BackupNotice, Bridge, CommandError, ScreenName } from "./bridge/bridge";
import { asError } from "./errors";
import { Activity } from "./features/activity/activity.svelte";
import { Approve } from "./features/approve/approve.svelte";
import { Backup } from "./features/backup/backup.svelte";
import { Codes, type Tell } from "./features/codes/codes.svelte";
import { Enroll, type Step } from "./features/enroll/enroll.svelte";
import { SetUp } from "./features/enroll/setUp.svelte";
import { Incoming } from "./features/import/incoming.svelte";
import { speak } from "./language.svelte";
import { m } from "./paraglide/messages.js";
import { getLocale, type Locale } from "./paraglide/runtime.js";
import { fullName, title } from "./words";

/** The app is told no more often than this that it is in use. */
const STILL_HERE_MS = 15_000;

export class App {
  view = $state.raw<AppView | null>(null);
  /** Nothing has been shown but what the app started with. */
  atStart = $state(true);
  /** The app did not even start. */
  failed = $state.raw<CommandError | null>(null);
  settingsOpen = $state(false);
  toast = $state.raw<(Tell & { key: number }) | null>(null);
  readonly codes: Codes;
  readonly enroll: Enroll;
  readonly setUp: SetUp;
  readonly approve: Approve;
  readonly activity: Activity;
  readonly backup: Backup;
  readonly incoming: Incoming;

  private told = 0;
  private spoken: Locale | null = null;
  /** Requests that have opened over the wait for one. */
  private met = new Set<string>();
  private lastHere = -Infinity;

  constructor(private bridge: Bridge) {
    this.codes = new Codes(bridge, this.tell);
    this.activity = new Activity(bridge);
    this.setUp = new SetUp(bridge);
    this.backup = new Backup(bridge, (text) => this.tell({ text }));
    this.incoming = new Incoming(bridge, {
      view: this.show,
      tell: (text) => this.tell({ text }),
      taken: () => void this.codes.load(),
    });
    this.approve = new Approve(bridge, {
      tell: (text) => this.tell({ text }),
      name: (account) => title(this.account(account) ?? { issuer: "", account: "" }),
      taken: this.meet,
      settled: ({ isSetUp }) => {
        if (isSetUp) this.setUp.close();
        void this.codes.load().then(this.follow);
      },
    });
    this.enroll = new Enroll(bridge, {
      added: (added, picks) => {
        void this.codes.load();
        const only = picks.length === 1 ? picks[0] : undefined;
        this.tell({ text: only ? m.added_one({ name: fullName(only) }) : m.added_many({ count: added.ids.length }) });
      },
      workAdded: ({ id, host, service, account }) => void this.added(id, host, service, account),
      approve: (session, host) => void this.approve.match(session, host),
    });
  }

  start = async () => {
    this.failed = null;
    try {
      this.show(await this.bridge.start());
    } catch (reason) {
      speak("system");
      this.failed = asError(reason);
    }
  };

  /** Everything the app tells by itself; answers how to stop listening. */
  listen(): () => void {
    const stops = [
      this.bridge.on("codesChanged", this.codes.takeCodes),
      this.bridge.on("stageChanged", this.show),
      this.bridge.on("linkOpened", (scan) => this.enroll.takeScan(scan)),
      this.bridge.on("fileWaits", () => void this.takeFiles()),
      this.bridge.on("backupChanged", this.backup.take),
      this.bridge.on("requestsChanged", this.approve.take),
      this.bridge.on("requestsOpened", (view) => {
        this.clear();
        this.approve.opened(view);
      }),
      this.bridge.on("accountsChanged", (view) => {
        this.codes.take(view);
        this.follow();
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      this.approve.forget();
    };
  }

  show = (view: AppView) => {
    const before = this.view;
    this.atStart = before === null;
    this.view = view;
    speak(view.settings.language);
    this.speakUp();
    dress(view.settings.theme);
    const ready = view.stage.type === "ready";
    if (!ready) this.forget();
    else if (before?.stage.type !== "ready") void this.enter();
    else if (before.settings.hideCodes !== view.settings.hideCodes) void this.codes.refresh();
  };

  tell = (tell: Tell) => {
    this.told += 1;
    this.toast = { ...tell, key: this.told };
  };

  /** The person did something: the app need not lock itself yet. */
  here = () => {
    const now = performance.now();
    if (this.view?.stage.type !== "ready" || now - this.lastHere < STILL_HERE_MS) return;
    this.lastHere = now;
    void this.bridge.stillHere().catch(() => null);
  };

  /** Seen again after a while, the clock may be elsewhere; out of sight, nothing stays uncovered. */
  seen = (visible: boolean) => {
    if (this.view?.stage.type !== "ready" || !this.codes.loaded) return;
    if (visible) {
      void this.codes.refresh();
      this.approve.look();
    } else this.codes.coverAll();
  };

  account(id: string) {
    return this.codes.rows.find((row) => row.id === id)?.account;
  }

  /** Whether an account is still only a name. */
  waits = (id: string): boolean => this.account(id)?.work?.state === "signIn";

  /** The code of an account, as it is now. */
  code = (id: string): string | null => this.codes.rows.find((row) => row.id === id)?.code.digits ?? null;

  /** What the list says about backup leads to where it is dealt with. */
  openBackup = (notice: BackupNotice | null) => {
    if (notice === "off") this.backup.open("overview", "begin");
    else if (notice === "untested") this.backup.open("overview", "drill");
    else this.backup.open("overview");
  };

  /** The account's name, to sign in to it anew. */
  signIn = (id: string) => {
    const account = this.account(id);
    if (account?.work) void this.enroll.revive(id, account.work.host);
  };

  /** The wait for the test sign-in, where it was left. */
  resume = (id: string) => {
    const account = this.account(id);
    if (!account) return;
    this.met.clear();
    void this.setUp.begin({ id, host: account.work?.host ?? "", issuer: account.issuer, account: account.account });
    void this.approve.refresh();
  };

  taken = (issuer: string, account: string): boolean =>
    this.codes.rows.some((row) => row.account.issuer === issuer && row.account.account === account);

  /** The screen on top, for the diagnostics log; nothing for those it does not name. */
  readonly screen = $derived.by((): ScreenName | null => {
    const stage = this.view?.stage.type;
    if (stage !== "ready") return stage === "locked" ? "unlock" : null;
    const step = this.enroll.steps.at(-1);
    if (step) return stepNames[step] ?? null;
    if (this.approve.place) return this.approve.place.at === "list" ? "requests" : "approve";
    if (this.backup.isOpen) return null;
    if (this.setUp.open) return "work";
    if (this.incoming.isOpen) return null;
    if (this.activity.item) return "activity";
    if (this.settingsOpen) return "settings";
    return this.codes.screens.length > 0 ? "account" : "accounts";
  });

  private async enter() {
    await this.codes.load();
    void this.backup.load();
    const link = await this.bridge.pendingLink().catch(() => null);
    if (link) this.enroll.takeScan(link);
    await this.takeFiles();
    await this.approve.enter();
  }

  /** Files from outside take the place of those that were looked at before. */
  private takeFiles = async () => {
    if (this.view?.stage.type !== "ready") return;
    const names = await this.bridge.pendingFiles().catch(() => []);
    if (names.length === 0) return;
    this.clear();
    void this.incoming.openOutside(names);
  };

  private async added(id: string, host: string, issuer: string, account: string) {
    this.met.clear();
    await this.setUp.begin({ id, host, issuer, account });
    await this.codes.load();
    this.follow();
    this.approve.look();
  }

  private follow = () => {
    const { fresh } = this.setUp;
    if (fresh) this.setUp.follow(this.account(fresh.id));
  };

  /** While the person waits for a request, it opens by itself when it comes; of several, the list does. */
  private meet = () => {
    const { setUp, approve, enroll } = this;
    if (!setUp.open || setUp.step !== "wait" || approve.place || enroll.open) return;
    const news = approve.waiting.filter(({ id }) => !this.met.has(id));
    if (news.length === 0) return;
    for (const { id } of news) this.met.add(id);
    approve.open();
  };

  /** Makes room for what the person opened from outside. */
  private clear() {
    this.settingsOpen = false;
    this.codes.menu = this.codes.removing = null;
    this.activity.close();
    this.backup.close();
    this.incoming.close();
    this.enroll.menu = false;
    this.enroll.cancel();
  }

  /** Notifications speak the language of the screen. */
  private speakUp() {
    const locale = getLocale();
    if (locale === this.spoken) return;
    this.spoken = locale;
    void this.bridge.speak(locale).catch(() => null);
  }

  private forget() {
    this.codes.forget();
    this.enroll.forget();
    this.setUp.close();
    this.approve.forget();
    this.activity.forget();
    this.backup.forget();
    this.incoming.close();
    this.settingsOpen = false;
    this.toast = null;
  }
}

const stepNames: Partial<Record<Step, ScreenName>> = {
  scan: "scanner",
  manual: "manual",
  confirm: "confirm",
  work: "work",
  activation: "work",
  signIn: "signIn",
};

function dress(theme: AppView["settings"]["theme"]) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
