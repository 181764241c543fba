/**
 * The servers that the queue and the ledger must work with, as containers. Where no Docker answers, that is said, not hidden.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GenericContainer, Wait } from 'testcontainers';

/** The oldest Redis that works, the current one, and Valkey. */
export const serverImages = ['redis:6.2', 'redis:8', 'valkey/valkey:8'] as const;

/** Whether a Docker engine answers within 5 s. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('docker', ['info', '--format', '{{.ServerVersion}}'], {
      timeout: 5000,
    });
    return stdout.trim() !== '';
  } catch {
    return false;
  }
}

/**
 * Runs `use` against a server of that image, and removes its container afterwards, whatever happens. Null, and told, where none
 * can be started: Docker may answer and still have neither the image nor a registry.
 */
export async function withServer<Result>(image: string, use: (url: string) => Promise<Result>): Promise<Result | null> {
  const container = await new GenericContainer(image)
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/u))
    .start()
    .catch((error: unknown) => {
      console.log(`SKIPPED: nothing was tried on ${image}, which cannot be started: ${String(error)}`);
      return null;
    });
  if (container === null) return null;
  try {
    return await use(`redis://${container.getHost()}:${container.getMappedPort(6379)}`);
  } finally {
    await container.stop();
  }
}
