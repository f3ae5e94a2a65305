/** The product as the Products table holds it. */
export interface Product {
  productId: string;
  name: string;
  /** Minor units. */
  price: number;
  currency: string;
  /** Units that can be ordered now. */
  available: number;
  /** Units held for orders under way. */
  reserved: number;
  sold: number;
  /** Key of the image in the bucket, such as `images/<hash>.png`. */
  image?: string;
  /** When that image was uploaded, ISO 8601; an upload that is checked later but is older does not replace it. */
  imageUploadedAt?: string;
}

/** What a product id looks like. */
export const PRODUCT_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

/**
 * Currencies that the catalogue takes: those with two decimals, because amounts are hundredths everywhere. A currency
 * with none or three would be charged wrong by a factor.
 */
export const CURRENCIES = [
  'AUD',
  'BRL',
  'CAD',
  'CHF',
  'CNY',
  'CZK',
  'DKK',
  'EUR',
  'GBP',
  'HKD',
  'INR',
  'MXN',
  'NOK',
  'NZD',
  'PLN',
  'SEK',
  'SGD',
  'USD',
  'ZAR',
] as const;
