// The bridge inside the app's window. Only this file and the bindings know Tauri.
import { invoke } from "@tauri-apps/api/core";
import { commands, events } from "./bindings";
import type { Bridge, Frame, IncomingView, ScanView, Told } from "./bridge";

const sources: { [K in keyof Told]: { listen(cb: (e: { payload: Told[K] }) => void): Promise<() => void> } } = events;

// Pictures and files go as raw bodies: as JSON every byte would become up to four characters. Android's web view
// hands on nothing but text, so there they go as Base64.
const onlyText = /\bAndroid\b/.test(navigator.userAgent);
const body = (bytes: Uint8Array) => (onlyText ? { base64: base64(bytes) } : bytes);

function base64(bytes: Uint8Array): string {
  let text = "";
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

export const tauri: Bridge = {
  ...commands,

  scanPicture: (bytes: Uint8Array) => invoke<ScanView>("scan_picture", body(bytes)),
  scanFrame: ({ width, height, luma }: Frame) =>
    invoke<ScanView>("scan_frame", body(luma), { headers: { width: String(width), height: String(height) } }),

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
