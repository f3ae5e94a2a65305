'use strict';

// Answers as the AWS services do, at once and from memory, in a process of its own. The path begins with a name, under
// which the rows of `given` are: a JSON file with the rows of each table, by name.
const { createServer } = require('node:http');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

const given = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const attribute = (value) => {
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(attribute) };
  if (typeof value === 'object') return { M: row(value) };
  if (typeof value === 'number') return { N: String(value) };
  return typeof value === 'boolean' ? { BOOL: value } : { S: value };
};
const row = (value) => Object.fromEntries(Object.entries(value).map(([name, of]) => [name, attribute(of)]));
const isOf = (key) => (candidate) => Object.entries(key).every(([name, { S }]) => candidate[name] === S);
const rowsOf = (name, table) => given[name]?.[table] ?? [];
const items = (name, table, key) => rowsOf(name, table).filter(isOf(key)).map(row);

const MD5 = (text) => createHash('md5').update(text).digest('hex');

const ANSWERS = {
  GetItem: (name, { TableName, Key }) => ({ Item: items(name, TableName, Key)[0] }),
  BatchGetItem: (name, { RequestItems }) => ({
    UnprocessedKeys: {},
    Responses: Object.fromEntries(
      Object.entries(RequestItems).map(([table, { Keys }]) => [table, Keys.flatMap((key) => items(name, table, key))]),
    ),
  }),
  Query: (name, { TableName, IndexName, Select }) => {
    // The index of a customer's order numbers is empty: it is a customer's first order.
    const found = IndexName === undefined || name === 'get-order' ? rowsOf(name, TableName).map(row) : [];
    return Select === 'COUNT' ? { Count: found.length } : { Items: found, Count: found.length };
  },
  Scan: (name, { TableName }) => ({ Items: rowsOf(name, TableName).map(row) }),
  UpdateItem: (name, { TableName, Key }) => ({ Attributes: items(name, TableName, Key)[0] }),
  SendMessage: (_name, { MessageBody }) => ({ MessageId: 'm', MD5OfMessageBody: MD5(MessageBody) }),
  GetQueueAttributes: () => ({
    Attributes: { ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' },
  }),
  ReceiveMessage: () => ({ Messages: [] }),
  StartExecution: () => ({
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:process-order:e',
    startDate: 1767225600,
  }),
  DescribeExecution: () => ({
    status: 'SUCCEEDED',
    startDate: 1767225600,
    stopDate: 1767225601,
    input: '{}',
    output: '{}',
  }),
  GetExecutionHistory: () => ({ events: [] }),
  InitiateAuth: () => ({
    AuthenticationResult: { IdToken: 'i', AccessToken: 'a', RefreshToken: 'r', ExpiresIn: 3600 },
  }),
  AdminGetUser: () => ({ Username: 'u', UserAttributes: [], UserMFASettingList: ['SOFTWARE_TOKEN_MFA'] }),
  PutEvents: (_name, { Entries }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'e' })) }),
};

const XML = {
  Publish: '<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>',
};

createServer((request, response) => {
  const chunks = [];
  request
    .on('data', (chunk) => chunks.push(chunk))
    .on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const [, name, ...path] = request.url.split('/');
      const target = request.headers['x-amz-target'];
      if (target !== undefined) {
        const operation = target.split('.')[1];
        response.setHeader('content-type', request.headers['content-type']);
        response.end(JSON.stringify(ANSWERS[operation]?.(name, JSON.parse(body)) ?? {}));
        return;
      }
      const action = new URLSearchParams(body).get('Action');
      if (XML[action]) {
        response.setHeader('content-type', 'text/xml');
        response.end(XML[action]);
        return;
      }
      // S3, which has no version of any object.
      if (request.url.includes('versions=')) {
        response.setHeader('content-type', 'application/xml');
        response.end('<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>');
        return;
      }
      // Lambda's Invoke and SES's SendEmail.
      response.setHeader('content-type', 'application/json');
      response.end(path[0] === '2015-03-31' ? '{}' : JSON.stringify({ MessageId: 'm' }));
    });
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port);
});
