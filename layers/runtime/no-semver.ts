/**
 * Takes the place of `semver`. X-Ray's SDK compares one version with it, of the second version of AWS's SDK, which nothing
 * here uses: tests/unit/runtime-layer.test.ts.
 */
export function gte(): never {
  throw new Error("the second version of AWS's SDK is not traced");
}
