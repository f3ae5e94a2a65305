/** Every payment provider that has an adapter. The template's parameter PaymentProvider allows exactly these. */
export const PAYMENT_PROVIDERS = ['sandbox', 'stripe'] as const;

export type PaymentProviderName = (typeof PAYMENT_PROVIDERS)[number];
