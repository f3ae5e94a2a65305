import { money } from '../../ui/money.tsx';
import { type CartLine, changesOf, type LineChange } from './cart.ts';

/** What changed about a line, in words. */
export function wordsForChange(change: LineChange, currency: string): string {
  switch (change.kind) {
    case 'PRICE':
      return `The price changed from ${money(change.before, currency)} to ${money(change.now, currency)}.`;
    case 'FEW':
      return `Only ${change.stock} left. Order ${change.stock} or fewer.`;
    case 'SOLD_OUT':
      return 'Sold out meanwhile. Remove it to order the rest.';
    case 'GONE':
      return 'This product is not sold any more. Remove it to order the rest.';
  }
}

/** What the customer should know about a line before ordering it. */
export function LineChanges({ line, id }: { line: CartLine; id: string }) {
  const changes = changesOf(line);
  return (
    <div id={id}>
      {changes.map((change) => (
        <p key={change.kind} class="line-change">
          {wordsForChange(change, line.currency)}
        </p>
      ))}
    </div>
  );
}
