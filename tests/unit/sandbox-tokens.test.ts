import { readFileSync } from 'node:fs';
import { orderRequestSchema } from '../../functions/create-order/order-request.schema.ts';
import { TEST_TOKENS } from '../../functions/shared/payments/providers/sandbox-tokens.ts';

const tokensIn = (text: string) => [...new Set(text.match(/`tok_[a-z_]+`/g))].map((token) => token.slice(1, -1));
const tableOf = (file: string) => (readFileSync(file, 'utf8').match(/^(\/\/|[ ]\*)? ?\|.*\|$/gm) ?? []).join('\n');

test.each([
  ['the table of README.md', tableOf('README.md')],
  ['paymentToken in the API document', orderRequestSchema.properties.paymentToken.description],
  ['the table of sandbox-tokens.ts', tableOf('functions/shared/payments/providers/sandbox-tokens.ts')],
])('%s names the tokens that the sandbox knows, and no others', (_name, text) => {
  expect(tokensIn(text).sort()).toEqual([...TEST_TOKENS].sort());
});

test.each(TEST_TOKENS)('%s is one that an order may have', (token) => {
  expect(token).toMatch(new RegExp(orderRequestSchema.properties.paymentToken.pattern));
});
