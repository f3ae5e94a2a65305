import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { aws, stack } from './stack.ts';

export const s3 = new S3Client(aws);
export const imagesBucket = stack.outputs.ImagesBucketName ?? '';

/** A PNG with a comment that makes it unlike any other. It is whole when it has one pixel. */
export function makePng(width = 1, height = 1): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from(`Comment\0${randomBytes(16).toString('hex')}`, 'latin1')),
    chunk('IDAT', deflateSync(Buffer.from([0, 255, 0, 0]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The header of a JPEG, and then anything. */
export function makeJpeg(width = 1, height = 1): Buffer {
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const start = Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1');
  return Buffer.concat([start, frame, randomBytes(64), Buffer.from([0xff, 0xd9])]);
}

/** The header of a WebP, and then anything. */
export function makeWebp(width = 1, height = 1): Buffer {
  const frame = Buffer.from([0, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0, 0]);
  frame.writeUInt16LE(width, 6);
  frame.writeUInt16LE(height, 8);
  const start = Buffer.from('RIFF\x56\0\0\0WEBPVP8 \x4a\0\0\0', 'latin1');
  return Buffer.concat([start, frame, randomBytes(64)]);
}

/** Every version and delete marker of a key. */
export async function versionsOf(key: string): Promise<string[]> {
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket: imagesBucket, Prefix: key }));
  return [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ VersionId }) => VersionId ?? '');
}
