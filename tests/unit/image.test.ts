import {
  IMAGE_TYPES,
  imageKey,
  incomingKey,
  isImageType,
  productOfIncoming,
} from '../../functions/shared/catalogue/image.ts';

test('the key of an upload names its product', () => {
  const key = incomingKey('PROD-001', '0b0d9d0e-6b0f-4b39-9a4d-7c86f1f6c001');
  expect(productOfIncoming(key)).toBe('PROD-001');
});

test.each([
  'images/x.png',
  'incoming/PROD-001',
  'incoming/../0b0d9d0e-6b0f-4b39-9a4d-7c86f1f6c001',
  'incoming/a/b/0b0d9d0e-6b0f-4b39-9a4d-7c86f1f6c001',
  'incoming/PROD-001/0b0d9d0e-6b0f-4b39-9a4d-7c86f1f6c001/x',
  'incoming/PROD-001/0b0d9d0e-6b0f-4b39-9a4d-7c86f1f6c001\n',
  'x/incoming/PROD-001/0b0d9d0e-6b0f-4b39-9a4d-7c86f1f6c001',
])('%j is no key of an upload', (key) => {
  expect(productOfIncoming(key)).toBeUndefined();
});

test('the key of an image ends with the extension of its type', () => {
  expect(imageKey('abc', 'image/jpeg')).toBe('images/abc.jpg');
  expect(Object.keys(IMAGE_TYPES).every(isImageType)).toBe(true);
});

test.each([undefined, '', 'image/gif', 'image/svg+xml', 'IMAGE/PNG', 'toString', '__proto__'])(
  '%j is no type of image',
  (value) => {
    expect(isImageType(value)).toBe(false);
  },
);
