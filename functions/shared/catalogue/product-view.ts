import { toDecimal } from '../money.ts';
import type { Product } from './product.ts';

/** The product as the API shows it. */
export interface ProductView {
  productId: string;
  name: string;
  /** A decimal amount of the currency. */
  price: number;
  currency: string;
  /** Units that can be ordered now. */
  stock: number;
  /** Path of the image at the storefront's address. */
  imageUrl?: string;
}

/** The product as every route of the API shows it. */
export function toProductView({ productId, name, price, currency, available, image }: Product): ProductView {
  return {
    productId,
    name,
    price: toDecimal(price),
    currency,
    stock: available,
    ...(image !== undefined && { imageUrl: `/${image}` }),
  };
}
