export { createFetchFile } from './fetch-file.ts';
export type { FetchedFile, FetchFileDeps, FileTask, OpenFile } from './fetch-file.ts';
export { createErrandProcessor } from './process-errand.ts';
export type { ErrandDeps, ErrandEnd, ErrandFailure, ErrandTarget, FileErrand } from './process-errand.ts';
