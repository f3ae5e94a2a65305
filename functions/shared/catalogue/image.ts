/** What an image of a product may be, and where it is in the bucket. */

/** The types that are taken, with the ending of their file names. */
export const IMAGE_TYPES = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' } as const;
export type ImageType = keyof typeof IMAGE_TYPES;

export const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

export function isImageType(value: string | undefined): value is ImageType {
  return value !== undefined && Object.hasOwn(IMAGE_TYPES, value);
}

/** Where an upload waits to be checked. */
export function incomingKey(productId: string, uploadId: string): string {
  return `incoming/${productId}/${uploadId}`;
}

/** The product that an upload is for, or undefined when the key is not one that we gave out. */
export function productOfIncoming(key: string): string | undefined {
  return /^incoming\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/[0-9a-f-]{36}$/.exec(key)?.[1];
}

/** Where a good image is kept: under its own hash, so that equal ones are one and an address never changes content. */
export function imageKey(sha256: string, type: ImageType): string {
  return `images/${sha256}.${IMAGE_TYPES[type]}`;
}
