/** Says that something is on its way. It appears a moment late, so that a quick answer does not flicker. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what} …
    </p>
  );
}
