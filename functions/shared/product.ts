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
}

/** What a product id looks like. */
export const PRODUCT_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';
