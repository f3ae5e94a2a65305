/** The product as the Products table holds it. */
export interface Product {
  productId: string;
  name: string;
  /** Minor units. */
  price: number;
  currency: string;
  /** Units that can be ordered now. */
  available: number;
  /** Units reserved for orders that are being processed. */
  reserved: number;
  sold: number;
  /** Key of the image in the bucket, such as `images/<hash>.png`. */
  image?: string;
  /** When that image was uploaded, ISO 8601. An older upload that is checked later does not replace the image. */
  imageUploadedAt?: string;
}

/** The pattern of a product id. */
export const PRODUCT_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

/**
 * The currencies that the catalogue accepts. All have two decimals, because a minor unit is a hundredth everywhere. The
 * charge in a currency without decimals would be 100 times too high, in one with three decimals 10 times too low.
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
