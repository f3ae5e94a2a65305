import { Page } from '../ui/page.tsx';

export function NotFoundPage() {
  return (
    <Page title="No such page" lead="The address may be old or mistyped.">
      <p>
        <a href="/">See the products</a>
      </p>
    </Page>
  );
}
