import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Fake } from "../../bridge/fake";
import { incomingPlan, refusal, row as planRow } from "../../bridge/inventedBackup";
import { h1 } from "../../../tests/asking";
import { at, maybe, open, press, read, settled, type, user } from "../../../tests/look";

async function from(fake = new Fake()): Promise<Fake> {
  await open(fake);
  await press("settings");
  await press("moving");
  await press("moving-import");
  return fake;
}

async function files(...names: string[]) {
  await user.upload(at("files-input"), names.map((name) => new File(["x"], name)));
  await read();
}

describe("importing", () => {
  it("shows the codes beside the old app’s, what is refused first, and stores nothing yet", async () => {
    const fake = await from();
    await files("aegis-export.json");
    expect(h1()).toBe("Import 4 accounts?");
    expect(at("refused").textContent).toContain("OCRA codes are not supported. Keep it in the old app.");
    expect(at("refused").textContent).toContain("The key has characters that are not allowed: “1” and “8”.");
    expect(at("keep-old").textContent).toContain("The 4 refused accounts are only there.");
    const order = at("refused").compareDocumentPosition(at("plan-add"));
    expect(order & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    const [first] = screen.getAllByTestId("plan-row");
    expect(first?.textContent).toMatch(/Adventure Works.*Code( \d){6}/s);
    expect(first?.closest("[role=status], [role=alert], [aria-live]")).toBeNull();
    expect(at("plan-add").textContent).toContain("9 digits is unusual. Compare the code with the old app.");
    expect(fake.calls).not.toContain("takeIn");
  });

  it("ends with a receipt that accounts for every row", async () => {
    await from();
    await files("aegis-export.json");
    await press("take-in");
    expect(h1()).toBe("4 of 9 need you");
    const receipt = at("receipt");
    expect(receipt.textContent).toContain("All 9 rows of aegis-export.json are accounted for.");
    expect(receipt.getAttribute("role")).toBe("alert");
    const counts = [...document.querySelectorAll(".tally > div")].map((each) => each.textContent);
    expect(counts).toEqual(["Imported4", "Merged1", "Refused4"]);
    expect(at("keep-old").textContent).toContain("Don’t delete the old app yet");
    await press("receipt-save");
    expect(at("toast").textContent).toContain("countersign-receipt.txt");
    await user.click(at("receipt-imported").querySelector("summary") as HTMLElement);
    await settled();
    expect(at("receipt-imported").textContent).toMatch(/Adventure Works.*Code( \d){6}/s);
    await press("result-done");
    expect(h1()).toBe("Import or export");
  });

  it("looks at a file that the system hands over, and stores nothing", async () => {
    const fake = await open();
    fake.outside = ["aegis-export.json"];
    fake.tell("fileWaits", null);
    await settled();
    expect(h1()).toBe("Import 4 accounts?");
    expect(fake.calls).not.toContain("takeIn");
    fake.outside = ["holiday.mp4"];
    fake.tell("fileWaits", null);
    await settled();
    expect(at("file-failed").textContent).toContain("holiday.mp4");
    expect(h1()).toBe("Where are they?");
  });

  it("looks at all that another app shares, one after another, and at a text that has no name", async () => {
    const fake = new Fake();
    fake.known.set("1.json", incomingPlan({ session: "many" }));
    fake.known.set("", refusal("fileUnknown"));
    fake.outside = ["1.json", "aegis-locked.json", ""];
    await open(fake);
    await settled();
    await type("open-pass", "correct horse battery");
    await press("open-submit");
    await settled();
    expect(h1()).toBe("Import 4 accounts?");
    expect(at("file-failed").textContent).toContain("The shared text wasn’t opened");
    expect(fake.calls).not.toContain("takeIn");
  });

  it("asks for the password of a locked file, and tells a wrong one", async () => {
    await from();
    await files("aegis-locked.json");
    expect(document.body.textContent).toContain("The one you chose in Aegis");
    await press("open-submit");
    expect(at("field-error").textContent).toBe("Type the password first.");
    await type("open-pass", "wrong");
    await press("open-submit");
    expect(at("field-error").textContent).toContain("This password doesn’t open the file");
    expect(maybe("by-code")).toBeNull();
    await type("open-pass", "correct horse battery");
    await press("open-submit");
    expect(h1()).toBe("Import 4 accounts?");
  });

  it.each([
    ["fileUnknown", null, "isn’t a backup or an export"],
    ["fileDamaged", null, "The password is not the problem"],
    ["fileNewer", null, "A newer version"],
    ["fileTooLarge", "32", "larger than 32 MB"],
    ["fileTooCostly", "2048", "2048 MB of memory"],
    ["accountRestricted", null, "In Bitwarden, export again"],
  ] as const)("says by name that a file was not opened: %s", async (code, detail, words) => {
    const fake = new Fake();
    fake.known.set("old.json", refusal(code, detail));
    await from(fake);
    await files("old.json");
    expect(at("file-failed").textContent).toContain("old.json wasn’t opened");
    expect(at("file-failed").textContent).toContain(words);
    expect(maybe("plan")).toBeNull();
  });

  it("reads several files one by one into one session, and does not hide the one that failed", async () => {
    const fake = new Fake();
    const sessions: (string | null)[] = [];
    const openFile = fake.openFile.bind(fake);
    fake.openFile = (bytes, name, session) => (sessions.push(session), openFile(bytes, name, session));
    fake.known.set("1.json", incomingPlan({ session: "many" }));
    fake.known.set("2.json", refusal("fileDamaged"));
    fake.known.set("3.json", incomingPlan({ rows: [planRow({ index: 0 }), planRow({ index: 1, issuer: "Litware" })] }));
    await from(fake);
    await files("1.json", "2.json", "3.json");
    expect(sessions).toEqual([null, "many", "many"]);
    expect(h1()).toBe("Import 2 accounts?");
    expect(at("file-failed").textContent).toContain("2.json");
    await press("take-in");
    expect(at("file-failed").textContent).toContain("2.json");
  });

  it("goes on with the other files when a locked one is open", async () => {
    const fake = await from();
    await files("locked.json", "more.json");
    expect(fake.calls.filter((call) => call === "openFile")).toHaveLength(1);
    await type("open-pass", "correct horse battery");
    await press("open-submit");
    // The other file is read by turns of its own.
    await waitFor(() => expect(fake.calls.filter((call) => call === "openFile")).toHaveLength(2));
    await waitFor(() => expect(maybe("plan")).not.toBeNull());
  });

  it("waits for the other parts of a transfer", async () => {
    const fake = new Fake();
    fake.known.set("part", { type: "part", session: "p", have: 1, of: 2 });
    fake.known.set("rest", incomingPlan());
    await from(fake);
    await press("from-paste");
    await type("field-import", "part");
    await press("import-submit");
    expect(at("part").textContent).toContain("1 of 2 parts are read");
    await press("from-paste");
    expect((at("field-import") as HTMLTextAreaElement).value).toBe("");
    await type("field-import", "rest");
    await press("import-submit");
    expect(h1()).toBe("Import 1 account?");
  });

  it("says at the field that a text holds nothing", async () => {
    await from();
    await press("from-paste");
    await press("import-submit");
    expect(at("field-error").textContent).toContain("nothing to read yet");
  });

  it("says so where everything is here already", async () => {
    const fake = new Fake();
    fake.known.set("same.json", incomingPlan({ rows: [planRow({ index: 0, fate: "merge" })] }));
    await from(fake);
    await files("same.json");
    expect(h1()).toBe("Everything in it is already here");
    await press("take-in");
    expect(h1()).toBe("1 account is taken care of");
  });

  it("keeps the plan and says why when it could not be stored", async () => {
    const fake = await from();
    await files("aegis-export.json");
    fake.refuse.takeIn = refusal("diskFull");
    await press("take-in");
    expect(at("form-error").textContent).toContain("no room on the disk");
    await press("take-in");
    expect(maybe("receipt")).not.toBeNull();
  });

  it("scans in the place of files", async () => {
    const fake = new Fake();
    fake.camera = "native";
    await from(fake);
    await press("from-scan");
    expect(document.querySelector(".scanner")).not.toBeNull();
  });

  it("is gone from a locked window", async () => {
    const fake = await from();
    await files("aegis-export.json");
    fake.tell("stageChanged", { ...fake.app, stage: { type: "locked" } });
    await settled();
    expect(maybe("plan")).toBeNull();
    expect(fake.calls).toContain("cancelIncoming");
  });
});
