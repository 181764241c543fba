import type { ContentOf, TemplateComponent, TemplateParameter } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong, tooMany } from './faults.ts';
import type { WhatsappLimits } from './limits.ts';

type TemplateLimits = Pick<WhatsappLimits, 'templateName' | 'carouselCards'>;

const typesByPlace: Readonly<Record<'header' | 'body', readonly TemplateParameter['type'][]>> = {
  header: ['text', 'image', 'video', 'document', 'location'],
  body: ['text', 'currency', 'date_time'],
};

/** Checks a template message. Whether it fits the template, WhatsApp alone knows. Pointers start at the content. */
export function checkTemplate({ name, components = [] }: ContentOf<'template'>, limits: TemplateLimits): Fault[] {
  return [
    ...tooLong('/name', 'template.name', name, limits.templateName),
    ...(/^[a-z0-9_]+$/u.test(name)
      ? []
      : [{ pointer: '/name', detail: 'template.name: expected lower-case letters, digits and _, came others' }]),
    ...components.flatMap((component, index) => checkComponent(component, `/components/${index}`, limits)),
  ];
}

function checkComponent(component: TemplateComponent, pointer: string, limits: TemplateLimits): Fault[] {
  switch (component.type) {
    case 'header':
    case 'body':
      return checkParameters(component.type, component.parameters, `${pointer}/parameters`);
    case 'carousel':
      return [
        ...tooMany(`${pointer}/cards`, 'template carousel cards', component.cards.length, limits.carouselCards),
        ...component.cards.flatMap((card, at) =>
          card.components.flatMap((part, index) =>
            checkComponent(part, `${pointer}/cards/${at}/components/${index}`, limits),
          ),
        ),
      ];
    case 'button':
    case 'limited_time_offer':
      return [];
    default:
      return component satisfies never;
  }
}

function checkParameters(place: 'header' | 'body', parameters: readonly TemplateParameter[], pointer: string): Fault[] {
  const allowed = typesByPlace[place];
  const faults = parameters.flatMap(({ type }, index) =>
    allowed.includes(type)
      ? []
      : [
          {
            pointer: `${pointer}/${index}/type`,
            detail: `template ${place} parameter: expected ${allowed.join(', ')}, came ${type}`,
          },
        ],
  );
  const named = parameters.filter((parameter) => 'name' in parameter && parameter.name !== undefined).length;
  if (place === 'body' && named > 0 && named < parameters.length) {
    const detail = `template body parameters: expected names for all or for none, came ${named} of ${parameters.length}`;
    faults.push({ pointer, detail });
  }
  return faults;
}
