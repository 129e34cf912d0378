// Where backups are, when they were made, and what the kinds of export are called.
import type { BackupView, DeviceType, ExportFormat, LeftOut } from "../../bridge/bridge";
import { m } from "../../paraglide/messages.js";
import { ago, minute } from "../../times";
import { day, size } from "../../words";

export const SEALED: ExportFormat[] = ["countersign", "aegis", "twoFas"];
export const OPEN: ExportFormat[] = ["google", "otpauthList", "sheet"];

export function isSealed(format: ExportFormat): boolean {
  return SEALED.includes(format);
}

export function formatName(format: ExportFormat): { label: string; sub: string } {
  return {
    countersign: () => ({ label: "Countersign", sub: m.export_countersign_sub() }),
    aegis: () => ({ label: "Aegis", sub: m.export_aegis_sub() }),
    twoFas: () => ({ label: "2FAS", sub: m.export_two_fas_sub() }),
    google: () => ({ label: m.export_google(), sub: m.export_google_sub() }),
    otpauthList: () => ({ label: m.export_list(), sub: m.export_list_sub() }),
    sheet: () => ({ label: m.export_sheet(), sub: m.export_sheet_sub() }),
  }[format]();
}

export function leftOutName(reason: LeftOut, device: DeviceType): string {
  return reason === "work" ? m.left_work({ device }) : m.left_format();
}

/** The sentences under the moment of the last backup. */
export function lastLine({ last, place }: BackupView): string {
  if (!last) return m.backup_none_lede();
  const facts = { accounts: m.trash_count({ count: last.accounts }), size: size(last.bytes) };
  const said = {
    folder: m.backup_facts_folder,
    google: m.backup_facts_google,
    icloud: m.backup_facts_icloud,
    phone: m.backup_facts_phone,
  }[place.kind](facts);
  const unchanged = last.unchangedSince && m.backup_unchanged({ when: ago(last.unchangedSince * 1000) });
  return [said, unchanged, last.older > 0 && m.backup_older({ count: last.older })].filter(Boolean).join(" ");
}

export function placeLine({ place }: BackupView): string {
  if (place.kind === "google") return m.backup_place_google();
  if (place.kind === "icloud") return m.backup_place_icloud();
  if (place.kind === "phone") return m.backup_place_phone();
  return place.folder ?? m.backup_place_none();
}

export function testedLine({ testedAt }: BackupView): string {
  return testedAt === null ? m.drill_never() : m.drill_tested({ when: ago(testedAt * 1000) });
}

export function notedLine({ codeNotedAt }: BackupView): string {
  return codeNotedAt === null ? m.recovery_not_noted() : m.recovery_noted({ day: day(codeNotedAt) });
}

/** The line in the settings. */
export function shortLine(view: BackupView): string {
  if (view.trouble) return m.backup_trouble();
  if (!view.isOn) return m.backup_sub_off();
  return view.last ? m.backup_sub_on({ when: minute(view.last.at * 1000) }) : m.backup_sub_none();
}
