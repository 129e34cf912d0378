import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { Problem } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { plans, refusal, refusedRows } from "../../bridge/inventedBackup";
import { h1 } from "../../../tests/asking";
import { at, maybe, open, press, read, row, settled, type, user } from "../../../tests/look";

const WORDS = "tall pine quiet river";

async function choosing(fake = new Fake({ accounts: [] })): Promise<Fake> {
  await open(fake);
  await press("empty-restore");
  return fake;
}

async function chosen(at: number, fake?: Fake): Promise<Fake> {
  const shown = await choosing(fake);
  await user.click(screen.getAllByTestId("backup-copy")[at] as HTMLElement);
  await press("choose-continue");
  return shown;
}

async function unlocked(copy = 0, fake?: Fake): Promise<Fake> {
  const shown = await chosen(copy, fake);
  await type("open-pass", WORDS);
  await press("open-submit");
  return shown;
}

describe("restoring", () => {
  it("opens the newest backup with the passphrase, and stores nothing before it is asked to", async () => {
    const fake = await unlocked();
    expect(h1()).toBe("Restore 4 accounts?");
    expect(fake.calls).not.toContain("takeIn");
    expect(at("plan-again").textContent).toContain("Universitetssjukhuset");
    await press("take-in");
    expect(h1()).toBe("2 codes are back");
    expect(at("restored").textContent).toContain("2 accounts need you to sign in. 1 was skipped. All 5 are listed here.");
    expect(at("skipped").textContent).toContain("The same key was already on this computer");
    expect(at("restored-rows").textContent).toContain("If a code is refused, try the next");
    await press("result-done");
    expect(row("in-0").dataset.issuer).toBe("Fabrikam Mail");
  });

  it("takes the recovery code, too", async () => {
    await chosen(0);
    await press("by-code");
    await press("open-submit");
    expect(at("field-error").textContent).toContain("Type the recovery code first");
    await type("open-code", "3F7K 9QWX");
    await press("open-submit");
    expect(at("field-error").textContent).toContain("group by group");
    await type("open-code", "3F7K 9QWX TB2M 8RVN Z4YH DC6G 5J");
    await press("open-submit");
    expect(h1()).toBe("Restore 4 accounts?");
  });

  it("says at the field that the passphrase is wrong; the code was not", async () => {
    await chosen(0);
    await type("open-pass", "tall pine");
    await press("open-submit");
    expect(at("field-error").textContent).toContain("You can try as often as you like");
    await press("by-code");
    expect(maybe("field-error")).toBeNull();
  });

  it("explains that a backup of another kind of device cannot be used here", async () => {
    const fake = await chosen(3);
    expect(at("other-type").dataset.madeOn).toBe("ios");
    expect(h1()).toBe("This backup was made on an iPhone");
    expect(document.body.textContent).toContain("This is a computer, so the backup can’t be used here. It has not been changed.");
    await press("other-backup");
    expect(h1()).toBe("Which backup?");
    expect(fake.calls).not.toContain("takeIn");
  });

  it("tells a damaged backup from a wrong passphrase", async () => {
    const fake = new Fake({ accounts: [] });
    fake.stored = fake.stored.map((copy) => ({ ...copy, deviceType: null }));
    await chosen(0, fake);
    expect(at("form-error").textContent).toContain("The passphrase is not the problem. Choose an older backup.");
  });

  it("asks before an older backup", async () => {
    const fake = await unlocked(1);
    expect(maybe("older-notice")).not.toBeNull();
    await press("take-in");
    expect(fake.calls).not.toContain("takeIn");
    await press("older-restore");
    expect(fake.calls).toContain("takeIn");
    expect(maybe("restored")).not.toBeNull();
  });

  it("can be stopped while the key is made", async () => {
    const fake = new Fake({ accounts: [] });
    fake.slow = true;
    await chosen(0, fake);
    await type("open-pass", WORDS);
    await press("open-submit");
    expect(at("working").textContent).toContain("Opening the backup");
    await press("working-cancel");
    expect(fake.calls).toContain("cancelIncoming");
    expect(h1()).toBe("Which backup?");
    expect(maybe("form-error")).toBeNull();
  });

  it("leads to the sign-in of an account that came back by name", async () => {
    const fake = await unlocked();
    await press("take-in");
    await user.click(screen.getAllByTestId("sign-in-again")[0] as HTMLElement);
    await settled();
    expect(fake.signIns).toEqual([{ address: null, revives: "in-2" }]);
  });

  it("lists what could not be restored first", async () => {
    const fake = new Fake({ accounts: [] });
    await chosen(0, fake);
    fake.inside = plans.backup({ refused: refusedRows.slice(0, 1) });
    await type("open-pass", WORDS);
    await press("open-submit");
    expect(at("refused").textContent).toContain("This row has no secret key");
    await press("take-in");
    expect(at("restored").getAttribute("role")).toBe("alert");
    expect(at("restored").textContent).toContain("1 couldn’t be restored");
  });

  it("says that there is none, and takes a file", async () => {
    const fake = new Fake({ accounts: [] });
    fake.stored = [];
    await choosing(fake);
    expect(at("no-copies").textContent).toContain("No backup was found here.");
    await user.upload(at("files-input"), new File(["x"], "phone.backup"));
    await read();
    expect(h1()).toBe("Enter your backup passphrase");
  });

  it("lets the app forget what was opened and not taken", async () => {
    const fake = await unlocked();
    await user.keyboard("{Escape}");
    await settled();
    expect(fake.calls).toContain("cancelIncoming");
    expect(h1()).toBe("Which backup?");
  });
});

describe("restoring where the accounts cannot be opened", () => {
  it.each(["keyLost", "damaged", "vaultMissing", "rolledBack", "anotherVault"] as const)("%s", async (problem) => {
    const fake = new Fake({ stage: { type: "problem", problem: problem as Problem, vaultExists: true }, accounts: [] });
    await open(fake);
    await press("problem-restore");
    await press("choose-continue");
    await type("open-pass", WORDS);
    await press("open-submit");
    fake.refuse.takeIn = refusal("needsVaultFirst");
    await press("take-in");
    expect(fake.calls).not.toContain("startEmpty");
    await press("vault-first");
    expect(fake.calls.filter((call) => call === "startEmpty" || call === "takeIn")).toEqual(["takeIn", "startEmpty", "takeIn"]);
    expect(maybe("restored")).not.toBeNull();
    await press("result-done");
    expect(row("in-0")).toBeTruthy();
  });
});
