import type { PutRefused } from '@posthorn/media';
import { createProblem, type Problem } from '@posthorn/runtime';

/** The file is of no type that any provider takes. */
export function typeNotTaken(types: readonly string[]): Problem {
  return createProblem({
    code: 'unsupported_media_type',
    title: 'This type of file is not taken',
    status: 415,
    detail: `Send the file with its Content-Type, one of ${types.join(', ')}.`,
  });
}

/** A form without a file in it. */
export const noFile = createProblem({
  code: 'file_refused',
  title: 'The file was not taken',
  status: 422,
  detail: 'Expected a form with one file in the field "file", none came.',
});

/** A link whose time is over. */
export const linkExpired = createProblem({
  code: 'link_expired',
  title: 'This link has ended',
  status: 410,
  detail:
    'Links to files work for a limited time: ask whoever gave it to you for a new one, or GET the file by its id.',
});

export const rangeOutside = createProblem({
  code: 'range_not_satisfiable',
  title: 'The file has no such part',
  status: 416,
  detail: 'Send a Range within the size of the file, which HEAD tells, or none for all of it.',
});

/** What the store said of a file, as an answer. */
export function refusedFile({ reason, detail }: PutRefused, types: readonly string[]): Problem {
  switch (reason) {
    case 'too_large':
      return createProblem({ code: 'too_large', title: 'The file is too large', status: 413, detail });
    case 'type_unknown':
      return typeNotTaken(types);
    case 'store_full':
      return createProblem({ code: 'media_store_full', title: 'The store for files is full', status: 507, detail });
    case 'empty':
    case 'type_mismatch':
    case 'sha256_mismatch':
      return createProblem({ code: 'file_refused', title: 'The file was not taken', status: 422, detail });
    default:
      return reason satisfies never;
  }
}
