import type { components } from '../api/openapi.generated.d.ts';

export type OrderStatus = components['schemas']['OrderStatus'];

/** What a status is called. */
export const STATUS_NAMES: Readonly<Record<OrderStatus, string>> = {
  PENDING: 'Received',
  PROCESSING: 'In progress',
  COMPLETED: 'Completed',
  FAILED: 'Not completed',
  CANCELLED: 'Cancelled',
  NEEDS_ATTENTION: 'We look into it',
};

/** An order's status. The colour only repeats what the word says. */
export function Status({ status }: { status: OrderStatus }) {
  return <span class={`status status-${status.toLowerCase().replace('_', '-')}`}>{STATUS_NAMES[status]}</span>;
}
