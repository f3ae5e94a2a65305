import type { ImageType } from '../shared/catalogue/image.ts';
import { MAX_PIXELS, pixelsOf } from './image-pixels.ts';
import { imageTypeOf } from './image-type.ts';

/** The type of an uploaded file by its content, or why the file is refused. Only its header is read. */
export function checkContent(
  bytes: Uint8Array,
  declaredType: string | undefined,
): { type: ImageType } | { reason: 'WRONG_TYPE' | 'TOO_MANY_PIXELS' } {
  const type = imageTypeOf(bytes);
  const pixels = pixelsOf(bytes);
  if (type === undefined || type !== declaredType || pixels === undefined) return { reason: 'WRONG_TYPE' };
  // A file of some kilobytes can say that it has a billion pixels, which would fill the memory of every browser.
  return pixels > MAX_PIXELS ? { reason: 'TOO_MANY_PIXELS' } : { type };
}
