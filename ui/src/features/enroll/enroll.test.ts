import { cleanup, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { CandidateView, EnrollView, ScanView } from "../../bridge/bridge";
import { Fake, refusal } from "../../bridge/fake";
import { candidate, spec } from "../../bridge/invented";
import { at, maybe, open, press, rows, settled, type, user } from "../../../tests/look";
import { freeName } from "./enroll.svelte";

const LINK = "otpauth://totp/x";

function found(candidates: CandidateView[], refused: Extract<EnrollView, { type: "accounts" }>["refused"] = []): EnrollView {
  return { type: "accounts", session: "s1", candidates, refused };
}

const inList: CandidateView["existing"] = {
  id: "n",
  sameKey: false,
  issuer: "Northwind",
  account: "maria@example.org",
  addedAt: 1_740_960_000,
};

/** Opens the list and pastes a link that turns out to be `view`. */
async function paste(view: EnrollView): Promise<Fake> {
  const fake = new Fake();
  fake.texts.set(LINK, view);
  await open(fake);
  await press("add");
  await press("add-paste");
  await type("field-link", LINK);
  await press("paste-submit");
  return fake;
}

const picture = () => new File(["pixels"], "code.png", { type: "image/png" });
const h1 = () => screen.getAllByRole("heading", { level: 1 }).at(-1)?.textContent?.trim();

describe("one account", () => {
  it("is added with the names and the heading that were chosen", async () => {
    const fake = await paste(found([candidate()]));
    expect(h1()).toBe("Add this account?");
    expect(document.querySelector(".facts")?.textContent).toContain("6 digits, every 30 seconds");
    await type("confirm-issuer", "Adventure");
    await press("confirm-group-personal");
    await press("confirm-add");
    expect(fake.all.at(-1)).toMatchObject({ issuer: "Adventure", account: "maria@example.org", group: "personal" });
    expect(at("toast").textContent).toContain("Adventure, maria@example.org was added.");
    expect(rows()).toHaveLength(7);
  });

  it("shows a name that is not ASCII in ASCII, too, as long as it is that name", async () => {
    await paste(found([candidate({ issuer: "\u0410pple", ascii: "xn--pple-kzd" })]));
    const line = "In ASCII characters only: xn--pple-kzd";
    expect(screen.getByText(line).id).toBe(at("confirm-issuer").getAttribute("aria-describedby"));
    await type("confirm-issuer", "Apple");
    expect(screen.queryByText(line)).toBeNull();
  });

  it("shows the user name in ASCII where it stands for the account", async () => {
    await paste(found([candidate({ issuer: "", account: "m\u00e5ns", ascii: "xn--mns-ula" })]));
    const line = screen.getByText("In ASCII characters only: xn--mns-ula");
    expect(line.id).toBe(at("confirm-account").getAttribute("aria-describedby"));
  });

  it("shows it where the name is taken, and in each row of several", async () => {
    const ascii = "xn--Frening-90a";
    const line = `In ASCII characters only: ${ascii}`;
    await paste(found([candidate({ issuer: "F\u00f6rening", ascii, existing: inList })]));
    expect(screen.getByText(line)).toBeTruthy();
    cleanup();
    await paste(found([candidate({ issuer: "F\u00f6rening", ascii }), candidate({ index: 1 })]));
    expect(screen.getAllByText(line)).toHaveLength(1);
  });

  it("says in words what is unusual", async () => {
    await paste(found([candidate({ code: spec({ digits: 9, notices: ["digits", "shortKey"] }) })]));
    expect(document.body.textContent).toContain("9 digits is unusual");
    expect(document.body.textContent).toContain("The key is short");
    expect(document.querySelector("dd.flag")).not.toBeNull();
  });

  it("keeps both under a free name when the name is taken, unless told otherwise", async () => {
    const fake = await paste(found([candidate({ issuer: "Northwind", existing: inList })]));
    expect(h1()).toBe("You already have this name");
    expect(document.body.textContent).toContain("The new one is named Northwind (2).");
    await press("confirm-add");
    expect(fake.all.filter((each) => each.issuer.startsWith("Northwind")).map((each) => each.issuer)).toEqual([
      "Northwind",
      "Northwind (2)",
    ]);
    expect(fake.bin).toHaveLength(0);
  });

  it("replaces the old one when chosen, which goes to the trash", async () => {
    const fake = await paste(found([candidate({ issuer: "Northwind", existing: inList })]));
    await press("replace-old");
    expect(at("confirm-add").textContent?.trim()).toBe("Replace the old one");
    await press("confirm-add");
    expect(fake.bin.map((each) => each.id)).toEqual(["n"]);
    expect(fake.all.filter((each) => each.issuer === "Northwind")).toHaveLength(1);
  });

  it("is not added again when the key is here already", async () => {
    const fake = await paste(found([candidate({ existing: { ...inList, sameKey: true } })]));
    expect(at("already-here").textContent).toContain("there is nothing to add");
    expect(maybe("confirm-add")).toBeNull();
    await press("close");
    expect(fake.calls).toContain("cancelEnroll");
    expect(rows()).toHaveLength(6);
  });

  it("stays on the question when it could not be saved", async () => {
    const fake = await paste(found([candidate()]));
    fake.refuse.confirm = refusal("diskFull");
    await press("confirm-add");
    expect(at("form-error").textContent).toContain("There is no room on the disk");
    await press("confirm-add");
    expect(fake.all).toHaveLength(7);
  });

  it("is dropped with Escape, and the app forgets it", async () => {
    const fake = await paste(found([candidate()]));
    await user.keyboard("{Escape}");
    await settled();
    expect(maybe("confirm-add")).toBeNull();
    expect(document.activeElement).toBe(at("add"));
    expect(fake.calls).toContain("cancelEnroll");
  });
});

describe("several accounts", () => {
  const batch = () =>
    found(
      [
        candidate({ index: 0, issuer: "Adventure Works" }),
        candidate({ index: 1, issuer: "Northwind", existing: inList }),
        candidate({ index: 2, issuer: "Litware", existing: { ...inList, sameKey: true } }),
      ],
      [{ name: "Old game", reason: refusal("keyMissing") }],
    );

  it("are all ticked, with what is said about each", async () => {
    await paste(batch());
    expect(h1()).toBe("Add 2 accounts?");
    const ticks = screen.getAllByTestId("batch-row") as HTMLInputElement[];
    expect(ticks.map((each) => [each.checked, each.disabled])).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ]);
    expect(document.body.textContent).toContain("this one is named Northwind (2)");
    expect(document.body.textContent).toContain("Already here, with the same key");
    expect(at("refused").textContent).toContain("Old game");
    expect(at("refused").textContent).toContain("The secret key is missing");
    expect(at("refused").textContent).toContain("Don’t delete the old app yet");
  });

  it("are added as far as they are ticked", async () => {
    const fake = await paste(batch());
    await user.click(screen.getAllByTestId("batch-row")[0] as HTMLElement);
    await settled();
    expect(at("confirm-add").textContent).toBe("Add 1 account");
    await press("confirm-add");
    expect(fake.all.at(-1)?.issuer).toBe("Northwind (2)");
    expect(fake.all).toHaveLength(7);
  });
});

describe("a key that is typed", () => {
  async function manual(fake = new Fake()): Promise<Fake> {
    await open(fake);
    await press("add");
    await press("add-manual");
    return fake;
  }

  it("goes to the question with its names", async () => {
    const fake = await manual();
    await type("field-issuer", "Fabrikam Mail");
    await type("field-account", "maria");
    await type("field-key", "JBSW Y3DP EHPK 3PXP");
    await press("manual-submit");
    expect((at("confirm-issuer") as HTMLInputElement).value).toBe("Fabrikam Mail");
    await press("confirm-add");
    expect(fake.all.at(-1)?.account).toBe("maria");
  });

  const cases: [Parameters<typeof refusal>, string, string][] = [
    [["keyMissing"], "field-key", "secret key is missing"],
    [["keyCharacter", "1"], "field-key", "Is it the letter I?"],
    [["keyCharacter", "é"], "field-key", "never has the character é"],
    [["keyLength"], "field-key", "A part of the key is missing"],
    [["keyTooLong"], "field-key", "longer than a key can be"],
    [["digits", "40"], "field-digits", "can’t have 40 digits"],
    [["period", "0"], "field-period", "every 0 seconds"],
    [["label"], "field-issuer", "name in the code can’t be read"],
    [["nameTooLong", "120"], "field-issuer", "120 characters fit"],
  ];

  it.each(cases)("shows %s at %s", async (error, field, words) => {
    const fake = await manual();
    fake.refuse.inspectManual = refusal(...error);
    await press("manual-submit");
    const box = at(field).closest(".field") as HTMLElement;
    expect(box.querySelector("[role=alert]")?.textContent).toContain(words);
    expect(at(field).getAttribute("aria-invalid")).toBe("true");
    expect(screen.getAllByTestId("field-error")).toHaveLength(1);
  });

  it("shows the counter’s error where the counter is", async () => {
    await manual();
    await press("more-choices");
    await press("kind-hotp");
    await type("field-key", "JBSWY3DP");
    await type("field-counter", "x");
    await press("manual-submit");
    expect(at("field-error").closest(".field")?.querySelector("input")).toBe(at("field-counter"));
  });

  it("is kept to be corrected, with errors about nothing typed under the form", async () => {
    const fake = await manual();
    fake.refuse.inspectManual = refusal("tooManyAccounts", "1000");
    await type("field-key", "JBSWY3DP");
    await press("manual-submit");
    expect(at("form-error").textContent).toContain("1000 accounts");
    expect((at("field-key") as HTMLInputElement).value).toBe("JBSWY3DP");
  });
});

describe("links and pictures", () => {
  it("gives the focus back to what opened them", async () => {
    await open();
    await press("add");
    await press("add-paste");
    await press("back");
    expect(document.activeElement).toBe(at("add"));
  });

  it("says at the field what is wrong with a link", async () => {
    await open();
    await press("add");
    await press("add-paste");
    await type("field-link", "https://example.org");
    await press("paste-submit");
    expect(at("field-error").textContent).toContain("This isn’t a set-up code");
  });

  it("reads a picture, or says that there is no code in it", async () => {
    const fake = await open();
    await user.upload(at("picture-input"), picture());
    expect((await screen.findByTestId("remark")).textContent).toContain("No QR code was found");
    await press("remark-close");
    fake.scans.push({ type: "found", enroll: found([candidate()]) });
    await user.upload(at("picture-input"), picture());
    await screen.findByTestId("confirm-add");
    expect(h1()).toBe("Add this account?");
  });

  it("explains a code that belongs to another app", async () => {
    const fake = await open();
    fake.scans.push({ type: "found", enroll: { type: "foreign", app: "microsoftWork" } });
    await user.upload(at("picture-input"), picture());
    expect((await screen.findByTestId("remark")).textContent).toContain("This code is for another app");
    expect(at("remark").textContent).toContain("I want to use a different authenticator app");
  });

  it("asks before a link from outside adds anything", async () => {
    const fake = await open();
    const scan: ScanView = { type: "found", enroll: found([candidate()]) };
    fake.tell("linkOpened", fake.held(scan));
    await settled();
    expect(h1()).toBe("Add this account?");
    expect(fake.all).toHaveLength(6);
  });

  it("asks about a link that came while the app was locked", async () => {
    const fake = new Fake({ stage: { type: "locked" } });
    fake.pending = { type: "found", enroll: found([candidate()]) };
    await open(fake);
    await press("unlock");
    fake.passphrase = "x";
    await type("unlock-pass", "x");
    await press("unlock");
    await settled();
    expect(h1()).toBe("Add this account?");
  });
});

describe("a free name", () => {
  it("counts on until nobody has it", () => {
    const names = new Set(["Northwind (2)"]);
    const free = freeName({ issuer: "Northwind", account: "m" }, (issuer) => names.has(issuer));
    expect(free).toEqual({ issuer: "Northwind (3)", account: "m" });
  });

  it("is the user name’s where there is no site", () => {
    expect(freeName({ issuer: "", account: "maria" }, () => false)).toEqual({ issuer: "", account: "maria (2)" });
  });
});
