export { createFetchFile } from './fetch-file.ts';
export type { FetchedFile, OpenFile } from './fetch-file.ts';
export { createErrandProcessor } from './process-errand.ts';
export type { ErrandFailure } from './process-errand.ts';
