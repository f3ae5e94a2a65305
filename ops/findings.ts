/** What doctor knows of an account. A fact that could not be read is absent, and nothing is concluded from it. */
export interface AccountFacts {
  stackName: string;
  /** The stack's parameters by name. */
  parameters: Record<string, string>;
  pipe?: { name: string; state: string };
  /** Who is in the group operators. */
  operators?: { username: string; enabled: boolean; hasSecondFactor: boolean }[];
  /** Whether the catalogue has a product. */
  hasProducts?: boolean;
  apiKey?: { id: string; exists: boolean; enabled: boolean; isInUsagePlan: boolean };
  /** Who is told by the topic of the operators. */
  subscriptions?: { endpoint: string; isConfirmed: boolean }[];
  alarms?: { name: string; actions: string[] }[];
  mail?: { isInSandbox: boolean; identity?: { name: string; isVerified: boolean } };
  /** How many functions may run at once in this account and region. */
  lambdaConcurrency?: number;
  /** How many executions may be started in a second, over time. */
  startsPerSecond?: number;
  /** The role with which API Gateway writes logs of this account and region. */
  gatewayRole?: string;
  /** Only where Stripe takes the payments. */
  stripeSecret?: { name: string; hasValue: boolean };
}

/** Something that is missing. */
export interface Finding {
  /** Stable, in capitals. */
  code: string;
  what: string;
  /** How to put it right. */
  remedy: string;
}

/** Something that could not be looked at, and why. */
export interface Unread {
  what: string;
  why: string;
}

/** The API takes 100 requests per second by default, and each order is worked on by functions of its own after that. */
const ENOUGH_CONCURRENCY = 100;

type Check = (facts: AccountFacts) => Finding[];

/** What is missing, in the order of the checks. */
export function findings(facts: AccountFacts): Finding[] {
  return CHECKS.flatMap((check) => check(facts));
}

const CHECKS: readonly Check[] = [
  function pipeRuns({ pipe }) {
    if (!pipe || pipe.state === 'RUNNING') return [];
    return [
      {
        code: 'PIPE_NOT_RUNNING',
        what: `The pipe ${pipe.name} is ${pipe.state}: orders wait in their queue.`,
        remedy: `aws pipes start-pipe --name ${pipe.name}`,
      },
    ];
  },

  function somebodyOperates({ operators }) {
    if (!operators || operators.some(({ enabled }) => enabled)) return [];
    return [
      {
        code: 'NO_OPERATOR',
        what: 'Nobody is in the group operators, so that nobody may look after orders.',
        remedy:
          'aws cognito-idp admin-add-user-to-group --group-name operators --user-pool-id <pool> --username <e-mail>',
      },
    ];
  },

  function operatorsHaveSecondFactor({ operators = [], parameters }) {
    if (parameters.ProtectData !== 'true') return [];
    return operators
      .filter(({ enabled, hasSecondFactor }) => enabled && !hasSecondFactor)
      .map(({ username }) => ({
        code: 'SECOND_FACTOR_MISSING',
        what: `The operator ${username} has no second factor, and gets no rights while the data is protected.`,
        remedy: 'They sign in at the shop, open "Account" and switch the authenticator app on.',
      }));
  },

  function catalogueHasProducts({ hasProducts, stackName }) {
    if (hasProducts !== false) return [];
    return [
      {
        code: 'CATALOGUE_EMPTY',
        what: 'The catalogue has no product, so that nothing can be ordered.',
        remedy: `Add products at the desk, or the samples: npm run seed -- --stack ${stackName}`,
      },
    ];
  },

  function apiKeyWorks({ apiKey }) {
    if (!apiKey) return [];
    const { id, exists, enabled, isInUsagePlan } = apiKey;
    const finding = (what: string, remedy: string) => [{ code: 'API_KEY_MISSING', what, remedy }];
    if (!exists) {
      return finding(`The API key ${id} does not exist: every request is refused.`, 'Deploy the stack again.');
    }
    if (!enabled) {
      return finding(
        `The API key ${id} is switched off: every request is refused.`,
        `aws apigateway update-api-key --api-key ${id} --patch-operations op=replace,path=/enabled,value=true`,
      );
    }
    if (isInUsagePlan) return [];
    return finding(
      `The API key ${id} is in no usage plan of the API: every request is refused.`,
      `aws apigateway create-usage-plan-key --usage-plan-id <plan of the stack> --key-type API_KEY --key-id ${id}`,
    );
  },

  function subscriptionsAreConfirmed({ subscriptions = [] }) {
    return subscriptions
      .filter(({ isConfirmed }) => !isConfirmed)
      .map(({ endpoint }) => ({
        code: 'SUBSCRIPTION_UNCONFIRMED',
        what: `${endpoint} has not confirmed to be told of alarms.`,
        remedy:
          'They open the link in the e-mail of "AWS Notifications"; after three days, deploy again to send a new one.',
      }));
  },

  function somebodyHearsAlarms({ subscriptions }) {
    if (!subscriptions || subscriptions.some(({ isConfirmed }) => isConfirmed)) return [];
    return [
      {
        code: 'ALARMS_UNHEARD',
        what: 'Nobody listens to the topic of the operators: alarms ring, and nobody is told.',
        remedy: 'Deploy with OperatorEmail=<address>, and open the link in the e-mail that comes.',
      },
    ];
  },

  function alarmsTellSomebody({ alarms = [] }) {
    return alarms
      .filter(({ actions }) => actions.length === 0)
      .map(({ name }) => ({
        code: 'ALARM_WITHOUT_ACTION',
        what: `The alarm ${name} tells nobody when it rings.`,
        remedy: `aws cloudwatch enable-alarm-actions --alarm-names ${name}, or deploy the stack again.`,
      }));
  },

  function mailLeavesSandbox({ mail, parameters }) {
    if (!mail?.isInSandbox || parameters.EmailIdentityArn === '') return [];
    return [
      {
        code: 'SES_SANDBOX',
        what: 'SES is in its sandbox: only verified addresses get e-mails, 200 per day.',
        remedy: 'Request production access in the console of SES, under "Account dashboard".',
      },
    ];
  },

  function senderIsVerified({ mail }) {
    if (!mail?.identity || mail.identity.isVerified) return [];
    return [
      {
        code: 'SES_IDENTITY_UNVERIFIED',
        what: `SES may not send as ${mail.identity.name}: the identity is not verified, so that no customer gets an e-mail.`,
        remedy: `aws sesv2 create-email-identity --email-identity ${mail.identity.name}, then open the link that comes.`,
      },
    ];
  },

  function mailHasSender({ parameters }) {
    if (parameters.EmailIdentityArn !== '') return [];
    return [
      {
        code: 'SENDER_MISSING',
        what: 'No sender is named: customers get no e-mail of outcomes, and Cognito sends 50 codes per day.',
        remedy: 'Verify an address in SES, and deploy with EmailIdentityArn=<its ARN>.',
      },
    ];
  },

  function lambdaHasConcurrency({ lambdaConcurrency }) {
    if (lambdaConcurrency === undefined || lambdaConcurrency >= ENOUGH_CONCURRENCY) return [];
    return [
      {
        code: 'LAMBDA_CONCURRENCY_LOW',
        what: `Only ${lambdaConcurrency} functions may run at once in this account; new accounts begin with 10.`,
        remedy: 'Request 1000 of "Concurrent executions" of AWS Lambda (L-B99A9384) in Service Quotas.',
      },
    ];
  },

  function workflowsStartFastEnough({ startsPerSecond, parameters }) {
    const wanted = Number(parameters.ApiRequestsPerSecond ?? 0);
    if (startsPerSecond === undefined || startsPerSecond >= wanted) return [];
    return [
      {
        code: 'START_EXECUTION_LOW',
        what: `${startsPerSecond} executions per second may be started, and the API takes ${wanted} requests per second.`,
        remedy: 'Request more of "StartExecution throttle token refill rate" of Step Functions in Service Quotas.',
      },
    ];
  },

  function gatewayMayLog({ gatewayRole }) {
    if (gatewayRole === undefined || gatewayRole !== '') return [];
    return [
      {
        code: 'GATEWAY_ROLE_MISSING',
        what: 'API Gateway has no role to write logs with in this account and region, and a deployment with ApiAccessLogs=true fails.',
        remedy: 'Make a role with AmazonAPIGatewayPushToCloudWatchLogs and set it: aws apigateway update-account.',
      },
    ];
  },

  function stripeHasSecret({ stripeSecret }) {
    if (!stripeSecret || stripeSecret.hasValue) return [];
    return [
      {
        code: 'STRIPE_SECRET_MISSING',
        what: `The secret ${stripeSecret.name} has no value: no payment can be taken.`,
        remedy: `aws secretsmanager create-secret --name ${stripeSecret.name} --secret-string file://<file with the key>`,
      },
    ];
  },
];

/** The findings as lines: what, and below it how to put it right. */
export function doctorText(found: readonly Finding[], unread: readonly Unread[]): string {
  return [
    ...found.map(({ what, remedy }) => `✗ ${what}\n    → ${remedy}`),
    ...unread.map(({ what, why }) => `? ${what} could not be checked: ${why}`),
    found.length === 0
      ? `✓ Nothing ${unread.length === 0 ? '' : 'else '}is missing.`
      : `${found.length} ${found.length === 1 ? 'thing is' : 'things are'} missing.`,
  ].join('\n');
}
