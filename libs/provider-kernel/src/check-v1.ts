import type { Content, TemplateComponent } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';

/** What v1, which has the form of Meta's On-Premises API, cannot do of what v2 can. Pointers start at the content. */
export function checkV1(content: Content): Fault[] {
  switch (content.type) {
    case 'reaction':
      return [onlyInV2('/type', 'reactions')];
    case 'interactive':
      return content.kind === 'buttons' || content.kind === 'list'
        ? []
        : [onlyInV2('/kind', `interactive messages of kind ${content.kind}`)];
    case 'template':
      return (content.components ?? []).flatMap((component, at) => checkComponent(component, `/components/${at}`));
    case 'text':
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
    case 'location':
    case 'contacts':
      return [];
    default:
      return content satisfies never;
  }
}

function checkComponent(component: TemplateComponent, pointer: string): Fault[] {
  switch (component.type) {
    case 'header':
    case 'body':
      return component.parameters.flatMap((parameter, at) =>
        'name' in parameter && parameter.name !== undefined
          ? [onlyInV2(`${pointer}/parameters/${at}/name`, 'named template parameters')]
          : [],
      );
    case 'button':
      return component.kind === 'quick_reply' || component.kind === 'url'
        ? []
        : [onlyInV2(`${pointer}/kind`, `template buttons of kind ${component.kind}`)];
    case 'carousel':
      return [onlyInV2(`${pointer}/type`, 'template carousels')];
    case 'limited_time_offer':
      return [onlyInV2(`${pointer}/type`, 'limited time offers')];
    default:
      return component satisfies never;
  }
}

function onlyInV2(pointer: string, what: string): Fault {
  return { pointer, detail: `${what}: not possible with version v1 of Kernel’s WhatsApp API; the channel needs v2` };
}
