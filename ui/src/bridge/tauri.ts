// The bridge inside the app's window. Only this file and the bindings know Tauri.
import { invoke } from "@tauri-apps/api/core";
import { commands, events } from "./bindings";
import type { Bridge, Frame, IncomingView, ScanView, Told } from "./bridge";

const sources: { [K in keyof Told]: { listen(cb: (e: { payload: Told[K] }) => void): Promise<() => void> } } = events;

export const tauri: Bridge = {
  ...commands,

  // Pictures and files go as raw bodies: as JSON every byte would become up to four characters.
  scanPicture: (bytes: Uint8Array) => invoke<ScanView>("scan_picture", bytes),
  scanFrame: ({ width, height, luma }: Frame) =>
    invoke<ScanView>("scan_frame", luma, { headers: { width: String(width), height: String(height) } }),

  // A header holds no more than ASCII, so the name goes in percent-encoding.
  openFile: (bytes: Uint8Array, name: string, session: string | null) =>
    invoke<IncomingView>("open_file", bytes, {
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
