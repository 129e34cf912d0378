import { afterEach, describe, expect, it } from "vitest";
import { overwriteGetLocale } from "./paraglide/runtime.js";
import { clockFace, country, lately, moment, roughly, spoken } from "./times";

const NOON = new Date(2026, 10, 22, 12, 0, 0).getTime();
const HOUR = 3_600_000;

describe("spans", () => {
  it.each([
    [102_000, "1:42", "1 minute 42 seconds", "2 minutes"],
    [101_001, "1:42", "1 minute 42 seconds", "2 minutes"],
    [120_000, "2:00", "2 minutes", "2 minutes"],
    [9_000, "0:09", "9 seconds", "9 seconds"],
    [1_000, "0:01", "1 second", "1 second"],
    [-5, "0:00", "0 seconds", "0 seconds"],
  ])("%i ms", (ms, face, words, rough) => {
    expect([clockFace(ms), spoken(ms), roughly(ms)]).toEqual([face, words, rough]);
  });

  describe("in the other languages", () => {
    afterEach(() => overwriteGetLocale(() => "en"));

    it.each([
      ["sv", "1 minut 42 sekunder", "2 minuter"],
      ["nb", "1 minutt 42 sekunder", "2 minutter"],
    ] as const)("%s", (locale, words, rough) => {
      overwriteGetLocale(() => locale);
      expect([spoken(102_000), roughly(120_000)]).toEqual([words, rough]);
    });
  });
});

describe("moments", () => {
  it("are as short as they can be", () => {
    expect(lately(NOON - HOUR, NOON)).toMatch(/^11:00/);
    expect(lately(NOON - 20 * HOUR, NOON)).toBe("Yesterday");
    expect(lately(NOON - 80 * HOUR, NOON)).toMatch(/19/);
    expect(lately(NOON - 9_000 * HOUR, NOON)).toMatch(/2025/);
  });

  it("are whole where one is looked at", () => {
    expect(moment(NOON - HOUR, NOON)).toMatch(/^Today, 11:00:00/);
    expect(moment(NOON - 40 * HOUR, NOON)).toMatch(/2026/);
  });

  it("are in a country with a name, if it has one", () => {
    expect([country("PT"), country("nonsense")]).toEqual(["Portugal", "nonsense"]);
  });
});
