import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { Problem } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { at, maybe, open, press, settled, type, user } from "../../../tests/look";
import { explain, type AnyProblem } from "./problems";

const SENTENCE = "correct horse battery";

function locked(): Fake {
  const fake = new Fake({ stage: { type: "locked" } });
  fake.passphrase = SENTENCE;
  return fake;
}

function troubled(problem: AnyProblem, vaultExists = true): Fake {
  return new Fake({ stage: { type: "problem", problem: problem as Problem, vaultExists } });
}

describe("unlocking", () => {
  it("opens the list with the passphrase", async () => {
    await open(locked());
    await type("unlock-pass", SENTENCE);
    await press("unlock");
    expect(maybe("open-search")).not.toBeNull();
  });

  it("says at the field that the passphrase is wrong, and empties it", async () => {
    await open(locked());
    await type("unlock-pass", "something else");
    await press("unlock");
    expect(at("field-error").textContent).toContain("doesn’t open your accounts");
    const field = at("unlock-pass") as HTMLInputElement;
    expect(field.value).toBe("");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(field.getAttribute("aria-describedby")).toBe(at("field-error").id);
  });

  it("does not ask the app about nothing", async () => {
    const fake = await open(locked());
    await press("unlock");
    expect(at("field-error").textContent).toContain("Type the passphrase first");
    expect(fake.calls).not.toContain("unlock");
  });

  it("has a way on for a forgotten passphrase, after asking", async () => {
    const fake = await open(locked());
    await press("unlock");
    await press("forgot-pass");
    const dialog = screen.getByRole("alertdialog");
    expect(dialog.textContent).toContain("It can’t be recovered");
    expect(dialog.textContent).toContain("the locked file gets another name and is kept in the data folder");
    await user.click(screen.getByText("Keep trying"));
    await settled();
    expect(screen.queryByRole("alertdialog")).toBeNull();
    expect(document.activeElement).toBe(at("forgot-pass"));
    expect(fake.calls).not.toContain("startEmpty");
    await press("forgot-pass");
    fake.refuse.startEmpty = { code: "diskFull", detail: null };
    await press("start-empty-confirm");
    expect(document.body.textContent).toContain("There is no room on the disk");
    await press("forgot-pass");
    await press("start-empty-confirm");
    expect(maybe("open-search")).not.toBeNull();
  });

  it("locks the window when the app locks itself", async () => {
    const fake = await open();
    fake.tell("stageChanged", { ...fake.app, stage: { type: "locked" } });
    expect(await screen.findByTestId("unlock")).toBeTruthy();
    expect(screen.queryAllByTestId("row")).toHaveLength(0);
  });
});

describe("unlocking by the phone’s own question", () => {
  function guarded(stage: "ready" | "locked" = "locked"): Fake {
    const fake = new Fake({ stage: { type: stage }, deviceType: "android", canVerify: true });
    fake.app.settings.protection = "person";
    return fake;
  }
  const refused = { code: "notVerified" as const, detail: null };

  it("asks at the start without being told to, and opens the list", async () => {
    const fake = await open(guarded());
    expect(fake.calls.filter((call) => call === "unlockByPerson")).toHaveLength(1);
    expect(maybe("open-search")).not.toBeNull();
  });

  it("asks once; whoever closes the question stays outside and can try again", async () => {
    const fake = guarded();
    fake.refuse.unlockByPerson = refused;
    await open(fake);
    expect(at("not-verified").textContent).toContain("stays locked");
    expect(at("not-verified").getAttribute("role")).toBe("status");
    expect(maybe("unlock-pass")).toBeNull();
    await settled();
    expect(fake.calls.filter((call) => call === "unlockByPerson")).toHaveLength(1);
    await press("unlock");
    expect(maybe("open-search")).not.toBeNull();
  });

  it("asks nobody when the app locks itself", async () => {
    const fake = await open(guarded("ready"));
    fake.tell("stageChanged", { ...fake.app, stage: { type: "locked" } });
    await settled();
    expect(fake.calls).not.toContain("unlockByPerson");
    await press("unlock");
    expect(fake.calls).toContain("unlockByPerson");
    expect(maybe("open-search")).not.toBeNull();
  });

  it("asks nobody while nobody sees the app", async () => {
    const hidden = Object.getOwnPropertyDescriptor(Document.prototype, "hidden");
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    try {
      const fake = await open(guarded());
      expect(fake.calls).not.toContain("unlockByPerson");
    } finally {
      Reflect.deleteProperty(document, "hidden");
    }
    expect(hidden).toBeDefined();
  });

  it("cannot be pressed while the question is there", async () => {
    const fake = guarded();
    let answer: (view: Fake["app"]) => void = () => {};
    fake.unlockByPerson = () => new Promise((done) => (answer = done));
    await open(fake);
    expect((at("unlock") as HTMLButtonElement).disabled).toBe(true);
    answer({ ...fake.app, stage: { type: "ready" } });
    await settled();
    expect(maybe("open-search")).not.toBeNull();
  });

  it("says what else was in the way", async () => {
    const fake = guarded();
    fake.refuse.unlockByPerson = { code: "keystoreLocked", detail: null };
    await open(fake);
    expect(screen.getByRole("alert").textContent).toContain("The keystore is locked");
  });

  it("has a way on for who cannot unlock, after asking", async () => {
    const fake = guarded();
    fake.refuse.unlockByPerson = refused;
    await open(fake);
    await press("forgot-pass");
    expect(screen.getByRole("alertdialog").textContent).toContain("what unlocks this phone’s screen");
    expect(document.body.textContent).not.toContain("passphrase");
    await press("start-empty-confirm");
    expect(fake.calls).toContain("startEmpty");
  });
});

describe("accounts that cannot be opened", () => {
  const cases: [AnyProblem, boolean, string[]][] = [
    ["keystoreMissing", true, ["tryAgain"]],
    ["keystoreMissing", false, ["passphrase", "tryAgain"]],
    ["keystoreLocked", true, ["unlockKeystore"]],
    ["keystoreLocked", false, ["unlockKeystore", "passphrase"]],
    ["keyLost", true, ["restore", "tryAgain", "startEmpty"]],
    ["personKeyLost", true, ["restore", "tryAgain", "startEmpty"]],
    ["damaged", true, ["restore", "tryAgain", "startEmpty"]],
    ["rolledBack", true, ["older", "restore", "tryAgain", "startEmpty"]],
    ["vaultMissing", true, ["restore", "tryAgain", "startEmpty"]],
    ["newerFormat", true, ["tryAgain"]],
    ["unreadable", true, ["tryAgain"]],
    ["cantSave", false, ["tryAgain"]],
    ["anotherVault", true, ["anyway", "restore", "tryAgain", "startEmpty"]],
  ];

  it.each(cases)("%s (accounts: %s) has its words and its ways on", async (problem, vaultExists, actions) => {
    await open(troubled(problem, vaultExists));
    const words = explain(problem, vaultExists, "desktop");
    expect(at("problem").dataset.problem).toBe(problem);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(words.title);
    expect(document.body.textContent).toContain(words.text);
    expect(document.body.textContent).toContain(words.next);
    const buttons = [...document.querySelectorAll("footer button")].map((each) => each.getAttribute("data-testid"));
    expect(buttons).toEqual(actions.map((action) => `problem-${action}`));
  });

  it("starts empty only after asking", async () => {
    const fake = await open(troubled("keyLost"));
    await press("problem-startEmpty");
    expect(screen.getByRole("alertdialog").textContent).toContain("The old file gets another name and is kept");
    expect(fake.calls).not.toContain("startEmpty");
    await press("start-empty-confirm");
    expect(fake.calls).toContain("startEmpty");
    expect(screen.queryByRole("alertdialog")).toBeNull();
  });

  it("uses the older copy only after asking", async () => {
    const fake = await open(troubled("rolledBack"));
    await press("problem-older");
    await press("older-confirm");
    expect(fake.calls).toContain("useOlderVault");
  });

  it("uses another set-up’s file only after asking", async () => {
    const fake = await open(troubled("anotherVault"));
    await press("problem-anyway");
    expect(screen.getByRole("alertdialog").textContent).toContain("Accounts that are only in the other file");
    expect(fake.calls).not.toContain("useOlderVault");
    await press("anyway-confirm");
    expect(fake.calls).toContain("useOlderVault");
  });

  it.each(["keystoreMissing", "keystoreLocked"] as const)("%s claims nothing about a file nobody saw", (problem) => {
    const { text, next } = explain(problem, false, "desktop");
    expect(next).toContain("can’t tell yet whether there are accounts");
    expect(text + next).not.toMatch(/nothing is lost|no accounts yet/i);
  });

  it("makes a passphrase where there is no keystore", async () => {
    const fake = await open(troubled("keystoreMissing", false));
    await press("problem-passphrase");
    await type("lock-pass", "short");
    await type("lock-pass2", "short");
    await press("lock-submit");
    expect(at("field-error").textContent).toContain("at least 12 characters");
    expect((at("lock-pass") as HTMLInputElement).value).toBe("");
    await type("lock-pass", SENTENCE);
    await type("lock-pass2", `${SENTENCE}!`);
    await press("lock-submit");
    expect(at("field-error").textContent).toContain("not the same");
    await type("lock-pass2", SENTENCE);
    await press("lock-submit");
    expect(fake.passphrase).toBe(SENTENCE);
    expect(maybe("open-search")).not.toBeNull();
  });

  it("says what went wrong when trying again did not help", async () => {
    const fake = troubled("unreadable");
    fake.refuse.tryAgain = { code: "keystoreFailed", detail: null };
    await open(fake);
    await press("problem-tryAgain");
    expect(document.body.textContent).toContain("The keystore would not do it");
  });
});
