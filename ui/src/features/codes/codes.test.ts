import { screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Fake } from "../../bridge/fake";
import { account, spec } from "../../bridge/invented";
import { at, maybe, open, press, row, rows, settled, type, user } from "../../../tests/look";
import { windowIs } from "../../../tests/setup";

/** Twenty seconds into a step. */
const START = new Date("2026-11-22T14:02:20Z");

beforeEach(() => vi.useFakeTimers({ now: START, toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

function hiding(): Fake {
  const fake = new Fake();
  fake.app.settings.hideCodes = true;
  return fake;
}

const label = (id: string) => within(row(id)).getByTestId("copy").getAttribute("aria-label");
const digits = (id: string) => within(row(id)).getByTestId("code").textContent?.replace(/\s/g, "");

describe("the list", () => {
  it("has a heading for each kind that has accounts", async () => {
    await open();
    const headings = screen.getAllByRole("heading", { level: 2 }).map((each) => each.textContent);
    expect(headings).toEqual(["Personal", "Other"]);
  });

  it("names a row by its account and its code, digit by digit", async () => {
    const fake = await open();
    const code = (await fake.codes())[0]?.digits ?? "";
    expect(label("n")).toBe(`Northwind, maria@example.org, code ${[...code].join(" ")}. Copy`);
    expect(digits("n")).toBe(code);
    expect(digits("t")).toHaveLength(8);
    expect(digits("s")).toHaveLength(5);
  });

  it("copies with the whole row and says when it is cleared", async () => {
    const fake = await open();
    await press("copy", row("f"));
    expect(fake.calls).toContain("copyCode");
    expect(row("f").textContent).toContain("Copied. Cleared in 60 seconds");
    expect(at("said").textContent).toBe("Copied. Cleared in 60 seconds");
    expect(row("n").textContent).not.toContain("Copied");
  });

  it("says why a code could not be copied", async () => {
    const fake = await open();
    fake.refuse.copyCode = { code: "clipboard", detail: null };
    await press("copy", row("f"));
    expect(at("toast").textContent).toContain("couldn’t be copied");
  });

  it("shows covered codes at the first press and copies at the second", async () => {
    const fake = await open(hiding());
    expect(label("n")).toBe("Northwind, maria@example.org, code hidden. Show");
    expect(digits("n")).toBe("••••••");
    await press("copy", row("n"));
    expect(fake.calls).not.toContain("copyCode");
    expect(digits("n")).toMatch(/^\d{6}$/);
    expect(digits("f")).toBe("••••••");
    await press("copy", row("n"));
    expect(fake.calls).toContain("copyCode");
  });

  it("covers again what was shown when the app goes out of sight", async () => {
    await open(hiding());
    await press("copy", row("n"));
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
    expect(digits("n")).toBe("••••••");
    vi.restoreAllMocks();
  });

  it("covers again what the app covers, and does not cover it twice", async () => {
    const fake = await open(hiding());
    await press("copy", row("n"));
    const codes = (await fake.codes()).map((code) => ({ ...code, digits: null, next: null }));
    fake.tell("codesChanged", codes);
    await settled();
    expect(digits("n")).toBe("••••••");
    fake.calls = [];
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
    expect(fake.calls).not.toContain("reveal");
    vi.restoreAllMocks();
  });

  it("never waits longer than a timer can", async () => {
    const waits = vi.spyOn(globalThis, "setTimeout");
    await open(new Fake({ accounts: [account({ id: "y", code: spec({ period: 31_536_000 }) })] }));
    expect(Math.max(...waits.mock.calls.map(([, wait]) => wait ?? 0))).toBeLessThanOrEqual(60_000);
    vi.restoreAllMocks();
  });

  it("counts a counter up", async () => {
    const fake = await open();
    const before = digits("w");
    expect(row("w").textContent).toContain("Counter 17");
    expect(row("w").querySelector(".ring")).toBeNull();
    await press("next-counter", row("w"));
    expect(fake.calls).toContain("nextCounter");
    expect(digits("w")).not.toBe(before);
    expect(row("w").textContent).toContain("Counter 18");
  });

  it("turns amber and shows the next code in the last five seconds", async () => {
    const fake = await open();
    expect(row("n").querySelector(".ring")?.classList.contains("last")).toBe(false);
    expect(within(row("n")).queryByTestId("next")).toBeNull();
    vi.setSystemTime(new Date("2026-11-22T14:02:26Z"));
    const codes = await fake.codes();
    fake.tell("codesChanged", codes);
    await settled();
    expect(row("n").querySelector(".ring")?.classList.contains("last")).toBe(true);
    const next = within(row("n")).getByTestId("next").textContent?.replace(/\s/g, "");
    expect(next).toBe(codes[0]?.next);
  });

  it("draws a new code without drawing the row again", async () => {
    const fake = await open();
    const before = row("n");
    const ring = before.querySelector(".ring");
    vi.setSystemTime(new Date("2026-11-22T14:02:50Z"));
    const codes = await fake.codes();
    fake.tell("codesChanged", codes);
    await settled();
    expect(row("n")).toBe(before);
    expect(before.querySelector(".ring")).toBe(ring);
    expect(digits("n")).toBe(codes[0]?.digits);
  });

  it("tells that an older copy was opened, until that is hidden", async () => {
    const fake = new Fake();
    fake.olderCopyUsed = true;
    await open(fake);
    expect(at("older-copy").textContent).toContain("An older copy was opened");
    await user.click(within(at("older-copy")).getByRole("button"));
    expect(maybe("older-copy")).toBeNull();
  });

  it("finds accounts by name and marks what was typed", async () => {
    await open();
    await press("open-search");
    await type("search", "lind");
    await settled();
    const search = at("search").closest("main") as HTMLElement;
    expect(within(search).getAllByTestId("row").map((each) => each.dataset.id)).toEqual(["f", "t", "v"]);
    expect(within(search).getAllByText(/lind/i, { selector: "mark" })).toHaveLength(4);
    expect(within(search).getByRole("status").textContent).toBe("3 accounts");
    await user.keyboard("{Escape}");
    await settled();
    expect(maybe("search")).toBeNull();
  });

  it("moves an account among those of its kind", async () => {
    await open();
    expect(rows()).toEqual(["n", "f", "t", "w", "s", "v"]);
    await press("more", row("t"));
    await press("move-up");
    expect(rows()).toEqual(["n", "t", "f", "w", "s", "v"]);
    expect(at("said").textContent).toBe("Tailspin Bank: place 1 of 5");
    expect((at("move-up") as HTMLButtonElement).disabled).toBe(true);
    await press("move-down");
    await press("move-down");
    expect(rows()).toEqual(["n", "f", "w", "t", "s", "v"]);
  });

  it("removes after a warning and puts back with Undo", async () => {
    await open();
    await press("more", row("f"));
    await press("remove");
    expect(screen.getByRole("alertdialog").textContent).toContain("Is there another way to sign in?");
    await press("remove-confirm");
    expect(rows()).not.toContain("f");
    expect(at("toast").textContent).toContain("Fabrikam Mail, maria.lindqvist was removed");
    await user.tab();
    expect(document.activeElement).toBe(at("undo"));
    await user.keyboard("{Enter}");
    await settled();
    expect(rows()).toContain("f");
    expect(maybe("toast")).toBeNull();
  });

  it("keeps Undo while it is looked at", async () => {
    vi.useFakeTimers({ now: START, shouldAdvanceTime: true });
    await open();
    await press("more", row("f"));
    await press("remove");
    await press("remove-confirm");
    await user.hover(at("toast"));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(maybe("toast")).not.toBeNull();
    await user.unhover(at("toast"));
    await vi.advanceTimersByTimeAsync(10_500);
    expect(maybe("toast")).toBeNull();
    expect(rows()).not.toContain("f");
  });

  it("puts the way on last in a dialog and first in a sheet", async () => {
    const order = () => [...document.querySelectorAll(".choices button")].map((each) => each.textContent);
    await open();
    await press("more", row("f"));
    await press("remove");
    expect(order()).toEqual(["Remove account", "Keep it"]);
    document.body.replaceChildren();
    windowIs(1000);
    await open();
    await press("more", row("f"));
    await press("remove");
    expect(order()).toEqual(["Keep it", "Remove account"]);
  });
});

describe("one account", () => {
  it("shows its code, its facts and its note", async () => {
    await open();
    await press("more", row("f"));
    await press("details");
    expect(screen.getByRole("heading", { level: 1, name: "Fabrikam Mail" })).toBe(document.activeElement);
    expect(at("account-code").getAttribute("aria-label")).toMatch(/^Code (\d ){5}\d, 10 seconds left. Copy$/);
    expect(document.querySelector(".facts")?.textContent).toContain("SHA-1");
    expect(document.querySelector(".facts")?.textContent).toContain("Shared with Jonas");
    await press("back");
    expect(document.activeElement).toBe(within(row("f")).getByTestId("more"));
  });

  it("takes a new name, a note and a heading", async () => {
    const fake = await open();
    await press("more", row("f"));
    await press("edit");
    await type("edit-issuer", "Fabrikam Post");
    await press("group-personal");
    await press("save");
    expect(row("f").textContent).toContain("Fabrikam Post");
    expect(fake.all.find((each) => each.id === "f")?.group).toBe("personal");
    expect(maybe("edit-issuer")).toBeNull();
  });

  it("keeps the form open when the name is too long", async () => {
    const fake = await open();
    fake.refuse.editAccount = { code: "nameTooLong", detail: "120" };
    await press("more", row("f"));
    await press("edit");
    await press("save");
    expect(at("form-error").textContent).toContain("120 characters fit");
  });
});
