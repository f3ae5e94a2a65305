import {
  acknowledge,
  addGoods,
  addProduct,
  type Cart,
  changesOf,
  compareWithCatalogue,
  emptyCart,
  isOrderable,
  MAX_LINES,
  MAX_QUANTITY,
  type Product,
  parseCart,
  removeProduct,
  setQuantity,
  totalOf,
} from '../../storefront/src/shop/cart/cart.ts';
import { CART_KEY, StoredCart } from '../../storefront/src/shop/cart/stored-cart.ts';
import { memoryStorage } from '../support/memory-storage.ts';

const LAMP: Product = { productId: 'LAMP', name: 'Lamp', price: 34.5, currency: 'USD', stock: 10 };
const BOOK: Product = { productId: 'BOOK', name: 'Book', price: 5.9, currency: 'USD', stock: 2 };

const cartWith = (...products: Product[]): Cart =>
  products.reduce((cart, product) => addProduct(cart, product).cart, emptyCart('key-1'));
const catalogueOf = (...products: Product[]) => new Map(products.map((product) => [product.productId, product]));
const quantities = ({ lines }: Cart) => lines.map(({ productId, quantity }) => [productId, quantity]);

describe('a cart', () => {
  test('counts the same product in one line', () => {
    expect(quantities(cartWith(LAMP, BOOK, LAMP))).toEqual([
      ['LAMP', 2],
      ['BOOK', 1],
    ]);
  });

  test('takes no more of a product than there is', () => {
    const cart = cartWith(BOOK, BOOK);
    expect(addProduct(cart, BOOK)).toEqual({ cart, refused: 'STOCK' });
    expect(addProduct(emptyCart('key-1'), { ...LAMP, stock: 0 }).refused).toBe('STOCK');
  });

  test('takes one currency', () => {
    expect(addProduct(cartWith(LAMP), { ...BOOK, currency: 'EUR' }).refused).toBe('CURRENCY');
  });

  test('takes as many different products as the API does', () => {
    const full = cartWith(...Array.from({ length: MAX_LINES }, (_, index) => ({ ...LAMP, productId: `P-${index}` })));
    expect(full.lines).toHaveLength(MAX_LINES);
    expect(addProduct(full, BOOK).refused).toBe('LINES');
    expect(addProduct(full, { ...LAMP, productId: 'P-0' }).refused).toBeUndefined();
  });

  test.each([
    [3, 3],
    [0, 1],
    [-5, 1],
    [2.9, 2],
    [5000, MAX_QUANTITY],
    [Number.NaN, 1],
  ])('a wanted quantity of %s becomes %s', (wanted, becomes) => {
    expect(quantities(setQuantity(cartWith(LAMP), 'LAMP', wanted))).toEqual([['LAMP', becomes]]);
  });

  test('adds up without the errors of decimal fractions', () => {
    const cart = setQuantity(cartWith({ ...LAMP, price: 1.1 }), 'LAMP', 3);
    expect(totalOf(cart)).toEqual({ amount: 3.3, currency: 'USD' });
    expect(totalOf(removeProduct(cart, 'LAMP')).amount).toBe(0);
  });
});

describe('the goods of an earlier order', () => {
  test('are added to what is in the cart, at the prices of today', () => {
    const goods = [
      { productId: 'LAMP', quantity: 3 },
      { productId: 'BOOK', quantity: 2 },
    ];
    const cart = addGoods(cartWith(LAMP), goods, catalogueOf({ ...LAMP, price: 40 }, BOOK));
    expect(quantities(cart)).toEqual([
      ['LAMP', 4],
      ['BOOK', 2],
    ]);
    expect(totalOf(cart).amount).toBe(171.8);
  });

  test('are left out where they are gone or sold out, and more than there is stops the order', () => {
    const goods = ['LAMP', 'BOOK', 'GONE'].map((productId) => ({ productId, quantity: 3 }));
    const cart = addGoods(emptyCart('key-1'), goods, catalogueOf({ ...LAMP, stock: 0 }, BOOK));
    expect(quantities(cart)).toEqual([['BOOK', 3]]);
    expect(isOrderable(cart)).toBe(false);
  });
});

describe('compared with the catalogue', () => {
  const compared = (cart: Cart, ...catalogue: Product[]) => compareWithCatalogue(cart, catalogueOf(...catalogue));
  const changes = (cart: Cart) => cart.lines.map(changesOf);

  test('a cart to which nothing happened has no changes and can be ordered', () => {
    const cart = compared(cartWith(LAMP, BOOK), LAMP, BOOK);
    expect(changes(cart)).toEqual([[], []]);
    expect(isOrderable(cart)).toBe(true);
  });

  test('a new price is told with the old one, until it was seen', () => {
    const cart = compared(cartWith(LAMP), { ...LAMP, price: 40 });
    expect(changes(cart)).toEqual([[{ kind: 'PRICE', before: 34.5, now: 40 }]]);
    expect(totalOf(cart).amount).toBe(40);
    expect(isOrderable(cart)).toBe(true);
    expect(changes(acknowledge(cart))).toEqual([[]]);
  });

  test('a price that changes twice is told with the one that the customer saw', () => {
    const cart = compared(compared(cartWith(LAMP), { ...LAMP, price: 40 }), { ...LAMP, price: 45 });
    expect(changes(cart)).toEqual([[{ kind: 'PRICE', before: 34.5, now: 45 }]]);
  });

  test('a price that changed back is no change', () => {
    expect(changes(compared(compared(cartWith(LAMP), { ...LAMP, price: 40 }), LAMP))).toEqual([[]]);
  });

  test.each([
    ['too little stock', [{ ...LAMP, stock: 1 }], { kind: 'FEW', stock: 1 }],
    ['no stock', [{ ...LAMP, stock: 0 }], { kind: 'SOLD_OUT' }],
    ['a product that is gone', [], { kind: 'GONE' }],
  ])('%s stops the order', (_what, catalogue, change) => {
    const cart = compared(cartWith(LAMP, LAMP), ...catalogue);
    expect(changes(cart)).toEqual([[change]]);
    expect(isOrderable(cart)).toBe(false);
  });

  test('a product that came back can be ordered', () => {
    expect(isOrderable(compared(compared(cartWith(LAMP)), LAMP))).toBe(true);
  });

  test('an empty cart cannot be ordered', () => {
    expect(isOrderable(emptyCart('key-1'))).toBe(false);
  });
});

describe('a stored cart', () => {
  let keys = 0;
  const newKey = () => {
    keys += 1;
    return `new-key-${keys}`;
  };
  const put = (cart: StoredCart, product: Product) => cart.update((before) => addProduct(before, product).cart);

  test('survives a reload with its key', () => {
    const storage = memoryStorage();
    const cart = new StoredCart(storage, newKey);
    put(cart, LAMP);
    expect(new StoredCart(storage, newKey).get()).toEqual(cart.get());
  });

  test.each([['not JSON'], ['null'], ['{"lines":1}'], ['{"key":"k","lines":[{"productId":1}]}'], ['[]']])(
    'what cannot be read is an empty cart: %s',
    (text) => {
      expect(parseCart(text, () => 'fresh')).toEqual({ key: 'fresh', lines: [] });
    },
  );

  test('two tabs share one cart and one key from the beginning', () => {
    const storage = memoryStorage();
    const [one, other] = [new StoredCart(storage, newKey), new StoredCart(storage, newKey)];
    put(one, LAMP);
    put(other, BOOK);
    one.onStorage(CART_KEY);
    expect(quantities(one.get())).toEqual([
      ['LAMP', 1],
      ['BOOK', 1],
    ]);
    expect(one.get().key).toBe(other.get().key);
  });

  test('tells those who listen, and no longer than they want', () => {
    const cart = new StoredCart(memoryStorage(), newKey);
    let heard = 0;
    const stop = cart.subscribe(() => {
      heard += 1;
    });
    put(cart, LAMP);
    stop();
    put(cart, LAMP);
    expect(heard).toBe(1);
  });

  test('a placed order empties its own cart and no later one', () => {
    const cart = new StoredCart(memoryStorage(), newKey);
    put(cart, LAMP);
    const { key } = cart.get();
    cart.placed(key);
    expect(cart.get().lines).toEqual([]);
    expect(cart.get().key).not.toBe(key);
    put(cart, BOOK);
    cart.placed(key);
    expect(quantities(cart.get())).toEqual([['BOOK', 1]]);
  });
});
