import type { ContentOf, TemplateButton, TemplateComponent, TemplateParameter } from '@posthorn/message';
import { z } from 'zod';

type Component<Type extends TemplateComponent['type']> = Extract<TemplateComponent, { type: Type }>;

type ActionButton = Extract<TemplateButton, { action: unknown }>;

/** Infobip's content of a template message. */
export function toTemplate({ name, language, components = [] }: ContentOf<'template'>) {
  const { offer, carousel, ...parts } = partsOf(components);
  return {
    templateName: name,
    language,
    templateData: {
      ...toData(parts),
      limitedTimeOffer: offer === undefined ? undefined : { expirationTime: toDate(offer.expiresAt) },
      carousel: carousel === undefined ? undefined : { cards: carousel.cards.map((card) => toCard(card.components)) },
    },
  };
}

/** The components of a template, each in its place. */
export function partsOf(components: readonly TemplateComponent[]) {
  const buttons = components.filter((component) => component.type === 'button');
  return {
    header: components.find((component) => component.type === 'header')?.parameters[0],
    placeholders: placeholdersOf(components.find((component) => component.type === 'body')),
    // Infobip takes buttons by their order alone.
    buttons: buttons.toSorted((a, b) => a.index - b.index),
    offer: components.find((component) => component.type === 'limited_time_offer'),
    carousel: components.find((component) => component.type === 'carousel'),
  };
}

function toCard(components: readonly TemplateComponent[]) {
  return toData(partsOf(components));
}

function toData({
  header,
  placeholders,
  buttons,
}: Pick<ReturnType<typeof partsOf>, 'header' | 'placeholders' | 'buttons'>) {
  return {
    // Required, also where the template has no placeholders.
    body: { placeholders },
    header: header === undefined ? undefined : toHeader(header),
    buttons: buttons.length === 0 ? undefined : buttons.map(toButton),
  };
}

function placeholdersOf(body: Component<'body'> | undefined): string[] {
  return (body?.parameters ?? []).flatMap((parameter) => textOf(parameter) ?? []);
}

/** The text of a parameter. Infobip knows no amounts and dates: it gets the words for them. */
function textOf(parameter: TemplateParameter): string | undefined {
  switch (parameter.type) {
    case 'text':
      return parameter.text;
    case 'currency':
    case 'date_time':
      return parameter.fallback;
    case 'image':
    case 'video':
    case 'document':
    case 'location':
      return undefined;
    default:
      return parameter satisfies never;
  }
}

function toHeader(parameter: TemplateParameter) {
  switch (parameter.type) {
    case 'image':
      return { type: 'IMAGE', mediaUrl: parameter.url };
    case 'video':
      return { type: 'VIDEO', mediaUrl: parameter.url };
    case 'document':
      return { type: 'DOCUMENT', mediaUrl: parameter.url, filename: parameter.filename };
    case 'location':
      return { type: 'LOCATION', latitude: parameter.latitude, longitude: parameter.longitude };
    case 'text':
    case 'currency':
    case 'date_time':
      return { type: 'TEXT', placeholder: textOf(parameter) };
    default:
      return parameter satisfies never;
  }
}

function toButton(button: TemplateButton) {
  switch (button.kind) {
    case 'quick_reply':
      return { type: 'QUICK_REPLY', parameter: button.payload };
    case 'url':
      return { type: 'URL', parameter: button.text };
    case 'copy_code':
      return { type: 'COPY_CODE', parameter: button.code };
    case 'flow':
      return { type: 'FLOW', flowToken: button.flowToken, data: button.data };
    case 'catalog':
      return { ...toProducts(button.action), type: 'CATALOG' };
    case 'mpm':
      return { ...toProducts(button.action), type: 'MULTI_PRODUCT' };
    case 'order_details':
      return { type: 'ORDER_DETAILS', action: button.action };
    default:
      return button satisfies never;
  }
}

const metaSection = z.object({
  title: z.string().optional(),
  product_items: z.array(z.object({ product_retailer_id: z.string() })),
});

/** The products of a button, in Infobip's names. Meta's names are taken, too, so that the same message goes by any provider. */
function toProducts({ thumbnail_product_retailer_id: thumbnail, ...action }: ActionButton['action']) {
  const { sections } = action;
  return {
    ...(thumbnail !== undefined && { thumbnailProductRetailerId: thumbnail }),
    ...action,
    ...(Array.isArray(sections) && { sections: sections.map(toSection) }),
  };
}

function toSection(section: unknown): unknown {
  const meta = metaSection.safeParse(section);
  if (!meta.success) return section;
  const { title, product_items: items } = meta.data;
  return { title, productRetailerIds: items.map((item) => item.product_retailer_id) };
}

/** `yyyy-MM-dd'T'HH:mm:ss.SSSZ`, with an offset that has no colon. */
function toDate(iso: string): string {
  return new Date(iso).toISOString().replace('Z', '+0000');
}
