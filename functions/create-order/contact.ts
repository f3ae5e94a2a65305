import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { OrderContact } from '../shared/orders/order.ts';

const EMAIL = /^[^\s@,;<>"\p{C}]{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,63}$/u;
const PHONE = /^\+[1-9][0-9]{6,14}$/;
const LOCALE = /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,4}$/;

/**
 * Where the customer of a request hears of the order: the verified addresses of the account, and its language, from the
 * claims of the token that the authorizer has verified. An address that is not verified, or that is none, is left out.
 *
 * @returns undefined when the account has no address at which its owner was shown to be.
 */
export function contactOf(event: APIGatewayProxyEvent): OrderContact | undefined {
  const claims = (event.requestContext?.authorizer?.claims ?? {}) as Record<string, unknown>;
  const email = isTrue(claims.email_verified) ? textLike(claims.email, EMAIL) : undefined;
  const phone = isTrue(claims.phone_number_verified) ? textLike(claims.phone_number, PHONE) : undefined;
  if (email === undefined && phone === undefined) return undefined;
  const locale = canonicalLocale(textLike(claims.locale, LOCALE));
  return {
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(locale !== undefined && { locale }),
  };
}

/** The token has a boolean. API Gateway hands every claim on as text. */
function isTrue(claim: unknown): boolean {
  return claim === true || claim === 'true';
}

function textLike(claim: unknown, pattern: RegExp): string | undefined {
  return typeof claim === 'string' && pattern.test(claim) ? claim : undefined;
}

/** The language in the form of BCP 47. Some clients write `en_US`, and a wrong language keeps nobody from being told. */
function canonicalLocale(locale: string | undefined): string | undefined {
  if (locale === undefined) return undefined;
  try {
    return Intl.getCanonicalLocales(locale.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}
