import { readFileSync } from 'node:fs';
import { architectureOf, DRAWN } from '../../build/architecture/architecture.ts';
import { type Drawing, layOut } from '../../build/architecture/layout.ts';
import { svgOf } from '../../build/architecture/svg.ts';
import { flatten, type Template, template } from '../template/template';

const text = readFileSync('template.yaml', 'utf8');
const committed = readFileSync('docs/architecture.svg', 'utf8');
const picture = architectureOf(template, text);

/** The layout takes a second, and several on a busy machine. */
jest.setTimeout(60_000);
let drawing: Drawing;
beforeAll(async () => {
  drawing = await layOut(picture);
});

const changed = (change: (copy: Template) => void): Template => {
  const copy = structuredClone(template);
  change(copy);
  return copy;
};

const resourcesIn = (svg: string) =>
  [...svg.matchAll(/data-resources="([^"]*)"/g)].flatMap(([, ids = '']) => ids.split(' ').filter(Boolean));

test('the picture shows every resource of the kinds that are drawn, and nothing else', () => {
  const expected = Object.entries(flatten(template).Resources)
    .filter(([, { Type }]) => DRAWN[Type])
    .map(([id]) => id);
  expect(expected.length).toBeGreaterThan(60);
  expect(resourcesIn(committed).sort()).toEqual(expected.sort());
});

test('the committed picture is what the template makes now (npm run docs:architecture draws it again)', () => {
  expect(svgOf(drawing)).toBe(committed);
});

test('every arrow has its two ends and a way between them', () => {
  expect(
    drawing.arrows.filter(({ points }) => points.length < 2 || points.some(({ x, y }) => !Number.isFinite(x + y))),
  ).toEqual([]);
});

test('the way of an order runs from the API to the customer', () => {
  const arrows = picture.arrows.map(({ from, to }) => `${from} ${to}`);
  const way = [
    'Api',
    'CreateOrderFunction',
    'OrderQueue',
    'OrderPipe',
    'DispatchOrders',
    'ProcessOrder',
    'NotifyFunction',
  ];
  const told = [
    'NotificationsTopic',
    'NotificationQueue',
    'DeliverNotificationFunction',
    'MailConfigurationSet',
    '@told',
  ];
  const stations = [...way, ...told];
  expect(arrows).toEqual(expect.arrayContaining(stations.slice(1).map((to, index) => `${stations[index]} ${to}`)));
});

test('a change of the template changes the picture', () => {
  const renamed = changed(({ Resources }) => {
    Object.assign(Resources.OrderPipe?.Properties ?? {}, { Source: { 'Fn::GetAtt': ['NotificationQueue', 'Arn'] } });
  });
  const { arrows } = architectureOf(renamed, text);
  expect(arrows).not.toEqual(picture.arrows);
  expect(arrows.map(({ from, to }) => `${from} ${to}`)).toContain('NotificationQueue OrderPipe');
});

test('a kind of resource that is neither drawn nor left out is refused', () => {
  const grown = changed(({ Resources }) => {
    Resources.Cluster = { Type: 'AWS::ECS::Cluster', Properties: {} };
  });
  expect(() => architectureOf(grown, text)).toThrow('AWS::ECS::Cluster (Cluster) is drawn');
});
