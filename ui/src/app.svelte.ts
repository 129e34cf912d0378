// The window as a whole: which stage it is at, what lies over the list, and the last thing said.
import type { AppView, Bridge, CommandError, ScreenName } from "./bridge/bridge";
import { asError } from "./errors";
import { Codes, type Tell } from "./features/codes/codes.svelte";
import { Enroll } from "./features/enroll/enroll.svelte";
import { speak } from "./language.svelte";
import { m } from "./paraglide/messages.js";
import { fullName } from "./words";

/** The app is told no more often than this that it is in use. */
const STILL_HERE_MS = 15_000;

export class App {
  view = $state.raw<AppView | null>(null);
  /** The app did not even start. */
  failed = $state.raw<CommandError | null>(null);
  settingsOpen = $state(false);
  toast = $state.raw<(Tell & { key: number }) | null>(null);
  readonly codes: Codes;
  readonly enroll: Enroll;

  private told = 0;
  private lastHere = -Infinity;

  constructor(private bridge: Bridge) {
    this.codes = new Codes(bridge, this.tell);
    this.enroll = new Enroll(bridge, (added, picks) => {
      void this.codes.load();
      const only = picks.length === 1 ? picks[0] : undefined;
      this.tell({ text: only ? m.added_one({ name: fullName(only) }) : m.added_many({ count: added.ids.length }) });
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
    ];
    return () => stops.forEach((stop) => stop());
  }

  show = (view: AppView) => {
    const before = this.view;
    this.view = view;
    speak(view.settings.language);
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
    if (visible) void this.codes.refresh();
    else this.codes.coverAll();
  };

  taken = (issuer: string, account: string): boolean =>
    this.codes.rows.some((row) => row.account.issuer === issuer && row.account.account === account);

  /** The screen on top, for the diagnostics log; nothing for those it does not name. */
  readonly screen = $derived.by((): ScreenName | null => {
    const stage = this.view?.stage.type;
    if (stage !== "ready") return stage === "locked" ? "unlock" : null;
    const step = this.enroll.steps.at(-1);
    if (step) return step === "scan" || step === "manual" || step === "confirm" ? stepNames[step] : null;
    if (this.settingsOpen) return "settings";
    return this.codes.screens.length > 0 ? "account" : "accounts";
  });

  private async enter() {
    await this.codes.load();
    const link = await this.bridge.pendingLink().catch(() => null);
    if (link) this.enroll.takeScan(link);
  }

  private forget() {
    this.codes.forget();
    this.enroll.forget();
    this.settingsOpen = false;
    this.toast = null;
  }
}

const stepNames = { scan: "scanner", manual: "manual", confirm: "confirm" } as const;

function dress(theme: AppView["settings"]["theme"]) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
