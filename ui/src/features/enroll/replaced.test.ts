// Something else is found while the question about a find is open: what was typed for one never goes with the other.
import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { CandidateView, EnrollView, ScanView } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { candidate } from "../../bridge/invented";
import { at, maybe, open, press, rows, settled, type, user } from "../../../tests/look";

const LINK = "otpauth://totp/x";

function found(session: string, ...candidates: CandidateView[]): EnrollView {
  return { type: "accounts", session, candidates, refused: [] };
}

const litware = candidate({ issuer: "Litware", account: "jonas" });

/** The question about A is open, reached by a pasted link. */
async function asking(...candidates: CandidateView[]): Promise<Fake> {
  const fake = new Fake();
  fake.texts.set(LINK, found("a", ...candidates));
  await open(fake);
  await press("add");
  await press("add-paste");
  await type("field-link", LINK);
  await press("paste-submit");
  return fake;
}

async function link(fake: Fake, enroll: EnrollView) {
  fake.tell("linkOpened", fake.held({ type: "found", enroll }));
  await settled();
}

const value = (id: string) => (at(id) as HTMLInputElement).value;

describe("a link while another account is being added", () => {
  it("is asked about afresh, and what was typed is gone", async () => {
    const fake = await asking(candidate());
    expect(maybe("replaced")).toBeNull();
    await type("confirm-issuer", "Typed for A");
    await type("confirm-account", "typed@a");
    await press("confirm-group-personal");
    await link(fake, found("b", litware));
    expect([value("confirm-issuer"), value("confirm-account")]).toEqual(["Litware", "jonas"]);
    expect(at("replaced").textContent).toContain("What you were adding before was not added.");
    expect(document.activeElement).toBe(screen.getAllByRole("heading", { level: 1 }).at(-1));
    await press("confirm-add");
    expect(fake.all.at(-1)).toMatchObject({ issuer: "Litware", account: "jonas", group: "other" });
    expect(fake.all).toHaveLength(7);
    expect(document.activeElement).toBe(at("add"));
  });

  it("starts over even when it looks the same, and the remark does not come back later", async () => {
    const fake = await asking(candidate());
    await type("confirm-issuer", "Typed for A");
    await link(fake, found("b", candidate()));
    expect(value("confirm-issuer")).toBe("Adventure Works");
    await user.keyboard("{Escape}");
    await settled();
    await link(fake, found("c", litware));
    expect(maybe("replaced")).toBeNull();
  });

  it("has all of several ticked, whatever was unticked before", async () => {
    const fake = await asking(candidate(), candidate({ index: 1, issuer: "Contoso" }));
    await user.click(screen.getAllByTestId("batch-row")[0] as HTMLElement);
    await link(fake, found("b", litware, candidate({ index: 1, issuer: "Proseware" })));
    const ticks = screen.getAllByTestId("batch-row") as HTMLInputElement[];
    expect(ticks.map((each) => each.checked)).toEqual([true, true]);
    await press("confirm-add");
    expect(fake.all.slice(6).map((each) => each.issuer)).toEqual(["Litware", "Proseware"]);
  });

  it("does the same for a picture that is read late", async () => {
    const fake = await open();
    let answer!: (scan: ScanView) => void;
    fake.scanPicture = () => new Promise((done) => (answer = done));
    await user.upload(at("picture-input"), new File(["pixels"], "code.png", { type: "image/png" }));
    await link(fake, found("a", candidate()));
    await type("confirm-issuer", "Typed for A");
    await expect.poll(() => typeof answer).toBe("function");
    answer(fake.held({ type: "found", enroll: found("b", litware) }));
    await settled();
    expect(value("confirm-issuer")).toBe("Litware");
  });

  it("stays open when the answer about the first comes after it", async () => {
    const fake = await asking(candidate());
    const confirm = fake.confirm.bind(fake);
    let go!: () => void;
    fake.confirm = async (...asked) => {
      const added = await confirm(...asked);
      await new Promise<void>((done) => (go = done));
      return added;
    };
    await press("confirm-add");
    await link(fake, found("b", litware));
    go();
    await settled();
    expect(at("toast").textContent).toContain("Adventure Works, maria@example.org was added");
    expect(value("confirm-issuer")).toBe("Litware");
    expect(maybe("replaced")).toBeNull();
    expect(rows()).toHaveLength(7);
  });

  it("ends the question when it brings only a part", async () => {
    const fake = await asking(candidate());
    await link(fake, { type: "part", session: "p", have: 1, of: 2 });
    expect(maybe("confirm-add")).toBeNull();
    expect(at("remark").textContent).toContain("Code 1 of 2 read. Show the next one. What you were adding before was not");
  });
});
