// The smallest of its three sets of rules: it finds the country of a number, also where countries share a code.
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/**
 * The country of a phone number in the form of E.164, such as `NO`. Undefined when the number is none, or is of no
 * country, such as a satellite phone.
 */
export function countryOf(phone: string): string | undefined {
  return parsePhoneNumberFromString(phone)?.country;
}
