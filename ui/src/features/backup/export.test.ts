import { describe, expect, it } from "vitest";
import { Fake } from "../../bridge/fake";
import { refusal } from "../../bridge/inventedBackup";
import { work, workAccount } from "../../bridge/invented";
import { h1 } from "../../../tests/asking";
import { at, maybe, open, press, type } from "../../../tests/look";

async function exporting(fake: Fake, format: string) {
  await open(fake);
  await press("settings");
  await press("moving");
  await press("moving-export");
  await press(`format-${format}`);
  await press("export-continue");
}

describe("exporting", () => {
  it("locks a file with a passphrase typed twice", async () => {
    const fake = new Fake({ accounts: [workAccount({ work: work() }), ...new Fake().all] });
    await exporting(fake, "countersign");
    await type("lock-pass", "a passphrase for the file");
    await type("lock-pass2", "a passphrase for the file");
    await press("lock-submit");
    expect(fake.exports).toEqual([
      { format: "countersign", passphrase: "a passphrase for the file", lockPassphrase: "" },
    ]);
    expect(at("exported-path").textContent).toContain("countersign-export.json");
    expect(at("left-out").textContent).toMatch(/Contoso.*Its keys don’t leave this computer/s);
    expect(maybe("exported-delete")).toBeNull();
    await press("exported-done");
    expect(h1()).toBe("Import or export");
  });

  it("warns before a file without a lock, and asks for the app lock’s passphrase", async () => {
    const fake = new Fake();
    fake.passphrase = "correct horse battery";
    fake.app.settings.protection = "passphrase";
    await exporting(fake, "otpauthList");
    expect(h1()).toBe("Anyone can read this file");
    await press("export-open-submit");
    expect(fake.exports).toEqual([]);
    await type("export-lock", "wrong");
    await press("export-open-submit");
    expect(at("field-error").textContent).toContain("doesn’t open your accounts");
    await type("export-lock", "correct horse battery");
    await press("export-open-submit");
    expect(fake.exports).toHaveLength(1);
    expect(at("exported-delete").textContent).toContain("Delete the file");
  });

  it("says that the phone will ask, and saves nothing if nobody confirms", async () => {
    const fake = new Fake({ deviceType: "android", canVerify: true });
    fake.app.settings.protection = "person";
    await exporting(fake, "otpauthList");
    expect(document.body.textContent).toContain("The phone asks you to confirm that it’s you");
    expect(maybe("export-lock")).toBeNull();
    fake.refuse.exportAccounts = refusal("notVerified");
    await press("export-open-submit");
    expect(at("form-error").textContent).toContain("You didn’t confirm that it’s you");
    expect(fake.exports).toEqual([]);
    await press("export-open-submit");
    expect(fake.exports).toHaveLength(1);
  });

  it("says that it is where the person chose, and that nothing is saved where they chose no place", async () => {
    const fake = new Fake();
    fake.asked = { type: "notSaved" };
    await exporting(fake, "sheet");
    await press("export-open-submit");
    expect(at("toast").textContent).toContain("Nothing was saved");
    expect(h1()).toBe("Anyone can read this file");
    fake.asked = { type: "chosen" };
    await press("export-open-submit");
    expect(at("exported-chosen").textContent).toBe("Saved where you chose.");
    expect(maybe("exported-path")).toBeNull();
  });

  it("says why a file could not be saved", async () => {
    const fake = new Fake();
    fake.refuse.exportAccounts = refusal("diskFull");
    await exporting(fake, "sheet");
    await press("export-open-submit");
    expect(at("form-error").textContent).toContain("no room on the disk");
  });
});
