import { storedFiles, type MediaId, type StoredFile, type TenantId } from '@posthorn/message';
import type { FileKind, FileRules } from '@posthorn/provider';
import type { ProblemFault } from '@posthorn/runtime';
import type { SubmissionChannel } from './submission-deps.ts';

/** The files that messages may name. */
export interface SubmissionFiles {
  /** Null alike for a file that is not there and for one of another tenant. */
  readonly find: (tenantId: TenantId, id: MediaId) => Promise<(KnownFile & { readonly expiresAtMs: number }) | null>;
  readonly hasBucket: (tenantId: TenantId, bucket: string) => boolean;
  /**
   * What an object is, as far as its storage tells at once; null: it does not. Asked only where a still image may have fewer bytes than
   * one that moves. Absent: nobody here can read objects.
   */
  readonly lookAt?: (
    tenantId: TenantId,
    object: { readonly bucket: string; readonly key: string },
  ) => Promise<KnownFile | null>;
  /** Whether the channel's provider can get a file from us: it takes uploads, or our address is known outside. */
  readonly canHand: (channel: SubmissionChannel) => boolean;
}

interface KnownFile {
  readonly contentType: string;
  readonly bytes: number;
  /** Absent: it is not known whether it moves. */
  readonly animated?: boolean | undefined;
}

interface FileCheck {
  readonly tenantId: TenantId;
  readonly channel: SubmissionChannel;
  readonly content: Parameters<typeof storedFiles>[0];
  readonly rules: FileRules | undefined;
  readonly title: string;
  /** When the message ends, in ms since 1970. */
  readonly endsAtMs: number;
  readonly root: string;
}

type FileRule = NonNullable<FileRules[FileKind]>;

/** Whether the stored files of a message are there, long enough, and of a kind and size that the provider takes. */
export async function checkFiles(files: SubmissionFiles | undefined, check: FileCheck): Promise<ProblemFault[]> {
  const stored = storedFiles(check.content);
  if (stored.length === 0) return [];
  const faults = await Promise.all(
    stored.map(async (file) => {
      const detail =
        files === undefined ? 'this installation keeps no files; name it by url' : await faultOf(files, check, file);
      return detail === null ? [] : [{ pointer: `${check.root}/content${file.pointer}/${file.source.kind}`, detail }];
    }),
  );
  return faults.flat();
}

async function faultOf(files: SubmissionFiles, check: FileCheck, { source, kind }: StoredFile): Promise<string | null> {
  const { tenantId, channel, rules, title, endsAtMs } = check;
  const rule = rules?.[kind] ?? null;
  if (source.kind === 'object') {
    if (!files.hasBucket(tenantId, source.bucket))
      return 'expected a bucket that this installation knows for you (POSTHORN_BUCKETS), came another';
    if (rule?.stillBytesMax === undefined) return null;
    const seen = (await files.lookAt?.(tenantId, source)) ?? null;
    return seen === null ? null : unfit(seen, rule, kind, title);
  }
  if (!files.canHand(channel)) {
    return `${title} fetches files from an address, and this installation has none outside: its operator must set POSTHORN_PUBLIC_URL`;
  }
  const found = await files.find(tenantId, source.id);
  if (found === null) return 'expected a file of yours that is still kept: GET /v1/media/{id} tells; upload it again';
  const fault = rule === null ? null : unfit(found, rule, kind, title);
  if (fault !== null) return fault;
  if (found.expiresAtMs < endsAtMs) {
    return `the file is kept until ${new Date(found.expiresAtMs).toISOString()}, but the message may go out later: upload it again, or let the message expire earlier`;
  }
  return null;
}

function unfit(found: KnownFile, rule: FileRule, kind: FileKind, title: string): string | null {
  if (!rule.types.includes(found.contentType)) {
    return `expected for ${kind} a file of type ${rule.types.join(', ')}, came ${found.contentType}`;
  }
  if (found.bytes > rule.bytesMax) {
    return `expected for ${kind} at most ${rule.bytesMax} bytes (${title}’s limit), came ${found.bytes}`;
  }
  if (rule.stillBytesMax !== undefined && found.animated === false && found.bytes > rule.stillBytesMax) {
    return `expected for a ${kind} that does not move at most ${rule.stillBytesMax} bytes (${title}’s limit), came ${found.bytes}`;
  }
  return null;
}
