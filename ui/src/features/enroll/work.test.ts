// A work account on its way in: by signing in, by scanning, by typing.
import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Fake, refusal } from "../../bridge/fake";
import { activation, invented, signIn, workAccount } from "../../bridge/invented";
import { last, scanned, signed, signingIn } from "../../../tests/adding";
import { h1 } from "../../../tests/asking";
import { at, maybe, open, press, row, settled, type, user } from "../../../tests/look";
import { grouped } from "./code";

describe("adding by signing in", () => {
  it("is the first of the ways in, for an empty list too", async () => {
    await open(new Fake({ accounts: [] }));
    await press("empty-work");
    expect(h1()).toBe("Add work or school account");
  });

  it("asks for an address, shows the code for the page, and asks before anything is added", async () => {
    const fake = await signingIn();
    expect(fake.signIns).toEqual([{ address: "maria@contoso.example", revives: null }]);
    expect(h1()).toBe("Sign in at Contoso");
    expect(at("user-code").textContent).toContain("WDJB-MJHT");
    expect(at("sign-in-address").textContent).toBe("https://signin.example.org/device");
    expect(document.body.textContent).toContain("10 minutes left");
    await press("open-page");
    expect(fake.calls).toContain("openSignInPage");
    await signed(fake);
    expect(h1()).toBe("Add this account?");
    expect(document.querySelector(".facts")?.textContent).toContain("signin.example.org");
    expect(document.querySelector(".facts")?.textContent).toContain("Maria Lindqvist");
    expect(fake.all).toHaveLength(6);
    await press("confirm-add");
    expect(last(fake)).toMatchObject({ issuer: "Contoso", work: { state: "pending", host: "signin.example.org" } });
  });

  it("says at the field that there is no such address", async () => {
    const fake = await open();
    await press("add");
    await press("add-work");
    await press("work-submit");
    expect(at("field-error").textContent).toContain("Type the address first.");
    await type("field-address", "contoso");
    await press("work-submit");
    expect(at("field-error").textContent).toContain("This isn’t the address of a sign-in service.");
    fake.refuse.beginSignIn = refusal("offline");
    await press("work-submit");
    expect(at("form-error").textContent).toContain("The service can’t be reached.");
    await type("field-address", "signin.example.org");
    await press("work-submit");
    expect(maybe("user-code")).not.toBeNull();
  });

  it("says when the browser didn’t open, until it does", async () => {
    const fake = new Fake();
    fake.signInAt = signIn({ opened: false });
    await signingIn(fake);
    expect(maybe("not-opened")).not.toBeNull();
    await press("open-page");
    expect(maybe("not-opened")).toBeNull();
    fake.refuse.openSignInPage = refusal("noBrowser");
    await press("open-page");
    expect(maybe("not-opened")).not.toBeNull();
  });

  it.each(["sign-in-cancel", "back"])("lets the app forget it when it is left by %s", async (way) => {
    const fake = await signingIn();
    await press(way, screen.getAllByRole("main").at(-1));
    expect(fake.calls).toContain("cancelEnroll");
    await signed(fake);
    expect(maybe("confirm-add")).toBeNull();
    expect(row("n")).toBeTruthy();
  });

  it.each([
    ["signInDenied", "The sign-in was refused on the page"],
    ["signInExpired", "The time to sign in is over"],
  ] as const)("can be begun again after %s", async (code, words) => {
    const fake = await signingIn();
    await signed(fake, refusal(code));
    expect(at("work-failed").textContent).toContain(words);
    await press("start-again");
    expect(h1()).toBe("Add work or school account");
  });

  it("stops where the account has all the authenticators it may have, in the service’s words", async () => {
    const fake = await signingIn();
    await signed(fake, refusal("deviceLimit"));
    expect(at("work-failed").textContent).toContain(
      "You can’t set up the authenticator because you already have five authenticator apps or hardware tokens.",
    );
    expect(maybe("start-again")).toBeNull();
  });
});

describe("adding by a code", () => {
  it("that was scanned shows host and account, and adds with one confirmation", async () => {
    const fake = await scanned();
    expect(h1()).toBe("Add this account?");
    expect(at("work-account").textContent).toContain("maria.lindqvist@contoso.example");
    expect(document.querySelector(".facts")?.textContent).toContain("Matches the QR code");
    expect(fake.all).toHaveLength(6);
    await press("confirm-add");
    expect(fake.all).toHaveLength(7);
    expect(h1()).toBe("Almost done");
  });

  it("shows whom it asks while it asks, and can be left", async () => {
    const fake = new Fake();
    let answer!: (found: ReturnType<typeof activation>) => void;
    fake.beginActivation = () => new Promise((done) => (answer = done));
    await scanned(fake);
    expect(at("work-asking").textContent).toContain("signin.example.org");
    await press("back");
    expect(fake.calls).toContain("cancelEnroll");
    answer(activation());
    await settled();
    expect(maybe("confirm-add")).toBeNull();
  });

  it.each([
    ["codeExpired", "The time of this code is over."],
    ["otherKey", "something may stand in between"],
    ["attestationRejected", "keys in a security chip"],
  ] as const)("says why the service would not go on: %s", async (code, words) => {
    const fake = new Fake();
    fake.refuse.beginActivation = refusal(code);
    await scanned(fake);
    expect(at("work-failed").textContent).toContain(words);
    expect(maybe("confirm-add")).toBeNull();
    await press("close");
    expect(row("n")).toBeTruthy();
  });

  it("stays with the question when adding did not work", async () => {
    const fake = await scanned();
    fake.refuse.addWorkAccount = refusal("noScreenLock");
    await press("confirm-add");
    expect(at("form-error").textContent).toContain("Set a screen lock first.");
    await press("confirm-add");
    expect(fake.all).toHaveLength(7);
  });

  it("keeps both when the account is here already, unless told otherwise", async () => {
    const here = { id: "c", sameKey: false, issuer: "Contoso", account: "maria", addedAt: 1_740_960_000 };
    const fake = new Fake({ accounts: [workAccount(), ...invented()] });
    fake.active = activation({ existing: here });
    await scanned(fake);
    expect((at("keep-both") as HTMLInputElement).checked).toBe(true);
    await press("replace-old");
    await press("confirm-add");
    expect(fake.bin.map(({ id }) => id)).toEqual(["c"]);
  });

  it("that is typed shows the service’s key to compare", async () => {
    const fake = await open();
    await press("add");
    await press("add-work");
    await press("work-manual");
    await press("manual-submit");
    expect(at("field-error").textContent).toContain("The code isn’t complete");
    await user.type(at("field-code"), "k7qf2 m9x");
    expect((at("field-code") as HTMLInputElement).value).toBe("K7QF2-M9X");
    await user.type(at("field-url"), "signin.example.org/a/7KQ2MX");
    await press("manual-submit");
    expect(at("field-error").textContent).toContain("The code isn’t complete");
    await user.type(at("field-code"), "td");
    await press("manual-submit");
    expect(h1()).toBe("Add this account?");
    expect(document.querySelector(".facts")?.textContent).toContain("MR_X oPPr");
    expect(document.querySelector(".facts")?.textContent).toContain("Compare it with the set-up page");
    expect(fake.calls).toContain("inspectActivation");
  });

  it("is a form beside the one for a key", async () => {
    await open();
    await press("add");
    await press("add-manual");
    expect(maybe("field-key")).not.toBeNull();
    await press("manual-code");
    expect(maybe("field-key")).toBeNull();
    expect(maybe("field-code")).not.toBeNull();
  });
});

describe("a code in groups", () => {
  it.each([
    ["k7qf2", 5, "K7QF2", 5],
    ["K7QF2m", 6, "K7QF2-M", 7],
    ["K7QF2-M9XTD", 3, "K7QF2-M9XTD", 3],
    ["K7XQF2-M9XTD", 3, "K7XQF-2M9XT-D", 3],
    [" k7qf2 - m9xtd ", 15, "K7QF2-M9XTD", 11],
    ["", 0, "", 0],
  ])("%s with the caret at %i", (typed, caret, text, after) => {
    expect(grouped(typed, caret)).toEqual({ text, caret: after });
  });
});
