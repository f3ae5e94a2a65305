/** asl-validator's types are not part of its package. */
declare module 'asl-validator' {
  export default function validate(definition: unknown): {
    isValid: boolean;
    errors: { 'Error code': string; Message: string }[];
  };
}
