import { screen, within } from "@testing-library/svelte";
import { afterEach, describe, expect, it } from "vitest";
import { Fake } from "../../bridge/fake";
import { firstSpoken, speak } from "../../language.svelte";
import { at, maybe, open, press, row, rows, settled, type, user } from "../../../tests/look";

const SENTENCE = "correct horse battery";

async function settings(fake = new Fake()): Promise<Fake> {
  await open(fake);
  await press("settings");
  return fake;
}

function protectedByPassphrase(): Fake {
  const fake = new Fake();
  fake.passphrase = SENTENCE;
  fake.app.settings.protection = "passphrase";
  return fake;
}

afterEach(() => {
  speak("en");
  delete document.documentElement.dataset.theme;
});

describe("the screen in pictures", () => {
  it("is hidden on phones until its person says so", async () => {
    const fake = await settings(new Fake({ deviceType: "android" }));
    expect(at("hide-screen").getAttribute("aria-checked")).toBe("true");
    expect(at("hide-screen").textContent).toContain("No screenshots");
    await press("hide-screen");
    expect(fake.app.settings.hideScreen).toBe(false);
    expect(at("hide-screen").getAttribute("aria-checked")).toBe("false");
  });

  it("says what an iPhone cannot refuse", async () => {
    await settings(new Fake({ deviceType: "ios" }));
    expect(at("hide-screen").textContent).toContain("A screenshot can still be taken");
  });

  it("is no matter of a computer’s", async () => {
    await settings();
    expect(maybe("hide-screen")).toBeNull();
  });
});

describe("app lock", () => {
  it("is turned on with a passphrase typed twice", async () => {
    const fake = await settings();
    expect(maybe("lock-now")).toBeNull();
    await press("app-lock");
    await type("lock-pass", SENTENCE);
    await type("lock-pass2", SENTENCE);
    await press("lock-submit");
    expect(fake.passphrase).toBe(SENTENCE);
    expect(at("app-lock").getAttribute("aria-checked")).toBe("true");
    expect(maybe("lock-pass")).toBeNull();
  });

  it("is turned off with the passphrase only", async () => {
    const fake = await settings(protectedByPassphrase());
    await press("app-lock");
    await type("lock-pass", "wrong words here");
    await press("lock-submit");
    expect(at("field-error").textContent).toContain("doesn’t open your accounts");
    expect((at("lock-pass") as HTMLInputElement).value).toBe("");
    await type("lock-pass", SENTENCE);
    await press("lock-submit");
    expect(fake.app.settings.protection).toBe("keystore");
  });

  it("locks at once, and nothing of the list stays", async () => {
    await settings(protectedByPassphrase());
    await press("lock-now");
    expect(maybe("unlock-pass")).not.toBeNull();
    expect(screen.queryAllByTestId("row")).toHaveLength(0);
  });

  it("takes the time until it locks itself", async () => {
    const fake = await settings(protectedByPassphrase());
    await press("auto-lock");
    await press("auto-lock-15");
    expect(fake.app.settings.autoLockMinutes).toBe(15);
    await press("back", at("auto-lock-15").closest("main") as HTMLElement);
    expect(at("auto-lock").textContent).toContain("After 15 minutes");
  });
});

describe("app lock of a phone", () => {
  function phone(protection: "keystore" | "person" = "keystore"): Fake {
    const fake = new Fake({ deviceType: "android", canVerify: true });
    fake.app.settings.protection = protection;
    return fake;
  }

  it("is turned on by the phone’s own question", async () => {
    const fake = await settings(phone());
    await press("app-lock");
    expect(document.body.textContent).toContain("Have a backup");
    await press("lock-how-submit");
    expect(fake.app.settings.protection).toBe("person");
    expect(maybe("lock-how-submit")).toBeNull();
    expect(at("app-lock").getAttribute("aria-checked")).toBe("true");
    expect(at("app-lock").textContent).toContain("Fingerprint, face or screen lock");
    expect(maybe("auto-lock")).not.toBeNull();
  });

  it("stays off, and says why, when nobody confirms it or there is no screen lock", async () => {
    const fake = await settings(phone());
    await press("app-lock");
    fake.refuse.turnOnPersonLock = { code: "notVerified", detail: null };
    await press("lock-how-submit");
    expect(at("form-error").textContent).toContain("You didn’t confirm that it’s you");
    fake.refuse.turnOnPersonLock = { code: "noScreenLock", detail: null };
    await press("lock-how-submit");
    expect(at("form-error").textContent).toContain("Set a screen lock first");
    expect(fake.app.settings.protection).toBe("keystore");
  });

  it("can still be a passphrase", async () => {
    const fake = await settings(phone());
    await press("app-lock");
    await press("lock-by-passphrase");
    await press("lock-how-submit");
    await type("lock-pass", SENTENCE);
    await type("lock-pass2", SENTENCE);
    await press("lock-submit");
    expect(fake.app.settings.protection).toBe("passphrase");
    expect(maybe("lock-how-submit")).toBeNull();
    expect(at("app-lock").textContent).toContain("A passphrase opens your accounts");
  });

  it("is turned off by the same question only", async () => {
    const fake = await settings(phone("person"));
    await press("app-lock");
    expect(maybe("lock-pass")).toBeNull();
    fake.refuse.turnOffPersonLock = { code: "notVerified", detail: null };
    await press("lock-submit");
    expect(document.body.textContent).toContain("You didn’t confirm that it’s you");
    expect(fake.app.settings.protection).toBe("person");
    await press("lock-submit");
    expect(fake.app.settings.protection).toBe("keystore");
    expect(at("app-lock").getAttribute("aria-checked")).toBe("false");
  });

  it("shows the locked app where a change that could not be stored has left it locked", async () => {
    const fake = await settings(phone("person"));
    await press("app-lock");
    fake.refuse.turnOffPersonLock = { code: "diskFull", detail: null };
    fake.app.stage = { type: "locked" };
    await press("lock-submit");
    expect(maybe("unlock")).not.toBeNull();
    expect(fake.calls).not.toContain("unlockByPerson");
  });

  it("calls it what an iPhone calls it", async () => {
    const fake = phone();
    fake.app.deviceType = "ios";
    await settings(fake);
    await press("app-lock");
    expect(document.body.textContent).toContain("Face ID, Touch ID or passcode");
  });
});

describe("what is shown", () => {
  it("covers the codes at once", async () => {
    await settings();
    await press("hide-codes");
    expect(at("hide-codes").getAttribute("aria-checked")).toBe("true");
    expect(within(row("n")).getByTestId("code").textContent).toContain("•••");
  });

  it("changes the language at once, on every screen", async () => {
    await settings();
    await press("language");
    await press("language-sv");
    expect(document.documentElement.lang).toBe("sv");
    expect(document.body.textContent).toContain("Språket ändras direkt");
    await press("language-nb");
    expect(document.body.textContent).toContain("Språket endres med en gang");
    await user.keyboard("{Escape}");
    await settled();
    expect(screen.getByRole("heading", { name: "Innstillinger" })).toBeTruthy();
  });

  it("finds the language of the device", () => {
    expect(firstSpoken(["fi-FI", "sv-FI", "en"])).toBe("sv");
    expect(firstSpoken(["nn-NO"])).toBe("nb");
    expect(firstSpoken(["no"])).toBe("nb");
    expect(firstSpoken(["de-DE"])).toBe("en");
  });

  it("takes a theme, or follows the device", async () => {
    await settings();
    await press("theme");
    await press("theme-dark");
    expect(document.documentElement.dataset.theme).toBe("dark");
    await press("theme-system");
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });
});

describe("the trash", () => {
  async function withOne(): Promise<Fake> {
    const fake = new Fake();
    await fake.removeAccount("f");
    await settings(fake);
    expect(at("trash").textContent).toContain("1 account");
    await press("trash");
    return fake;
  }

  it("gives back", async () => {
    await withOne();
    expect(at("trash-row").textContent).toContain("Deleted in 30 days");
    await press("put-back");
    expect(maybe("trash-row")).toBeNull();
    expect(rows()).toContain("f");
    expect(document.body.textContent).toContain("The trash is empty.");
  });

  it("deletes for good only after asking", async () => {
    const fake = await withOne();
    await press("delete-forever");
    expect(screen.getByRole("alertdialog").textContent).toContain("can’t be brought back");
    expect(fake.bin).toHaveLength(1);
    await press("delete-confirm");
    expect(fake.bin).toHaveLength(0);
    expect(maybe("trash-row")).toBeNull();
  });
});

describe("privacy", () => {
  it("keeps a log or not, shows it, saves it and deletes it", async () => {
    const fake = await settings();
    await press("privacy");
    await press("diagnostics");
    expect(fake.app.settings.diagnostics).toBe(true);
    await press("log-view");
    expect(at("log").textContent).toContain("screen accounts");
    await press("log-save");
    expect(at("toast").textContent).toContain("Saved as /home/maria/countersign-log.txt");
    await press("log-delete");
    expect(document.body.textContent).toContain("The log is empty.");
  });
});
