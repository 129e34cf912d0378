// What the screens may ask of the app, and what it tells them. Nothing here knows how it gets across.
// The types follow the generated commands, in the direction in which they cross.
import type { commands } from "./bindings";
import type { AppView, PreviewView } from "./bindings";

export type {
  AddedView,
  AppView,
  CameraSource,
  Code,
  CodeKind,
  CopiedView,
  DeviceType,
  EditRequest,
  ExistingView,
  ForeignApp,
  Group,
  Language,
  ManualRequest,
  Notice,
  PreviewView,
  Problem,
  SettingsRequest,
  SettingsView,
  Stage,
  Theme,
  TrashView,
} from "./bindings";

type Commands = typeof commands;
type Answer<K extends keyof Commands> = Awaited<ReturnType<Commands[K]>>;

export type AccountsView = Answer<"accounts">;
export type AccountView = AccountsView["accounts"][number];
export type CodeView = AccountsView["codes"][number];
export type CodeSpecView = AccountView["code"];
export type EnrollView = Answer<"inspectText">;
export type ScanView = Answer<"pendingLink">;
type Accounts = Extract<EnrollView, { type: "accounts" }>;
export type CandidateView = Accounts["candidates"][number];
export type CommandError = Accounts["refused"][number]["reason"];
export type PickRequest = Parameters<Commands["confirm"]>[1][number];
export type ScreenName = Parameters<Commands["noteScreen"]>[0];

/** One picture from the camera, one byte a pixel. */
export interface Frame {
  width: number;
  height: number;
  luma: Uint8Array;
}

export interface Told {
  codesChanged: CodeView[];
  stageChanged: AppView;
  linkOpened: ScanView;
  cameraPreview: PreviewView;
  cameraScan: ScanView;
}

/** Every promise rejects with a `CommandError`. */
export interface Bridge extends Commands {
  /** Reads the bytes of an image file. */
  scanPicture(bytes: Uint8Array): Promise<ScanView>;
  /** Reads one picture of the camera; ask again only when this is answered. */
  scanFrame(frame: Frame): Promise<ScanView>;
  /** Calls `told` at each event of that name until the answer is called. */
  on<K extends keyof Told>(event: K, told: (payload: Told[K]) => void): () => void;
}
