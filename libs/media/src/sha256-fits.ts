/** Whether a digest as a provider gives it (base64, or hex: they differ) is this one (hex). */
export function sha256Fits(given: string, sha256: string): boolean {
  if (/^[0-9a-f]{64}$/iu.test(given)) return given.toLowerCase() === sha256;
  return Buffer.from(given, 'base64').toString('hex') === sha256;
}
