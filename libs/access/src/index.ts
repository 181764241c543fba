export { createAccess } from './access.ts';
export type { Access, Caller } from './access.ts';
export { bearerOf } from './bearer.ts';
export { createContentRetention, type ContentRetention } from './content-retention.ts';
export { createFailureLimit, type FailureLimit } from './create-failure-limit.ts';
export { createIntakeLimit } from './create-intake-limit.ts';
export { mayAct, roleSchema, type Role } from './role.ts';
export { createTenantWords, type TenantWords } from './tenant-words.ts';
export {
  contentKeptMsSchema,
  createTenants,
  intakeQuotaSchema,
  type IntakeQuota,
  type Tenant,
  type TenantChange,
  type Tenants,
} from './tenants.ts';
