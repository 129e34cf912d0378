import { afterEach, describe, expect, it, vi } from "vitest";
import type { EnrollView } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { candidate } from "../../bridge/invented";
import { at, maybe, open, press, settled } from "../../../tests/look";
import { Hints } from "./hints";

const one: EnrollView = { type: "accounts", session: "s1", candidates: [candidate()], refused: [] };

describe("the scanner", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [new DOMException("", "NotAllowedError"), "The camera is off for Countersign"],
    [new DOMException("", "NotFoundError"), "No camera was found"],
    [new DOMException("", "OverconstrainedError"), "No camera was found"],
  ])("gives other ways when the camera says %s", async (reason, title) => {
    vi.stubGlobal("navigator", {
      languages: ["en"],
      mediaDevices: { getUserMedia: () => Promise.reject(reason) },
    });
    await open();
    await press("add");
    await press("add-scan");
    expect(at("camera-off").textContent).toContain(title);
    await press("off-manual");
    expect(maybe("field-key")).not.toBeNull();
  });

  it("takes what the app’s own camera reads, part by part", async () => {
    const fake = new Fake();
    fake.camera = "native";
    await open(fake);
    await press("add");
    await press("add-scan");
    expect(at("scanner").dataset.source).toBe("native");
    expect(at("scanner").textContent).toContain("Point the camera at the code");
    fake.tell("cameraScan", { type: "found", enroll: { type: "part", session: "s1", have: 2, of: 3 } });
    await settled();
    expect(at("scan-remark").textContent).toContain("Code 2 of 3 read. Show the next one.");
    fake.tell("cameraScan", fake.held({ type: "found", enroll: one }));
    await settled();
    expect(at("confirm-add").textContent?.trim()).toBe("Add account");
    expect(fake.calls).toContain("closeCamera");
  });

  it("lets the camera go again when it is left while that opens", async () => {
    const fake = new Fake();
    let opened!: (source: "native") => void;
    fake.openCamera = () => new Promise((done) => (opened = done));
    await open(fake);
    await press("add");
    await press("add-scan");
    await press("back");
    fake.calls = [];
    opened("native");
    await settled();
    expect(fake.calls).toContain("closeCamera");
  });

  it("takes the first accounts of its own camera and none after", async () => {
    const fake = new Fake();
    fake.camera = "native";
    await open(fake);
    await press("add");
    await press("add-scan");
    fake.tell("cameraScan", fake.held({ type: "found", enroll: one }));
    const other = candidate({ issuer: "Litware" });
    fake.tell("cameraScan", { type: "found", enroll: { ...one, session: "s2", candidates: [other] } });
    await settled();
    expect((at("confirm-issuer") as HTMLInputElement).value).toBe("Adventure Works");
    expect(maybe("replaced")).toBeNull();
    await press("confirm-add");
    expect(fake.all.at(-1)?.issuer).toBe("Adventure Works");
  });

  it("forgets the parts it has when it is closed", async () => {
    const fake = new Fake();
    fake.camera = "native";
    await open(fake);
    await press("add");
    await press("add-scan");
    fake.tell("cameraScan", { type: "found", enroll: { type: "part", session: "s1", have: 1, of: 2 } });
    await settled();
    await press("back");
    expect(fake.calls).toContain("cancelEnroll");
    expect(maybe("scanner")).toBeNull();
  });

  it("changes its hint no sooner than after six seconds, then every three at most", () => {
    const hints = new Hints(0);
    expect(hints.at(5_900, 20)).toBe("point");
    expect(hints.at(6_000, 120)).toBe("closer");
    expect(hints.at(7_000, 250)).toBe("closer");
    expect(hints.at(9_000, 250)).toBe("bright");
    expect(hints.at(12_000, 20)).toBe("dark");
  });
});
