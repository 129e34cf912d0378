// Where things are: in the camera's picture, in a frame taken from it, and on the screen.

export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  x: number;
  y: number;
}

/** What a frame shows: a part of the picture, and how many pixels it has. */
export interface Part extends Size {
  part: Box;
}

/** What can be seen of a picture that covers its place: it is cut at two sides. */
export function visible(picture: Size, place: Size): Box {
  const scale = covering(picture, place);
  const width = Math.min(picture.width, place.width / scale);
  const height = Math.min(picture.height, place.height / scale);
  return { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
}

/** Where a part of the picture is on the screen. */
export function onScreen(picture: Size, place: Box, part: Box): Box {
  const scale = covering(picture, place);
  return {
    x: place.x + place.width / 2 + (part.x - picture.width / 2) * scale,
    y: place.y + place.height / 2 + (part.y - picture.height / 2) * scale,
    width: part.width * scale,
    height: part.height * scale,
  };
}

/**
 * What the next frame shows: all of the picture, also what is cut off on the screen, where a code may reach to. If that
 * is more than `most` pixels, by turns the finder with some room around it, whose codes stay sharp, and all of it made
 * smaller.
 */
export function chosen(turn: number, picture: Size, place: Box, finder: Box, most: number): Part {
  const whole = { x: 0, y: 0, ...picture };
  const isWhole = whole.width * whole.height <= most || turn % 2 === 0;
  const part = isWhole ? whole : around(picture, place, finder);
  const scale = Math.min(1, Math.sqrt(most / (part.width * part.height)));
  return { part, width: Math.max(1, Math.floor(part.width * scale)), height: Math.max(1, Math.floor(part.height * scale)) };
}

function around(picture: Size, place: Box, finder: Box): Box {
  const scale = covering(picture, place);
  const width = Math.min(picture.width, (finder.width * ROOM) / scale);
  const height = Math.min(picture.height, (finder.height * ROOM) / scale);
  const middleX = picture.width / 2 + (finder.x + finder.width / 2 - place.x - place.width / 2) / scale;
  const middleY = picture.height / 2 + (finder.y + finder.height / 2 - place.y - place.height / 2) / scale;
  return {
    x: Math.max(0, Math.min(picture.width - width, middleX - width / 2)),
    y: Math.max(0, Math.min(picture.height - height, middleY - height / 2)),
    width,
    height,
  };
}

function covering(picture: Size, place: Size): number {
  return Math.max(place.width / picture.width, place.height / picture.height) || 1;
}

const ROOM = 1.3;
