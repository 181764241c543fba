import { z } from 'zod';
import { contactsSchema } from '../whatsapp-cloud/content-schema.ts';
import { degrees, filledText, httpUrl, textUpTo } from '../whatsapp-cloud/fields.ts';

/** Shapes and limits of Meta's On-Premises API, from its archived reference, read 2026-11. */
const source = { id: z.string().min(1).optional(), link: httpUrl.optional() };
const oneSource = (media: object) => 'id' in media !== 'link' in media;
const media = <Shape extends z.ZodRawShape>(more: Shape) => z.strictObject({ ...source, ...more }).refine(oneSource);
const caption = textUpTo(1024).optional();
const image = media({ caption });
const bare = media({});
const document = media({ caption, filename: filledText(240).optional() });
const bareDocument = media({ filename: filledText(240).optional() });

const header = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: filledText(60) }),
  z.strictObject({ type: z.literal('image'), image: bare }),
  z.strictObject({ type: z.literal('video'), video: bare }),
  z.strictObject({ type: z.literal('document'), document: bareDocument }),
]);
const frame = (bodyMax: number) => ({
  header: header.optional(),
  body: z.strictObject({ text: filledText(bodyMax) }),
  footer: z.strictObject({ text: filledText(60) }).optional(),
});
const reply = z.strictObject({
  type: z.literal('reply'),
  reply: z.strictObject({ id: filledText(256), title: filledText(20) }),
});
const row = z.strictObject({ id: filledText(200), title: filledText(24), description: textUpTo(72).optional() });
const section = z.strictObject({ title: textUpTo(24).optional(), rows: z.array(row).min(1).max(10) });
const interactive = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('button'),
    ...frame(1024),
    action: z.strictObject({ buttons: z.array(reply).min(1).max(3) }),
  }),
  z.strictObject({
    type: z.literal('list'),
    ...frame(4096),
    action: z.strictObject({ button: filledText(20), sections: z.array(section).min(1).max(10) }),
  }),
]);

const parameter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal('currency'),
    currency: z.strictObject({ fallback_value: z.string(), code: z.string().length(3), amount_1000: z.number().int() }),
  }),
  z.strictObject({ type: z.literal('date_time'), date_time: z.strictObject({ fallback_value: z.string() }) }),
  z.strictObject({ type: z.literal('image'), image: bare }),
  z.strictObject({ type: z.literal('video'), video: bare }),
  z.strictObject({ type: z.literal('document'), document: bareDocument }),
  z.strictObject({
    type: z.literal('location'),
    location: z.looseObject({ latitude: degrees(90), longitude: degrees(180) }),
  }),
]);
const component = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), parameters: z.array(parameter).length(1) }),
  z.strictObject({ type: z.literal('body'), parameters: z.array(parameter).min(1) }),
  z.strictObject({
    type: z.literal('button'),
    sub_type: z.enum(['quick_reply', 'url']),
    index: z.string().regex(/^\d$/),
    parameters: z
      .array(
        z.union([
          z.strictObject({ type: z.literal('payload'), payload: z.string().min(1) }),
          z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
        ]),
      )
      .length(1),
  }),
]);
const template = z.strictObject({
  namespace: z.string().min(1).optional(),
  name: z.string().regex(/^[a-z0-9_]{1,512}$/),
  language: z.strictObject({ policy: z.literal('deterministic'), code: z.string().min(2) }),
  components: z.array(component).optional(),
});

const envelope = {
  recipient_type: z.literal('individual').default('individual'),
  to: z.string().regex(/^\d{5,15}$/),
  context: z.strictObject({ message_id: z.string().min(1) }).optional(),
};

/** `POST /whatsapp/v1/messages`. The preview belongs to the message here, not to the text. */
export const sendSchemaV1 = z.discriminatedUnion('type', [
  z.strictObject({
    ...envelope,
    type: z.literal('text'),
    preview_url: z.boolean().optional(),
    text: z.strictObject({ body: filledText(4096) }),
  }),
  z.strictObject({ ...envelope, type: z.literal('image'), image }),
  z.strictObject({ ...envelope, type: z.literal('video'), video: image }),
  z.strictObject({ ...envelope, type: z.literal('audio'), audio: bare }),
  z.strictObject({ ...envelope, type: z.literal('document'), document }),
  z.strictObject({ ...envelope, type: z.literal('sticker'), sticker: bare }),
  z.strictObject({
    ...envelope,
    type: z.literal('location'),
    location: z.strictObject({
      latitude: degrees(90),
      longitude: degrees(180),
      name: z.string().optional(),
      address: z.string().optional(),
    }),
  }),
  z.strictObject({ ...envelope, type: z.literal('contacts'), contacts: contactsSchema }),
  z.strictObject({ ...envelope, type: z.literal('template'), template }),
  z.strictObject({ ...envelope, type: z.literal('interactive'), interactive }),
]);
