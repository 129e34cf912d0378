import { afterEach, describe, expect, it, vi } from "vitest";
import type { ChoiceView, EnrollView } from "../../bridge/bridge";
import { Fake } from "../../bridge/fake";
import { candidate, frameOf } from "../../bridge/invented";
import { screen } from "@testing-library/svelte";
import { check } from "../../../tests/axe";
import { at, maybe, open, press, settled, user } from "../../../tests/look";
import { Hints } from "./hints";
import { chosen, onScreen, visible } from "./place";

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
    fake.tell("cameraScan", frameOf({ type: "found", enroll: { type: "part", session: "s1", have: 2, of: 3 } }));
    await settled();
    expect(at("scan-remark").textContent).toContain("Code 2 of 3 read. Show the next one.");
    fake.tell("cameraScan", frameOf(fake.held({ type: "found", enroll: one })));
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
    fake.tell("cameraScan", frameOf(fake.held({ type: "found", enroll: one })));
    const other = candidate({ issuer: "Litware" });
    fake.tell("cameraScan", frameOf({ type: "found", enroll: { ...one, session: "s2", candidates: [other] } }));
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
    fake.tell("cameraScan", frameOf({ type: "found", enroll: { type: "part", session: "s1", have: 1, of: 2 } }));
    await settled();
    await press("back");
    expect(fake.calls).toContain("cancelEnroll");
    expect(maybe("scanner")).toBeNull();
  });

  it("asks which of several codes is meant, and takes that one", async () => {
    const fake = await scanning();
    fake.scans.push({ type: "found", enroll: one });
    fake.tell("cameraScan", frameOf({ type: "nothing" }, { choices: two }));
    await settled();
    const named = screen.getAllByTestId("choice").map((each) => each.textContent?.replace(/\s+/g, " ").trim());
    expect(named).toEqual(["1 Contosomaria", "2 Part of a transfer"]);
    expect(document.activeElement?.textContent).toBe("Several codes are in view. Which one do you mean?");
    await check();
    await user.tab();
    expect(document.activeElement).toBe(screen.getAllByTestId("choice")[0]);
    await user.keyboard("{Enter}");
    await settled();
    expect(fake.chosen).toEqual([0]);
    expect(at("confirm-add").textContent?.trim()).toBe("Add account");
  });

  it("takes the code that is touched in the picture, and goes on when none is meant", async () => {
    const fake = await scanning();
    fake.tell("cameraScan", frameOf({ type: "nothing" }, { choices: two }));
    await settled();
    const outlines = document.querySelectorAll("polygon");
    expect(outlines[1]?.getAttribute("points")).toBe("60,20 90,20 90,80 60,80");
    await user.click(outlines[1] as Element);
    await settled();
    expect(fake.chosen).toEqual([1]);
    expect(maybe("choices")).toBeNull();
    fake.tell("cameraScan", frameOf({ type: "nothing" }, { choices: two }));
    await settled();
    await press("choose-none");
    expect(fake.calls).toContain("scanOn");
    expect(at("scan-hint").textContent).toContain("Point the camera at the code");
  });

  it("says how many codes of a text have been seen", async () => {
    const fake = await scanning();
    fake.tell("cameraScan", frameOf({ type: "nothing" }, { parts: { have: 2, of: 3 } }));
    await settled();
    expect(at("scan-hint").getAttribute("role")).toBe("status");
    expect(at("scan-hint").textContent).toBe("Code 2 of 3 read. Show the next one.");
  });

  it("changes its hint no sooner than after two seconds, then every three at most", () => {
    const hints = new Hints(0);
    for (let now = 0; now < 1_900; now += 100) expect(hints.at(now, "tooDark")).toBe("point");
    expect(hints.at(2_000, "tooDark")).toBe("tooDark");
    for (let now = 2_100; now < 4_900; now += 100) expect(hints.at(now, "moveCloser")).toBe("tooDark");
    expect(hints.at(5_000, "moveCloser")).toBe("moveCloser");
    for (let now = 8_000; now < 8_400; now += 100) hints.at(now, null);
    expect(hints.at(8_500, null)).toBe("point");
  });

  it("does not speak because of a single frame", () => {
    const hints = new Hints(0);
    for (let now = 3_000; now < 6_000; now += 100) hints.at(now, null);
    expect(hints.at(6_000, "holdStill")).toBe("point");
    for (let now = 6_100; now < 6_300; now += 100) hints.at(now, "holdStill");
    expect(hints.at(6_300, "holdStill")).toBe("holdStill");
  });
});

describe("a frame", () => {
  const picture = { width: 1920, height: 1080 };
  const phone = { x: 0, y: 100, width: 390, height: 600 };
  const finder = { x: 50, y: 250, width: 290, height: 290 };

  it("shows what can be seen of the picture, and lies where that is", () => {
    const whole = visible(picture, phone);
    expect(whole).toEqual({ x: 609, y: 0, width: 702, height: 1080 });
    expect(onScreen(picture, phone, whole)).toEqual(phone);
  });

  it("has every pixel, also of what is cut off, where they are few enough", () => {
    const { part, width, height } = chosen(1, picture, phone, finder, 1920 * 1080);
    expect([part, width, height]).toEqual([{ x: 0, y: 0, ...picture }, 1920, 1080]);
  });

  it("shows the finder sharp and all of it small by turns where there are too many", () => {
    const near = chosen(1, picture, phone, finder, 1_000_000);
    expect([near.width, near.height]).toEqual([678, 678]);
    const at = onScreen(picture, phone, near.part);
    expect(Math.round(at.x + at.width / 2)).toBe(195);
    expect(Math.round(at.y + at.height / 2)).toBe(395);
    const all = chosen(2, picture, phone, finder, 1_000_000);
    expect(all.part).toEqual({ x: 0, y: 0, ...picture });
    expect(all.width * all.height).toBeLessThanOrEqual(1_000_000);
  });
});

const square = (left: number, right: number): ChoiceView["corners"] => [
  { x: left, y: 200 },
  { x: right, y: 200 },
  { x: right, y: 800 },
  { x: left, y: 800 },
];
const two: ChoiceView[] = [
  { title: "Contoso", detail: "maria", corners: square(100, 400) },
  { title: "", detail: "", corners: square(600, 900) },
];

/** With the app’s own camera, which needs no web camera. */
async function scanning(): Promise<Fake> {
  const fake = new Fake();
  fake.camera = "native";
  await open(fake);
  await press("add");
  await press("add-scan");
  return fake;
}
