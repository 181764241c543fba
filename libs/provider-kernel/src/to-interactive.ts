import type { InteractiveHeader } from '@posthorn/message';
import type { OfferedInteractive } from './check-interactive.ts';
import { toDocument, toMedia } from './to-media.ts';

const typeByKind = {
  buttons: 'button',
  list: 'list',
  cta_url: 'cta_url',
  flow: 'flow',
  location_request: 'location_request_message',
} as const satisfies Record<OfferedInteractive['kind'], string>;

/** The `interactive` object, the same in both versions. */
export function toInteractive(content: OfferedInteractive) {
  return {
    type: typeByKind[content.kind],
    header: 'header' in content && content.header !== undefined ? toHeader(content.header) : undefined,
    body: { text: content.body },
    footer: 'footer' in content && content.footer !== undefined ? { text: content.footer } : undefined,
    action: toAction(content),
  };
}

function toHeader(header: InteractiveHeader) {
  switch (header.type) {
    case 'text':
      return { type: 'text', text: header.text };
    case 'image':
      return { type: 'image', image: toMedia(header) };
    case 'video':
      return { type: 'video', video: toMedia(header) };
    case 'document':
      return { type: 'document', document: toDocument(header) };
    default:
      return header satisfies never;
  }
}

function toAction(content: OfferedInteractive) {
  switch (content.kind) {
    case 'buttons':
      return { buttons: content.buttons.map(({ id, title }) => ({ type: 'reply', reply: { id, title } })) };
    case 'list':
      return { button: content.button, sections: content.sections };
    case 'cta_url':
      return { name: 'cta_url', parameters: { display_text: content.displayText, url: content.url } };
    case 'flow': {
      const parameters = {
        flow_message_version: '3',
        flow_id: content.flowId,
        flow_name: content.flowName,
        flow_cta: content.callToAction,
        flow_token: content.flowToken,
        mode: content.mode,
        flow_action: content.action,
        flow_action_payload: content.screen === undefined ? undefined : { screen: content.screen, data: content.data },
      };
      return { name: 'flow', parameters };
    }
    case 'location_request':
      return { name: 'send_location' };
    default:
      return content satisfies never;
  }
}
