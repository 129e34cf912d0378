// The account list: its rows, their order, and what can be done with one.
import type { AccountsView, BackupNotice, Bridge, CodeView, CommandError, EditRequest, Group } from "../../bridge/bridge";
import { asError, say } from "../../errors";
import { m } from "../../paraglide/messages.js";
import { fullName, title } from "../../words";
import { LAST_MS, Row, withoutCode } from "./row.svelte";

export interface Tell {
  text: string;
  action?: { label: string; press: () => void };
}

/** No wait is longer: beyond 24 days, a timer would go off at once, and again, and again. */
const LONGEST_WAIT_MS = 60_000;
const GROUPS: Group[] = ["work", "personal", "other"];

export class Codes {
  rows = $state.raw<Row[]>([]);
  loaded = $state(false);
  trash = $state(0);
  olderCopyUsed = $state(false);
  backupNotice = $state<BackupNotice | null>(null);
  /** The person has read that the clock is off. */
  clockHidden = $state(false);

  query = $state<string | null>(null);
  menu = $state.raw<Row | null>(null);
  removing = $state.raw<Row | null>(null);
  /** What lies over the list; the last is on top. */
  screens = $state.raw<{ name: "account" | "edit"; row: Row }[]>([]);
  /** What a screen reader is told about the last thing done. */
  said = $state("");

  readonly groups = $derived(
    GROUPS.map((group) => ({ group, rows: this.rows.filter((row) => row.account.group === group) })).filter(
      ({ rows }) => rows.length > 0,
    ),
  );
  readonly found = $derived.by(() => {
    const query = (this.query ?? "").trim().toLocaleLowerCase();
    if (query === "") return this.rows;
    return this.rows.filter(({ account }) =>
      `${account.issuer}\n${account.account}`.toLocaleLowerCase().includes(query),
    );
  });

  private waking: ReturnType<typeof setTimeout> | undefined;
  /** Shown by hand. The app covers them again by itself after a while. */
  private uncovered = new Set<string>();

  constructor(
    private bridge: Bridge,
    private tell: (tell: Tell) => void,
  ) {}

  load = () => this.change(() => this.bridge.accounts());

  refresh = async () => {
    const codes = await this.ask(() => this.bridge.codes());
    if (codes) this.takeCodes(codes);
  };

  take(view: AccountsView) {
    const known = new Map(this.rows.map((row) => [row.id, row]));
    const codes = new Map(view.codes.map((code) => [code.id, code]));
    const now = performance.now();
    this.rows = view.accounts.flatMap((account) => {
      const code = codes.get(account.id) ?? (account.code ? undefined : withoutCode(account.id));
      if (!code) return [];
      const row = known.get(account.id);
      if (!row) return [new Row(account, code, now)];
      row.account = account;
      row.take(code, now);
      return [row];
    });
    this.follow();
    this.trash = view.trash;
    this.backupNotice = view.backupNotice;
    this.olderCopyUsed = view.olderCopyUsed && !this.loaded ? true : this.olderCopyUsed;
    this.loaded = true;
    this.wakeForLast();
  }

  takeCodes = (codes: CodeView[]) => {
    const rows = new Map(this.rows.map((row) => [row.id, row]));
    const now = performance.now();
    for (const code of codes) rows.get(code.id)?.take(code, now);
    this.wakeForLast();
  };

  /** Said again another day. */
  putOff = (notice: BackupNotice) => this.change(() => this.bridge.dismissBackupNotice(notice));

  /** Nothing of a locked list stays in the window. */
  forget() {
    clearTimeout(this.waking);
    this.uncovered.clear();
    this.rows = [];
    this.screens = [];
    this.menu = this.removing = this.query = null;
    this.loaded = false;
  }

  /** The list may change by itself: what is open about an account that is gone closes. */
  private follow() {
    const here = (row: Row | null) => row !== null && this.rows.includes(row);
    if (this.screens.some(({ row }) => !here(row))) this.screens = this.screens.filter(({ row }) => here(row));
    if (this.menu && !here(this.menu)) this.menu = null;
    if (this.removing && !here(this.removing)) this.removing = null;
  }

  /** Copies the code, or shows it first where it is covered. */
  press = async (row: Row) => {
    if (row.covered) return this.show(row);
    const copied = await this.ask(() => this.bridge.copyCode(row.id));
    if (!copied) return;
    row.showCopied(copied.clearAfter);
    this.said = m.copied({ count: copied.clearAfter });
  };

  newCode = async (row: Row) => {
    const code = await this.ask(() => this.bridge.nextCounter(row.id));
    if (!code) return;
    row.take(code, performance.now());
    const spec = row.account.code;
    if (!spec || spec.counter === null) return;
    row.account = { ...row.account, code: { ...spec, counter: String(BigInt(spec.counter) + 1n) } };
  };

  /** Covers what was shown by hand, as when the app goes out of sight. */
  coverAll = () => {
    for (const row of this.rows) if (this.uncovered.has(row.id) && !row.covered) void this.cover(row);
    this.uncovered.clear();
  };

  move(row: Row, by: -1 | 1) {
    const peers = this.peers(row);
    const at = peers.indexOf(row);
    const before = by < 0 ? peers[at - 1] : peers[at + 2];
    return this.moveBefore(row.id, before?.id ?? null);
  }

  moveBefore = async (id: string, before: string | null) => {
    await this.change(() => this.bridge.moveAccount(id, before));
    const row = this.rows.find((each) => each.id === id);
    if (!row) return;
    const peers = this.peers(row);
    const place = peers.indexOf(row) + 1;
    this.said = m.moved_to({ name: title(row.account), place, count: peers.length });
  };

  /** The rows under the same heading. */
  peers(row: Row): Row[] {
    return this.rows.filter((other) => other.account.group === row.account.group);
  }

  /** What was wrong, or nothing when it is saved. */
  edit = async (row: Row, request: EditRequest): Promise<CommandError | null> => {
    try {
      this.take(await this.bridge.editAccount(row.id, request));
      return null;
    } catch (reason) {
      return asError(reason);
    }
  };

  remove = async (row: Row) => {
    this.removing = null;
    const done = await this.change(() => this.bridge.removeAccount(row.id));
    if (!done) return;
    this.screens = [];
    const press = () => void this.change(() => this.bridge.putBack(row.id));
    this.tell({ text: m.removed_toast({ name: fullName(row.account) }), action: { label: m.undo(), press } });
  };

  /** The account itself, whatever lies over the list. */
  goTo(id: string) {
    const row = this.rows.find((each) => each.id === id);
    this.menu = this.removing = null;
    if (row) this.screens = [{ name: "account", row }];
  }

  open(name: "account" | "edit", row: Row) {
    this.menu = null;
    this.screens = [...this.screens, { name, row }];
  }

  back = () => {
    this.screens = this.screens.slice(0, -1);
  };

  private async show(row: Row) {
    const code = await this.ask(() => this.bridge.reveal(row.id, true));
    if (!code) return;
    row.take(code, performance.now());
    this.wakeForLast();
    this.uncovered.add(row.id);
  }

  private async cover(row: Row) {
    const code = await this.ask(() => this.bridge.reveal(row.id, false));
    if (code) row.take(code, performance.now());
  }

  private async change(work: () => Promise<AccountsView>): Promise<boolean> {
    const view = await this.ask(work);
    if (view) this.take(view);
    return view !== undefined;
  }

  private async ask<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (reason) {
      this.tell({ text: say(asError(reason)) });
      return undefined;
    }
  }

  /** One timer for the whole list: it wakes when the next row enters its last five seconds. */
  private wakeForLast() {
    clearTimeout(this.waking);
    const now = performance.now();
    let soonest = Infinity;
    for (const row of this.rows) {
      if (row.endsAt === null) continue;
      const last = row.endsAt - LAST_MS;
      if (last <= now) row.ending = row.endsAt > now;
      else soonest = Math.min(soonest, last);
    }
    if (soonest === Infinity) return;
    this.waking = setTimeout(() => this.wakeForLast(), Math.min(soonest - now + 5, LONGEST_WAIT_MS));
  }
}
