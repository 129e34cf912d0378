// Backups and files that nobody has, for the fake bridge.
import type {
  AccountView,
  BackupView,
  CommandError,
  CopyView,
  IncomingRowView,
  IncomingView,
  RecoveryCodeView,
  RefusedRowView,
} from "./bridge";
import { spec } from "./invented";

type Plan = Extract<IncomingView, { type: "plan" }>;

export const RECOVERY_CODE = "3F7K9QWXTB2M8RVNZ4YHDC6G5J";
const MARCH = 1_772_600_000;

export function refusal(code: CommandError["code"], detail: string | null = null): CommandError {
  return { code, detail };
}

export function backupView(changes: Partial<BackupView> = {}): BackupView {
  return {
    isOn: false,
    place: { kind: "folder", folder: "/home/maria/Documents/Countersign", canChoose: true },
    last: null,
    trouble: null,
    failedAt: null,
    isBehind: false,
    testedAt: null,
    codeNotedAt: null,
    ...changes,
  };
}

/** Backup has been on for a while. */
export function backedUp(changes: Partial<BackupView> = {}): BackupView {
  const today = Math.floor(new Date().setHours(3, 12, 0, 0) / 1000);
  const last = { at: today, bytes: 12_288, accounts: 14, older: 2, unchangedSince: null };
  return backupView({ isOn: true, last, testedAt: today - 14 * 86_400, codeNotedAt: MARCH, ...changes });
}

/** Its squares stand for nothing: three finders and a pattern. */
export function recoveryCode(): RecoveryCodeView {
  const side = 33;
  const finder = (x: number, y: number) =>
    `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`;
  let path = finder(4, 4) + finder(22, 4) + finder(4, 22);
  for (let y = 4; y < 29; y += 1) {
    for (let x = 4; x < 29; x += 1) {
      const corner = (x < 12 && y < 12) || (x > 20 && y < 12) || (x < 12 && y > 20);
      if (!corner && (x * 7 + y * 11 + x * y) % 3 === 0) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return { groups: RECOVERY_CODE.match(/.{1,4}/g) ?? [], path, side };
}

export function copies(): CopyView[] {
  const newest = Math.floor(Date.now() / 1000) - 6 * 86_400;
  const copy = { deviceType: "desktop" as const, bytes: 12_288, isNewest: false };
  return [
    { ...copy, name: "c3", at: newest, isNewest: true },
    { ...copy, name: "c2", at: newest - 86_400 },
    { ...copy, name: "c1", at: newest - 19 * 86_400 },
    { ...copy, name: "p1", at: newest - 30 * 86_400, deviceType: "ios", isNewest: true },
  ];
}

export function row(changes: Partial<IncomingRowView> & { index: number }): IncomingRowView {
  return { issuer: "Northwind", account: "maria@example.org", ascii: null, code: spec(), fate: "add", existing: null, ...changes };
}

export function incomingPlan(changes: Partial<Plan> = {}): Plan {
  const rows = changes.rows ?? [row({ index: 0 })];
  const refused = changes.refused ?? [];
  return {
    type: "plan",
    session: "in1",
    source: { type: "app", name: "Aegis", format: "aegis" },
    at: null,
    newerKnown: null,
    ...changes,
    total: rows.length + refused.length,
    rows,
    refused,
  };
}

const here = { id: "n", sameKey: true, issuer: "Northwind", account: "maria@example.org", addedAt: 1_740_960_000 };

export const refusedRows: RefusedRowView[] = [
  { row: 3, name: "Adatum Games", reason: refusal("rowNoKey") },
  { row: 9, name: "Wingtip VPN", reason: refusal("rowKind", "OCRA") },
  { row: 11, name: "Litware Forum", reason: refusal("keyCharacter", "“1” and “8”") },
  { row: 20, name: "Relecloud", reason: refusal("digits", "12") },
];

export const plans = {
  aegis: (): Plan =>
    incomingPlan({
      rows: [
        row({ index: 0, issuer: "Adventure Works" }),
        row({ index: 1, issuer: "Wide World Importers", code: spec({ kind: "hotp", period: null, counter: "4" }) }),
        row({ index: 2, issuer: "Proseware", account: "", code: spec({ digits: 9, notices: ["digits"] }) }),
        row({ index: 3, fate: "merge", existing: here }),
        row({
          index: 4,
          issuer: "Universitetssjukhuset i Linköping – medarbetarkonto",
          account: "maria.lindqvist@universitetssjukhuset.example",
        }),
      ],
      refused: refusedRows,
    }),
  links: (): Plan =>
    incomingPlan({
      source: { type: "app", name: "otpauth", format: "otpauth-list" },
      rows: [row({ index: 0, issuer: "Adventure Works" })],
    }),
  export: (): Plan => incomingPlan({ source: { type: "export" }, rows: [row({ index: 0, issuer: "Adventure Works" })] }),
  backup: (changes: Partial<Plan> = {}): Plan =>
    incomingPlan({
      source: { type: "backup" },
      at: Math.floor(Date.now() / 1000) - 6 * 86_400,
      rows: [
        row({ index: 0, issuer: "Fabrikam Mail", account: "maria.lindqvist" }),
        row({ index: 1, issuer: "Wide World VPN", account: "", code: spec({ kind: "hotp", period: null, counter: "9" }) }),
        row({ index: 2, issuer: "Contoso", account: "maria.lindqvist@contoso.example", code: null, fate: "signInAgain" }),
        row({
          index: 3,
          issuer: "Universitetssjukhuset i Linköping – medarbetarkonto",
          account: "marli204",
          code: null,
          fate: "signInAgain",
        }),
        row({ index: 4, fate: "merge", existing: here }),
      ],
      ...changes,
    }),
};

/** A work account that has come back by its name. */
export const onlyName: NonNullable<AccountView["work"]> = {
  host: "signin.example.org",
  state: "signIn",
  fingerprint: null,
  softwareKey: false,
  keyPlace: null,
  clockAhead: null,
  needsUpdate: false,
};

export function blank(id: string): AccountView {
  return { id, group: "other", issuer: "", account: "", note: "", code: null, addedAt: Math.floor(Date.now() / 1000), work: null };
}
