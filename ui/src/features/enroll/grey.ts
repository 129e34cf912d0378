// A picture to its brightness values.

export function grey(picture: CanvasImageSource, canvas: HTMLCanvasElement | OffscreenCanvas): Uint8Array | null {
  // Both kinds of canvas have the same one; their types do not say so.
  const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D | null;
  if (!context) return null;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const rgba = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const luma = new Uint8Array(rgba.length / 4);
  for (let i = 0, at = 0; i < luma.length; i += 1, at += 4) {
    luma[i] = ((rgba[at] ?? 0) * 77 + (rgba[at + 1] ?? 0) * 150 + (rgba[at + 2] ?? 0) * 29) >> 8;
  }
  return luma;
}
