// Work accounts in the list and on their page.
import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { WorkView } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { invented, work, workAccount } from "../../bridge/invented";
import { at, maybe, open, press, row, rows, settled, type } from "../../../tests/look";

async function withWork(changes: Partial<WorkView> = {}, codes = true): Promise<Fake> {
  const account = workAccount({ work: work(changes) });
  return open(new Fake({ accounts: [codes ? account : { ...account, code: null }, ...invented()] }));
}

const page = () => document.querySelector("main.slide")?.textContent ?? "";

describe("the row", () => {
  it("opens the account instead of copying a code", async () => {
    const fake = await withWork();
    expect(rows()[0]).toBe("c");
    expect(row("c").querySelector("[data-testid=code]")).toBeNull();
    await press("open", row("c"));
    expect(fake.calls).not.toContain("copyCode");
    expect(page()).toContain("One-time code, if a notification can’t reach you");
    await press("account-copy");
    expect(fake.calls).toContain("copyCode");
  });

  it("is found by its name, and opens from there", async () => {
    await withWork();
    await press("open-search");
    await type("search", "contoso");
    await settled();
    await press("open", document.querySelector("main:has([data-testid=search])") as HTMLElement);
    expect(maybe("account-code")).not.toBeNull();
  });

  it.each([
    ["pending", "The set-up isn’t finished"],
    ["suspended", "Approvals are stopped"],
    ["stale", "Sign in again to approve"],
  ] as const)("says what is in the way: %s", async (state, words) => {
    await withWork({ state });
    expect(row("c").textContent).toContain(words);
    await press("open", row("c"));
    expect(at("account-state").textContent).toContain(words);
  });
});

describe("the account", () => {
  it("without codes has none to show", async () => {
    await withWork({}, false);
    await press("open", row("c"));
    expect(maybe("account-code")).toBeNull();
    expect(page()).toContain("Recent activity");
  });

  it("says where its keys are, and which service it belongs to", async () => {
    await withWork();
    await press("open", row("c"));
    expect(page()).toContain("signin.example.org");
    expect(page()).toContain("MR_X oPPr");
    expect(page()).toContain("Kept by the computer’s keystore, not by a security chip");
  });

  it.each([
    ["chip", "In the computer’s security chip"],
    ["trusted", "In the protected part of the phone’s processor"],
  ] as const)("says which part of the hardware has its keys: %s", async (keyPlace, words) => {
    await withWork({ softwareKey: false, keyPlace });
    await press("open", row("c"));
    expect(page()).toContain(words);
  });

  it.each([
    [47, "This computer’s clock is 47 seconds fast"],
    [-40, "This computer’s clock is 40 seconds slow"],
  ])("says on the list and on its page that the clock is off by %i", async (clockAhead, words) => {
    await withWork({ clockAhead });
    expect(at("clock-off").textContent).toContain(words);
    expect(at("clock-off").textContent).toContain("Contoso codes are already corrected, and approvals still work.");
    await press("clock-hide");
    expect(maybe("clock-off")).toBeNull();
    await press("open", row("c"));
    expect(at("account-clock").textContent).toContain(words);
  });

  it("leads to signing in again when its key is gone", async () => {
    const fake = await withWork({ state: "stale" });
    await press("open", row("c"));
    await press("account-sign-in");
    expect(fake.signIns).toEqual([{ address: null, revives: "c" }]);
  });

  it("closes when the service takes it away, and stays as a name", async () => {
    const fake = await withWork();
    await press("open", row("c"));
    fake.all = fake.all.map((each) =>
      each.work ? { ...each, code: null, work: work({ state: "signIn", fingerprint: null }) } : each,
    );
    fake.tell("accountsChanged", await fake.accounts());
    await settled();
    expect(maybe("account-code")).toBeNull();
    expect(page()).toContain("Sign in to restore your account");
    fake.all = fake.all.filter((each) => !each.work);
    fake.tell("accountsChanged", await fake.accounts());
    await settled();
    expect(maybe("account-state")).toBeNull();
  });
});

describe("removing", () => {
  it("says who is told, when, and asks whether there is another way in", async () => {
    const fake = await withWork();
    await press("open", row("c"));
    await press("account-more");
    await press("remove");
    const sheet = screen.getByRole("alertdialog").textContent;
    expect(sheet).toContain("This computer will no longer approve sign-ins or show codes for Contoso");
    expect(sheet).toContain("Then signin.example.org is told to forget the computer.");
    expect(sheet).toContain("Is there another way to sign in?");
    await press("remove-confirm");
    expect(fake.bin.map(({ id }) => id)).toEqual(["c"]);
    await press("undo");
    expect(rows()).toContain("c");
  });

  it("says of a name that it is only that", async () => {
    await withWork({ state: "signIn" });
    await press("open", row("c"));
    await press("account-more");
    await press("remove");
    const sheet = screen.getByRole("alertdialog").textContent;
    expect(sheet).toContain("is only a name here, without keys");
    expect(sheet).not.toContain("Is there another way");
  });

  it.each([
    ["told", "signin.example.org has been told."],
    ["notTold", "Remove this computer on the service’s security page as well."],
  ] as const)("for good says what the service knows: %s", async (told, words) => {
    const fake = await withWork();
    await fake.removeAccount("c");
    fake.told = told === "told" ? "told" : "notTold";
    await press("settings");
    await press("trash");
    expect(at("trash-row").textContent).toContain("signin.example.org is then told to forget this computer");
    await press("delete-forever");
    expect(screen.getByRole("alertdialog").textContent).toContain("signin.example.org is told to forget this computer.");
    await press("delete-confirm");
    expect(at(told === "told" ? "told" : "not-told").textContent).toContain(words);
  });

  it("keeps an account in the trash until its service has been told", async () => {
    const fake = await withWork();
    await fake.removeAccount("c");
    for (const each of fake.bin) each.removedAt -= 31 * 86_400;
    await press("settings");
    await press("trash");
    expect(at("trash-row").textContent).toContain("Waiting to tell signin.example.org");
  });
});

describe("the language", () => {
  it("is told to the app, for its notifications", async () => {
    const fake = await withWork();
    expect(fake.spoken).toBe("en");
    await press("settings");
    await press("language");
    await press("language-nb");
    expect(fake.spoken).toBe("nb");
  });
});
