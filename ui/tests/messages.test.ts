// All three languages say the same things: same keys, same placeholders, nothing empty.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Message = string | [{ match: Record<string, string> }];

const read = (language: string): Record<string, Message> => {
  const { $schema: _, ...messages } = JSON.parse(readFileSync(`messages/${language}.json`, "utf8"));
  return messages;
};
const en = read("en");
const texts = (message: Message | undefined): Record<string, string> =>
  typeof message === "string" ? { "": message } : (message?.[0].match ?? {});
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe.each(["en", "sv", "nb"])("%s", (language) => {
  const messages = read(language);

  it("has every key and no other", () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(en).sort());
  });

  it("says something everywhere, with the same placeholders", () => {
    for (const key of Object.keys(en)) {
      const own = texts(messages[key]);
      const english = texts(en[key]);
      expect(Object.keys(own), key).toEqual(Object.keys(english));
      for (const [variant, text] of Object.entries(own)) {
        expect(text.trim(), key).not.toBe("");
        // "One" may leave out its number: "every second".
        const wanted = placeholders(english[variant] ?? "");
        if (!variant.includes("=one")) expect(placeholders(text), key).toEqual(wanted);
      }
    }
  });

  it("uses plain words and typographic marks", () => {
    for (const message of Object.values(messages)) {
      for (const text of Object.values(texts(message))) {
        // The words of the limit are the service's, and stay as they are.
        const own = text.replaceAll(/hardware tokens|maskinvaretoken|maskinvarutoken/g, "");
        expect(own).not.toMatch(/token|totp|hotp|seed|credential|invalid|ogiltig|ugyldig/i);
        expect(text).not.toMatch(/['"!…]/);
        expect(text).not.toMatch(/ {2}| $|^ /);
      }
    }
  });
});
