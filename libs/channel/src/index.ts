export type { Channel, ChannelInput, ChannelRegistry } from './channel.ts';
