import type { ContentOf, TemplateComponent, TemplateParameter } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { onlyInV2, tooLong, tooMany } from './faults.ts';
import { limits } from './limits.ts';
import type { ApiVersion } from './settings.ts';

const typesByPlace: Readonly<Record<'header' | 'body', readonly TemplateParameter['type'][]>> = {
  header: ['text', 'image', 'video', 'document', 'location'],
  body: ['text', 'currency', 'date_time'],
};

/** Checks a template message. Whether it fits the template, the provider alone knows. Pointers start at the content. */
export function checkTemplate({ name, components = [] }: ContentOf<'template'>, version: ApiVersion): Fault[] {
  return [
    ...tooLong('/name', 'template.name', name, limits.templateName),
    ...(/^[a-z0-9_]+$/u.test(name)
      ? []
      : [{ pointer: '/name', detail: 'template.name: expected lower-case letters, digits and _, came others' }]),
    ...components.flatMap((component, index) => checkComponent(component, `/components/${index}`, version)),
  ];
}

function checkComponent(component: TemplateComponent, pointer: string, version: ApiVersion): Fault[] {
  switch (component.type) {
    case 'header':
    case 'body':
      return checkParameters(component.type, component.parameters, `${pointer}/parameters`, version);
    case 'button':
      return version === 'v2' || component.kind === 'quick_reply' || component.kind === 'url'
        ? []
        : [onlyInV2(`${pointer}/kind`, `template buttons of kind ${component.kind}`)];
    case 'carousel':
      if (version === 'v1') return [onlyInV2(`${pointer}/type`, 'template carousels')];
      return [
        ...tooMany(`${pointer}/cards`, 'template carousel cards', component.cards.length, limits.carouselCards),
        ...component.cards.flatMap((card, at) =>
          card.components.flatMap((part, index) =>
            checkComponent(part, `${pointer}/cards/${at}/components/${index}`, version),
          ),
        ),
      ];
    case 'limited_time_offer':
      return version === 'v2' ? [] : [onlyInV2(`${pointer}/type`, 'limited time offers')];
    default:
      return component satisfies never;
  }
}

function checkParameters(
  place: 'header' | 'body',
  parameters: readonly TemplateParameter[],
  pointer: string,
  version: ApiVersion,
): Fault[] {
  const allowed = typesByPlace[place];
  const faults = parameters.flatMap((parameter, index): Fault[] => {
    if (!allowed.includes(parameter.type)) {
      const detail = `template ${place} parameter: expected ${allowed.join(', ')}, came ${parameter.type}`;
      return [{ pointer: `${pointer}/${index}/type`, detail }];
    }
    if (version === 'v2' || !('name' in parameter) || parameter.name === undefined) return [];
    return [onlyInV2(`${pointer}/${index}/name`, 'named template parameters')];
  });
  const named = parameters.filter((parameter) => 'name' in parameter && parameter.name !== undefined).length;
  if (place === 'body' && version === 'v2' && named > 0 && named < parameters.length) {
    const detail = `template body parameters: expected names for all or for none, came ${named} of ${parameters.length}`;
    faults.push({ pointer, detail });
  }
  return faults;
}
