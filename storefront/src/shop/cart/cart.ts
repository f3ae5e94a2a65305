import type { components } from '../../api/openapi.generated.d.ts';

export type Product = components['schemas']['Product'];

/** A product in the cart, as it was when the cart last looked into the catalogue. */
export interface CartLine extends Pick<Product, 'productId' | 'name' | 'price' | 'currency' | 'stock' | 'imageUrl'> {
  quantity: number;
  /** The price before it changed, until the customer has seen it. */
  priceBefore?: number;
  /** It is not in the catalogue any more. */
  isGone?: true;
}

/** What a customer wants to order. */
export interface Cart {
  /**
   * The Idempotency-Key of the order that this cart becomes. Every try to order it has the same, from every tab, so that
   * it becomes one order at most. A placed order leaves a cart with another key.
   */
  key: string;
  lines: readonly CartLine[];
  /** An order was sent and no answer has come yet. ISO 8601. */
  sentAt?: string;
}

/** What changed about a line since it was put into the cart, and matters for ordering it. */
export type LineChange =
  | { kind: 'PRICE'; before: number; now: number }
  | { kind: 'FEW'; stock: number }
  | { kind: 'SOLD_OUT' }
  | { kind: 'GONE' };

/** The API takes at most this many different products, and units of one. */
export const MAX_LINES = 50;
export const MAX_QUANTITY = 999;

export function emptyCart(key: string): Cart {
  return { key, lines: [] };
}

/** Why a product cannot be added. */
export type AddRefusal = 'CURRENCY' | 'STOCK' | 'LINES';

/** Adds one unit of a product. The cart stays as it is when it is refused. */
export function addProduct(cart: Cart, product: Product): { cart: Cart; refused?: AddRefusal } {
  const { productId, name, price, currency, stock, imageUrl } = product;
  const line = cart.lines.find((one) => one.productId === productId);
  const quantity = (line?.quantity ?? 0) + 1;
  if (quantity > Math.min(stock, MAX_QUANTITY)) return { cart, refused: 'STOCK' };
  if (cart.lines.some((one) => one.currency !== currency)) return { cart, refused: 'CURRENCY' };
  if (!line && cart.lines.length >= MAX_LINES) return { cart, refused: 'LINES' };
  // The customer has just seen this price.
  const added: CartLine = {
    productId,
    name,
    price,
    currency,
    stock,
    quantity,
    ...(imageUrl !== undefined && { imageUrl }),
  };
  return { cart: { ...cart, lines: line ? replace(cart, added) : [...cart.lines, added] } };
}

/**
 * Adds the goods of an earlier order, at today's prices. What is not sold any more, or does not fit into the cart, is left
 * out. A quantity that the stock has not is kept, because the cart tells it.
 */
export function addGoods(
  cart: Cart,
  goods: readonly { productId: string; quantity: number }[],
  catalogue: ReadonlyMap<string, Product>,
): Cart {
  return goods.reduce((before, { productId, quantity }) => {
    const product = catalogue.get(productId);
    if (!product) return before;
    const inCart = before.lines.find((line) => line.productId === productId)?.quantity ?? 0;
    const after = addProduct(before, product).cart;
    return after === before ? before : setQuantity(after, productId, inCart + quantity);
  }, cart);
}

/** Changes how many units of a product are wanted, between 1 and the most that the API takes. */
export function setQuantity(cart: Cart, productId: string, quantity: number): Cart {
  const line = cart.lines.find((one) => one.productId === productId);
  if (!line || !Number.isFinite(quantity)) return cart;
  const wanted = Math.min(Math.max(Math.trunc(quantity), 1), MAX_QUANTITY);
  return { ...cart, lines: replace(cart, { ...line, quantity: wanted }) };
}

export function removeProduct(cart: Cart, productId: string): Cart {
  return { ...cart, lines: cart.lines.filter((line) => line.productId !== productId) };
}

/**
 * The cart with today's names, prices and stock. A line remembers the price that it had, until `acknowledge`.
 *
 * @param catalogue what the catalogue has of the cart's products. One that is missing is not sold any more.
 */
export function compareWithCatalogue(cart: Cart, catalogue: ReadonlyMap<string, Product>): Cart {
  const lines = cart.lines.map((line): CartLine => {
    const { isGone: _, ...kept } = line;
    const product = catalogue.get(line.productId);
    if (!product) return { ...kept, isGone: true };
    const { name, price, currency, stock, imageUrl } = product;
    const before = line.priceBefore ?? line.price;
    const { priceBefore: __, imageUrl: ___, ...same } = kept;
    return {
      ...same,
      name,
      price,
      currency,
      stock,
      ...(imageUrl !== undefined && { imageUrl }),
      ...(before !== price && { priceBefore: before }),
    };
  });
  return { ...cart, lines };
}

/** What the customer should know about a line before ordering it. */
export function changesOf({ price, priceBefore, stock, quantity, isGone }: CartLine): LineChange[] {
  if (isGone) return [{ kind: 'GONE' }];
  const changes: LineChange[] = [];
  if (priceBefore !== undefined) changes.push({ kind: 'PRICE', before: priceBefore, now: price });
  if (stock === 0) changes.push({ kind: 'SOLD_OUT' });
  else if (stock < quantity) changes.push({ kind: 'FEW', stock });
  return changes;
}

/** The cart once the customer has seen that prices changed. */
export function acknowledge(cart: Cart): Cart {
  return { ...cart, lines: cart.lines.map(({ priceBefore: _, ...line }) => line) };
}

/** Whether every line can be ordered as it is, and there is one. */
export function isOrderable({ lines }: Cart): boolean {
  return lines.length > 0 && lines.every((line) => !line.isGone && line.quantity <= line.stock);
}

/** The sum of a cart in its currency. Cents are added up, because decimal fractions are not exact. */
export function totalOf({ lines }: Pick<Cart, 'lines'>): { amount: number; currency: string } {
  const cents = lines.reduce((sum, { price, quantity }) => sum + Math.round(price * 100) * quantity, 0);
  return { amount: cents / 100, currency: lines[0]?.currency ?? 'USD' };
}

/** Reads a cart that was stored. One that cannot be read is empty. */
export function parseCart(text: string | null, newKey: () => string): Cart {
  try {
    const stored: unknown = JSON.parse(text ?? 'null');
    if (isCart(stored)) return stored;
  } catch {
    // Not ours, or of an older page.
  }
  return emptyCart(newKey());
}

function replace({ lines }: Cart, changed: CartLine): CartLine[] {
  return lines.map((line) => (line.productId === changed.productId ? changed : line));
}

function isCart(value: unknown): value is Cart {
  if (typeof value !== 'object' || value === null) return false;
  const { key, lines } = value as Partial<Cart>;
  return typeof key === 'string' && Array.isArray(lines) && lines.every(isLine);
}

function isLine(value: unknown): value is CartLine {
  if (typeof value !== 'object' || value === null) return false;
  const { productId, name, price, currency, stock, quantity } = value as Partial<CartLine>;
  return (
    typeof productId === 'string' &&
    typeof name === 'string' &&
    typeof currency === 'string' &&
    [price, stock, quantity].every((number) => typeof number === 'number')
  );
}
