import type { OutcomeEvent } from '../shared/notifications/outcome-event.schema.ts';
import type { Order } from '../shared/orders/order.ts';
import { plainError } from '../shared/orders/plain-reason.ts';

export type OrderNeedsAttention = Extract<OutcomeEvent, { type: 'OrderNeedsAttention' }>;

/** What SNS allows. It refuses a longer subject, and one that is not ASCII. */
const MAX_SUBJECT = 100;

/**
 * What an operator reads in the e-mail about an order that needs attention. The subscription is by e-mail, so that the
 * text has no form but its lines. It names neither the customer nor what the order holds.
 *
 * @param order as it was read for the event. It may have moved on since, which the text says how to find out.
 */
export function attentionEmail(
  { orderId, at, reason, reasonCode, state, totalAmount, currency }: OrderNeedsAttention,
  { createdAt, error, executionId }: Pick<Order, 'createdAt' | 'error' | 'executionId'>,
): { subject: string; text: string } {
  const stopped = state === undefined ? 'Its execution ended without an outcome' : `It stopped in the state ${state}`;
  const failure =
    error && reasonCode !== undefined
      ? `\nIt was to be undone because of ${error.state}: ${plainError(error).message} (${error.code}).`
      : '';
  const text = `The order ${orderId}, placed at ${createdAt}, needs an operator. Its total is ${totalAmount.toFixed(2)} ${currency}.

${stopped}, at ${at}. The reason that it wrote: ${reason}.${failure}
Until somebody acts, stock or money may stay held for this order.

1. Look at it. An operator sees the whole history, with what the workflow wrote:

   curl "$API_URL/orders/${orderId}" -H "x-api-key: $API_KEY" -H "authorization: $ID_TOKEN"

   In the console of Step Functions, search the executions of the order workflow (output OrderWorkflowArn) for the name
   ${executionId ?? orderId}
   If its status is no longer NEEDS_ATTENTION, somebody has acted already.

2. Put right what made it stop: a function or table that is throttled or not allowed, or a payment provider that is down.

3. Retry it, with the reason that the audit keeps. It goes on where it stopped, and charges or refunds nothing twice:

   curl -X POST "$API_URL/orders/${orderId}/retry" -H "x-api-key: $API_KEY" -H "authorization: $ID_TOKEN" \\
     -H "content-type: application/json" -d '{"reason":"the payment provider is up again"}'

API_URL is the stack's output ApiUrl. ID_TOKEN is what POST /auth with the action login gives an operator.
`;
  return { subject: `Order ${orderId} needs attention${state ? `: ${state}` : ''}`.slice(0, MAX_SUBJECT), text };
}
