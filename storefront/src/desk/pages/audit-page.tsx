import { api } from '../../api/client.ts';
import { answerOf } from '../../api/refusal.ts';
import { Button } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Page } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { DeskFailure } from '../desk-failure.tsx';
import { actionInWords } from '../desk-words.ts';
import { Pager, usePages } from '../pager.tsx';

const PER_PAGE = 50;
const ORDER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the people of the shop did, newest first. */
export function AuditPage() {
  const pages = usePages(
    (nextToken) =>
      answerOf(
        api.GET('/admin/audit', {
          params: { query: { limit: PER_PAGE, ...(nextToken !== undefined && { nextToken }) } },
        }),
      ),
    'audit',
  );
  const { value, error, isLoading, reload } = pages;
  return (
    <Page
      title="Audit log"
      lead="What was done at the desk or with the API, by whom and why. Nothing here can be changed."
    >
      {error !== undefined && <DeskFailure error={error} onRetry={reload} />}
      {!value && error === undefined && <Loading what="the audit log" />}
      {value && (
        <>
          <p>
            <Button kind="secondary" isBusy={isLoading} onClick={reload}>
              Refresh
            </Button>
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must scroll by keyboard too. */}
          <section class="table-frame" aria-label="Audit entries" tabIndex={0}>
            <table>
              <caption>Newest first</caption>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">What</th>
                  <th scope="col">On</th>
                  <th scope="col">Why</th>
                  <th scope="col">By</th>
                </tr>
              </thead>
              <tbody>
                {value.items.map(({ at, action, target, operatorId, reason }) => (
                  <tr key={`${at} ${action} ${target}`}>
                    <td>
                      <Time at={at} seconds />
                    </td>
                    <th scope="row">{actionInWords(action)}</th>
                    <td>
                      {ORDER_ID.test(target) ? (
                        <a href={`/desk/orders/${target}`}>
                          <code>{target}</code>
                        </a>
                      ) : (
                        <code>{target}</code>
                      )}
                    </td>
                    <td>{reason ?? ''}</td>
                    <td>
                      <code>{operatorId}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
      <Pager what="the audit log" pages={pages} />
    </Page>
  );
}
