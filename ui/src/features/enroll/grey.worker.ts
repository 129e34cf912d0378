// Reads brightness values off the thread that draws: a frame is four bytes for each of two million pixels.
import { grey } from "./grey";

let canvas: OffscreenCanvas | null = null;

onmessage = ({ data: picture }: MessageEvent<ImageBitmap>) => {
  const { width, height } = picture;
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const luma = grey(picture, canvas);
  picture.close();
  postMessage(luma, { transfer: luma ? [luma.buffer] : [] });
};
