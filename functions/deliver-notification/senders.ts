import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';

export interface EmailMessage {
  to: string;
  subject: string;
  html: string;
  text: string;
  /** The type of the event. Nothing personal, because SES shows it in its own events. */
  eventType: string;
}

/**
 * Sends one message.
 *
 * @returns the provider's id of it
 * @throws what the provider's client throws
 */
export type EmailSender = (message: EmailMessage) => Promise<string>;
export type SmsSender = (phone: string, text: string) => Promise<string>;

export interface EmailSettings {
  ses: Pick<SESv2Client, 'send'>;
  /** A verified address. */
  from: string;
  configurationSet: string;
}

export function emailSender({ ses, from, configurationSet }: EmailSettings): EmailSender {
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
  return async ({ to, subject, html, text, eventType }) => {
    const { MessageId } = await ses.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        ConfigurationSetName: configurationSet,
        EmailTags: [{ Name: 'eventType', Value: eventType }],
        Content: { Simple: { Subject: utf8(subject), Body: { Html: utf8(html), Text: utf8(text) } } },
      }),
    );
    return MessageId ?? 'none';
  };
}

/** @param sns a client that makes one attempt only */
export function smsSender(sns: Pick<SNSClient, 'send'>): SmsSender {
  return async (phone, text) => {
    const { MessageId } = await sns.send(
      new PublishCommand({
        PhoneNumber: phone,
        Message: text,
        MessageAttributes: { 'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' } },
      }),
    );
    return MessageId ?? 'none';
  };
}

/** The provider was never reached. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/**
 * Whether the provider has certainly not taken the message: it said so, or was never reached. After anything else the
 * message may be on its way.
 */
export function wasRefused(error: unknown): boolean {
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  if (typeof code === 'string' && NEVER_CONNECTED.includes(code)) return true;
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
}
