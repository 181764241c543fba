import type { InteractiveContent } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { tooLong, tooMany } from './faults.ts';
import type { WhatsappLimits } from './limits.ts';

/** Checks a list of products, which are counted over all sections. */
export function checkProductList(
  { sections }: Extract<InteractiveContent, { kind: 'product_list' }>,
  limits: Pick<WhatsappLimits, 'sections' | 'products' | 'sectionTitle'>,
): Fault[] {
  const products = sections.reduce((sum, { productIds }) => sum + productIds.length, 0);
  return [
    ...tooMany('/sections', 'product_list.sections', sections.length, limits.sections),
    ...tooMany('/sections', 'product_list products over all sections', products, limits.products),
    ...sections.flatMap(({ title }, index) =>
      tooLong(`/sections/${index}/title`, 'section.title', title, limits.sectionTitle),
    ),
  ];
}
