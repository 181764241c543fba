export { startStallingProxy, type StallingProxy } from './stalling-proxy.ts';
