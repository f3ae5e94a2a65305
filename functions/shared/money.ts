/**
 * Money is an integer of minor units inside, and a decimal number only on the API. Every currency that the catalogue
 * accepts has two decimals.
 */
const MINOR_UNITS_PER_UNIT = 100;

/**
 * Reads a decimal amount of the API, such as `19.99`, as minor units.
 *
 * @returns the amount in minor units, or undefined when the number has more than two decimals or is too large for an
 * exact integer. It compares rounded values, because `19.99 * 100` is not 1999 in binary floating point.
 */
export function toMinorUnits(amount: number): number | undefined {
  const minorUnits = Math.round(amount * MINOR_UNITS_PER_UNIT);
  return Number.isSafeInteger(minorUnits) && minorUnits / MINOR_UNITS_PER_UNIT === amount ? minorUnits : undefined;
}

/** The decimal number that the API shows for an amount in minor units: 8997 becomes 89.97. */
export function toDecimal(minorUnits: number): number {
  return minorUnits / MINOR_UNITS_PER_UNIT;
}
