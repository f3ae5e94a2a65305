import { type CustomerEvent, renderEmail } from '../../functions/deliver-notification/render-email.ts';
import { renderSms } from '../../functions/deliver-notification/render-sms.ts';
import { TEXTS, type Texts } from '../../functions/deliver-notification/texts.ts';
import { outcomeEventSchema } from '../../functions/shared/notifications/outcome-event.schema.ts';
import { sampleNotifications } from '../support/sample-notifications.ts';

// What a shop may break when it changes texts.json. docs/emails.md says how to change it.

const REASON_CODES = outcomeEventSchema.oneOf[1].properties.reasonCode.enum;
const languages = Object.keys(TEXTS.languages);

/** Every text of a language by its path, such as `outcomes.failed.subject`. */
function textsOf(value: unknown, path = ''): Record<string, string> {
  if (typeof value === 'string') return { [path]: value };
  return Object.assign(
    {},
    ...Object.entries(value as object).map(([key, inner]) => textsOf(inner, path === '' ? key : `${path}.${key}`)),
  );
}
const placeholdersOf = (text: string) => [...text.matchAll(/\{[^}]*\}?/g)].map(([found]) => found).sort();

/** What is wrong in the texts of a language, compared with the English ones. */
function faultsOf(language: unknown): string[] {
  const [there, wanted] = [textsOf(language), textsOf(TEXTS.languages.en)];
  return [
    ...Object.keys(wanted).flatMap((path) => (path in there ? [] : [`${path} is missing`])),
    ...Object.keys(there).flatMap((path) => (path in wanted ? [] : [`${path} is not used`])),
    ...Object.entries(there).flatMap(([path, text]) => {
      if (text.trim() === '') return [`${path} is empty`];
      const [has, needs] = [placeholdersOf(text), placeholdersOf(wanted[path] ?? text)];
      return `${has}` === `${needs}` ? [] : [`${path} has [${has}] and not [${needs}]`];
    }),
    ...(['ltr', 'rtl'].includes(there.direction ?? '') ? [] : ['direction is neither ltr nor rtl']),
  ];
}

test('English and German are there', () => {
  expect(languages).toEqual(expect.arrayContaining(['en', 'de']));
});

test.each(languages)('%s has every text of English, with the same placeholders, and no other', (language) => {
  expect(faultsOf(TEXTS.languages[language])).toEqual([]);
});

test.each(languages)('%s is a language that numbers and dates can be written in', (language) => {
  expect(Intl.getCanonicalLocales(language)).toEqual([language]);
  expect(Intl.NumberFormat.supportedLocalesOf(language)).toEqual([language]);
});

test('there is a reason for every code of a failure, and for no other', () => {
  expect(Object.keys(TEXTS.languages.en?.reasons ?? {}).sort()).toEqual([...REASON_CODES].sort());
});

test('every text is said in some notification', () => {
  // The same texts, each with its own path before its words. What is said can then be told from the others.
  const paths = Object.keys(textsOf(TEXTS.languages.en));
  const traced = JSON.parse(
    JSON.stringify(TEXTS.languages.en, function (this: object, key, value: unknown) {
      return typeof value === 'string' && key !== 'direction' ? `<${pathOf(this, key)}> ${value}` : value;
    }),
  );
  function pathOf(holder: object, key: string): string {
    const inside = paths.filter((path) => path.split('.').at(-1) === key);
    return inside.find((path) => at(path.split('.').slice(0, -1)) === holder) ?? key;
  }
  function at(path: string[]): unknown {
    return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], TEXTS.languages.en);
  }

  const texts: Texts = { ...TEXTS, languages: { en: traced } };
  const { failed, ...others } = sampleNotifications();
  const failures = REASON_CODES.map((reasonCode) => ({
    ...failed,
    event: { ...failed.event, reasonCode } as CustomerEvent,
  }));
  const said = [...Object.values(others), ...failures]
    .flatMap(({ event, order }) => {
      const { subject, html, text } = renderEmail(event, order, {}, texts);
      return [subject, html.replaceAll('&lt;', '<').replaceAll('&gt;', '>'), text, renderSms(event, order, texts)];
    })
    .join('\n');
  expect(paths.filter((path) => path !== 'direction' && !said.includes(`<${path}>`))).toEqual([]);
});

test('the time zone of the shop is one', () => {
  expect(() => new Intl.DateTimeFormat('en', { timeZone: TEXTS.shop.timeZone })).not.toThrow();
});

describe('the search for faults', () => {
  const changed = (change: (language: Record<string, never>) => void) => {
    const language = structuredClone(TEXTS.languages.en) as unknown as Record<string, never>;
    change(language);
    return faultsOf(language);
  };

  test.each<[string, (language: Record<string, string & Record<string, Record<string, string>>>) => void]>([
    ['greeting is missing', (language) => delete language.greeting],
    ['outcomes.failed.next is missing', (language) => delete language.outcomes?.failed?.next],
    ['farewell is not used', (language) => Object.assign(language, { farewell: 'Bye' })],
    ['total is empty', (language) => Object.assign(language, { total: ' ' })],
    ['footer has [] and not [{shop}]', (language) => Object.assign(language, { footer: 'Our shop' })],
    ['footer has [{shop] and not [{shop}]', (language) => Object.assign(language, { footer: 'From {shop' })],
    ['greeting has [{name}] and not []', (language) => Object.assign(language, { greeting: 'Dear {name}' })],
    ['direction is neither ltr nor rtl', (language) => Object.assign(language, { direction: 'up' })],
  ])('reports that %s', (fault, change) => {
    expect(changed(change as never)).toEqual([fault]);
  });
});
