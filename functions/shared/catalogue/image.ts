/** The accepted types of a product's image, with their file extensions. */
export const IMAGE_TYPES = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' } as const;
export type ImageType = keyof typeof IMAGE_TYPES;

export const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

export function isImageType(value: string | undefined): value is ImageType {
  return value !== undefined && Object.hasOwn(IMAGE_TYPES, value);
}

/** The key of an upload that is not checked yet. */
export function incomingKey(productId: string, uploadId: string): string {
  return `incoming/${productId}/${uploadId}`;
}

/** The product that an upload is for, or undefined when `incomingKey` cannot have made the key. */
export function productOfIncoming(key: string): string | undefined {
  return /^incoming\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/[0-9a-f-]{36}$/.exec(key)?.[1];
}

/**
 * The key of an accepted image. It holds the image's hash, so that equal images are stored once and the content behind
 * an address never changes.
 */
export function imageKey(sha256: string, type: ImageType): string {
  return `images/${sha256}.${IMAGE_TYPES[type]}`;
}
