export type { Channel, InboundFiles, ChannelInput, ChannelRegistry } from './channel.ts';
export { channelInputSchema, createChannelRegistry } from './create-channel-registry.ts';
export { createTokenStore } from './token-store.ts';
export type { TokenState, TokenStore } from './token-store.ts';
export { channelSealedPlaces } from './sealed-places.ts';
