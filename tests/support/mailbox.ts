import { stack } from './stack.ts';
import { waitFor } from './wait-for.ts';

/** An e-mail as the emulator keeps it. */
export interface Mail {
  To: string[];
  Source: string;
  Subject: string;
  BodyText: string;
  BodyHtml: string;
}

/** The e-mails that were sent to an address, oldest first. */
export async function mailsTo(address: string): Promise<Mail[]> {
  const { messages } = (await (await fetch(stack.mailboxUrl)).json()) as { messages: Record<string, Mail[]> };
  return Object.values(messages)
    .flat()
    .filter(({ To }) => To.includes(address));
}

/** Waits until an address has got this many e-mails, and returns them. */
export function mailed(address: string, count: number): Promise<Mail[]> {
  return waitFor(`${count} e-mails to ${address}`, async () => {
    const mails = await mailsTo(address);
    return mails.length >= count && mails;
  });
}

/** The texts of the SMS that were sent to a number, oldest first. */
export async function smsTo(phone: string): Promise<string[]> {
  const url = `${stack.endpoint}/_ministack/sns/sms-messages?phoneNumber=${encodeURIComponent(phone)}`;
  const { sms_messages: messages = {} } = (await (await fetch(url)).json()) as {
    sms_messages?: Record<string, { Message: string }[]>;
  };
  return (messages[phone] ?? []).map(({ Message }) => Message);
}
