import { isStaff } from '../session/id-token.ts';
import { SignedIn } from '../session/signed-in.tsx';
import { Page } from '../ui/page.tsx';

/** The operators' desk. What a person may do there is decided by the API; this only spares others an empty page. */
export default function Desk() {
  return (
    <SignedIn>
      {(person) =>
        isStaff(person) ? <Page title="Desk" /> : <Page title="Desk" lead="The desk is for the people of the shop." />
      }
    </SignedIn>
  );
}
