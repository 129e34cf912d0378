import { screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Outcome, RequestView } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { invented, request, strange, work, workAccount } from "../../bridge/invented";
import { at, maybe, open, press, row, settled, user } from "../../../tests/look";
import { windowIs } from "../../../tests/setup";

function withWork(...waiting: RequestView[]): Fake {
  const fake = new Fake({ accounts: [workAccount(), ...invented()] });
  fake.waiting = waiting;
  return fake;
}

/** The question about the only request. */
async function asked(changes: Partial<RequestView> = {}): Promise<Fake> {
  const fake = await open(withWork(request(changes)));
  await press("waiting");
  return fake;
}

async function number(digits: string) {
  for (const digit of digits) await press(`key-${digit}`);
}

const h1 = () => screen.getAllByRole("heading", { level: 1 }).at(-1)?.textContent?.trim();
const cells = () => screen.getAllByTestId("cell").map((cell) => cell.getAttribute("aria-label"));
const cannot = () => (at("approve") as HTMLButtonElement).disabled;
const said = () => at("approve-said").textContent;
const outcome = () => at("result").dataset.outcome;
const picture = () => document.querySelector<SVGElement>(".halves")?.dataset.as;

describe("what waits", () => {
  it("comes first in the list, and one request opens", async () => {
    await open(withWork(request()));
    expect(at("waiting").textContent).toMatch(/Are you signing in\?\s*Payroll, Lisbon, Portugal\. 1:4[12] left/);
    expect(at("waiting").compareDocumentPosition(row("c"))).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
    await press("waiting");
    expect(h1()).toBe("Payroll");
    expect(document.activeElement?.textContent).toBe("Payroll");
  });

  it("is not there when nothing waits, or nobody can be asked", async () => {
    const fake = await open();
    expect(maybe("waiting")).toBeNull();
    expect(maybe("refresh")).toBeNull();
    expect(fake.calls).not.toContain("refreshRequests");
  });

  it("opens the list of several, and chooses none", async () => {
    await open(withWork(request(), strange()));
    expect(at("waiting").textContent).toContain("2 sign-ins are waiting");
    await press("waiting");
    expect(h1()).toBe("2 sign-ins are waiting");
    const rows = screen.getAllByTestId("request");
    expect(rows.map((each) => each.dataset.id)).toEqual(["r1", "r2"]);
    expect(rows[0]?.textContent).toContain("Lisbon, Portugal");
    expect(rows[0]?.textContent).not.toContain("New place");
    expect(rows[1]?.textContent).toContain("Bucharest, Romania");
    expect(rows[1]?.textContent).toContain("New place");
    expect(document.body.textContent).toContain("Only one of these may be yours.");
    await user.click(rows[1] as HTMLElement);
    await settled();
    expect(h1()).toBe("Webmail");
    await press("back", document.querySelector("main.asks") as HTMLElement);
    expect(h1()).toBe("2 sign-ins are waiting");
  });

  it("shows a second one beside the open one, and does not take its place", async () => {
    const fake = await asked();
    await number("4");
    fake.arrive(request(), strange());
    await settled();
    expect(h1()).toBe("Payroll");
    expect(cells()[0]).toBe("digit 1 of 2, 4");
    expect(at("others").textContent).toContain("Another sign-in is waiting");
    await press("show-all");
    expect(h1()).toBe("2 sign-ins are waiting");
  });

  it("says that others wait which only the service knows of", async () => {
    await asked({ othersPending: 1 });
    expect(at("others").textContent).toContain("Only one of them may be yours.");
    expect(maybe("show-all")).toBeNull();
  });

  it("opens from the notification, over whatever was open", async () => {
    const fake = await open(withWork());
    await press("settings");
    fake.waiting = [request()];
    fake.tell("requestsOpened", await fake.requests());
    await settled();
    expect(h1()).toBe("Payroll");
    fake.tell("requestsOpened", { ...(await fake.requests()), requests: [request(), strange()] });
    await settled();
    expect(h1()).toBe("2 sign-ins are waiting");
  });

  it("is asked for by hand, and says when there is nothing", async () => {
    const fake = await open(withWork());
    await press("refresh");
    expect(at("toast").textContent).toContain("No sign-in is waiting.");
    fake.waiting = [request()];
    await press("refresh");
    expect(maybe("waiting")).not.toBeNull();
  });

  it("says which service could not be asked", async () => {
    const fake = await open(withWork());
    fake.unreached = [{ account: "c", reason: "offline" }];
    await press("refresh");
    expect(at("toast").textContent).toContain("Contoso: The service can’t be reached.");
  });

  it("is asked for by pulling the list down, far enough", async () => {
    const fake = await open(withWork());
    fake.calls = [];
    const list = row("c");
    const finger = (type: string, clientY: number) => {
      const event = new Event(type, { bubbles: true, cancelable: true });
      Object.assign(event, { touches: type === "touchend" ? [] : [{ clientY }] });
      list.dispatchEvent(event);
    };
    for (const far of [60, 160]) {
      finger("touchstart", 100);
      finger("touchmove", 100 + far);
      finger("touchend", 0);
      await settled();
      expect(fake.calls.includes("refreshRequests")).toBe(far === 160);
    }
  });

  it("does not stay in the window of a locked app", async () => {
    const fake = await asked();
    fake.tell("stageChanged", { ...fake.app, stage: { type: "locked" } });
    await settled();
    expect(document.body.textContent).not.toContain("Payroll");
  });
});

describe("the question", () => {
  it("shows what the challenge says, in the order it is read", async () => {
    await asked();
    const text = document.querySelector("main.asks")?.textContent?.replace(/\s+/g, " ") ?? "";
    const order = ["Are you signing in?", "Payroll", "maria.lindqvist@contoso.example", "Place", "203.0.113.24"];
    const places = [...order, "Number on the sign-in page", "No, it’s not me", "Approve"].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(text).toContain("Lisbon, Portugal approximate");
    expect(text).toMatch(/Today, \d/);
    expect(maybe("strange")).toBeNull();
  });

  it("says unknown for what is missing", async () => {
    await asked({ app: null, place: null, country: null, ip: null, client: null, time: null });
    expect(h1()).toBe("Unknown application");
    const values = [...document.querySelectorAll(".facts dd")].map((each) => each.textContent?.trim());
    expect(values).toEqual(["Unknown", "Unknown", "Unknown", "Unknown"]);
  });

  it.each([
    [{ unfamiliar: true, proximity: "far" as const }, "New place, far from this computer"],
    [{ unfamiliar: true, proximity: "near" as const }, "You haven’t signed in like this before"],
    [{ unfamiliar: null, proximity: "far" as const }, "Far from this computer"],
  ])("warns when something is unusual: %o", async (changes, words) => {
    await asked(changes);
    expect(at("strange").textContent).toContain(words);
    expect(at("strange").textContent).toContain("If someone gave you this number, say no.");
    expect(document.querySelector("dd.flag")).not.toBeNull();
  });

  it.each([
    ["activation", "Is this your test sign-in?"],
    ["securityChange", "Are you changing how your account is protected?"],
    ["recovery", "Are you getting back into your account?"],
  ] as const)("asks about %s in its own words", async (purpose, words) => {
    await asked({ purpose });
    expect(document.body.textContent).toContain(words);
  });
});

describe("the number", () => {
  it.each([
    [2, "Type both digits first"],
    [3, "Type all 3 digits first"],
    [6, "Type all 6 digits first"],
  ])("of %i digits has to be whole before Approve wakes", async (digits, why) => {
    const fake = await asked({ digits });
    fake.number = "471382".slice(0, digits);
    expect(cells()).toHaveLength(digits);
    expect(cells()[0]).toBe(`digit 1 of ${digits}, empty`);
    for (const [i, digit] of [...fake.number].entries()) {
      expect(cannot()).toBe(true);
      expect(document.getElementById(at("approve").getAttribute("aria-describedby") ?? "")?.textContent).toContain(why);
      await number(digit);
      expect(said()).toBe(`${digit}. ${i + 1} of ${digits}`);
    }
    expect(at("approve").getAttribute("aria-describedby")).toBeNull();
    await press("key-9");
    await press("approve");
    expect(fake.answers).toEqual([{ type: "approve", number: fake.number }]);
    expect(outcome()).toBe("approved");
  });

  it("can be erased", async () => {
    await asked();
    await number("47");
    await press("key-erase");
    expect(cells()).toEqual(["digit 1 of 2, 4", "digit 2 of 2, empty"]);
    expect(said()).toBe("Erased. 1 of 2");
    expect(cannot()).toBe(true);
  });

  it("comes from physical keys as well, and Enter approves only when it is whole", async () => {
    const fake = await asked();
    await user.keyboard("4{Enter}");
    expect(fake.answers).toEqual([]);
    await user.keyboard("8{Backspace}7{Enter}");
    await settled();
    expect(fake.answers).toEqual([{ type: "approve", number: "47" }]);
  });

  it("leaves Enter to the button that has the focus", async () => {
    const fake = await asked();
    await user.keyboard("47");
    at("deny").focus();
    await user.keyboard("{Enter}");
    await settled();
    expect(fake.answers).toEqual([]);
    expect(maybe("stop")).not.toBeNull();
  });

  it("is pasted whole or not at all", async () => {
    await asked();
    const paste = (text: string) => {
      const event = new Event("paste", { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: { getData: () => text, files: [] } });
      document.body.dispatchEvent(event);
    };
    paste("471");
    paste("4 seven");
    await settled();
    expect(cells()[0]).toBe("digit 1 of 2, empty");
    paste(" 4 7\n");
    await settled();
    expect(cells()).toEqual(["digit 1 of 2, 4", "digit 2 of 2, 7"]);
  });

  it("is never asked for without a length: then nothing can be approved", async () => {
    const fake = await asked({ digits: 0 });
    expect(cannot()).toBe(true);
    await user.keyboard("{Enter}");
    expect(fake.answers).toEqual([]);
  });

  it("has one try", async () => {
    const fake = await asked();
    await number("48");
    await press("approve");
    expect(outcome()).toBe("wrongNumber");
    expect(h1()).toBe("That number didn’t match");
    expect(picture()).toBe("missed");
    expect(at("result").getAttribute("role")).toBe("alert");
    await press("result-done");
    expect(maybe("waiting")).toBeNull();
    expect(fake.answers).toHaveLength(1);
  });

  it("is sent once, however often Approve is pressed", async () => {
    const fake = await asked();
    const answer = fake.answerRequest.bind(fake);
    let go!: () => void;
    fake.answerRequest = async (...asked) => {
      await new Promise<void>((done) => (go = done));
      return answer(...asked);
    };
    await number("47");
    await press("approve");
    expect(cannot()).toBe(true);
    expect((at("deny") as HTMLButtonElement).disabled).toBe(true);
    await user.keyboard("{Backspace}1{Enter}{Escape}");
    go();
    await settled();
    expect(fake.answers).toEqual([{ type: "approve", number: "47" }]);
    expect(outcome()).toBe("approved");
  });

  it("is typed without keys on the screen in a wide window, in a dialog over the list", async () => {
    windowIs(1000);
    const fake = await asked();
    const dialog = at("approve-dialog");
    expect(dialog.getAttribute("aria-modal")).toBe("true");
    expect(maybe("key-1")).toBeNull();
    expect(dialog.textContent).toContain("Type it, then press Enter");
    at("number").focus();
    await user.keyboard("47");
    expect(cells()).toEqual(["digit 1 of 2, 4", "digit 2 of 2, 7"]);
    await user.keyboard("{Enter}");
    await settled();
    expect(fake.answers).toEqual([{ type: "approve", number: "47" }]);
  });
});

describe("saying no", () => {
  it.each([
    ["stop-not-me", { type: "report" }, "reported", "Contoso has been told that it wasn’t you."],
    ["stop-unknown-app", { type: "deny", reason: "unknownApp" }, "denied", "you don’t know the application"],
    ["stop-cancelled", { type: "deny", reason: "cancelled" }, "denied", "Nobody was signed in to Payroll."],
  ])("%s is one tap more, and nothing is asked again", async (id, answer, end, words) => {
    const fake = await asked();
    await press("deny");
    expect(fake.answers).toEqual([]);
    await press(id);
    expect(fake.answers).toEqual([answer]);
    expect(outcome()).toBe(end);
    expect(at("result").textContent).toContain(words);
    expect(picture()).toBe("stopped");
    expect(maybe("change-password") !== null).toBe(end === "reported");
  });

  it("can be thought better of, and the number is still there", async () => {
    const fake = await asked();
    await number("4");
    await press("deny");
    await user.keyboard("7");
    await press("stop-back");
    expect(cells()).toEqual(["digit 1 of 2, 4", "digit 2 of 2, empty"]);
    expect(fake.answers).toEqual([]);
  });

  it("takes the place of the dialog in a wide window", async () => {
    windowIs(1000);
    await asked();
    await press("deny");
    expect(screen.getAllByRole("dialog")).toHaveLength(1);
    await press("stop-back");
    expect(maybe("approve-dialog")).not.toBeNull();
  });

  it.each(["needsUpdate", "stale"] as const)("works when approving is blocked: %s", async (blocked) => {
    const fake = await asked({ blocked });
    expect(maybe("cells")).toBeNull();
    expect(cannot()).toBe(true);
    expect(at("blocked").textContent).toContain("You can still say no");
    await user.keyboard("47{Enter}");
    expect(fake.answers).toEqual([]);
    await press("deny");
    await press("stop-not-me");
    expect(outcome()).toBe("reported");
  });
});

describe("scanning the page", () => {
  async function scanned(fake: Fake) {
    await settled();
    await press("add");
    await press("add-scan");
    fake.tell("cameraScan", { type: "found", enroll: { type: "approve", session: "a1", host: "signin.example.org" } });
    await settled();
  }

  function withCamera(...waiting: RequestView[]): Fake {
    const fake = withWork(...waiting);
    fake.camera = "native";
    return fake;
  }

  it("opens the request with nothing to type, and approving stays something one does", async () => {
    const fake = await open(withCamera(request()));
    await scanned(fake);
    expect(h1()).toBe("Payroll");
    expect(at("matched").textContent).toContain("Approve only if this is your sign-in.");
    expect(maybe("cells")).toBeNull();
    expect(fake.answers).toEqual([]);
    expect(document.activeElement?.textContent).toBe("Payroll");
    await press("approve");
    expect(fake.answers).toEqual([{ type: "approveScanned" }]);
    expect(outcome()).toBe("approved");
  });

  it("goes from the request to the scanner and back", async () => {
    const fake = await open(withCamera(request()));
    await press("waiting");
    await press("scan-instead");
    expect(maybe("scanner")).not.toBeNull();
    await press("back", at("scanner").closest("main") as HTMLElement);
    expect(h1()).toBe("Payroll");
    await press("scan-instead");
    fake.tell("cameraScan", { type: "found", enroll: { type: "approve", session: "a1", host: "signin.example.org" } });
    await settled();
    expect(maybe("matched")).not.toBeNull();
    expect(maybe("scanner")).toBeNull();
  });

  it("keeps what was scanned when the app tells of the request again", async () => {
    const fake = await open(withCamera(request()));
    await scanned(fake);
    fake.arrive(request());
    await settled();
    expect(maybe("matched")).not.toBeNull();
  });

  it("says so when the request is gone", async () => {
    const fake = await open(withCamera());
    await scanned(fake);
    expect(at("trouble").textContent).toContain("This request isn’t there any more.");
    await press("result-done");
    expect(row("c")).toBeTruthy();
  });

  it("is not offered where the page shows no code", async () => {
    await asked({ canScan: false });
    expect(maybe("scan-instead")).toBeNull();
  });
});

describe("ends", () => {
  const ends: [Outcome, string, string][] = [
    ["approved", "Approved", "joined"],
    ["wrongNumber", "That number didn’t match", "missed"],
    ["expired", "This request has expired", "late"],
    ["denied", "Sign-in stopped", "stopped"],
    ["reported", "Sign-in stopped", "stopped"],
    ["answered", "This request is already answered", "late"],
    ["locked", "Approvals are paused", "paused"],
    ["suspended", "Approvals are stopped", "paused"],
    ["notActive", "This account can’t approve", "paused"],
    ["needsUpdate", "Update Countersign to approve", "paused"],
    ["signInAgain", "Sign in again", "paused"],
    ["removed", "Contoso has removed this computer", "stopped"],
    ["offline", "signin.example.org can’t be reached", "paused"],
    ["tryLater", "signin.example.org asks you to wait", "paused"],
    ["notVerified", "Nothing was sent", "paused"],
    ["refused", "signin.example.org didn’t take the answer", "paused"],
  ];

  it.each(ends)("%s has a screen of its own", async (end, title, as) => {
    const fake = await asked();
    fake.ends = end;
    await number("47");
    await press("approve");
    expect([outcome(), h1(), picture()]).toEqual([end, title, as]);
    expect(document.activeElement?.textContent).toBe(title);
    const good = ["approved", "denied", "reported"].includes(end);
    expect(at("result").getAttribute("role")).toBe(good ? "status" : "alert");
  });

  it("says until when approvals are paused, and shows the code instead", async () => {
    const fake = await asked();
    fake.ends = "locked";
    fake.retryAfter = 900;
    await number("47");
    await press("approve");
    expect(h1()).toMatch(/^Approvals are paused until \d/);
    await press("result-next");
    expect(maybe("account-code")).not.toBeNull();
  });

  it.each(["offline", "notVerified", "tryLater"] as const)("%s can be tried again, with the number typed anew", async (end) => {
    const fake = await asked();
    fake.ends = end;
    await number("47");
    await press("approve");
    await press("result-next");
    expect(h1()).toBe("Payroll");
    expect(cells()).toEqual(["digit 1 of 2, empty", "digit 2 of 2, empty"]);
    await number("47");
    await press("approve");
    expect(outcome()).toBe("approved");
  });

  it.each(["notActive", "signInAgain", "removed"] as const)("%s leads to signing in", async (end) => {
    const fake = await asked();
    fake.ends = end;
    await number("47");
    await press("approve");
    await press("result-next");
    expect(fake.signIns).toEqual([{ address: null, revives: "c" }]);
  });

  it("goes back to the list of those that still wait", async () => {
    await open(withWork(request(), strange(), strange({ id: "r3" })));
    await press("waiting");
    await user.click(screen.getAllByTestId("request")[1] as HTMLElement);
    await settled();
    await press("deny");
    await press("stop-not-me");
    await press("result-done");
    expect(h1()).toBe("2 sign-ins are waiting");
    expect(screen.getAllByTestId("request").map((each) => each.dataset.id)).toEqual(["r1", "r3"]);
  });

  it("says that it was answered elsewhere when the app tells no more of it", async () => {
    const fake = await asked();
    fake.arrive();
    await settled();
    expect(outcome()).toBe("answered");
  });

  it("stays with the question when the number has another length, and says so", async () => {
    const fake = await asked();
    fake.refuse.answerRequest = { code: "numberLength", detail: "2" };
    await number("47");
    await press("approve");
    expect(at("answer-error").textContent).toContain("The number has 2 digits.");
    expect(cannot()).toBe(true);
  });

  it("is told by a request that is gone", async () => {
    const fake = await asked();
    fake.waiting = [];
    await number("47");
    await press("approve");
    expect(outcome()).toBe("answered");
  });
});

describe("the time that is left", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
  afterEach(() => vi.useRealTimers());

  const wait = async (ms: number) => {
    vi.advanceTimersByTime(ms);
    await settled();
  };

  it("is shown, said at thirty and at ten seconds, and ends the request", async () => {
    await asked({ leftMs: 40_000 });
    expect(at("left").getAttribute("aria-label")).toBe("40 seconds left");
    await wait(10_000);
    expect(said()).toBe("30 seconds left");
    await number("4");
    await wait(2_000);
    expect(said()).toBe("4. 1 of 2");
    await wait(18_000);
    expect(said()).toBe("10 seconds left");
    await wait(10_000);
    expect(outcome()).toBe("expired");
    expect(at("result").textContent).toContain("A request is open for 2 minutes.");
    await press("result-done");
    expect(maybe("waiting")).toBeNull();
  });

  it("takes what is over from the list", async () => {
    await open(withWork(request({ leftMs: 5_000 }), strange()));
    await wait(6_000);
    expect(at("waiting").textContent).toContain("Webmail");
    await wait(120_000);
    expect(maybe("waiting")).toBeNull();
  });

  it("does not end a request whose answer is on its way", async () => {
    const fake = await asked({ leftMs: 3_000 });
    let go!: () => void;
    const answer = fake.answerRequest.bind(fake);
    fake.answerRequest = async (...asked) => {
      await new Promise<void>((done) => (go = done));
      return answer(...asked);
    };
    await number("47");
    await press("approve");
    await wait(5_000);
    expect(maybe("result")).toBeNull();
    go();
    await settled();
    expect(outcome()).toBe("approved");
  });
});

describe("an app that is too old", () => {
  it("says so over codes that go on", async () => {
    const old = workAccount({ work: work({ needsUpdate: true }) });
    await open(new Fake({ accounts: [old, ...invented()] }));
    expect(at("update-banner").textContent).toContain("Update Countersign to approve");
    expect(within(row("n")).getByTestId("code").textContent).toMatch(/\d/);
    await press("open", row("c"));
    expect(maybe("account-code")).not.toBeNull();
  });
});
