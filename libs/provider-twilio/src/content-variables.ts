import type { ContentOf, TemplateComponent, TemplateParameter } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong, tooMany } from '@posthorn/whatsapp-format';
import { impossible } from './faults.ts';
import { limits } from './limits.ts';

/** One variable of a Twilio content, and the place in the template it came from. */
export interface ContentVariable {
  readonly key: string;
  readonly value: string;
  readonly pointer: string;
}

interface Place {
  readonly name?: string | undefined;
  readonly value: string;
  readonly pointer: string;
}

/**
 * The variables of a template, and what has no place in one. Components are read in the order given, and in each its parameters:
 * the nth without a name is `{{n}}`, one with a name goes under that name. A file is its address, currency and date are
 * their fallback text, a button is its payload, text or code. Pointers start at the content.
 */
export function contentVariablesOf({ components = [] }: ContentOf<'template'>): {
  readonly variables: readonly ContentVariable[];
  readonly faults: readonly Fault[];
} {
  const faults: Fault[] = [];
  const places = components.flatMap((component, index) => placesOf(component, `/components/${index}`, faults));
  let unnamed = 0;
  const variables = places.map(({ name, value, pointer }) => ({ key: name ?? String((unnamed += 1)), value, pointer }));
  return { variables, faults: [...faults, ...checkVariables(variables)] };
}

function placesOf(component: TemplateComponent, pointer: string, faults: Fault[]): Place[] {
  switch (component.type) {
    case 'header':
    case 'body':
      return component.parameters.flatMap((parameter, index) =>
        placeOf(parameter, `${pointer}/parameters/${index}`, faults),
      );
    case 'button':
      switch (component.kind) {
        case 'quick_reply':
          return [{ value: component.payload, pointer: `${pointer}/payload` }];
        case 'url':
          return [{ value: component.text, pointer: `${pointer}/text` }];
        case 'copy_code':
          return [{ value: component.code, pointer: `${pointer}/code` }];
        case 'flow':
        case 'catalog':
        case 'mpm':
        case 'order_details':
          faults.push(impossible(`${pointer}/kind`, `a button of kind ${component.kind}`, 'write it into the content'));
          return [];
        default:
          return component satisfies never;
      }
    case 'carousel':
      return component.cards.flatMap((card, at) =>
        card.components.flatMap((part, index) => placesOf(part, `${pointer}/cards/${at}/components/${index}`, faults)),
      );
    case 'limited_time_offer':
      faults.push(impossible(`${pointer}/type`, 'a limited time offer', 'leave it out'));
      return [];
    default:
      return component satisfies never;
  }
}

function placeOf(parameter: TemplateParameter, pointer: string, faults: Fault[]): Place[] {
  switch (parameter.type) {
    case 'text':
      return [{ name: parameter.name, value: parameter.text, pointer: `${pointer}/text` }];
    case 'currency':
    case 'date_time':
      return [{ name: parameter.name, value: parameter.fallback, pointer: `${pointer}/fallback` }];
    case 'image':
    case 'video':
    case 'document':
      if (parameter.url !== undefined) return [{ value: parameter.url, pointer: `${pointer}/url` }];
      faults.push(impossible(`${pointer}/providerMediaId`, 'a file uploaded before', 'give its address as url'));
      return [];
    case 'location':
      faults.push(impossible(`${pointer}/type`, 'a location in a template', 'write it into the content'));
      return [];
    default:
      return parameter satisfies never;
  }
}

/** Faults of variables, wherever they came from. WhatsApp takes neither line breaks nor empty ones (Twilio, read 2026-11). */
export function checkVariables(variables: readonly ContentVariable[]): Fault[] {
  const seen = new Set<string>();
  return [
    ...tooMany('/components', 'content variables', variables.length, limits.variables),
    ...variables.flatMap(({ key, value, pointer }) => {
      const faults = [
        ...tooLong(pointer.replace(/\/\w+$/u, '/name'), 'the name of a content variable', key, limits.variableName),
        ...tooLong(pointer, 'a content variable', value, limits.variableValue),
      ];
      if (/[\r\n]/u.test(value)) {
        faults.push({
          pointer,
          detail: 'a content variable: expected one line, came line breaks; write them into the content',
        });
      }
      if (seen.has(key))
        faults.push({ pointer, detail: 'a content variable: expected each name once, came one twice' });
      seen.add(key);
      return faults;
    }),
  ];
}

/** The JSON text of `ContentVariables`, or undefined for a content without any. */
export function toContentVariables(variables: readonly Pick<ContentVariable, 'key' | 'value'>[]): string | undefined {
  if (variables.length === 0) return undefined;
  return JSON.stringify(Object.fromEntries(variables.map(({ key, value }) => [key, value])));
}
