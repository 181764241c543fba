/**
 * Infobip's limits, in characters (code points), or how many. Sources: its OpenAPI description 3.210.0 and
 * www.infobip.com/docs/api/channels/whatsapp, read 2026-07. WhatsApp itself shows 1,024 characters of a caption.
 */
export const limits = {
  textBody: 4096,
  caption: 3000,
  interactiveBody: 1024,
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
  callToAction: 20,
  products: 30,
  templateName: 512,
  templateButtons: 10,
  templateUrlButtons: 2,
  templateCopyCodeButtons: 1,
  templateFlowButtons: 1,
  quickReplyParameter: 128,
  copyCode: 15,
  /** Of the OMNI API, where it is the end of an address. */
  omniUrlPlaceholder: 1500,
  carouselCards: 10,
} as const;
