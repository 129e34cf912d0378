// What the screens may ask of the app, and what it tells them. Nothing here knows how it gets across.
// The types follow the generated commands, in the direction in which they cross.
import type { commands } from "./bindings";
import type {
  AccountsView,
  AppView,
  BackupView,
  FrameView,
  IncomingView,
  PreviewView,
  RequestsView,
} from "./bindings";

export type {
  ActivationView,
  ActivityItemView,
  AddedView,
  AnswerRequest,
  AppView,
  BackupNotice,
  Blocked,
  CameraSource,
  ChoiceView,
  Code,
  CodeKind,
  CopiedView,
  CopyView,
  DeletedAt,
  DeletedView,
  DenyReason,
  DeviceType,
  DrillView,
  EditRequest,
  ExistingView,
  ExportedView,
  ExportFormat,
  ExportRequest,
  Fate,
  ForeignApp,
  FrameView,
  Group,
  HintView,
  IncomingCodeView,
  IncomingRowView,
  IncomingSource,
  KeyRequest,
  Language,
  LastBackupView,
  LeftOut,
  LeftOutView,
  ManualRequest,
  Notice,
  Outcome,
  OutcomeView,
  PartsView,
  PlaceKind,
  PlaceView,
  PreviewView,
  Problem,
  ReceiptRowView,
  ReceiptView,
  RecoveryCodeView,
  RefusedRowView,
  RequestPurpose,
  RequestsView,
  RequestView,
  SavedView,
  SettingsRequest,
  SettingsView,
  SignInRequest,
  SignInView,
  Stage,
  Theme,
  TrashView,
  WorkState,
  WorkView,
} from "./bindings";

type Commands = typeof commands;
type Answer<K extends keyof Commands> = Awaited<ReturnType<Commands[K]>>;

export type { AccountsView, BackupView, IncomingView };
export type AccountView = AccountsView["accounts"][number];
export type CodeView = AccountsView["codes"][number];
export type CodeSpecView = NonNullable<AccountView["code"]>;
export type EnrollView = Answer<"inspectText">;
export type ScanView = Answer<"pendingLink">;
type Accounts = Extract<EnrollView, { type: "accounts" }>;
export type CandidateView = Accounts["candidates"][number];
export type CommandError = Accounts["refused"][number]["reason"];
export type PickRequest = Parameters<Commands["confirm"]>[1][number];
export type ScreenName = Parameters<Commands["noteScreen"]>[0];

/** Whether notifications may be shown: they may, they may not, or the person has not been asked. */
export type MayNotify = "yes" | "no" | "ask";

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
  /** Files were handed to the app. */
  fileWaits: null;
  cameraPreview: PreviewView;
  cameraScan: FrameView;
  requestsChanged: RequestsView;
  /** The person opened the notification. */
  requestsOpened: RequestsView;
  accountsChanged: AccountsView;
  /** One was written or failed. */
  backupChanged: BackupView;
}

/** Every promise rejects with a `CommandError`. */
export interface Bridge extends Commands {
  /** Reads the bytes of an image file. */
  scanPicture(bytes: Uint8Array): Promise<ScanView>;
  /** How many pixels of a frame get across in good time. */
  readonly mostPixels: number;
  /** Reads one picture of the camera; ask again only when this is answered. */
  scanFrame(frame: Frame): Promise<FrameView>;
  /** Looks at one file, and adds it to a session; what its bytes say counts, and not its name. */
  openFile(bytes: Uint8Array, name: string, session: string | null): Promise<IncomingView>;
  mayNotify(): Promise<MayNotify>;
  /** Asks the person, through the system; answers what they said. */
  askToNotify(): Promise<MayNotify>;
  /** Calls `told` at each event of that name until the answer is called. */
  on<K extends keyof Told>(event: K, told: (payload: Told[K]) => void): () => void;
}
