// Accounts that nobody has, for the fake bridge.
import type {
  AccountView,
  ActivationView,
  ActivityItemView,
  CandidateView,
  CodeSpecView,
  FrameView,
  RequestView,
  ScanView,
  SettingsView,
  SignInView,
  WorkView,
} from "./bridge";

/** A frame of the camera in which that was seen. */
export function frameOf(scan: ScanView, changes: Partial<FrameView> = {}): FrameView {
  return { scan, choices: [], parts: null, hint: null, ...changes };
}

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
    work: null,
    ...changes,
  };
}

export function work(changes: Partial<WorkView> = {}): WorkView {
  return {
    host: "signin.example.org",
    state: "active",
    fingerprint: "MR_XoPPr",
    softwareKey: true,
    keyPlace: null,
    clockAhead: null,
    needsUpdate: false,
    ...changes,
  };
}

/** Contoso's account, to approve with. */
export function workAccount(changes: Partial<AccountView> = {}): AccountView {
  return account({
    id: "c",
    group: "work",
    issuer: "Contoso",
    account: "maria.lindqvist@contoso.example",
    work: work(),
    ...changes,
  });
}

export function activation(changes: Partial<ActivationView> = {}): ActivationView {
  return {
    session: "w1",
    host: "signin.example.org",
    service: "Contoso",
    account: "maria.lindqvist@contoso.example",
    name: "Maria Lindqvist",
    fingerprint: null,
    codes: true,
    verification: true,
    softwareKey: true,
    existing: null,
    revives: null,
    expiresIn: 540,
    ...changes,
  };
}

export function signIn(changes: Partial<SignInView> = {}): SignInView {
  return {
    session: "i1",
    host: "signin.example.org",
    service: "Contoso",
    userCode: "WDJB-MJHT",
    address: "https://signin.example.org/device",
    opened: true,
    expiresIn: 600,
    ...changes,
  };
}

export function request(changes: Partial<RequestView> = {}): RequestView {
  return {
    id: "r1",
    account: "c",
    issuer: "Contoso",
    username: "maria.lindqvist@contoso.example",
    host: "signin.example.org",
    purpose: "signIn",
    app: "Payroll",
    place: "Lisbon, Portugal",
    country: "PT",
    ip: "203.0.113.24",
    client: "Edge 143 on Windows 11",
    time: Math.floor(Date.now() / 1000) - 18,
    unfamiliar: false,
    proximity: "near",
    digits: 2,
    canScan: true,
    isMatched: false,
    leftMs: 102_000,
    lifeMs: 120_000,
    othersPending: 0,
    blocked: null,
    ...changes,
  };
}

/** Somebody else's try. */
export function strange(changes: Partial<RequestView> = {}): RequestView {
  return request({
    id: "r2",
    app: "Webmail",
    place: "Bucharest, Romania",
    country: "RO",
    ip: "198.51.100.77",
    client: "Chrome 142 on Linux",
    time: Math.floor(Date.now() / 1000) - 3,
    unfamiliar: true,
    proximity: "far",
    leftMs: 117_000,
    ...changes,
  });
}

export function activityItem(changes: Partial<ActivityItemView> = {}): ActivityItemView {
  return {
    id: "x1",
    time: Math.floor(Date.now() / 1000) - 600,
    app: "Payroll",
    place: "Lisbon, Portugal",
    country: "PT",
    ip: "203.0.113.24",
    client: "Edge 143 on Windows 11",
    method: "push",
    result: "approved",
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
    hideScreen: true,
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
