import type { Http } from './http.ts';

/** The same calls, and how many of them are under way. */
export function countCalls(http: Http): { readonly http: Http; readonly underWay: () => number } {
  let calls = 0;
  return {
    http: async (request, signal) => {
      calls += 1;
      try {
        return await http(request, signal);
      } finally {
        calls -= 1;
      }
    },
    underWay: () => calls,
  };
}
