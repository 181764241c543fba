export { startStallingProxy, type StallingProxy } from './stalling-proxy.ts';
export { watchCommands, type ToldCommand } from './watch-commands.ts';
