import { describe, expect, it, vi } from "vitest";
import { Fake } from "../../bridge/fake";
import { backedUp, refusal } from "../../bridge/inventedBackup";
import { h1 } from "../../../tests/asking";
import { at, maybe, open, press, settled, type, user } from "../../../tests/look";

const WORDS = "tall pine quiet river";

async function overview(fake = new Fake()): Promise<Fake> {
  await open(fake);
  await press("settings");
  await press("settings-backup");
  return fake;
}

async function turnedOn(fake = new Fake()): Promise<Fake> {
  await overview(fake);
  await press("backup-switch");
  await passphrase("a long new passphrase");
  return fake;
}

async function passphrase(words: string) {
  await type("lock-pass", words);
  await type("lock-pass2", words);
  await press("lock-submit");
}

function on(changes = {}): Fake {
  const fake = new Fake();
  fake.backupState = backedUp(changes);
  return fake;
}

describe("turning backup on", () => {
  it("shows the recovery code once, and goes on when it is on paper", async () => {
    const fake = await turnedOn();
    expect(fake.backupPassphrase).toBe("a long new passphrase");
    expect(h1()).toBe("Write this down");
    expect(at("recovery-code").textContent).toContain("3F7K");
    expect(at("recovery-code").querySelector("svg path")?.getAttribute("d")).toMatch(/^M4 4h7/);
    const go = at("write-continue") as HTMLButtonElement;
    expect(go.disabled).toBe(true);
    expect(document.getElementById(go.getAttribute("aria-describedby") ?? "")?.textContent).toContain("wrote it down");
    await press("write-done");
    await press("write-continue");
    expect(fake.backupState.codeNotedAt).not.toBeNull();
    expect(maybe("recovery-code")).toBeNull();
    expect(at("backup-state").dataset.on).toBe("true");
    expect(document.body.textContent).not.toContain("3F7K");
  });

  it("asks before the page with the code is left without it", async () => {
    const fake = await turnedOn();
    await user.keyboard("{Escape}");
    await settled();
    expect(maybe("recovery-code")).not.toBeNull();
    await press("write-leave");
    expect(maybe("recovery-code")).toBeNull();
    expect(fake.calls).not.toContain("noteRecoveryCode");
    expect(at("backup-code").textContent).toContain("Not written down yet");
  });

  it("prints, where the system can", async () => {
    const print = vi.fn();
    vi.stubGlobal("print", print);
    await turnedOn();
    await press("write-print");
    expect(print).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  it("has no button to print on Android", async () => {
    await turnedOn(new Fake({ deviceType: "android" }));
    expect(maybe("write-print")).toBeNull();
  });

  it("says at the field what is wrong with the passphrase", async () => {
    await overview();
    await press("backup-switch");
    await passphrase("short");
    expect(at("field-error").textContent).toContain("at least 12 characters");
  });
});

describe("backup", () => {
  it("says when, how much and where", async () => {
    await overview(on());
    const state = at("backup-state").textContent;
    expect(state).toMatch(/Opened and compared.*Today, /s);
    expect(state).toContain("14 accounts, 12 kB. 2 older copies are kept.");
    expect(at("backup-place").textContent).toBe("/home/maria/Documents/Countersign");
    expect(at("backup-test").textContent).toContain("Last tested 2 weeks ago");
  });

  it("says why the last one failed, and that it worked again", async () => {
    const fake = await overview(on({ trouble: refusal("backupFolderGone"), failedAt: 1_790_000_000, isBehind: true }));
    expect(at("backup-trouble").textContent).toContain("The folder for backups isn’t there");
    expect(at("backup-state").textContent).not.toContain("Opened and compared");
    await press("backup-choose");
    expect(at("backup-place").textContent).toBe("/home/maria/Backups");
    await press("backup-now");
    expect(maybe("backup-trouble")).toBeNull();
    expect(at("toast").textContent).toContain("compared");
    expect(fake.calls).toContain("backUpNow");
  });

  it("says that nothing has changed, and writes no other", async () => {
    await overview(on());
    await press("backup-now");
    expect(at("toast").textContent).toContain("Nothing has changed");
    expect(at("backup-state").textContent).toContain("It was written today. 2 older copies are kept.");
  });

  it("follows what happens by itself", async () => {
    const fake = await overview(on());
    fake.tell("backupChanged", backedUp({ trouble: refusal("backupFailed"), isBehind: true }));
    await settled();
    expect(at("backup-trouble").textContent).toContain("The last good one is still there");
  });

  it("says that backups stay on a phone whose iCloud is off", async () => {
    const fake = on({ place: { kind: "phone", folder: null, canChoose: false } });
    fake.app.deviceType = "ios";
    await overview(fake);
    expect(at("backup-state").textContent).toContain("on this phone only.");
    expect(at("backup-place").textContent).toBe("On this phone only");
    expect(at("backup-place-off").textContent).toContain("iCloud is off for Countersign");
    expect(maybe("backup-choose")).toBeNull();
  });

  it("is turned off only after asking", async () => {
    const fake = await overview(on());
    await press("backup-switch");
    expect(fake.calls).not.toContain("turnOffBackup");
    await press("backup-off-confirm");
    expect(at("backup-state").dataset.on).toBe("false");
  });

  it("gives a new recovery code with a new passphrase", async () => {
    await overview(on());
    await press("backup-code");
    expect(at("recovery-noted").textContent).toContain("Written down");
    await press("recovery-change");
    await passphrase("another long passphrase");
    expect(h1()).toBe("Write this down");
  });

  it("leaves nothing of itself in a locked window", async () => {
    const fake = await turnedOn();
    fake.tell("stageChanged", { ...fake.app, stage: { type: "locked" } });
    await settled();
    expect(document.body.textContent).not.toContain("3F7K");
  });
});

describe("testing the backup", () => {
  async function tried(fake: Fake, words = WORDS) {
    await overview(fake);
    await press("backup-test");
    await type("open-pass", words);
    await press("open-submit");
  }

  it("says that it works", async () => {
    const fake = on();
    await tried(fake);
    expect(at("drill-works").getAttribute("role")).toBe("status");
    expect(at("drill-works").textContent).toContain("opened with your passphrase");
    expect(document.body.textContent).toContain("6 of 6 match");
    await press("drill-done");
    expect(at("backup-test").textContent).toContain("Last tested today");
  });

  it("takes the recovery code, too", async () => {
    const fake = on();
    await overview(fake);
    await press("backup-test");
    await press("by-code");
    await type("open-code", "3f7k 9qwx tb2m 8rvn z4yh dc6g 5j");
    await press("open-submit");
    expect(at("drill-works").textContent).toContain("recovery code");
  });

  it("tells a wrong passphrase from a damaged backup", async () => {
    const fake = on();
    await tried(fake, "something else");
    expect(at("field-error").textContent).toContain("doesn’t open the backup");
    expect((at("open-pass") as HTMLInputElement).value).toBe("");
    fake.refuse.testBackup = refusal("backupDamaged");
    await type("open-pass", WORDS);
    await press("open-submit");
    expect(maybe("field-error")).toBeNull();
    expect(at("form-error").textContent).toContain("The passphrase is not the problem");
  });

  it("names what is missing", async () => {
    const fake = on();
    fake.drilled = { matching: 5, missing: [{ issuer: "Northwind", account: "maria@example.org" }] };
    await tried(fake);
    expect(at("drill-missing").getAttribute("role")).toBe("alert");
    expect(document.body.textContent).toContain("5 of 6 match");
  });
});

describe("the list", () => {
  it.each([
    ["off", "lock-pass"],
    ["failed", "backup-state"],
    ["untested", "open-pass"],
  ] as const)("leads from its notice (%s) to where it is dealt with", async (notice, there) => {
    const fake = notice === "off" ? new Fake() : on();
    fake.backupNotice = notice;
    await open(fake);
    await press("backup-notice-go");
    expect(maybe(there)).not.toBeNull();
  });

  it("puts a notice off", async () => {
    const fake = new Fake();
    fake.backupNotice = "off";
    await open(fake);
    await press("backup-notice-later");
    expect(fake.calls).toContain("dismissBackupNotice");
    expect(maybe("backup-notice")).toBeNull();
  });
});
