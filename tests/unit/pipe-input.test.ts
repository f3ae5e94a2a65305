import { readFileSync } from 'node:fs';
import { inputTransformer } from '../../local/pipe-input.ts';

const record = (body: string) => ({ messageId: 'm-1', body, attributes: { SenderId: 'me' } });
const transform = (template: string | undefined, body: string) =>
  JSON.parse(JSON.stringify(inputTransformer(template)(record(body))));

const OURS = '{"messageId": <$.messageId>, "body": <$.body>}';

test("the template's own InputTemplate hands on id and body, the body as JSON", () => {
  expect(readFileSync('template.yaml', 'utf8')).toContain(`InputTemplate: '${OURS}'`);
  expect(transform(OURS, '{"orderId":"o-1"}')).toEqual({ messageId: 'm-1', body: { orderId: 'o-1' } });
});

test('a body that is not JSON stays text', () => {
  expect(transform(OURS, 'not "JSON"')).toEqual({ messageId: 'm-1', body: 'not "JSON"' });
});

test('a path into the body reads it as JSON', () => {
  expect(transform('{"id": <$.body.order.id>}', '{"order":{"id":17}}')).toEqual({ id: 17 });
  expect(transform('{"second": <$.body.lines[1]>}', '{"lines":["a","b"]}')).toEqual({ second: 'b' });
});

test('a path that leads nowhere removes its key', () => {
  expect(transform('{"id": <$.body.orderId>, "rest": 1}', 'text')).toEqual({ rest: 1 });
});

test('inside quotes a value becomes part of the text', () => {
  expect(transform('{"who": "from <$.attributes.SenderId>: <$.body>"}', '{"a":1}')).toEqual({
    who: 'from me: {"a":1}',
  });
});

test('text that looks like a placeholder comes only from the template, never from a message', () => {
  expect(transform(OURS, '<$.messageId>')).toEqual({ messageId: 'm-1', body: '<$.messageId>' });
});

test('without a template the record is handed on as it is', () => {
  expect(transform(undefined, '{"a":1}')).toEqual(record('{"a":1}'));
});

test('a template that is not JSON with placeholders is refused', () => {
  expect(() => inputTransformer('{"id": $.body}')).toThrow(SyntaxError);
});
