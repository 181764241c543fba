export { providerById, providers } from './providers.ts';
