// What each error code means to the person: the words, how bad it is, and what comes next.
import type { Code, CommandError } from "./bridge/bridge";
import { m } from "./paraglide/messages.js";

export interface Trouble {
  words: (detail: string) => string;
  severity: "info" | "warn" | "bad";
  /** fix: change what was typed or chosen; again: the same once more; stop: nothing to do here. */
  next: "fix" | "again" | "stop";
}

export const troubles: Record<Code, Trouble> = {
  empty: { words: () => m.error_empty(), severity: "info", next: "fix" },
  tooLong: { words: () => m.error_too_long(), severity: "warn", next: "fix" },
  notACode: { words: () => m.error_not_a_code(), severity: "warn", next: "fix" },
  unknownType: { words: detailed(m.error_unknown_type, m.error_unknown_type_plain), severity: "warn", next: "stop" },
  keyMissing: { words: () => m.error_key_missing(), severity: "warn", next: "fix" },
  keyCharacter: { words: wrongCharacter, severity: "warn", next: "fix" },
  keyLength: { words: () => m.error_key_length(), severity: "warn", next: "fix" },
  keyTooLong: { words: () => m.error_key_too_long(), severity: "warn", next: "fix" },
  repeated: { words: (detail) => m.error_repeated({ detail }), severity: "warn", next: "stop" },
  digits: { words: detailed(m.error_digits, m.error_digits_plain), severity: "warn", next: "fix" },
  period: { words: detailed(m.error_period, m.error_period_plain), severity: "warn", next: "fix" },
  counter: { words: detailed(m.error_counter, m.error_counter_plain), severity: "warn", next: "fix" },
  counterMissing: { words: () => m.error_counter_missing(), severity: "warn", next: "fix" },
  algorithm: { words: detailed(m.error_algorithm, m.error_algorithm_plain), severity: "warn", next: "stop" },
  label: { words: () => m.error_label(), severity: "warn", next: "fix" },
  pinMissing: { words: () => m.error_pin_missing(), severity: "warn", next: "stop" },
  keyChecksum: { words: () => m.error_key_checksum(), severity: "warn", next: "fix" },
  batchDamaged: { words: () => m.error_batch_damaged(), severity: "warn", next: "stop" },
  batchOther: { words: () => m.error_batch_other(), severity: "warn", next: "fix" },
  nothingFound: { words: () => m.error_nothing_found(), severity: "info", next: "fix" },
  badPicture: { words: () => m.error_bad_picture(), severity: "warn", next: "fix" },
  pictureTooLarge: { words: (detail) => m.error_picture_too_large({ detail }), severity: "warn", next: "fix" },
  sessionGone: { words: () => m.error_session_gone(), severity: "warn", next: "stop" },
  tooManyAccounts: { words: (detail) => m.error_too_many({ detail }), severity: "warn", next: "stop" },
  nameTooLong: { words: (detail) => m.error_name_too_long({ detail }), severity: "warn", next: "fix" },
  accountGone: { words: () => m.error_account_gone(), severity: "info", next: "stop" },
  locked: { words: () => m.error_locked(), severity: "info", next: "stop" },
  wrongPassphrase: { words: () => m.error_wrong_passphrase(), severity: "bad", next: "fix" },
  shortPassphrase: { words: (detail) => m.error_short_passphrase({ detail }), severity: "warn", next: "fix" },
  commonPassphrase: { words: () => m.error_common_passphrase(), severity: "warn", next: "fix" },
  keystoreMissing: { words: () => m.error_keystore_missing(), severity: "bad", next: "again" },
  keystoreLocked: { words: () => m.error_keystore_locked(), severity: "warn", next: "again" },
  keystoreFailed: { words: () => m.error_keystore_failed(), severity: "bad", next: "again" },
  saveFailed: { words: () => m.error_save_failed(), severity: "bad", next: "again" },
  diskFull: { words: () => m.error_disk_full(), severity: "bad", next: "again" },
  clipboard: { words: () => m.error_clipboard(), severity: "warn", next: "stop" },
  cameraUnavailable: { words: () => m.error_camera(), severity: "info", next: "stop" },
  notNow: { words: () => m.error_not_now(), severity: "info", next: "stop" },
  badAddress: { words: () => m.error_bad_address(), severity: "warn", next: "fix" },
  notSecure: { words: () => m.error_not_secure(), severity: "warn", next: "fix" },
  noService: { words: () => m.error_no_service(), severity: "warn", next: "fix" },
  otherService: { words: () => m.error_other_service(), severity: "bad", next: "stop" },
  otherVersion: { words: () => m.error_other_version(), severity: "warn", next: "stop" },
  offline: { words: () => m.error_offline(), severity: "warn", next: "again" },
  tryLater: { words: detailed(m.error_try_later, m.error_try_later_plain), severity: "info", next: "again" },
  badAnswer: { words: () => m.error_bad_answer(), severity: "bad", next: "again" },
  otherKey: { words: () => m.error_other_key(), severity: "bad", next: "stop" },
  codeIncomplete: { words: () => m.error_code_incomplete(), severity: "warn", next: "fix" },
  codeNewer: { words: () => m.error_code_newer(), severity: "warn", next: "stop" },
  codeUnknown: { words: () => m.error_code_unknown(), severity: "warn", next: "fix" },
  codeExpired: { words: () => m.error_code_expired(), severity: "warn", next: "fix" },
  codeUsed: { words: () => m.error_code_used(), severity: "warn", next: "fix" },
  deviceLimit: { words: () => m.error_device_limit(), severity: "warn", next: "stop" },
  attestationRejected: { words: () => m.error_attestation(), severity: "bad", next: "stop" },
  needsUpdate: { words: () => m.error_needs_update(), severity: "warn", next: "stop" },
  noBrowser: { words: () => m.error_no_browser(), severity: "warn", next: "again" },
  signInDenied: { words: () => m.error_sign_in_denied(), severity: "warn", next: "again" },
  signInExpired: { words: () => m.error_sign_in_expired(), severity: "info", next: "again" },
  signInAgain: { words: () => m.error_sign_in_again(), severity: "warn", next: "stop" },
  deviceRemoved: { words: () => m.error_device_removed(), severity: "bad", next: "stop" },
  deviceSuspended: { words: () => m.error_device_suspended(), severity: "warn", next: "stop" },
  requestGone: { words: () => m.error_request_gone(), severity: "info", next: "stop" },
  numberLength: { words: detailed(m.error_number_length, m.error_number_length_plain), severity: "warn", next: "fix" },
  notVerified: { words: () => m.error_not_verified(), severity: "warn", next: "again" },
  noScreenLock: { words: () => m.error_no_screen_lock(), severity: "warn", next: "fix" },
  lockKeyLost: { words: () => m.error_lock_key_lost(), severity: "bad", next: "stop" },
  signingKeyLost: { words: () => m.error_signing_key_lost(), severity: "bad", next: "stop" },
  wrongPassword: { words: () => m.error_wrong_password(), severity: "bad", next: "fix" },
  wrongRecoveryCode: { words: () => m.error_wrong_recovery_code(), severity: "bad", next: "fix" },
  fileUnknown: { words: () => m.error_file_unknown(), severity: "warn", next: "fix" },
  fileUnreadable: { words: () => m.error_file_unreadable(), severity: "warn", next: "fix" },
  fileDamaged: { words: () => m.error_file_damaged(), severity: "bad", next: "fix" },
  fileNewer: { words: () => m.error_file_newer(), severity: "warn", next: "stop" },
  fileTooLarge: { words: detailed(m.error_file_too_large, m.error_file_too_large_plain), severity: "warn", next: "fix" },
  fileTooCostly: { words: detailed(m.error_file_too_costly, m.error_file_too_costly_plain), severity: "warn", next: "fix" },
  fileIsVault: { words: () => m.error_file_is_vault(), severity: "warn", next: "stop" },
  fileDeviceOnly: { words: () => m.error_file_device_only(), severity: "warn", next: "fix" },
  fileTooManyRows: { words: (detail) => m.error_file_too_many_rows({ detail }), severity: "warn", next: "fix" },
  accountRestricted: { words: () => m.error_account_restricted(), severity: "warn", next: "fix" },
  backupDamaged: { words: () => m.error_backup_damaged(), severity: "bad", next: "fix" },
  backupFailed: { words: () => m.error_backup_failed(), severity: "bad", next: "again" },
  backupFolderGone: { words: () => m.error_backup_folder_gone(), severity: "bad", next: "fix" },
  backupWouldBeEmpty: { words: () => m.error_backup_would_be_empty(), severity: "warn", next: "stop" },
  backupAway: { words: () => m.error_backup_away(), severity: "warn", next: "fix" },
  backupGone: { words: () => m.error_backup_gone(), severity: "warn", next: "fix" },
  rowKind: { words: detailed(m.error_row_kind, m.error_unknown_type_plain), severity: "warn", next: "stop" },
  rowNoKey: { words: () => m.import_no_key(), severity: "warn", next: "stop" },
  rowSealed: { words: () => m.error_row_sealed(), severity: "warn", next: "stop" },
  rowPartMissing: { words: (detail) => m.error_row_part_missing({ detail }), severity: "warn", next: "fix" },
  rowInTrash: { words: () => m.error_row_in_trash(), severity: "info", next: "fix" },
  rowDamaged: { words: () => m.error_row_damaged(), severity: "warn", next: "stop" },
  needsVaultFirst: { words: () => m.error_needs_vault_first(), severity: "warn", next: "fix" },
};

export function say(error: CommandError): string {
  return troubles[error.code].words(error.detail ?? "");
}

/** Why a passphrase was not taken, and whether that is about the words typed. */
export interface Refusal {
  words: string;
  atField: boolean;
}

export function refusePassphrase(error: CommandError): Refusal {
  const atField = ["wrongPassphrase", "shortPassphrase", "commonPassphrase"].includes(error.code);
  return { words: say(error), atField };
}

/** Why a file or backup stays shut. A passphrase means another thing there than it does for the app. */
export function refusal(error: CommandError, wrongPassphrase: string): Refusal {
  if (error.code === "wrongPassphrase") return { words: wrongPassphrase, atField: true };
  return { words: say(error), atField: ["wrongPassword", "wrongRecoveryCode"].includes(error.code) };
}

/** What a rejected command was rejected with; a fault of the window itself counts as `notNow`. */
export function asError(reason: unknown): CommandError {
  if (typeof reason === "object" && reason !== null && "code" in reason && Object.hasOwn(troubles, String(reason.code))) {
    return reason as CommandError;
  }
  return { code: "notNow", detail: null };
}

/** The sentence that shows the detail, or the one that does without where nothing fit to be shown is there. */
function detailed(shown: (inputs: { detail: string }) => string, plain: () => string): Trouble["words"] {
  return (detail) => (detail.trim() === "" ? plain() : shown({ detail }));
}

function wrongCharacter(detail: string): string {
  const letter = lookalikes[detail];
  return letter ? m.error_key_digit({ detail, letter }) : m.error_key_character({ detail });
}

/** Digits that Base32 leaves out, and the letter that was probably meant. */
const lookalikes: Record<string, string> = { "0": "O", "1": "I", "8": "B" };
