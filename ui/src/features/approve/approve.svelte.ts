// Sign-ins that wait: which there are, the one that is open, what was typed for it, and how it ended.
import type {
  AnswerRequest,
  Bridge,
  DenyReason,
  Outcome,
  OutcomeView,
  RequestsView,
} from "../../bridge/bridge";
import { asError, say } from "../../errors";
import { m } from "../../paraglide/messages.js";
import { Task } from "../../task.svelte";
import { spoken } from "../../times";
import { Entry } from "./entry.svelte";
import { endings, type Place, type Waiting } from "./states";

/** What the rest of the window is told, and knows. */
export interface Outside {
  tell: (text: string) => void;
  /** The name of an account. */
  name: (account: string) => string;
  /** What waits was told anew. */
  taken: () => void;
  /** An answer was given. */
  settled: (outcome: OutcomeView) => void;
}

/** When the time that is left is said, each once. */
const SAID_MS = [30_000, 10_000];

export class Approve {
  waiting = $state.raw<Waiting[]>([]);
  /** How many accounts can be asked. */
  accounts = $state(0);
  /** What is open over the list; nothing while the person is elsewhere. */
  place = $state.raw<Place | null>(null);
  /** The reasons for a no are being asked for. */
  stopping = $state(false);
  refreshing = $state(false);
  /** What a screen reader is told. */
  said = $state("");
  /** The clock while something waits: one tick a second. */
  now = $state(0);
  readonly task = new Task();
  readonly entry = new Entry(
    () => (this.request && !this.task.busy && !this.request.isMatched && !this.request.blocked ? this.request.digits : null),
    (words) => (this.said = words),
  );

  /** The list was passed on the way, so that it is where one goes back to. */
  private fromList = false;
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor(
    private bridge: Bridge,
    private outside: Outside,
  ) {}

  /** The request that is open. */
  get request(): Waiting | null {
    return this.place?.at === "request" ? this.place.request : null;
  }

  /** Its number is typed, or need not be. */
  get full(): boolean {
    const { request } = this;
    if (!request || request.blocked) return false;
    return request.isMatched || (request.digits > 0 && this.entry.typed.length === request.digits);
  }

  /** Others that wait beside the open one, as far as app or service know. */
  get others(): number {
    const { request } = this;
    if (!request) return 0;
    return Math.max(request.othersPending, this.waiting.filter((each) => each.id !== request.id).length);
  }

  left(request: Waiting): number {
    return Math.max(0, request.endsAt - this.now);
  }

  take = (view: RequestsView) => {
    this.now = performance.now();
    this.accounts = view.accounts;
    this.waiting = view.requests.map((request) => ({ ...request, endsAt: this.now + request.leftMs }));
    this.follow();
    this.keepTime();
    this.outside.taken();
  };

  /** What is known, then what the services say. */
  enter = async () => {
    const known = await this.bridge.requests().catch(() => null);
    if (known) this.take(known);
    this.look();
  };

  /** Asks without saying anything about it, as when the app is seen again. */
  look = () => {
    if (this.accounts === 0 || this.refreshing) return;
    void this.bridge.refreshRequests().then(this.take, () => null);
  };

  /** Asks because the person wants to know. */
  refresh = async () => {
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      const view = await this.bridge.refreshRequests();
      this.take(view);
      const [first] = view.unreached;
      if (first) {
        const reason = say({ code: first.reason, detail: null });
        this.outside.tell(m.unreached({ name: this.outside.name(first.account), reason }));
      } else if (view.requests.length === 0) this.outside.tell(m.none_waiting());
    } catch (reason) {
      this.outside.tell(say(asError(reason)));
    } finally {
      this.refreshing = false;
    }
  };

  /** One request opens; of several, none is chosen for the person. */
  open = () => {
    const [first, second] = this.waiting;
    if (!first) return;
    if (second) this.list();
    else this.show(first);
  };

  /** The person opened the notification. */
  opened = (view: RequestsView) => {
    this.take(view);
    if (this.task.busy) return;
    if (this.waiting.length === 0) this.outside.tell(m.none_waiting());
    else if (this.place?.at !== "request" || this.waiting.length > 1) this.open();
  };

  list = () => {
    this.fromList = true;
    this.move({ at: "list" });
  };

  show = (request: Waiting) => {
    if (this.place?.at !== "list") this.fromList = false;
    this.move({ at: "request", request });
  };

  /** Finds the request that a scanned code belongs to. */
  match = async (session: string, host: string) => {
    this.fromList = false;
    const looking: Place = { at: "looking", host };
    this.move(looking);
    try {
      const request = await this.bridge.matchRequest(session);
      if (this.place !== looking) return;
      this.now = performance.now();
      this.move({ at: "request", request: { ...request, endsAt: this.now + request.leftMs } });
      this.keepTime();
    } catch (reason) {
      if (this.place === looking) this.move({ at: "trouble", error: asError(reason) });
    }
  };

  /** Back from a request goes to the list one came from, if it still has something. */
  back = () => {
    if (this.task.busy) return;
    const toList = this.place?.at !== "list" && this.fromList && this.waiting.length > 0;
    this.move(toList ? { at: "list" } : null);
  };

  /** Straight out, because the person goes somewhere else. */
  leave = () => this.move(null);

  /** Once more, after an answer that did not count. */
  again = () => {
    const end = this.place?.at === "end" ? this.place.end : null;
    const request = this.waiting.find((each) => each.id === end?.request.id);
    if (request) this.show({ ...request, isMatched: request.isMatched || (end?.request.isMatched ?? false) });
    else this.back();
  };

  forget() {
    clearInterval(this.ticking);
    this.ticking = undefined;
    this.waiting = [];
    this.accounts = 0;
    this.move(null);
  }

  approve = () => {
    if (!this.full || !this.request) return;
    const number = this.entry.typed;
    void this.answer(this.request.isMatched ? { type: "approveScanned" } : { type: "approve", number });
  };

  /** Nothing is asked again: the reason is the answer. */
  stop = (reason: DenyReason | "report") => {
    this.stopping = false;
    void this.answer(reason === "report" ? { type: "report" } : { type: "deny", reason });
  };

  private async answer(answer: AnswerRequest) {
    const { request } = this;
    if (!request) return;
    const outcome = await this.task.run(() => this.bridge.answerRequest(request.id, answer));
    this.entry.clear();
    if (outcome) {
      this.settle(request, outcome, answer.type === "deny" ? answer.reason : null);
      return;
    }
    if (this.task.error?.code === "requestGone") this.end(request, endings(request, performance.now()));
  }

  private settle(request: Waiting, answered: OutcomeView, reason: DenyReason | null) {
    const { outcome, isOpen, isSetUp, retryAfter, requests } = answered;
    const retryAt = retryAfter === null ? null : Date.now() + retryAfter * 1000;
    this.move({ at: "end", end: { outcome, request, isOpen, isSetUp, retryAfter, retryAt, reason } });
    this.take(requests);
    this.outside.settled(answered);
  }

  private end(request: Waiting, outcome: Outcome) {
    const end = { outcome, request, isOpen: false, isSetUp: false, retryAfter: null, retryAt: null, reason: null };
    this.move({ at: "end", end });
    this.waiting = this.waiting.filter((each) => each.id !== request.id);
  }

  private move(place: Place | null) {
    this.place = place;
    this.entry.clear();
    this.said = "";
    this.stopping = false;
    this.task.error = null;
  }

  /** The open request is the one that the app tells of; if it tells no more of it, it is over. */
  private follow() {
    const { request } = this;
    if (!request || this.task.busy) return;
    const same = this.waiting.find((each) => each.id === request.id);
    if (same) this.place = { at: "request", request: { ...same, isMatched: same.isMatched || request.isMatched } };
    else this.end(request, endings(request, this.now));
  }

  private keepTime() {
    const wanted = this.waiting.length > 0 || this.request !== null;
    if (wanted && this.ticking === undefined) this.ticking = setInterval(this.tick, 1000);
    if (wanted) return;
    clearInterval(this.ticking);
    this.ticking = undefined;
  }

  private tick = () => {
    const before = this.now;
    this.now = performance.now();
    const { request } = this;
    if (this.waiting.some((each) => each.endsAt <= this.now)) {
      this.waiting = this.waiting.filter((each) => each.endsAt > this.now);
    }
    // An answer that is on its way decides; until it is here nothing is over.
    if (request && !this.task.busy) {
      if (request.endsAt <= this.now) this.end(request, "expired");
      else this.sayTime(request.endsAt - before, request.endsAt - this.now);
    }
    this.keepTime();
  };

  private sayTime(before: number, after: number) {
    if (SAID_MS.some((mark) => before > mark && after <= mark)) this.said = m.time_left({ time: spoken(after) });
  }
}
