export { createAccess, roleSchema } from './access.ts';
export type { Access, ApiKey, Caller, Role } from './access.ts';
export { bearerOf } from './bearer.ts';
