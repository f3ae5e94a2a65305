import type { components } from '../../api/openapi.generated.d.ts';

type ProductChange = components['schemas']['ProductChange'];
type Product = Pick<components['schemas']['Product'], 'name' | 'price'>;

/** What the fields of a product accept, as patterns of inputs. */
export const PATTERNS = {
  productId: '[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}',
  price: '\\d{1,7}([.,]\\d{1,2})?',
  stockChange: '[+\\-]?\\d{1,7}',
  currency: '[A-Za-z]{3}',
} as const;

/** What to say when a field is not accepted. */
export const PRODUCT_WORDS = {
  productId: 'Letters, digits, dots, dashes and underscores, 64 at most, and no other product may have it.',
  name: 'Give it a name of at most 200 characters.',
  price: 'An amount such as 34.50, more than 0 and at most 1,000,000.',
  currency: 'The three letters of a currency that the shop takes, such as USD.',
  stockChange: 'A whole number such as 25 or -3. No more can be taken off than are in stock.',
} as const;

/**
 * The change that a form asks for: only what differs from the product, so that somebody else's change of another field
 * is not undone. Undefined when nothing differs.
 *
 * @param values as typed, and accepted by PATTERNS.
 * @param product as it was when the form was opened; undefined for a new one.
 */
export function productChangeOf(
  values: Readonly<Record<string, string>>,
  product?: Product,
): ProductChange | undefined {
  const name = values.name?.trim() ?? '';
  const price = Number((values.price ?? '').replace(',', '.'));
  const stockChange = Number(values.stockChange?.trim() || '0');
  const currency = values.currency?.trim().toUpperCase();
  const change = {
    ...(name !== '' && name !== product?.name && { name }),
    ...(values.price?.trim() && price !== product?.price && { price }),
    ...(currency && { currency }),
    ...(stockChange !== 0 && { stockChange }),
  };
  // The API decides whether it takes the currency.
  return Object.keys(change).length === 0 ? undefined : (change as ProductChange);
}

/**
 * Gives each request a key with which a repeat is not done twice. The same body has the same key as long as it is the
 * newest, so that a repeat after a lost answer counts as one.
 */
export function requestKeys(newKey: () => string = () => crypto.randomUUID()): (body: unknown) => string {
  let newest: { body: string; key: string } | undefined;
  return (body) => {
    const text = JSON.stringify(body);
    if (newest?.body !== text) newest = { body: text, key: newKey() };
    return newest.key;
  };
}
