export { describeProvider } from './describe-provider.ts';
export { plainContentByType } from './provider-case.ts';
export type { Edge, ProviderCase, ReplyRow } from './provider-case.ts';
export { startDouble, type Double } from './start-double.ts';
