export default function tearDown(): void {
  (globalThis as { stopEngine?: () => void }).stopEngine?.();
}
