import type { OrderStatus } from '../ui/status.tsx';
import { STATUSES } from './desk-words.ts';

/** An order's status, as the shop calls it. */
export function DeskStatus({ status }: { status: OrderStatus }) {
  return <span class={`status status-${status.toLowerCase().replace('_', '-')}`}>{STATUSES[status]}</span>;
}
