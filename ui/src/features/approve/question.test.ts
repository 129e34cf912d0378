// What is asked, the number that is typed, and saying no.
import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { asked, cannot, cells, h1, number, outcome, picture, said, slow } from "../../../tests/asking";
import { at, maybe, press, settled, user } from "../../../tests/look";
import { windowIs } from "../../../tests/setup";

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
    const go = slow(fake);
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
