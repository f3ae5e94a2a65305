import type { Attributes } from './capacity-units.ts';

/** Who wrote an order is seen in what changed: each write of the protocol sets something of its own. */
export function writerOf(before: Attributes | undefined, after: Attributes): string {
  const changed = (name: string) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name]);
  if (!before) return 'create-order';
  if (changed('status') && after.status?.S === 'COMPLETED') return 'CompleteOrder';
  if (changed('status') && after.status?.S === 'PROCESSING') return 'validate';
  if (changed('stock') && after.stock?.S === 'RESERVED') return 'inventory';
  if (changed('noticeDue') && after.noticeDue === undefined) return 'notify';
  if (changed('phase') || changed('payment') || changed('paymentId')) return 'payment';
  throw new Error(`nobody is known who writes ${Object.keys(after).filter(changed).join(', ')}`);
}
