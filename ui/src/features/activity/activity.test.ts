import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Fake, refusal } from "../../bridge/fake";
import { activityItem, invented, workAccount } from "../../bridge/invented";
import { at, maybe, open, press, row, settled, user } from "../../../tests/look";
import { kindOf, methodWords, resultWords } from "./words";

/** The page of Contoso's account. */
async function account(change: (fake: Fake) => void = () => {}): Promise<Fake> {
  const fake = new Fake({ accounts: [workAccount(), ...invented()] });
  change(fake);
  await open(fake);
  await press("open", row("c"));
  return fake;
}

const wrong = activityItem({ id: "x2", app: "Webmail", place: "Bucharest, Romania", result: "mismatch" });

async function opened(change?: (fake: Fake) => void): Promise<Fake> {
  const fake = await account((fake) => {
    fake.items = [wrong];
    change?.(fake);
  });
  await press("activity-item");
  return fake;
}

describe("recent activity", () => {
  it("is on the page of a work account: what, where, how it ended, when", async () => {
    await account((fake) => {
      const nowhere = activityItem({ id: "x3", app: null, place: null, country: null, result: "denied" });
      fake.items = [activityItem(), wrong, nowhere, activityItem({ id: "x4", method: "code", result: "ok" })];
    });
    const rows = screen.getAllByTestId("activity-item").map((each) => each.textContent?.replace(/\s+/g, " ").trim());
    expect(rows[0]).toMatch(/^Payroll Lisbon, Portugal\. Approved \d/);
    expect(rows[1]).toMatch(/^Webmail Bucharest, Romania\. Wrong number, stopped \d/);
    expect(rows[2]).toMatch(/^Unknown application Unknown place\. You said no \d/);
    expect(rows[3]).toMatch(/^Payroll Lisbon, Portugal\. Code \d/);
  });

  it("is not asked for by an account that only shows codes", async () => {
    const fake = await open();
    await press("more", row("n"));
    await press("details");
    expect(fake.calls).not.toContain("activity");
  });

  it("says when there is nothing, or the service can’t be asked, and asks again", async () => {
    const fake = await account((fake) => {
      fake.refuse.activity = refusal("offline");
      fake.items = [];
    });
    expect(at("activity-error").textContent).toContain("The service can’t be reached.");
    await press("activity-again");
    expect(at("activity-none").textContent).toContain("Nothing yet.");
    expect(fake.calls.filter((call) => call === "activity")).toHaveLength(2);
  });

  it("shows one sign-in whole", async () => {
    await opened();
    expect(screen.getAllByRole("heading", { level: 1 }).at(-1)?.textContent).toBe("Webmail");
    const facts = document.querySelectorAll(".facts");
    const text = facts[facts.length - 1]?.textContent;
    for (const part of ["Contoso", "Bucharest, Romania", "approximate", "203.0.113.24", "Notification"]) {
      expect(text).toContain(part);
    }
  });

  it("reports a strange one, after asking once", async () => {
    const fake = await opened();
    await press("report");
    expect(fake.reports).toEqual([]);
    await press("report-confirm");
    expect(fake.reports).toEqual(["x2"]);
    expect(at("reported").textContent).toContain("Contoso has been told that it wasn’t you.");
    expect(maybe("report")).toBeNull();
    await press("report-done");
    expect(maybe("reported")).toBeNull();
    await press("activity-item");
    expect(maybe("reported")).not.toBeNull();
  });

  it("reports nothing when the question is left", async () => {
    const fake = await opened();
    await press("report");
    await user.keyboard("{Escape}");
    await settled();
    expect(fake.reports).toEqual([]);
    expect(maybe("report")).not.toBeNull();
  });

  it("says when the report did not arrive, and lets one try again", async () => {
    const fake = await opened((fake) => (fake.refuse.reportActivity = refusal("offline")));
    await press("report");
    await press("report-confirm");
    expect(at("report-error").textContent).toContain("The service can’t be reached.");
    await press("report");
    await press("report-confirm");
    expect(fake.reports).toEqual(["x2"]);
  });
});

describe("the service’s words", () => {
  it.each([
    ["push", "Notification"],
    ["security_key", "Security key"],
    ["SMS", "Text message"],
    ["carrier-pigeon", "carrier-pigeon"],
  ])("for the method %s", (method, words) => expect(methodWords(method)).toBe(words));

  it.each([
    ["approved", "Approved", "good"],
    ["number_mismatch", "Wrong number, stopped", "bad"],
    ["expired", "Not answered", "no"],
    ["sideways", "sideways", "no"],
  ])("for the result %s", (result, words, kind) => expect([resultWords(result), kindOf(result)]).toEqual([words, kind]));
});
