/**
 * WhatsApp's limits as Meta tells them, in characters (code points), or how many.
 * Source: developers.facebook.com/docs/whatsapp/cloud-api/messages and its pages per type, read 2026-11. For `contacts` two of
 * Meta's sources differ (257 and 5); the larger one stands, so that nothing is refused that may pass.
 */
export const whatsappLimits = {
  textBody: 4096,
  caption: 1024,
  interactiveBody: 1024,
  listBody: 4096,
  headerText: 60,
  footer: 60,
  buttons: 3,
  buttonTitle: 20,
  buttonId: 256,
  listButton: 20,
  sections: 10,
  sectionTitle: 24,
  rows: 10,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  displayText: 20,
  callToAction: 30,
  products: 30,
  contacts: 257,
  templateName: 512,
  carouselCards: 10,
} as const;

/** A provider's own limits, by the same names: `whatsappLimits` with what differs there. */
export type WhatsappLimits = Readonly<Record<keyof typeof whatsappLimits, number>>;
