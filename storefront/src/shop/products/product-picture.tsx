/** A product's picture, or a drawing where it has none. It says nothing to a screen reader that the name does not. */
export function ProductPicture({ imageUrl, size }: { imageUrl?: string | undefined; size: 'large' | 'small' }) {
  const pixels = size === 'large' ? 320 : 80;
  if (imageUrl !== undefined) {
    return (
      <img
        class={`picture picture-${size}`}
        src={imageUrl}
        alt=""
        width={pixels}
        height={pixels}
        loading="lazy"
        decoding="async"
      />
    );
  }
  return (
    <svg class={`picture picture-${size}`} viewBox="0 0 80 80" width={pixels} height={pixels} aria-hidden="true">
      <path d="M20 30 40 20l20 10v22L40 62 20 52z M20 30l20 10 20-10 M40 40v22" class="picture-lines" />
    </svg>
  );
}
