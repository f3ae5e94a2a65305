import { orderWorkflow } from 'virtual:order-workflow';
import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Message } from '../../ui/message.tsx';
import { Time } from '../../ui/time.tsx';
import { consoleLink } from './console-link.ts';
import { type Execution, type Moment, momentsOf, pictureAt, type StateVisit, unknownStates } from './replay.ts';
import { attemptsInWords, duration, momentInWords, secondsBetween, visitInWords } from './replay-words.ts';
import { WorkflowGraphView } from './workflow-graph-view.tsx';

const STEP_MS = 1200;

/** One execution: drawn as the workflow's graph, replayed step by step, and told as a table. */
export function ExecutionStory({ execution }: { execution: Execution }) {
  const moments = momentsOf(execution);
  const last = moments.length - 1;
  // Undefined is the newest moment, also when there are more of them later. The page then stays where the person reads.
  const [chosen, setChosen] = useState<number | undefined>();
  const [isPlaying, setIsPlaying] = useState(false);
  const [selected, setSelected] = useState<string | undefined>();
  const step = Math.min(chosen ?? last, last);
  const moment = moments[step] ?? { kind: 'STARTED', at: execution.startedAt };
  const picture = pictureAt(execution, moment, orderWorkflow.edges);
  const unknown = unknownStates(execution, orderWorkflow.nodes);
  const go = (to: number) =>
    setChosen(to >= last && execution.status === 'RUNNING' ? undefined : Math.min(Math.max(to, 0), last));

  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => {
      if (step >= last) setIsPlaying(false);
      else go(step + 1);
    }, STEP_MS);
    return () => clearTimeout(timer);
  });

  function onKeyDown(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: step + 1,
      ArrowLeft: step - 1,
      Home: 0,
      End: last,
    };
    const to = steps[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    setIsPlaying(false);
    go(to);
  }

  return (
    <>
      <Facts execution={execution} />
      {execution.truncated && (
        <Message kind="info">
          <p>This execution has more states than are read here. What you see is its beginning.</p>
        </Message>
      )}
      {unknown.length > 0 && (
        <Message kind="info">
          <p>It ran an older workflow: {unknown.join(', ')} is not in the graph. The table has everything.</p>
        </Message>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys act on the buttons and states inside. */}
      <div class="replay" onKeyDown={onKeyDown}>
        <div class="replay-head">
          <Controls
            step={step}
            last={last}
            isPlaying={isPlaying}
            onGo={(to) => {
              setIsPlaying(false);
              go(to);
            }}
            onPlay={() => {
              if (!isPlaying && step >= last) go(0);
              setIsPlaying(!isPlaying);
            }}
          />
          <p class="replay-words" aria-live={isPlaying ? 'off' : 'polite'}>
            <strong>
              Step {step + 1} of {moments.length}:
            </strong>{' '}
            {momentInWords(execution, moment)} <Since execution={execution} moment={moment} />
          </p>
        </div>
        <p class="hint keyboard-hint">
          With the graph or a button in focus, the left and right arrow keys step through the replay. In the graph, up
          and down go through the states, and Enter tells more about one.
        </p>
        <WorkflowGraphView
          drawing={orderWorkflow}
          picture={picture}
          current={picture.path.at(-1)}
          isFollowed={chosen !== undefined}
          selected={selected}
          onSelect={(state) => setSelected(state === selected ? undefined : state)}
        />
        <Legend />
      </div>
      {selected !== undefined && <StateFacts state={selected} execution={execution} />}
      <StoryTable execution={execution} moment={moment} />
    </>
  );
}

function Facts({ execution: { status, startedAt, endedAt, arn } }: { execution: Execution }) {
  const link = consoleLink(arn);
  const took = secondsBetween(startedAt, endedAt);
  return (
    <dl class="facts">
      <div>
        <dt>Execution</dt>
        <dd>{status.toLowerCase().replace('_', ' ')}</dd>
      </div>
      <div>
        <dt>Started</dt>
        <dd>
          <Time at={startedAt} seconds />
        </dd>
      </div>
      {took !== undefined && (
        <div>
          <dt>Took</dt>
          <dd>{duration(took)}</dd>
        </div>
      )}
      <div>
        <dt>Console</dt>
        <dd>
          {link === undefined ? (
            'It ran in the local cloud, which has no console.'
          ) : (
            <a href={link} target="_blank" rel="noreferrer">
              Open in the Step Functions console
            </a>
          )}
        </dd>
      </div>
    </dl>
  );
}

interface ControlsProps {
  step: number;
  last: number;
  isPlaying: boolean;
  onGo: (step: number) => void;
  onPlay: () => void;
}

function Controls({ step, last, isPlaying, onGo, onPlay }: ControlsProps) {
  const to = (text: string, target: number, isPossible: boolean) => (
    <Button kind="secondary" aria-disabled={!isPossible} onClick={() => isPossible && onGo(target)}>
      {text}
    </Button>
  );
  return (
    <fieldset class="replay-controls">
      <legend class="visually-hidden">Replay</legend>
      {to('First', 0, step > 0)}
      {to('Back', step - 1, step > 0)}
      <Button kind="secondary" onClick={onPlay}>
        {isPlaying ? 'Pause' : 'Play'}
      </Button>
      {to('Forward', step + 1, step < last)}
      {to('Last', last, step < last)}
    </fieldset>
  );
}

/** How long after the execution's start a moment was. */
function Since({ execution, moment }: { execution: Execution; moment: Moment }) {
  const seconds = 'at' in moment ? secondsBetween(execution.startedAt, moment.at) : undefined;
  return seconds === undefined || seconds <= 0 ? null : <span class="hint">({duration(seconds)} after the start)</span>;
}

function Legend() {
  return (
    <ul class="graph-legend" aria-label="Signs of the graph">
      <li>✓ succeeded</li>
      <li>↷ failed, and an error led on</li>
      <li>✕ failed</li>
      <li>▶ running</li>
      <li>… waits to try again</li>
      <li>■ stopped</li>
      <li>the number is the place on the way</li>
      <li>a dashed line is the way of an error</li>
    </ul>
  );
}

/** What there is to know about one state: why it is there, and what happened in it. */
function StateFacts({ state, execution }: { state: string; execution: Execution }) {
  const id = useId();
  const comment = orderWorkflow.nodes.find((node) => node.id === state)?.comment;
  const visits = execution.states.filter(({ name }) => name === state);
  const ways = orderWorkflow.edges.filter(({ from, kind }) => from === state && kind === 'catch');
  return (
    <section class="state-facts" aria-labelledby={id} aria-live="polite">
      <h4 id={id}>{state}</h4>
      {comment !== undefined && <p>{comment}</p>}
      {visits.length === 0 && <p>This execution was never in it.</p>}
      {visits.map((visit) => (
        <ul key={visit.enteredAt}>
          <li>
            Entered <Time at={visit.enteredAt} seconds />; it {visitInWords(visit)}.
          </li>
          {attemptsInWords(visit).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      ))}
      {ways.length > 0 && (
        <>
          <p>Errors that lead on from here:</p>
          <ul>
            {ways.map(({ id: edge, to, when }) => (
              <li key={edge}>
                {when.join(', ')}: to {to}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** The attempts of a visit, in full where there is more to say than that the only one succeeded. */
function Attempts({ visit }: { visit: StateVisit }) {
  const { length } = visit.attempts;
  if (length === 0) return null;
  if (length === 1 && visit.attempts[0]?.error === undefined) return <>1</>;
  return (
    <ul class="attempts">
      {attemptsInWords(visit).map((words) => (
        <li key={words}>{words}</li>
      ))}
    </ul>
  );
}

/** The same story in words, for those who do not see the graph and for those who want the times. */
function StoryTable({ execution, moment }: { execution: Execution; moment: Moment }) {
  const current = 'visit' in moment ? moment.visit : undefined;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must scroll by keyboard too.
    <section class="table-frame" aria-label="The execution as a table" tabIndex={0}>
      <table class="story">
        <caption>The execution as a table</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">State</th>
            <th scope="col">What happened</th>
            <th scope="col">Entered</th>
            <th scope="col">Took</th>
            <th scope="col">Attempts</th>
          </tr>
        </thead>
        <tbody>
          {execution.states.map((visit, index) => {
            const took = secondsBetween(visit.enteredAt, visit.exitedAt);
            return (
              <tr key={`${visit.name} ${visit.enteredAt}`} aria-current={index === current ? 'step' : undefined}>
                <td>{index + 1}</td>
                <th scope="row">{visit.name}</th>
                <td>{visitInWords(visit)}</td>
                <td>
                  <Time at={visit.enteredAt} seconds />
                </td>
                <td class="took">{took === undefined ? '' : duration(took)}</td>
                <td>
                  <Attempts visit={visit} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
