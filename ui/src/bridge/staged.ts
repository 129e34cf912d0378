// The fake bridge at a stage named in the address, to look at screens in a browser:
// `?stage=consent`, `?problem=keyLost&vault`, `?empty`, `?language=sv`, `?theme=dark`, `?hide`, `?many=1000`;
// `?stage=locked&locks=person&device=android`; `?backup`, `?backup=failed`, `?notice=off`, `?slow`; `?work`, `?work=stale`, `?waiting=2`, `?ends=locked`, `?old`, `?clock=47`, `?digits=6`, `?blocked=needsUpdate`.
import type { AccountView, AppView, BackupNotice, BackupView, Language, Outcome, Problem, RequestView, Theme, WorkState } from "./bridge";
import { Fake } from "./fake";
import { backedUp } from "./inventedBackup";
import { account, activityItem, invented, request, strange, work, workAccount } from "./invented";

const FAILED: Partial<BackupView> = {
  trouble: { code: "backupFolderGone", detail: null },
  failedAt: Math.floor(Date.now() / 1000) - 600,
  isBehind: true,
};

export function staged(query: URLSearchParams): Fake {
  const fake = new Fake({ stage: stage(query), accounts: accounts(query) });
  fake.passphrase = "correct horse battery";
  fake.app.settings.language = (query.get("language") ?? "system") as Language;
  fake.app.settings.theme = (query.get("theme") ?? "system") as Theme;
  fake.app.settings.hideCodes = query.has("hide");
  fake.app.deviceType = (query.get("device") ?? "desktop") as AppView["deviceType"];
  fake.app.canVerify = fake.app.deviceType !== "desktop";
  fake.app.settings.protection = query.has("locks") ? (query.get("locks") === "person" ? "person" : "passphrase") : "keystore";
  // Or it would be open before anybody had seen it.
  if (query.has("stage")) fake.refuse.unlockByPerson = { code: "notVerified", detail: null };
  fake.olderCopyUsed = query.has("older");
  fake.waiting = waiting(query);
  fake.ends = query.get("ends") as Outcome | null;
  fake.retryAfter = query.has("ends") ? 900 : null;
  fake.notify = query.has("notify") ? "ask" : "yes";
  fake.items = activity();
  fake.backupNotice = query.get("notice") as BackupNotice | null;
  fake.slow = query.has("slow");
  if (query.has("backup")) fake.backupState = backedUp(query.get("backup") === "failed" ? FAILED : {});
  Object.assign(window, { fake, staged: { request, strange } });
  return fake;
}

function stage(query: URLSearchParams): AppView["stage"] {
  const problem = query.get("problem");
  if (problem) return { type: "problem", problem: problem as Problem, vaultExists: query.has("vault") };
  return { type: query.get("stage") ?? "ready" } as AppView["stage"];
}

function accounts(query: URLSearchParams): AccountView[] | undefined {
  if (query.has("empty")) return [];
  const many = Number(query.get("many"));
  if (many) return Array.from({ length: many }, (_, i) => account({ id: `a${i}`, issuer: `Site ${i + 1}` }));
  if (!query.has("work")) return undefined;
  const state = (query.get("work") || "active") as WorkState;
  const clock = Number(query.get("clock"));
  const contoso = work({ state, needsUpdate: query.has("old"), clockAhead: clock || null });
  const hospital = { issuer: "Universitetssjukhuset i Linköping – medarbetarkonto", account: "marli204" };
  return [
    workAccount({ work: contoso }),
    workAccount({ id: "u", ...hospital, code: null, work: work({ state: "signIn", fingerprint: null }) }),
    ...invented(),
  ];
}

function waiting(query: URLSearchParams): RequestView[] {
  const changes: Partial<RequestView> = {
    digits: Number(query.get("digits")) || 2,
    isMatched: query.has("matched"),
    blocked: query.get("blocked") as RequestView["blocked"],
  };
  if (query.has("long")) {
    Object.assign(changes, {
      app: "Schema och journalstöd",
      issuer: "Universitetssjukhuset i Linköping – medarbetarkonto",
      username: "marli204",
      place: null,
      country: null,
      ip: null,
    });
  }
  const both = [query.has("strange") ? strange(changes) : request(changes), strange(changes)];
  return both.slice(0, Number(query.get("waiting")));
}

function activity() {
  const now = Math.floor(Date.now() / 1000);
  return [
    activityItem(),
    activityItem({ ...strange(), id: "x2", time: now - 15_000, method: "push", result: "mismatch" }),
    activityItem({ id: "x3", app: "Time sheets", place: "Linköping, Sweden", time: now - 90_000, method: "code", result: "ok" }),
    activityItem({ id: "x4", app: "Webmail", place: null, country: null, time: now - 400_000, result: "denied" }),
  ];
}
