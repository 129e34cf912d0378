// After a work account was added, and one that comes back to life.
import { describe, expect, it, vi } from "vitest";
import { Fake, refusal } from "../../bridge/fake";
import { invented, request, signIn, work, workAccount } from "../../bridge/invented";
import { last, scanned, signed } from "../../../tests/adding";
import { h1 } from "../../../tests/asking";
import { at, maybe, open, press, row, rows, settled, type, user } from "../../../tests/look";

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
