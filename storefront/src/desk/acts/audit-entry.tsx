import { api } from '../../api/client.ts';
import type { components } from '../../api/openapi.generated.d.ts';
import { answerOf } from '../../api/refusal.ts';
import { Time } from '../../ui/time.tsx';
import { actionInWords } from '../desk-words.ts';

export type AuditEntry = components['schemas']['AuditPage']['items'][number];

/** How many of the newest entries are looked through. Others act at the same time. */
const LOOKED_AT = 50;

/**
 * The newest entry of an act, by who did it and why.
 *
 * @throws Refusal, or Unanswered
 */
export async function findAuditEntry(
  act: Pick<AuditEntry, 'action' | 'operatorId' | 'reason'>,
): Promise<AuditEntry | undefined> {
  const { items } = await answerOf(api.GET('/admin/audit', { params: { query: { limit: LOOKED_AT } } }));
  return items.find(
    ({ action, operatorId, reason }) => action === act.action && operatorId === act.operatorId && reason === act.reason,
  );
}

/** An entry of the audit log. */
export function AuditEntryFacts({ entry }: { entry: AuditEntry }) {
  return (
    <dl class="facts">
      <div>
        <dt>When</dt>
        <dd>
          <Time at={entry.at} seconds />
        </dd>
      </div>
      <div>
        <dt>What</dt>
        <dd>{actionInWords(entry.action)}</dd>
      </div>
      <div>
        <dt>On</dt>
        <dd>
          <code>{entry.target}</code>
        </dd>
      </div>
      <div>
        <dt>By</dt>
        <dd>
          <code>{entry.operatorId}</code>
        </dd>
      </div>
      <div>
        <dt>Why</dt>
        <dd>{entry.reason ?? 'no reason given'}</dd>
      </div>
    </dl>
  );
}
