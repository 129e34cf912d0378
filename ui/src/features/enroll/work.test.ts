// Work and school accounts on their way in: by signing in, by scanning, by typing; and back to life.
import { screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { CommandError } from "../../bridge/bridge";
import { Fake, refusal } from "../../bridge/fake";
import { activation, invented, request, signIn, work, workAccount } from "../../bridge/invented";
import { at, maybe, open, press, row, rows, settled, type, user } from "../../../tests/look";
import { grouped } from "./code";

const h1 = () => screen.getAllByRole("heading", { level: 1 }).at(-1)?.textContent?.trim();
const last = (fake: Fake) => fake.all.at(-1);

/** Past the address, where the code for the page is shown. */
async function signingIn(fake = new Fake()): Promise<Fake> {
  await open(fake);
  await press("add");
  await press("add-work");
  await type("field-address", "maria@contoso.example");
  await press("work-submit");
  return fake;
}

async function signed(fake: Fake, error?: CommandError) {
  fake.signedIn(error);
  await settled();
}

/** A set-up code was scanned. */
async function scanned(fake = new Fake()): Promise<Fake> {
  fake.camera = "native";
  await open(fake);
  await press("add");
  await press("add-scan");
  fake.tell("cameraScan", {
    type: "found",
    enroll: { type: "activation", session: "w1", host: "signin.example.org", typed: false },
  });
  await settled();
  return fake;
}

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

describe("the wait for the test sign-in", () => {
  const test = (fake: Fake) => request({ account: last(fake)?.id ?? "", purpose: "activation", app: "Contoso" });

  it("opens the test when it comes, and ends with the account ready", async () => {
    const fake = await scanned();
    await press("confirm-add");
    expect(at("set-up").textContent).toContain("Almost done");
    expect(document.body.textContent).toContain("Computer known to signin.example.org");
    fake.arrive(test(fake));
    await settled();
    expect(document.body.textContent).toContain("Is this your test sign-in?");
    await user.keyboard("47{Enter}");
    await settled();
    expect(h1()).toBe("Contoso is ready");
    expect(at("result").textContent).toContain("Set up for notifications and verification codes.");
    await press("result-done");
    expect(row(last(fake)?.id ?? "").dataset.state).toBe("active");
    expect(maybe("set-up")).toBeNull();
  });

  it("opens the list when something else waits as well", async () => {
    const fake = await scanned();
    await press("confirm-add");
    fake.arrive(test(fake), request({ id: "r9", account: "c" }));
    await settled();
    expect(h1()).toBe("2 sign-ins are waiting");
  });

  it("does not open again what the person has put aside", async () => {
    const fake = await scanned();
    await press("confirm-add");
    fake.arrive(test(fake));
    await settled();
    await press("back", document.querySelector("main.asks") as HTMLElement);
    expect(h1()).toBe("Almost done");
    fake.arrive(test(fake));
    await settled();
    expect(h1()).toBe("Almost done");
  });

  it("checks by hand, and can be taken up again from the account", async () => {
    const fake = await scanned();
    await press("confirm-add");
    await press("back");
    const id = last(fake)?.id ?? "";
    expect(row(id).textContent).toContain("The set-up isn’t finished");
    await press("open", row(id));
    await press("account-resume");
    expect(h1()).toBe("Almost done");
    fake.waiting = [test(fake)];
    await press("check-now");
    expect(document.body.textContent).toContain("Is this your test sign-in?");
  });

  it.each([
    ["active", "set-up-ready", "Contoso is ready"],
    ["signIn", "set-up-over", "The set-up was not finished"],
  ] as const)("ends when the list says %s", async (state, id, title) => {
    const fake = await scanned();
    await press("confirm-add");
    fake.all = fake.all.map((each) => (each.work ? { ...each, work: work({ state }) } : each));
    fake.tell("accountsChanged", await fake.accounts());
    await settled();
    expect(at(id).textContent).toContain(title);
    await press("set-up-done");
    expect(rows()).toHaveLength(7);
  });
});

describe("notifications", () => {
  it.each([
    ["notify-yes", true],
    ["notify-no", false],
  ])("are asked for with the reason, and %s goes on", async (button, asks) => {
    const fake = new Fake();
    fake.notify = "ask";
    fake.notifyAnswer = "no";
    await scanned(fake);
    expect(fake.calls).not.toContain("askToNotify");
    await press("confirm-add");
    expect(at("notify").textContent).toContain("Contoso can send a notification");
    await press(button);
    expect(fake.calls.includes("askToNotify")).toBe(asks);
    expect(h1()).toBe("Almost done");
    await press("check-now");
    expect(fake.calls).toContain("refreshRequests");
  });

  it("are not asked about where nobody has to be asked", async () => {
    await scanned();
    await press("confirm-add");
    expect(maybe("notify")).toBeNull();
  });
});

describe("an account that is only a name", () => {
  const name = (host: string | null) =>
    workAccount({ id: "u", issuer: "Universitetssjukhuset", code: null, work: work({ state: "signIn", host }) });

  it("has a button to sign in and no code, and works again afterwards", async () => {
    const fake = await open(new Fake({ accounts: [name("signin.example.org"), ...invented()] }));
    expect(row("u").textContent).toContain("Sign in to restore your account");
    expect(row("u").querySelector("[data-testid=code]")).toBeNull();
    expect(row("u").querySelector(".face.off")).not.toBeNull();
    await press("sign-in", row("u"));
    expect(fake.signIns).toEqual([{ address: null, revives: "u" }]);
    expect(maybe("user-code")).not.toBeNull();
    await signed(fake);
    expect(h1()).toBe("Restore this account?");
    await press("confirm-add");
    expect(fake.all).toHaveLength(7);
    expect(fake.all[0]).toMatchObject({ id: "u", work: { state: "pending" } });
  });

  it("is asked for its address when it has none", async () => {
    const fake = await open(new Fake({ accounts: [name(null), ...invented()] }));
    await press("sign-in", row("u"));
    expect(h1()).toBe("Sign in to restore your account");
    expect(maybe("work-scan")).toBeNull();
    await type("field-address", "x");
    await press("work-submit");
    await type("field-address", "signin.example.org");
    await press("work-submit");
    expect(fake.signIns).toEqual([{ address: "signin.example.org", revives: "u" }]);
  });

  it("says why when its service can’t be asked, and begins again", async () => {
    const fake = await open(new Fake({ accounts: [name("signin.example.org"), ...invented()] }));
    fake.refuse.beginSignIn = refusal("offline");
    await press("sign-in", row("u"));
    expect(at("work-failed").textContent).toContain("The service can’t be reached.");
    await press("start-again");
    expect(maybe("user-code")).not.toBeNull();
  });

  it("does not wait for a browser that nobody answers any more", async () => {
    const fake = new Fake({ accounts: [name("signin.example.org"), ...invented()] });
    const began = vi.fn();
    let answer!: (view: ReturnType<typeof signIn>) => void;
    await open(fake);
    fake.beginSignIn = () => new Promise((done) => (began(), (answer = done)));
    await press("sign-in", row("u"));
    await press("back", at("sign-in-opening").closest("main") as HTMLElement);
    answer(signIn());
    await settled();
    expect(began).toHaveBeenCalledOnce();
    expect(fake.calls).not.toContain("finishSignIn");
    expect(fake.calls).toContain("cancelEnroll");
  });
});
