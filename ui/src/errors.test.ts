import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Code } from "./bridge/bridge";
import { asError, say, troubles } from "./errors";
import { overwriteGetLocale } from "./paraglide/runtime.js";

describe("errors", () => {
  it.each(Object.keys(troubles) as Code[])("%s has a sentence of its own", (code) => {
    const words = say({ code, detail: "7" });
    expect(words).toMatch(/^[A-Z0-9].*\.$/s);
    const others = (Object.keys(troubles) as Code[]).filter((each) => each !== code);
    expect(others.map((each) => say({ code: each, detail: "7" }))).not.toContain(words);
  });

  describe.each(["en", "sv", "nb"] as const)("without a detail in %s", (locale) => {
    beforeEach(() => overwriteGetLocale(() => locale));
    afterEach(() => overwriteGetLocale(() => "en"));

    const codes = ["unknownType", "algorithm", "digits", "period", "counter", "tryLater", "numberLength"] as const;
    it.each(codes)("%s leaves no gap", (code) => {
      const plain = say({ code, detail: null });
      expect(say({ code, detail: " " })).toBe(plain);
      expect(plain).not.toBe(say({ code, detail: "7" }));
      expect(plain).toMatch(/^\p{Lu}[\p{L}’ ]+\. \p{Lu}[\p{L} ]+\.$/u);
    });
  });

  it("treats what is no error of the app as something that cannot be done", () => {
    expect(asError(new Error("boom")).code).toBe("notNow");
    expect(asError({ code: "toString" }).code).toBe("notNow");
    expect(asError({ code: "diskFull", detail: null }).code).toBe("diskFull");
  });
});
