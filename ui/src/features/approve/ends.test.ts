// How a request ends, by an answer or by time.
import { screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Outcome } from "../../bridge/bridge";
import { request, strange } from "../../bridge/invented";
import { asked, cannot, cells, h1, number, outcome, picture, said, slow, withWork } from "../../../tests/asking";
import { at, maybe, open, press, settled, user } from "../../../tests/look";

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
    const go = slow(fake);
    await number("47");
    await press("approve");
    await wait(5_000);
    expect(maybe("result")).toBeNull();
    go();
    await settled();
    expect(outcome()).toBe("approved");
  });
});
