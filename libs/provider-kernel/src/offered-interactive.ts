import type { InteractiveContent } from '@posthorn/message';

/** The kinds Kernel can do. The rest of the Cloud API's is not offered until someone has seen it go through Kernel. */
export const interactiveKinds = [
  'buttons',
  'list',
  'cta_url',
  'flow',
  'location_request',
] as const satisfies InteractiveContent['kind'][];
export type OfferedInteractive = Extract<InteractiveContent, { kind: (typeof interactiveKinds)[number] }>;

/** Whether Kernel can do that kind at all. */
export function isOffered(content: InteractiveContent): content is OfferedInteractive {
  return interactiveKinds.some((kind) => kind === content.kind);
}
