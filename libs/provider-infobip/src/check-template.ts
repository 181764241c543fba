import type { ContentOf, TemplateButton, TemplateComponent, TemplateParameter } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { repeated, tooLong, tooMany } from '@posthorn/whatsapp-format';
import { byIdOnly } from './faults.ts';
import { limits } from './limits.ts';

const typesByPlace: Readonly<Record<'header' | 'body', readonly TemplateParameter['type'][]>> = {
  header: ['text', 'image', 'video', 'document', 'location'],
  body: ['text', 'currency', 'date_time'],
};

const buttonsMaxByKind: Readonly<Partial<Record<TemplateButton['kind'], number>>> = {
  url: limits.templateUrlButtons,
  copy_code: limits.templateCopyCodeButtons,
  flow: limits.templateFlowButtons,
};

/** Checks a template message. Whether it fits the template, WhatsApp alone knows. Pointers start at the content. */
export function checkTemplate({ name, components = [] }: ContentOf<'template'>): Fault[] {
  return [...checkTemplateName(name), ...checkComponents(components, '/components')];
}

/** Checks the name of a template. */
function checkTemplateName(name: string): Fault[] {
  if (/^[a-z0-9_]+$/u.test(name)) return tooLong('/name', 'template.name', name, limits.templateName);
  return [{ pointer: '/name', detail: 'template.name: expected lower-case letters, digits and _, came others' }];
}

function checkComponents(components: readonly TemplateComponent[], pointer: string): Fault[] {
  const buttons = components.filter((component) => component.type === 'button');
  return [
    ...components.flatMap((component, at) => checkComponent(component, `${pointer}/${at}`)),
    ...tooMany(pointer, 'template buttons', buttons.length, limits.templateButtons),
    ...Object.entries(buttonsMaxByKind).flatMap(([kind, max]) => {
      const count = buttons.filter((button) => button.kind === kind).length;
      return tooMany(pointer, `template buttons of kind ${kind}`, count, max);
    }),
    ...repeated(
      components.flatMap((component, at) =>
        component.type === 'button' ? [{ pointer: `${pointer}/${at}/index`, value: String(component.index) }] : [],
      ),
    ),
    ...onlyOnce(components, pointer),
  ];
}

/** There is one place for each of these in Infobip's template data. */
function onlyOnce(components: readonly TemplateComponent[], pointer: string): Fault[] {
  const seen = new Set<string>();
  return components.flatMap(({ type }, at) => {
    if (type === 'button' || !seen.has(type)) {
      seen.add(type);
      return [];
    }
    return [{ pointer: `${pointer}/${at}/type`, detail: `template: expected one ${type}, came a second one` }];
  });
}

function checkComponent(component: TemplateComponent, pointer: string): Fault[] {
  switch (component.type) {
    case 'header':
    case 'body':
      return checkParameters(component.type, component.parameters, `${pointer}/parameters`);
    case 'button':
      return checkButton(component, pointer);
    case 'carousel':
      return [
        ...tooMany(`${pointer}/cards`, 'template carousel cards', component.cards.length, limits.carouselCards),
        ...component.cards.flatMap((card, at) => checkComponents(card.components, `${pointer}/cards/${at}/components`)),
      ];
    case 'limited_time_offer':
      return [];
    default:
      return component satisfies never;
  }
}

function checkButton(button: TemplateButton, pointer: string): Fault[] {
  switch (button.kind) {
    case 'quick_reply':
      return tooLong(`${pointer}/payload`, 'template button payload', button.payload, limits.quickReplyParameter);
    case 'copy_code':
      return tooLong(`${pointer}/code`, 'template button code', button.code, limits.copyCode);
    case 'url':
    case 'flow':
    case 'catalog':
    case 'mpm':
    case 'order_details':
      return [];
    default:
      return button satisfies never;
  }
}

function checkParameters(place: 'header' | 'body', parameters: readonly TemplateParameter[], pointer: string): Fault[] {
  const allowed = typesByPlace[place];
  return parameters.flatMap((parameter, index) => {
    const at = `${pointer}/${index}`;
    if (!allowed.includes(parameter.type)) {
      const detail = `template ${place} parameter: expected ${allowed.join(', ')}, came ${parameter.type}`;
      return [{ pointer: `${at}/type`, detail }];
    }
    switch (parameter.type) {
      case 'text':
        return [...checkName(parameter, at), ...checkPlaceholder(`${at}/text`, parameter.text)];
      case 'currency':
      case 'date_time':
        return [...checkName(parameter, at), ...checkPlaceholder(`${at}/fallback`, parameter.fallback)];
      case 'image':
      case 'video':
      case 'document':
        return byIdOnly(at, parameter);
      case 'location':
        return [];
      default:
        return parameter satisfies never;
    }
  });
}

function checkName({ name }: { readonly name?: string | undefined }, pointer: string): Fault[] {
  if (name === undefined) return [];
  const detail = 'template parameter: Infobip fills placeholders by their order and knows no names; leave name out';
  return [{ pointer: `${pointer}/name`, detail }];
}

/** WhatsApp refuses these in placeholders. */
function checkPlaceholder(pointer: string, text: string): Fault[] {
  if (!/[\n\t]| {5}/u.test(text)) return [];
  return [{ pointer, detail: 'template parameter: expected no line breaks, tabs or more than 4 spaces in a row' }];
}
