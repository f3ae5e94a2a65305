import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { aws, stack } from './stack.ts';

export const s3 = new S3Client(aws);
export const imagesBucket = stack.outputs.ImagesBucketName ?? '';

/** A whole PNG of one pixel, with a comment that makes it unlike any other. */
export function makePng(): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from(`Comment\0${randomBytes(16).toString('hex')}`, 'latin1')),
    chunk('IDAT', deflateSync(Buffer.from([0, 255, 0, 0]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** What begins like a JPEG. */
export function makeJpeg(): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(64), Buffer.from([0xff, 0xd9])]);
}

/** What begins like a WebP. */
export function makeWebp(): Buffer {
  return Buffer.concat([Buffer.from('RIFF\x48\0\0\0WEBPVP8 ', 'latin1'), randomBytes(64)]);
}

/** Every version and delete marker of a key. */
export async function versionsOf(key: string): Promise<string[]> {
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket: imagesBucket, Prefix: key }));
  return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ VersionId }) => VersionId ?? '');
}
