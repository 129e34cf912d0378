// Backup, restore, import and export, checked for what a machine can find about accessibility, in every language.
import { screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { Language, Theme } from "../src/bridge/bridge";
import { Fake } from "../src/bridge/fake";
import { invented, workAccount } from "../src/bridge/invented";
import { backedUp, incomingPlan, refusal } from "../src/bridge/inventedBackup";
import { check } from "./axe";
import { at, maybe, open, press, read, settled, type, user } from "./look";

/** Each goes through many screens, and a machine with other work takes its time. */
vi.setConfig({ testTimeout: 180_000 });

const few = () => invented().slice(0, 2);
const SPOKEN: [Language, Theme][] = [
  ["en", "light"],
  ["sv", "dark"],
  ["nb", "system"],
];

describe.each(SPOKEN)("accessibility in %s, %s", (language, theme) => {
  function fresh(script: ConstructorParameters<typeof Fake>[0] = {}): Fake {
    const fake = new Fake({ accounts: few(), ...script });
    Object.assign(fake.app.settings, { language, theme });
    return fake;
  }

  /** The screen is there, its heading has the focus, and a machine finds nothing. */
  async function good(id: string) {
    expect(maybe(id), id).not.toBeNull();
    expect(document.activeElement?.matches("h1, h2"), document.activeElement?.outerHTML).toBe(true);
    expect(document.documentElement.lang).toBe(language);
    await check();
  }

  async function passphrase() {
    await type("lock-pass", "tall pine quiet river");
    await type("lock-pass2", "tall pine quiet river");
    await press("lock-submit");
  }

  async function files(...names: string[]) {
    await user.upload(at("files-input"), names.map((name) => new File(["x"], name)));
    await read();
  }

  it("of turning backup on, and the code to write down", async () => {
    await open(fresh());
    await press("settings");
    await check();
    await press("settings-backup");
    await good("backup-state");
    await press("backup-switch");
    await good("lock-pass");
    await passphrase();
    await good("recovery-code");
    await user.keyboard("{Escape}");
    await settled();
    await good("write-leave");
  });

  it("of backup that works and that failed, and its test", async () => {
    const fake = fresh({ accounts: [workAccount(), ...few()] });
    fake.backupState = backedUp({ trouble: refusal("backupFolderGone"), isBehind: true });
    fake.backupNotice = "failed";
    await open(fake);
    await check();
    await press("backup-notice-go");
    await good("backup-trouble");
    await press("backup-code");
    await good("recovery-noted");
    await user.keyboard("{Escape}");
    await settled();
    await press("backup-test");
    await good("open-pass");
    await press("by-code");
    await type("open-code", "3F7K");
    await press("open-submit");
    await check();
    await press("by-passphrase");
    await type("open-pass", "tall pine quiet river");
    await press("open-submit");
    await good("drill-works");
    await press("drill-done");
    fake.drilled = { matching: 0, missing: [{ issuer: "Northwind", account: "" }] };
    await press("backup-test");
    await type("open-pass", "tall pine quiet river");
    await press("open-submit");
    await good("drill-missing");
  });

  it("of exports", async () => {
    const fake = fresh({ accounts: [workAccount(), ...few()] });
    fake.app.settings.protection = "passphrase";
    fake.passphrase = "correct horse battery";
    await open(fake);
    await press("settings");
    await press("moving");
    await good("moving-export");
    await press("moving-export");
    await good("export-continue");
    await press("format-google");
    await press("export-continue");
    await press("export-open-submit");
    await check();
    await type("export-lock", "correct horse battery");
    await press("export-open-submit");
    await good("exported");
  });

  it("of a restore, to the end", async () => {
    const fake = fresh({ accounts: [] });
    fake.slow = true;
    await open(fake);
    await check();
    await press("empty-restore");
    await good("backup-copies");
    await user.click(screen.getAllByTestId("backup-copy")[1] as HTMLElement);
    await press("choose-continue");
    await good("open-pass");
    await type("open-pass", "tall pine quiet river");
    await press("open-submit");
    await good("working");
    fake.stretched?.();
    await settled();
    await good("plan");
    await press("take-in");
    await good("older-restore");
    await press("older-restore");
    await good("restored");
  });

  it("of a backup of another kind of device", async () => {
    await open(fresh({ deviceType: "android", accounts: [] }));
    await press("empty-restore");
    await press("choose-continue");
    await good("other-type");
  });

  it("of an import, to its receipt", async () => {
    const fake = fresh();
    fake.known.set("part", { type: "part", session: "p", have: 1, of: 2 });
    await open(fake);
    await press("add");
    await check();
    await press("add-restore");
    await press("import-other");
    await good("from-file");
    await files("notes.zip");
    await check();
    await press("from-paste");
    await good("field-import");
    await type("field-import", "part");
    await press("import-submit");
    expect(maybe("part")).not.toBeNull();
    await check();
    fake.known.set("all.json", incomingPlan({ ...fake.inside, session: "p" }));
    await files("all.json");
    await good("plan");
    await press("take-in");
    await good("receipt");
    await user.click(at("receipt-imported").querySelector("summary") as HTMLElement);
    await settled();
    await check();
  });

  it("of the question about a new list where the old one cannot be opened", async () => {
    const fake = fresh({ stage: { type: "problem", problem: "damaged", vaultExists: true } });
    await open(fake);
    await press("problem-restore");
    fake.refuse.openCopy = refusal("needsVaultFirst");
    await press("choose-continue");
    await good("vault-first");
  });
});
