import type { InteractiveContent } from '@posthorn/message';
import type { Fault } from '@posthorn/provider';
import { repeated, tooLong, tooMany } from './faults.ts';
import type { WhatsappLimits } from './limits.ts';

type List = Extract<InteractiveContent, { kind: 'list' }>;
type RowLimits = Pick<WhatsappLimits, 'rowId' | 'rowTitle' | 'rowDescription'>;

/** Checks a list: rows are counted over all sections, and several sections need titles. */
export function checkList(
  { button, sections }: List,
  limits: RowLimits & Pick<WhatsappLimits, 'listButton' | 'sections' | 'sectionTitle' | 'rows'>,
): Fault[] {
  const rows = rowsOf(sections);
  return [
    ...tooLong('/button', 'list.button', button, limits.listButton),
    ...tooMany('/sections', 'list.sections', sections.length, limits.sections),
    ...tooMany('/sections', 'list rows over all sections', rows.length, limits.rows),
    ...sections.flatMap(({ title }, at) => {
      const pointer = `/sections/${at}/title`;
      if (title !== undefined || sections.length === 1) {
        return tooLong(pointer, 'section.title', title, limits.sectionTitle);
      }
      return [{ pointer, detail: 'section.title: each section needs one when there are several, none came' }];
    }),
    ...checkRows(rows, limits),
    ...repeated(rows.map(({ row, pointer }) => ({ pointer: `${pointer}/id`, value: row.id }))),
  ];
}

/** A row of a list, and where it stands. */
export interface PlacedRow {
  readonly row: List['sections'][number]['rows'][number];
  readonly pointer: string;
}

/** The rows of all sections. */
export function rowsOf(sections: List['sections']): readonly PlacedRow[] {
  return sections.flatMap((section, at) =>
    section.rows.map((row, index) => ({ row, pointer: `/sections/${at}/rows/${index}` })),
  );
}

/** Checks the lengths of rows. */
export function checkRows(rows: readonly PlacedRow[], limits: RowLimits): Fault[] {
  return rows.flatMap(({ row, pointer }) => [
    ...tooLong(`${pointer}/id`, 'row.id', row.id, limits.rowId),
    ...tooLong(`${pointer}/title`, 'row.title', row.title, limits.rowTitle),
    ...tooLong(`${pointer}/description`, 'row.description', row.description, limits.rowDescription),
  ]);
}
