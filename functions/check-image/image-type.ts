import type { ImageType } from '../shared/catalogue/image.ts';

/** The type of an image by its first bytes, or undefined when it is not an accepted type. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const latin1 = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  // A PNG's first chunk is always its header.
  if (latin1(0, 8) === '\x89PNG\r\n\x1a\n' && latin1(12, 16) === 'IHDR') return 'image/png';
  if (latin1(0, 3) === '\xff\xd8\xff') return 'image/jpeg';
  // RIFF files can also be sound or video. The form type after the length tells.
  if (latin1(0, 4) === 'RIFF' && latin1(8, 12) === 'WEBP') return 'image/webp';
  return undefined;
}
