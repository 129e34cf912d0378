// The camera while the scanner is open: where its pictures come from, what they show, what the person is told.
import type { Bridge, ChoiceView, FrameView, PartsView, PreviewView, ScanView } from "../../bridge/bridge";
import { isRefusal, paint, preview, WebCamera, type Taken } from "./camera";
import { Hints, type Hint } from "./hints";
import type { Box, Size } from "./place";

/** Several codes in one frame, of which the person means one. */
export interface Question {
  choices: ChoiceView[];
  /** The frame, to be shown while the person chooses; none where the preview shows it. */
  frame: Taken | null;
  picture: Size;
  part: Box;
}

/** What it is shown in. */
export interface Places {
  video: HTMLVideoElement;
  preview: HTMLCanvasElement;
  finder: HTMLElement;
}

export interface Outside {
  /** Whether a find is still wanted; none is while another screen is open. */
  wanted: () => boolean;
  found: (scan: ScanView) => void;
  noCamera: (why: "cameraRefused" | "cameraNone") => void;
}

/** A frame is taken no more often than this; the next one waits for the answer to the last. */
const EVERY_MS = 66;

export class Scan {
  source = $state<"starting" | "webView" | "native">("starting");
  hint = $state<Hint>("point");
  parts = $state.raw<PartsView | null>(null);
  question = $state.raw<Question | null>(null);
  hasTorch = $state(false);
  torch = $state(false);
  zoom = $state.raw<{ min: number; max: number; step: number } | null>(null);

  private camera: WebCamera | null = null;
  private left = false;
  private hints = new Hints(performance.now());

  constructor(
    private bridge: Bridge,
    private places: Places,
    private outside: Outside,
  ) {}

  /** Begins; what is answered ends it. */
  start(): () => void {
    const stops = [
      this.bridge.on("cameraPreview", (view) => this.show(view)),
      this.bridge.on("cameraScan", (view) => this.take(view, null)),
    ];
    void this.open();
    return () => {
      this.left = true;
      for (const stop of stops) stop();
      this.camera?.close();
      void this.bridge.closeCamera().catch(() => null);
    };
  }

  switchTorch = async () => {
    this.torch = !this.torch;
    if (!(await this.camera?.set({ torch: this.torch }))) this.torch = false;
  };

  setZoom = (zoom: number) => this.camera?.set({ zoom });

  focusAt = (x: number, y: number) => this.camera?.focusAt(x, y);

  choose = async (number: number) => {
    const scan = await this.bridge.chooseCode(number).catch(() => null);
    this.goOn();
    if (scan && !this.left) this.outside.found(scan);
  };

  chooseNone = async () => {
    await this.bridge.scanOn().catch(() => null);
    this.goOn();
  };

  private async open() {
    try {
      const from = await this.bridge.openCamera();
      if (this.left) return this.letGo();
      if (from === "webView") this.camera = await WebCamera.open(this.places.video);
      if (this.left) return this.camera?.close();
      this.source = from;
      this.hasTorch = this.camera?.hasTorch ?? false;
      this.zoom = this.camera?.zoom ?? null;
      if (this.camera) await this.watch(this.camera);
    } catch (reason) {
      if (!this.left) this.outside.noCamera(isRefusal(reason) ? "cameraRefused" : "cameraNone");
    }
  }

  /** The camera was opened after it had been let go. Another scanner may be open by now, and needs it. */
  private letGo() {
    if (!this.outside.wanted()) void this.bridge.closeCamera().catch(() => null);
  }

  /** One frame after the other, until the scanner is left. */
  private async watch(camera: WebCamera) {
    while (!this.left) {
      const began = performance.now();
      if (!document.hidden && !this.question) {
        const finder = this.places.finder.getBoundingClientRect();
        const taken = await camera.frame(finder, this.bridge.mostPixels).catch(() => null);
        const view = taken && (await this.bridge.scanFrame(taken).catch(() => null));
        if (view) this.take(view, taken);
      }
      await new Promise((go) => setTimeout(go, Math.max(10, EVERY_MS - (performance.now() - began))));
      await camera.fresh();
    }
  }

  private show(view: PreviewView) {
    if (!this.question) paint(this.places.preview, preview(view));
  }

  /** What comes after the find is not wanted, until the scanner opens again. */
  private take(view: FrameView, taken: Taken | null) {
    if (this.left || !this.outside.wanted()) return;
    this.hint = this.hints.at(performance.now(), view.hint);
    this.parts = view.parts;
    if (view.choices.length > 0) this.ask(view.choices, taken);
    else if (view.scan.type !== "nothing") this.outside.found(view.scan);
  }

  private ask(choices: ChoiceView[], taken: Taken | null) {
    const { video, preview } = this.places;
    if (taken) video.pause();
    const whole = { x: 0, y: 0, width: preview.width, height: preview.height };
    this.question = { choices, frame: taken, picture: taken?.picture ?? whole, part: taken?.part ?? whole };
  }

  private goOn() {
    this.question = null;
    this.hints = new Hints(performance.now());
    if (this.camera && !this.left) void this.places.video.play().catch(() => null);
  }
}
