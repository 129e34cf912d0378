import { describe, expect, it } from "vitest";
import { fullName, grouped, methodName, spelled, subtitle, title } from "./words";

describe("words", () => {
  it.each([
    ["7K2QP", "7K2QP"],
    ["482915", "482 915"],
    ["4829150", "482 9150"],
    ["94287082", "9428 7082"],
    ["123456789", "123 456 789"],
    ["1234567890", "123 456 7890"],
  ])("groups %s as people read it", (digits, read) => {
    expect(grouped(digits).join(" ")).toBe(read);
  });

  it("spells a code digit by digit", () => expect(spelled("482")).toBe("4 8 2"));

  it("writes methods as sites do", () => expect(methodName("SHA256")).toBe("SHA-256"));

  it("names an account by what it has", () => {
    expect(fullName({ issuer: "Northwind", account: "maria" })).toBe("Northwind, maria");
    expect(title({ issuer: "", account: "maria" })).toBe("maria");
    expect(subtitle({ issuer: "", account: "maria" })).toBe("");
    expect(fullName({ issuer: "", account: "" })).toBe("Account without a name");
  });
});
