import { imageSize } from 'image-size';

/** The most pixels of an image: 24 million, which is 6000 by 4000. A decoder takes 4 bytes for each. */
export const MAX_PIXELS = 24_000_000;

/** How many pixels an image has, by its header. Undefined when the header cannot be read. Nothing is decoded. */
export function pixelsOf(bytes: Uint8Array): number | undefined {
  try {
    const { width, height } = imageSize(bytes);
    return width > 0 && height > 0 ? width * height : undefined;
  } catch {
    return undefined;
  }
}
