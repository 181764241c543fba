import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventEnvelopeSchema, eventSchemaByType } from '@posthorn/message';

const page = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n(?<json>[^]*?)```/gu)].map(({ groups }) =>
  eventEnvelopeSchema.parse(JSON.parse(groups?.['json'] ?? '')),
);

describe('docs/events.md', () => {
  it('has an example of every type that has a form', () => {
    expect(examples.map(({ type }) => type).toSorted()).toEqual(Object.keys(eventSchemaByType).toSorted());
  });

  it.each(examples.map((example) => [example.type, example] as const))('%s is of its form', (type, example) => {
    expect(eventSchemaByType[type]?.parse(example)).toEqual(example);
  });
});
