import type { ProviderProblem } from '@posthorn/outcome';
import { scrubText } from '@posthorn/whatsapp-format';
import { z } from 'zod';

const text = z.string().optional().catch(undefined);
const id = z.int().optional().catch(undefined);

/** The status of a message: in answers, and in reports. Only what we use. */
export const statusSchema = z.object({
  groupId: id,
  groupName: text,
  id,
  name: text,
  description: text,
  action: text,
});
export type Status = z.infer<typeof statusSchema>;

/** The cause of a status, in reports. */
export const causeSchema = z.object({
  id,
  name: text,
  description: text,
  permanent: z.boolean().optional().catch(undefined),
});
export type Cause = z.infer<typeof causeSchema>;

const violations = z
  .array(z.object({ property: text, violation: text }).catch({}))
  .optional()
  .catch(undefined);
const validationErrors = z.record(z.string(), z.array(z.string()).catch([])).optional().catch(undefined);

/** A request that was not taken: the shape of `/whatsapp/1/message/*` and OMNI, and that of newer calls. */
export const refusalSchema = z
  .union([
    z
      .object({
        requestError: z.object({
          serviceException: z.object({ messageId: z.string(), text, validationErrors }),
        }),
      })
      .transform(({ requestError: { serviceException: told } }) => ({
        word: told.messageId,
        description: told.text,
        places: Object.entries(told.validationErrors ?? {}).map(([place, faults]) => `${place} ${faults.join(', ')}`),
      })),
    z.object({ errorCode: z.string(), description: text, violations }).transform((told) => ({
      word: told.errorCode,
      description: told.description,
      places: (told.violations ?? []).map(({ property = '', violation = '' }) => `${property} ${violation}`),
    })),
  ])
  .transform(({ word, ...more }) => ({ ...more, word: /^[A-Z][A-Z0-9_]{1,63}$/u.test(word) ? word : undefined }));
export type Refusal = z.infer<typeof refusalSchema>;

const groups: ReadonlyMap<string, number> = new Map([
  ['ACCEPTED', 0],
  ['OK', 0],
  ['PENDING', 1],
  ['UNDELIVERABLE', 2],
  ['DELIVERED', 3],
  ['EXPIRED', 4],
  ['REJECTED', 5],
]);

/** What a status is of, by its group. */
export function stateOf({ groupId, groupName = '' }: Status): 'taken' | 'delivered' | 'failed' | 'unknown' {
  switch (groupId ?? groups.get(groupName)) {
    case 0:
    case 1:
      return 'taken';
    case 3:
      return 'delivered';
    case 2:
    case 4:
    case 5:
      return 'failed';
    default:
      return 'unknown';
  }
}

/** Infobip's words for people: the error where it tells one, else the status. Without numbers, ids and tokens. */
export function toProblem(status: Status, cause: Cause | null, httpStatus?: number): ProviderProblem {
  const said = cause ?? status;
  const title = scrubWords(said.name);
  const details = scrubWords([said.description ?? '', status.action ?? ''].filter((part) => part !== '').join('; '));
  return {
    code: said.id === undefined ? 'unknown' : String(said.id),
    ...(title !== '' && { title }),
    ...(details !== '' && { details }),
    ...(httpStatus !== undefined && { status: httpStatus }),
  };
}

/** The words of a refused request. */
export function toRefusalProblem({ word, description, places }: Refusal, httpStatus: number): ProviderProblem {
  const title = scrubWords(description);
  const details = scrubWords(places.join('; '));
  return {
    code: word ?? 'unknown',
    ...(title !== '' && { title }),
    ...(details !== '' && { details }),
    status: httpStatus,
  };
}

/** Infobip's words may hold addresses of files, too. */
function scrubWords(words: string | undefined): string {
  return scrubText(words?.replaceAll(/https?:\/\/\S+/giu, '…'));
}
