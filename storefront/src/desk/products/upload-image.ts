import type { components } from '../../api/openapi.generated.d.ts';
import { Advice } from '../../api/words.ts';

type UploadForm = components['schemas']['UploadForm'];

/** The types that the API signs a form for. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];

/** S3 refuses more, because the form is signed with it. */
export const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

/** What is wrong with a file, in words, before it is sent. Undefined when nothing is. */
export function faultOfImage(file: Pick<File, 'type' | 'size'> | undefined): string | undefined {
  if (!file || file.size === 0) return 'Choose a picture.';
  if (!isImageType(file.type)) return 'Choose a PNG, JPEG or WebP picture.';
  if (file.size > MAX_IMAGE_BYTES) return 'Choose a picture of at most 5 MB.';
  return undefined;
}

export function isImageType(type: string): type is ImageType {
  return (IMAGE_TYPES as readonly string[]).includes(type);
}

/** The part of XMLHttpRequest that is used here. fetch does not tell how much of a request was sent. */
export interface UploadRequest {
  upload: { onprogress: ((event: { loaded: number; total: number; lengthComputable: boolean }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  ontimeout: (() => void) | null;
  status: number;
  responseText: string;
  timeout: number;
  open: (method: string, url: string) => void;
  send: (body: FormData) => void;
}

const TIMEOUT_MS = 120_000;

/**
 * Posts a picture with a signed form.
 *
 * @param onProgress gets the part that was sent, from 0 to 1.
 * @throws Advice when it was refused or did not arrive.
 */
export function postImage(
  { url, fields }: Pick<UploadForm, 'url' | 'fields'>,
  file: File,
  onProgress: (part: number) => void,
  request: UploadRequest,
): Promise<void> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  // S3 ignores every field after the file.
  body.append('file', file);
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      if (lengthComputable && total > 0) onProgress(loaded / total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new Advice(refusalInWords(request.responseText)));
    };
    const lost = () => reject(new Advice('The picture did not arrive. Check your connection and try again.'));
    request.onerror = lost;
    request.ontimeout = lost;
    request.open('POST', url);
    request.timeout = TIMEOUT_MS;
    request.send(body);
  });
}

/** S3 answers with XML. What it says is decided by the code alone. */
function refusalInWords(answer: string): string {
  const code = /<Code>(\w+)<\/Code>/.exec(answer)?.[1];
  if (code === 'EntityTooLarge') return 'The picture is larger than 5 MB.';
  if (code === 'AccessDenied') return 'The permission for this upload is over. Try again.';
  return 'The picture was refused. Try again, or choose another one.';
}
