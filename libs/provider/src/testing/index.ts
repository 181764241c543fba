export { describeProvider } from './describe-provider.ts';
export type { Edge, ProviderCase, ReplyRow } from './provider-case.ts';
export { startDouble, type Double } from './start-double.ts';
