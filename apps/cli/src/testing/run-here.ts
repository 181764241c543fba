import { runProgram } from '../run-program.ts';

/** Runs a command to its end in this process: as `run` does, and in a tenth of the time. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const lines = { out: '', err: '' };
  let code = 0;
  await runProgram(
    {
      env,
      out: (line) => void (lines.out += `${line}\n`),
      err: (line) => void (lines.err += `${line}\n`),
      setExitCode: (given) => void (code = given),
      exit: (given) => {
        throw new Error(`it left with ${given}`);
      },
      onStop: () => () => undefined,
      onExit: () => () => undefined,
      readText: async () => await Promise.resolve(input),
    },
    args,
  );
  return { code, stdout: lines.out, stderr: lines.err };
}
