// Accounts that nobody has, for the fake bridge.
import type { AccountView, CandidateView, CodeSpecView, SettingsView } from "./bridge";

export function spec(changes: Partial<CodeSpecView> = {}): CodeSpecView {
  return { kind: "totp", algorithm: "SHA1", digits: 6, period: 30, counter: null, notices: [], ...changes };
}

export function account(changes: Partial<AccountView> & { id: string }): AccountView {
  return {
    group: "other",
    issuer: "Northwind",
    account: "maria@example.org",
    note: "",
    code: spec(),
    addedAt: 1_740_960_000,
    ...changes,
  };
}

export function candidate(changes: Partial<CandidateView> = {}): CandidateView {
  return {
    index: 0,
    issuer: "Adventure Works",
    account: "maria@example.org",
    ascii: null,
    code: spec(),
    existing: null,
    ...changes,
  };
}

export function settings(): SettingsView {
  return {
    language: "system",
    theme: "system",
    hideCodes: false,
    protection: "keystore",
    autoLockMinutes: 5,
    diagnostics: false,
  };
}

export function invented(): AccountView[] {
  return [
    account({ id: "n", group: "personal" }),
    account({ id: "f", issuer: "Fabrikam Mail", account: "maria.lindqvist", note: "Shared with Jonas" }),
    account({ id: "t", issuer: "Tailspin Bank", account: "4417 Lindqvist", code: spec({ digits: 8 }) }),
    account({
      id: "w",
      issuer: "Wide World VPN",
      account: "",
      code: spec({ kind: "hotp", period: null, counter: "17" }),
    }),
    account({ id: "s", issuer: "Steam", account: "marialq", code: spec({ kind: "steam", digits: 5 }) }),
    account({
      id: "v",
      issuer: "Vårdförbundet Lindköping medlemssidor och bokning",
      account: "maria.lindqvist@vardforbundet.example",
    }),
  ];
}
