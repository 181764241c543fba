/** The credential of an `Authorization: Bearer …` header (RFC 6750), or null. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(?<credential>[\w.~+/-]+=*) *$/iu.exec(authorization ?? '')?.groups?.['credential'] ?? null;
}
