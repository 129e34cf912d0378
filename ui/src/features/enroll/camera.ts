// The web view's camera: opens it, takes grey frames from it, and lets it go.
import type { Frame } from "../../bridge/bridge";

/** Pixels along the longer edge of a frame; a code needs no more. */
const LONGEST = 800;

export class WebCamera {
  private canvas = document.createElement("canvas");
  private turn = 0;

  private constructor(
    private video: HTMLVideoElement,
    private stream: MediaStream,
  ) {}

  static async open(video: HTMLVideoElement): Promise<WebCamera> {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    video.srcObject = stream;
    try {
      await video.play();
    } catch {
      // A video that is taken off the page while it starts refuses to play; there is nothing to do then.
    }
    return new WebCamera(video, stream);
  }

  close() {
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }

  get hasTorch(): boolean {
    const able = this.track?.getCapabilities?.() as { torch?: boolean } | undefined;
    return able?.torch === true;
  }

  async setTorch(on: boolean) {
    await this.track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
  }

  /** What is seen: by turns the finder with some room around it, and all of the picture. */
  frame(finder: DOMRect): Frame | null {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    this.turn += 1;
    const part = this.turn % 2 ? this.around(finder) : { x: 0, y: 0, width: videoWidth, height: videoHeight };
    const scale = Math.min(1, LONGEST / Math.max(part.width, part.height));
    const width = Math.round(part.width * scale);
    const height = Math.round(part.height * scale);
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!context || width === 0 || height === 0) return null;
    context.drawImage(this.video, part.x, part.y, part.width, part.height, 0, 0, width, height);
    return { width, height, luma: grey(context.getImageData(0, 0, width, height).data) };
  }

  private get track(): MediaStreamTrack | undefined {
    return this.stream.getVideoTracks()[0];
  }

  /** The finder on the screen as a part of the picture, which covers its place and is cut at two sides. */
  private around(finder: DOMRect) {
    const { videoWidth, videoHeight } = this.video;
    const shown = this.video.getBoundingClientRect();
    const scale = Math.max(shown.width / videoWidth, shown.height / videoHeight) || 1;
    const room = 1.3;
    const width = Math.min(videoWidth, (finder.width * room) / scale);
    const height = Math.min(videoHeight, (finder.height * room) / scale);
    const middleX = videoWidth / 2 + (finder.x + finder.width / 2 - shown.x - shown.width / 2) / scale;
    const middleY = videoHeight / 2 + (finder.y + finder.height / 2 - shown.y - shown.height / 2) / scale;
    return {
      x: Math.max(0, Math.min(videoWidth - width, middleX - width / 2)),
      y: Math.max(0, Math.min(videoHeight - height, middleY - height / 2)),
      width,
      height,
    };
  }
}

/** Whether the person said no, rather than that there is no camera. */
export function isRefusal(reason: unknown): boolean {
  return reason instanceof DOMException && (reason.name === "NotAllowedError" || reason.name === "SecurityError");
}

export function brightness(luma: Uint8Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < luma.length; i += 97) {
    sum += luma[i] ?? 0;
    count += 1;
  }
  return count === 0 ? 128 : sum / count;
}

/** Paints a picture of the native camera. */
export function paint(canvas: HTMLCanvasElement, width: number, height: number, base64: string) {
  const context = canvas.getContext("2d");
  if (!context) return;
  canvas.width = width;
  canvas.height = height;
  const picture = context.createImageData(width, height);
  const bytes = atob(base64);
  for (let i = 0; i < width * height; i += 1) {
    const value = bytes.charCodeAt(i);
    picture.data.set([value, value, value, 255], i * 4);
  }
  context.putImageData(picture, 0, 0);
}

function grey(rgba: Uint8ClampedArray): Uint8Array {
  const luma = new Uint8Array(rgba.length / 4);
  for (let i = 0, at = 0; i < luma.length; i += 1, at += 4) {
    luma[i] = ((rgba[at] ?? 0) * 77 + (rgba[at + 1] ?? 0) * 150 + (rgba[at + 2] ?? 0) * 29) >> 8;
  }
  return luma;
}
