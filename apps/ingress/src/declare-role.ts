import type { Role } from '@posthorn/access';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which keys may call this route; of several, any. Each route behind keys says it, or the app does not start. */
    role?: Role | readonly Role[];
  }
}

/** The roles that a route names. Throws for a route that names none: it would be open to every key. */
export function neededRoles(route: {
  readonly url: string;
  readonly config?: { readonly role?: Role | readonly Role[] } | undefined;
}): readonly Role[] {
  const needed = [route.config?.role ?? []].flat();
  if (needed.length > 0) return needed;
  throw new Error(
    `the route ${route.url} names no role; write config: { role: 'producer' } or another into its options`,
  );
}
