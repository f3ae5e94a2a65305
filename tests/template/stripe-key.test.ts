import { type Json, objectsIn, resourcesOf, target, template } from './template.ts';

const KEY_ARN =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are CloudFormation's.
  'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/stripe-api-key-??????';

// biome-ignore lint/suspicious/noTemplateCurlyInString: as above.
const KEY_NAME = '${AWS::StackName}/stripe-api-key';

/** The functions that are told who takes the payments, and so may have to ask Stripe. */
const askers = resourcesOf('AWS::Serverless::Function').filter(([, { Properties }]) =>
  [...objectsIn(Properties.Environment)].some((variables) => 'PAYMENT_PROVIDER' in variables),
);

describe("Stripe's key", () => {
  const policy = template.Resources.StripeKeyPolicy;

  test('may be read only where Stripe takes the payments', () => {
    expect(policy?.Condition).toBe('StripeTakesPayments');
    const readers = Object.entries(template.Resources).filter(([, { Properties }]) =>
      [...objectsIn(Properties)].some(({ Action }) => JSON.stringify(Action ?? '').includes('secretsmanager:')),
    );
    expect(readers.map(([id]) => id)).toEqual(['StripeKeyPolicy']);
  });

  test('is the one secret that may be read, by the functions that take payments alone', () => {
    expect(policy?.Properties.PolicyDocument).toMatchObject({
      Statement: [{ Action: 'secretsmanager:GetSecretValue', Resource: { 'Fn::Sub': KEY_ARN } }],
    });
    const roles = askers.map(([, { Properties }]) => target(Properties.Role));
    const readers = (policy?.Properties.Roles ?? []) as Json[];
    expect(readers.map(target).sort()).toEqual(roles.sort());
  });

  test.each(askers)('is named to %s under the same condition', (_, { Properties }) => {
    expect(Properties.Environment).toMatchObject({
      Variables: {
        STRIPE_SECRET_NAME: { 'Fn::If': ['StripeTakesPayments', { 'Fn::Sub': KEY_NAME }, { Ref: 'AWS::NoValue' }] },
      },
    });
  });
});
