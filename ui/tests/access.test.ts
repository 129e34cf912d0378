// The main screens, checked for what a machine can find about accessibility.
import { describe, it } from "vitest";
import { Fake } from "../src/bridge/fake";
import { activityItem, candidate, invented, request, strange, work, workAccount } from "../src/bridge/invented";
import { check } from "./axe";
import { at, open, press, row, settled, type, user } from "./look";
import { windowIs } from "./setup";

describe("accessibility", () => {
  it.each(["consent", "diagnostics", "locked"] as const)("of %s", async (type) => {
    await open(new Fake({ stage: { type } }));
    await check();
  });

  it("of the question about a forgotten passphrase", async () => {
    await open(new Fake({ stage: { type: "locked" } }));
    await press("forgot-pass");
    await check();
  });

  it("of a phone that is locked, and how its lock is turned on and off", async () => {
    const fake = new Fake({ stage: { type: "locked" }, deviceType: "android", canVerify: true });
    fake.app.settings.protection = "person";
    fake.refuse.unlockByPerson = { code: "notVerified", detail: null };
    await open(fake);
    await check();
    await press("forgot-pass");
    await check();
    await press("start-empty-confirm");
    await press("settings");
    await press("app-lock");
    await check();
    await press("lock-submit");
    await press("app-lock");
    await check();
  });

  it("of a find that took the place of another", async () => {
    const fake = await open();
    for (const session of ["a", "b"]) {
      fake.tell("linkOpened", { type: "found", enroll: { type: "accounts", session, candidates: [candidate()], refused: [] } });
      await settled();
    }
    at("replaced");
    await check();
  });

  it("of a problem and its question", async () => {
    await open(new Fake({ stage: { type: "problem", problem: "keyLost", vaultExists: true } }));
    await check();
    await press("problem-startEmpty");
    await check();
  });

  it("of the list, its menu, an account and its form", async () => {
    await open();
    await check();
    await press("more", row("n"));
    await check();
    await press("details");
    await check();
    await press("account-more");
    await press("edit");
    await check();
  });

  it("of search", async () => {
    await open();
    await press("open-search");
    await type("search", "lind");
    await settled();
    await check();
  });

  it("of the empty list and adding", async () => {
    await open(new Fake({ accounts: [] }));
    await check();
    await press("add");
    await check();
    await press("add-manual");
    await check();
    await press("manual-submit");
    await check();
  });

  it("of the scanner", async () => {
    const fake = new Fake();
    fake.camera = "native";
    await open(fake);
    await press("add");
    await press("add-scan");
    await check();
  });

  it("of the question about several accounts", async () => {
    const fake = await open();
    const refused = [{ name: "Old", reason: { code: "keyMissing" as const, detail: null } }];
    const candidates = [candidate(), candidate({ index: 1, issuer: "Litware" })];
    fake.tell("linkOpened", { type: "found", enroll: { type: "accounts", session: "s1", candidates, refused } });
    await settled();
    await check();
  });

  it.each(["language", "trash", "privacy", "app-lock", "theme"])("of the settings and %s", async (page) => {
    await open();
    await press("settings");
    await check();
    await press(page);
    await check();
  });

  function withWork(state: "active" | "stale" | "signIn" = "active"): Fake {
    const clockAhead = 47;
    return new Fake({ accounts: [workAccount({ work: work({ state, clockAhead, needsUpdate: true }) }), ...invented()] });
  }

  it.each(["active", "stale", "signIn"] as const)("of a work account, %s", async (state) => {
    await open(withWork(state));
    await check();
    await press("open", row("c"));
    await check();
  });

  it("of recent activity and its report", async () => {
    const fake = withWork();
    fake.items = [activityItem({ result: "mismatch" })];
    await open(fake);
    await press("open", row("c"));
    await press("activity-item");
    await check();
    await press("report");
    await check();
    await press("report-confirm");
    await check();
  });

  it("of the requests that wait, the question, its reasons and its end", async () => {
    const fake = withWork();
    fake.waiting = [request(), strange()];
    await open(fake);
    await press("waiting");
    await check();
    await user.click(document.querySelectorAll("[data-testid=request]")[1] as Element);
    await settled();
    await press("key-4");
    await check();
    await press("deny");
    await check();
    await press("stop-not-me");
    await check();
  });

  it.each(["stale", "matched"])("of a question that is not about a number: %s", async (kind) => {
    const fake = withWork();
    fake.waiting = [kind === "stale" ? request({ blocked: "stale" }) : request({ isMatched: true })];
    await open(fake);
    await press("waiting");
    await check();
  });

  it("of the question in a wide window", async () => {
    windowIs(1000);
    const fake = withWork();
    fake.waiting = [request()];
    await open(fake);
    await press("waiting");
    await check();
  });

  it("of adding a work account, to the end", async () => {
    const fake = new Fake();
    fake.notify = "ask";
    await open(fake);
    await press("add");
    await press("add-work");
    await check();
    await type("field-address", "signin.example.org");
    await press("work-submit");
    await check();
    fake.signedIn();
    await settled();
    await check();
    await press("confirm-add");
    await check();
    await press("notify-no");
    await check();
  });

  it("of typing a set-up code", async () => {
    await open();
    await press("add");
    await press("add-work");
    await press("work-manual");
    await press("manual-submit");
    await check();
  });
});
