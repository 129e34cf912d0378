// The bridge inside the app's window. Only this file and the bindings know Tauri.
import { invoke } from "@tauri-apps/api/core";
import { commands, events } from "./bindings";
import type { Bridge, Frame, FrameView, IncomingView, ScanView, Told } from "./bridge";

const sources: { [K in keyof Told]: { listen(cb: (e: { payload: Told[K] }) => void): Promise<() => void> } } = events;

/** Android's web view hands over texts only. */
const textOnly = /\bAndroid\b/.test(navigator.userAgent);

export const tauri: Bridge = {
  ...commands,

  // A full picture where it goes as it is; half of that where it becomes longer by a third on the way.
  mostPixels: textOnly ? 1_000_000 : 1920 * 1080,
  scanPicture: (bytes: Uint8Array) => invoke<ScanView>("scan_picture", body(bytes)),
  scanFrame: ({ width, height, luma }: Frame) =>
    invoke<FrameView>("scan_frame", body(luma), { headers: { width: String(width), height: String(height) } }),

  // A header holds no more than ASCII, so the name goes in percent-encoding.
  openFile: (bytes: Uint8Array, name: string, session: string | null) =>
    invoke<IncomingView>("open_file", body(bytes), {
      headers: { name: encodeURIComponent(name.replace(/\p{Surrogate}/gu, "_")), ...(session === null ? {} : { session }) },
    }),

  // Computers show notifications without asking. Phones ask, and their shells will have to say so.
  mayNotify: async () => "yes" as const,
  askToNotify: async () => "yes" as const,

  on<K extends keyof Told>(event: K, told: (payload: Told[K]) => void) {
    const stopping = sources[event].listen((e) => told(e.payload));
    return () => void stopping.then((stop) => stop());
  },
};

/** Pictures and files go as raw bodies where they can: as JSON every byte would become up to four characters. */
function body(bytes: Uint8Array): Uint8Array | { base64: string } {
  if (!textOnly) return bytes;
  let text = "";
  // As many arguments as every engine takes.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { base64: btoa(text) };
}
