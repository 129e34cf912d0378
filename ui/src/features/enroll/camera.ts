// The web view's camera: opens it, takes grey frames from it, and lets it go.
import type { Frame } from "../../bridge/bridge";
import { grey } from "./grey";
import { chosen, visible, type Box, type Size } from "./place";

/** A frame and the part of the picture that it shows. */
export interface Taken extends Frame {
  picture: Size;
  part: Box;
}

/** What some cameras can do and the types of the web do not know. */
interface Able {
  torch?: boolean;
  zoom?: { min: number; max: number; step?: number };
  focusMode?: string[];
}

/** A picture that does not come is not waited for longer. */
const PATIENCE_MS = 500;

export class WebCamera {
  private turn = 0;
  private canvas = document.createElement("canvas");
  private worker: Worker | null = null;

  private constructor(
    private video: HTMLVideoElement,
    private stream: MediaStream,
  ) {
    if (typeof OffscreenCanvas === "undefined" || typeof Worker === "undefined") return;
    this.worker = new Worker(new URL("./grey.worker.ts", import.meta.url), { type: "module" });
  }

  /** Small codes need every pixel, and more than these are more than a frame has time for. */
  static async open(video: HTMLVideoElement): Promise<WebCamera> {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30 } },
    });
    video.srcObject = stream;
    try {
      await video.play();
    } catch {
      // A video that is taken off the page while it starts refuses to play; there is nothing to do then.
    }
    const camera = new WebCamera(video, stream);
    if (camera.able.focusMode?.includes("continuous")) void camera.set({ focusMode: "continuous" });
    return camera;
  }

  close() {
    for (const track of this.stream.getTracks()) track.stop();
    this.worker?.terminate();
    this.video.srcObject = null;
  }

  get hasTorch(): boolean {
    return this.able.torch === true;
  }

  /** From where to where the picture can be made larger; none where it cannot. */
  get zoom(): { min: number; max: number; step: number } | null {
    const { min, max, step } = this.able.zoom ?? { min: 1, max: 1 };
    return max > min ? { min, max, step: step || (max - min) / 20 } : null;
  }

  /** Whether the camera took it. */
  async set(setting: { torch?: boolean; zoom?: number; focusMode?: string; pointsOfInterest?: { x: number; y: number }[] }) {
    const constraints = { advanced: [setting as MediaTrackConstraintSet] };
    return (await this.track?.applyConstraints(constraints).then(() => true, () => false)) ?? false;
  }

  /** Measures sharpness and light at a place on the screen, where the camera can do so. */
  async focusAt(x: number, y: number) {
    if (!this.able.focusMode?.includes("single-shot")) return;
    const { size, shown } = this;
    const seen = visible(size, shown);
    const share = (at: number, start: number, length: number, from: number, of: number, whole: number) =>
      (from + ((at - start) / length) * of) / whole;
    const point = {
      x: share(x, shown.x, shown.width, seen.x, seen.width, size.width),
      y: share(y, shown.y, shown.height, seen.y, seen.height, size.height),
    };
    await this.set({ pointsOfInterest: [point], focusMode: "single-shot" });
  }

  /** What is seen, of at most so many pixels. */
  async frame(finder: Box, most: number): Promise<Taken | null> {
    const { video, size } = this;
    if (!size.width || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    this.turn += 1;
    const { part, width, height } = chosen(this.turn, size, this.shown, finder, most);
    const bitmap = await createImageBitmap(video, part.x, part.y, part.width, part.height, {
      resizeWidth: width,
      resizeHeight: height,
    });
    const luma = await this.luma(bitmap);
    return luma && { width, height, luma, picture: size, part };
  }

  /** The next picture that has not been looked at. */
  async fresh() {
    const { video } = this;
    await new Promise<void>((done) => {
      setTimeout(done, PATIENCE_MS);
      if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(() => done());
      else done();
    });
  }

  private luma(bitmap: ImageBitmap): Promise<Uint8Array | null> {
    const { worker } = this;
    if (!worker) {
      this.canvas.width = bitmap.width;
      this.canvas.height = bitmap.height;
      return Promise.resolve(grey(bitmap, this.canvas));
    }
    return new Promise((done) => {
      worker.onmessage = ({ data }: MessageEvent<Uint8Array | null>) => done(data);
      worker.onerror = () => {
        // It could not be started: this frame is lost, and the next ones are read here.
        this.worker = null;
        done(null);
      };
      worker.postMessage(bitmap, [bitmap]);
    });
  }

  private get size(): Size {
    return { width: this.video.videoWidth, height: this.video.videoHeight };
  }

  private get shown(): Box {
    return this.video.getBoundingClientRect();
  }

  private get able(): Able {
    return (this.track?.getCapabilities?.() as Able | undefined) ?? {};
  }

  private get track(): MediaStreamTrack | undefined {
    return this.stream.getVideoTracks()[0];
  }
}

/** Whether the person said no, rather than that there is no camera. */
export function isRefusal(reason: unknown): boolean {
  return reason instanceof DOMException && (reason.name === "NotAllowedError" || reason.name === "SecurityError");
}

/** Paints brightness values. */
export function paint(canvas: HTMLCanvasElement, { width, height, luma }: Frame) {
  const context = canvas.getContext("2d");
  if (!context) return;
  canvas.width = width;
  canvas.height = height;
  const picture = context.createImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    const value = luma[i] ?? 0;
    picture.data.set([value, value, value, 255], i * 4);
  }
  context.putImageData(picture, 0, 0);
}

/** A picture of the native camera. */
export function preview({ width, height, luma }: { width: number; height: number; luma: string }): Frame {
  return { width, height, luma: Uint8Array.from(atob(luma), (byte) => byte.charCodeAt(0)) };
}
