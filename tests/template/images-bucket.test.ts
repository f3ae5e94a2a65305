import { template } from './template.ts';

const properties = template.Resources.ImagesBucket?.Properties ?? {};

describe('the bucket of images', () => {
  test('is private, encrypted, versioned and its objects its own', () => {
    expect(properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: { 'Fn::If': ['DataHasOurKey', 'aws:kms', 'AES256'] } } },
        ],
      },
      VersioningConfiguration: { Status: 'Enabled' },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(properties).not.toHaveProperty('BucketName');
    expect(properties).not.toHaveProperty('AccessControl');
  });

  test('refuses plain HTTP to everybody, for itself and everything in it, and shows checked images to distributions of this account alone', () => {
    const policies = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::S3::BucketPolicy');
    expect(policies.map((policy) => policy.Properties)).toEqual([
      {
        Bucket: { Ref: 'ImagesBucket' },
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'RefuseUnencryptedTransport',
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: [
                { 'Fn::GetAtt': ['ImagesBucket', 'Arn'] },
                // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
                { 'Fn::Sub': '${ImagesBucket.Arn}/*' },
              ],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
            {
              Sid: 'LetDistributionsShowImages',
              Effect: 'Allow',
              Principal: { Service: 'cloudfront.amazonaws.com' },
              Action: 's3:GetObject',
              // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
              Resource: { 'Fn::Sub': '${ImagesBucket.Arn}/images/*' },
              Condition: {
                ArnLike: {
                  'aws:SourceArn': {
                    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are CloudFormation's.
                    'Fn::Sub': 'arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*',
                  },
                },
              },
            },
          ],
        },
      },
    ]);
  });

  test('forgets what was not checked after a day, and every old version some day', () => {
    expect(properties.LifecycleConfiguration).toMatchObject({
      Rules: [
        {
          Prefix: 'incoming/',
          Status: 'Enabled',
          ExpirationInDays: 1,
          NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        },
        { Prefix: 'images/', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
        {
          Status: 'Enabled',
          ExpiredObjectDeleteMarker: true,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ],
    });
    // An image that is shown has no end.
    const rules = (properties.LifecycleConfiguration as { Rules: { Prefix?: string; ExpirationInDays?: number }[] })
      .Rules;
    expect(rules.filter(({ ExpirationInDays }) => ExpirationInDays !== undefined).map(({ Prefix }) => Prefix)).toEqual([
      'incoming/',
    ]);
  });

  test('tells the event bus of uploads, and starts the check of them alone', () => {
    expect(properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    expect(template.Resources.UploadsRule?.Properties).toMatchObject({
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [{ Ref: 'ImagesBucket' }] }, object: { key: [{ prefix: 'incoming/' }] } },
      },
      Targets: [{ Arn: { Ref: 'CheckImageFunction.Alias' } }],
    });
  });
});
