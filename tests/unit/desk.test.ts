import { RIGHTS as API_RIGHTS } from '../../functions/shared/api/caller.ts';
import { MAX_IMAGE_BYTES as API_MAX_IMAGE_BYTES, IMAGE_TYPES } from '../../functions/shared/catalogue/image.ts';
import { actionInWords, executionInWords } from '../../storefront/src/desk/desk-words.ts';
import { areasFor, placeOf, rightFor } from '../../storefront/src/desk/place.ts';
import { PATTERNS, productChangeOf, requestKeys } from '../../storefront/src/desk/products/product-change.ts';
import {
  faultOfImage,
  MAX_IMAGE_BYTES,
  postImage,
  IMAGE_TYPES as SHOWN_IMAGE_TYPES,
  type UploadRequest,
} from '../../storefront/src/desk/products/upload-image.ts';
import { may, RIGHTS } from '../../storefront/src/desk/rights.ts';

const ORDER_ID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const namesFor = (...groups: string[]) => areasFor({ groups }).map(({ name }) => name);

describe('who sees what', () => {
  test('the desk knows the rights that the API gives', () => {
    expect(RIGHTS).toEqual(API_RIGHTS);
  });

  test.each([
    [['operators'], ['Today', 'Orders', 'Products', 'Dead letters', 'Circuit breakers', 'Audit log']],
    [['support'], ['Today', 'Orders']],
    [['catalogue'], ['Products']],
    [
      ['catalogue', 'support'],
      ['Today', 'Orders', 'Products'],
    ],
    [[], []],
    [['customers', 'toString'], []],
  ])('members of %j see %j', (groups, areas) => {
    expect(namesFor(...groups)).toEqual(areas);
  });

  test('support cancels and does not retry', () => {
    expect(may({ groups: ['support'] }, 'CANCEL_ALL_ORDERS')).toBe(true);
    expect(may({ groups: ['support'] }, 'RETRY_ORDERS')).toBe(false);
  });
});

describe('the addresses of the desk', () => {
  test.each([
    ['/desk', { area: 'overview' }],
    ['/desk/', { area: 'overview' }],
    ['/desk/orders', { area: 'orders' }],
    [`/desk/orders/${ORDER_ID}`, { area: 'order', orderId: ORDER_ID }],
    ['/desk/audit/', { area: 'audit' }],
    ['/desk/nothing', undefined],
    ['/desk/orders/a/b', undefined],
  ])('%s is %j', (path, place) => {
    expect(placeOf(path)).toEqual(place);
  });

  test('one order needs the right that the list of orders needs', () => {
    expect(rightFor({ area: 'order', orderId: ORDER_ID })).toBe(rightFor({ area: 'orders' }));
  });
});

describe('words', () => {
  test('an execution is called by what it was started for', () => {
    expect([ORDER_ID, `${ORDER_ID}-cancel`, `${ORDER_ID}-retry-12`].map(executionInWords)).toEqual([
      'First execution',
      'Cancel',
      'Retry 12',
    ]);
  });

  test('an action that the desk does not know is shown as the audit log has it', () => {
    expect(actionInWords('ORDER_RETRIED')).toBe('Retried an order');
    expect(actionInWords('SOMETHING_NEW')).toBe('SOMETHING_NEW');
  });
});

describe('the change of a product', () => {
  const lamp = { name: 'Desk Lamp', price: 34.5 };

  test('only what differs is sent', () => {
    expect(productChangeOf({ name: 'Desk Lamp', price: '34.50', stockChange: '+25' }, lamp)).toEqual({
      stockChange: 25,
    });
    expect(productChangeOf({ name: ' Floor Lamp ', price: '34.50', stockChange: '0' }, lamp)).toEqual({
      name: 'Floor Lamp',
    });
    expect(productChangeOf({ name: 'Desk Lamp', price: '35,25', stockChange: '-3' }, lamp)).toEqual({
      price: 35.25,
      stockChange: -3,
    });
  });

  test('a form in which nothing differs is no change', () => {
    expect(productChangeOf({ name: 'Desk Lamp', price: '34.5', stockChange: '' }, lamp)).toBeUndefined();
  });

  test('a new product is sent whole', () => {
    expect(productChangeOf({ name: 'Lamp', price: '9.99', currency: 'eur', stockChange: '10' })).toEqual({
      name: 'Lamp',
      price: 9.99,
      currency: 'EUR',
      stockChange: 10,
    });
  });

  test.each([
    ['price', '34.50', true],
    ['price', '34,5', true],
    ['price', '-1', false],
    ['price', '1.234', false],
    ['price', '1e3', false],
    ['stockChange', '-3', true],
    ['stockChange', '2.5', false],
    ['productId', 'PROD-001', true],
    ['productId', '../x', false],
  ] as const)('the field %s with "%s" is accepted: %j', (field, value, isAccepted) => {
    // As browsers read the attribute.
    expect(new RegExp(`^(?:${PATTERNS[field]})$`, 'v').test(value)).toBe(isAccepted);
  });

  test('a repeat has the key of the request that it repeats, and another request has another one', () => {
    let count = 0;
    const keyFor = requestKeys(() => `key-${++count}`);
    expect([keyFor({ price: 1 }), keyFor({ price: 1 }), keyFor({ price: 2 }), keyFor({ price: 1 })]).toEqual([
      'key-1',
      'key-1',
      'key-2',
      'key-3',
    ]);
  });
});

describe('a picture', () => {
  test('the desk accepts the types and the size that the API signs', () => {
    expect([...SHOWN_IMAGE_TYPES].sort()).toEqual(Object.keys(IMAGE_TYPES).sort());
    expect(MAX_IMAGE_BYTES).toBe(API_MAX_IMAGE_BYTES);
  });

  test.each([
    [undefined, 'Choose a picture.'],
    [{ type: 'image/png', size: 0 }, 'Choose a picture.'],
    [{ type: 'image/svg+xml', size: 10 }, 'Choose a PNG, JPEG or WebP picture.'],
    [{ type: 'image/png', size: MAX_IMAGE_BYTES + 1 }, 'Choose a picture of at most 5 MB.'],
    [{ type: 'image/webp', size: MAX_IMAGE_BYTES }, undefined],
  ])('%j before it is sent: %s', (file, fault) => {
    expect(faultOfImage(file)).toBe(fault);
  });

  const form = { url: 'https://images.example/', fields: { key: 'incoming/PROD-001/1', policy: 'signed' } };
  const file = new File(['png'], 'lamp.png', { type: 'image/png' });

  /** A request that answers when it is told to. */
  function fakeRequest() {
    const sent: { method?: string; url?: string; body?: FormData } = {};
    const request: UploadRequest = {
      upload: { onprogress: null },
      onload: null,
      onerror: null,
      ontimeout: null,
      status: 0,
      responseText: '',
      timeout: 0,
      open: (method, url) => Object.assign(sent, { method, url }),
      send: (body) => Object.assign(sent, { body }),
    };
    const answer = (status: number, responseText = '') => {
      Object.assign(request, { status, responseText });
      request.onload?.();
    };
    const progress = (loaded: number) => request.upload.onprogress?.({ loaded, total: 4, lengthComputable: true });
    return { request, sent, answer, progress };
  }

  test('it is posted with every signed field before it, and tells how far it is', async () => {
    const { request, sent, answer, progress } = fakeRequest();
    const parts: number[] = [];
    const posted = postImage(form, file, (part) => parts.push(part), request);
    progress(1);
    progress(4);
    answer(204);
    await posted;
    expect(sent).toMatchObject({ method: 'POST', url: 'https://images.example/' });
    expect([...(sent.body?.keys() ?? [])]).toEqual(['key', 'policy', 'file']);
    expect(parts).toEqual([0.25, 1]);
  });

  test.each([
    [400, '<Error><Code>EntityTooLarge</Code></Error>', 'The picture is larger than 5 MB.'],
    [403, '<Error><Code>AccessDenied</Code></Error>', 'The permission for this upload is over. Try again.'],
    [500, 'no XML', 'The picture was refused. Try again, or choose another one.'],
  ])('a refusal with status %d and %s says what to do', async (status, text, words) => {
    const { request, answer } = fakeRequest();
    const posted = postImage(form, file, () => {}, request);
    answer(status, text);
    await expect(posted).rejects.toMatchObject({ name: 'Advice', message: words });
  });

  test('one that does not arrive says so', async () => {
    const { request } = fakeRequest();
    const posted = postImage(form, file, () => {}, request);
    request.onerror?.();
    await expect(posted).rejects.toThrow('The picture did not arrive');
  });
});
