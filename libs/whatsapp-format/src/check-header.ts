import type { InteractiveContent, InteractiveHeader } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong } from './faults.ts';
import type { WhatsappLimits } from './limits.ts';

/** The types of header that each kind of interactive message may have. */
export type HeadersByKind = Readonly<Record<InteractiveContent['kind'], readonly InteractiveHeader['type'][]>>;

/** Checks the header of an interactive message: a product list needs one, the other kinds may have what the table allows. */
export function checkHeader(
  content: InteractiveContent,
  headersByKind: HeadersByKind,
  limits: Pick<WhatsappLimits, 'headerText'>,
): Fault[] {
  const header = 'header' in content ? content.header : undefined;
  if (header === undefined) {
    if (content.kind !== 'product_list') return [];
    return [
      { pointer: '/header', detail: 'interactive.header: a product list needs a header of type text, none came' },
    ];
  }
  const allowed = headersByKind[content.kind];
  if (!allowed.includes(header.type)) {
    const expected = allowed.length === 0 ? 'none is allowed' : `only ${allowed.join(', ')}`;
    const pointer = allowed.length === 0 ? '/header' : '/header/type';
    return [{ pointer, detail: `interactive.header: ${expected} with kind ${content.kind}, came ${header.type}` }];
  }
  return header.type === 'text'
    ? tooLong('/header/text', 'interactive.header.text', header.text, limits.headerText)
    : [];
}
