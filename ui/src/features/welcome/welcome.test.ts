import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Fake } from "../../bridge/fake";
import { at, maybe, open, press } from "../../../tests/look";

describe("first run", () => {
  it("asks for consent, then about the log, then shows the way in", async () => {
    const fake = await open(new Fake({ stage: { type: "consent" }, accounts: [], deviceType: "android" }));
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Welcome to Countersign");
    expect(document.activeElement?.tagName).toBe("H1");
    await press("accept");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Keep a diagnostics log?");
    await press("skip-log");
    expect(fake.app.settings.diagnostics).toBe(false);
    expect(maybe("empty-scan")).not.toBeNull();
    expect(at("add").textContent).toContain("Add another account");
  });

  it("keeps a log only when asked to", async () => {
    const fake = await open(new Fake({ stage: { type: "diagnostics" } }));
    await press("keep-log");
    expect(fake.app.settings.diagnostics).toBe(true);
  });

  it("says which kind of device it is", async () => {
    await open(new Fake({ stage: { type: "consent" }, deviceType: "ios" }));
    expect(screen.getByText(/Nothing about you leaves this phone/)).toBeTruthy();
  });

  it("shows the whole notice and goes back to the question", async () => {
    await open(new Fake({ stage: { type: "consent" } }));
    await press("read-privacy");
    expect(screen.getByText("Privacy notice").tagName).toBe("H1");
    expect(screen.getByText(/an encrypted file and the copy before it, on this computer/)).toBeTruthy();
    await press("back");
    expect(screen.queryByText("Privacy notice")).toBeNull();
    expect(document.activeElement).toBe(at("read-privacy"));
  });

  it("stays and says why when the answer could not be kept", async () => {
    const fake = new Fake({ stage: { type: "consent" } });
    fake.refuse.acceptPrivacy = { code: "diskFull", detail: null };
    await open(fake);
    await press("accept");
    expect(screen.getByRole("alert").textContent).toContain("There is no room on the disk");
    await press("accept");
    expect(maybe("skip-log")).not.toBeNull();
  });
});
