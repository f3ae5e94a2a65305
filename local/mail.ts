import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { ROOT } from './mini-stack.ts';

/** Makes an address a verified identity. The emulator verifies it at once; AWS sends it a mail with a link. */
export async function verifySender(address: string, endpoint: string, region: string): Promise<void> {
  const ses = new SESv2Client({ endpoint, region, credentials: ROOT });
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: address }));
}
