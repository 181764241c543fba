/** The fields of an answer to INFO. */
export function parseRedisInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/u).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
}
