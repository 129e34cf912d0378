// What stands in the way of the accounts: what happened, whether anything was lost, what to do.
import type { Problem } from "../../bridge/bridge";
import { m } from "../../paraglide/messages.js";

/** Those the app names, and two it is about to name. */
export type AnyProblem = Problem | "cantSave" | "anotherVault";
export type Action = "restore" | "tryAgain" | "unlockKeystore" | "passphrase" | "older" | "anyway" | "startEmpty";

export interface Explained {
  title: string;
  text: string;
  next: string;
  /** The first is the main one. */
  actions: Action[];
}

export function explain(problem: AnyProblem, vaultExists: boolean, device: string): Explained {
  if (problem === "keystoreMissing" && !vaultExists) {
    return {
      title: m.problem_no_keystore_title(),
      text: m.problem_no_keystore_text({ device }),
      next: m.problem_no_keystore_next(),
      actions: ["passphrase", "tryAgain"],
    };
  }
  if (problem === "keystoreLocked" && !vaultExists) {
    return {
      title: m.problem_keystore_locked_title(),
      text: m.problem_keystore_locked_new_text({ device }),
      next: m.problem_keystore_locked_new_next(),
      actions: ["unlockKeystore", "passphrase"],
    };
  }
  return explained[problem](device);
}

/** Whether an old file is there to be kept when starting empty. */
export function keepsOldFile(problem: AnyProblem): boolean {
  return problem !== "vaultMissing";
}

const explained: Record<AnyProblem, (device: string) => Explained> = {
  keystoreMissing: (device) => ({
    title: m.problem_keystore_missing_title(),
    text: m.problem_keystore_missing_text({ device }),
    next: m.problem_keystore_missing_next({ device }),
    actions: ["tryAgain"],
  }),
  keystoreLocked: (device) => ({
    title: m.problem_keystore_locked_title(),
    text: m.problem_keystore_locked_text({ device }),
    next: m.problem_keystore_locked_next(),
    actions: ["unlockKeystore"],
  }),
  keyLost: (device) => ({
    title: m.problem_key_lost_title({ device }),
    text: m.problem_key_lost_text({ device }),
    next: m.problem_key_lost_next(),
    actions: ["restore", "tryAgain", "startEmpty"],
  }),
  personKeyLost: (device) => ({
    title: m.problem_key_lost_title({ device }),
    text: m.problem_person_key_lost_text(),
    next: m.problem_key_lost_next(),
    actions: ["restore", "tryAgain", "startEmpty"],
  }),
  damaged: () => ({
    title: m.problem_damaged_title(),
    text: m.problem_damaged_text(),
    next: m.problem_damaged_next(),
    actions: ["restore", "tryAgain", "startEmpty"],
  }),
  rolledBack: () => ({
    title: m.problem_rolled_back_title(),
    text: m.problem_rolled_back_text(),
    next: m.problem_rolled_back_next(),
    actions: ["older", "restore", "tryAgain", "startEmpty"],
  }),
  vaultMissing: (device) => ({
    title: m.problem_vault_missing_title(),
    text: m.problem_vault_missing_text({ device }),
    next: m.problem_vault_missing_next(),
    actions: ["restore", "tryAgain", "startEmpty"],
  }),
  newerFormat: () => ({
    title: m.problem_newer_title(),
    text: m.problem_newer_text(),
    next: m.problem_newer_next(),
    actions: ["tryAgain"],
  }),
  unreadable: () => ({
    title: m.problem_unreadable_title(),
    text: m.problem_unreadable_text(),
    next: m.problem_unreadable_next(),
    actions: ["tryAgain"],
  }),
  cantSave: () => ({
    title: m.problem_cant_save_title(),
    text: m.problem_cant_save_text(),
    next: m.problem_cant_save_next(),
    actions: ["tryAgain"],
  }),
  anotherVault: (device) => ({
    title: m.problem_another_title(),
    text: m.problem_another_text({ device }),
    next: m.problem_another_next(),
    actions: ["anyway", "restore", "tryAgain", "startEmpty"],
  }),
};
