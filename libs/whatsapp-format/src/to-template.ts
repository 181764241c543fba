import type { ContentOf, TemplateButton, TemplateComponent, TemplateParameter } from '@posthorn/message';
import { toDocument, toMedia } from './to-media.ts';

/** Meta's `template` object. */
export function toTemplate({ name, language, components }: ContentOf<'template'>) {
  return { name, language: { code: language }, components: components?.map(toComponent) };
}

function toComponent(component: TemplateComponent): unknown {
  switch (component.type) {
    case 'header':
    case 'body':
      return { type: component.type, parameters: component.parameters.map(toParameter) };
    case 'button':
      return toButton(component);
    case 'limited_time_offer':
      return {
        type: 'limited_time_offer',
        parameters: [
          {
            type: 'limited_time_offer',
            limited_time_offer: { expiration_time_ms: Date.parse(component.expiresAt) },
          },
        ],
      };
    case 'carousel':
      return {
        type: 'carousel',
        cards: component.cards.map((card, index) => ({
          card_index: index,
          components: card.components.map(toComponent),
        })),
      };
    default:
      return component satisfies never;
  }
}

function toParameter(parameter: TemplateParameter) {
  switch (parameter.type) {
    case 'text':
      return { type: 'text', parameter_name: parameter.name, text: parameter.text };
    case 'currency': {
      const currency = {
        fallback_value: parameter.fallback,
        code: parameter.code,
        amount_1000: parameter.amount1000,
      };
      return { type: 'currency', parameter_name: parameter.name, currency };
    }
    case 'date_time':
      return {
        type: 'date_time',
        parameter_name: parameter.name,
        date_time: { fallback_value: parameter.fallback },
      };
    case 'image':
      return { type: 'image', image: toMedia(parameter) };
    case 'video':
      return { type: 'video', video: toMedia(parameter) };
    case 'document':
      return { type: 'document', document: toDocument(parameter) };
    case 'location': {
      const { latitude, longitude, name, address } = parameter;
      return { type: 'location', location: { latitude, longitude, name, address } };
    }
    default:
      return parameter satisfies never;
  }
}

function toButton(button: TemplateButton) {
  const head = { type: 'button', sub_type: button.kind, index: String(button.index) };
  switch (button.kind) {
    case 'quick_reply':
      return { ...head, parameters: [{ type: 'payload', payload: button.payload }] };
    case 'url':
      return { ...head, parameters: [{ type: 'text', text: button.text }] };
    case 'copy_code':
      return { ...head, parameters: [{ type: 'coupon_code', coupon_code: button.code }] };
    case 'flow': {
      const action = { flow_token: button.flowToken, flow_action_data: button.data };
      return { ...head, parameters: [{ type: 'action', action }] };
    }
    case 'catalog':
    case 'mpm':
    case 'order_details':
      return { ...head, parameters: [{ type: 'action', action: button.action }] };
    default:
      return button satisfies never;
  }
}
