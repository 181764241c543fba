/**
 * How Jest runs a project's test files here: in this process, one after the other, loaded by Node itself.
 *
 * Jest's own runner gives every file a world of its own and loads and compiles all libraries again for it: that was more than half
 * of what a run cost. No module here has state, so files may share them. Everything else is Jest's: circus collects and runs the
 * tests, and its reporters tell of them. Why: docs/adr/0025.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { jestExpect } from '@jest/expect';
import { createEmptyTestResult, type AssertionResult, type Test, type TestResult } from '@jest/test-result';
import type { Circus, Config } from '@jest/types';
import { addEventHandler, getState, resetState, run } from 'jest-circus';
import { formatExecError, formatResultsErrors } from 'jest-message-util';
import { catchStrays } from './catch-strays.ts';

const globals = new URL('./globals.ts', import.meta.url).href;

/** What Jest makes an instance of: https://jestjs.io/docs/configuration#runner-string */
// oxlint-disable-next-line import/no-default-export -- Jest takes the default export.
export default class InProcessRunner {
  readonly isSerial = true;
  readonly #config: Config.GlobalConfig;

  constructor(config: Config.GlobalConfig) {
    this.#config = config;
    // The package itself only says that it must not be loaded outside of Jest's own worlds.
    registerHooks({
      resolve: (name, context, next) =>
        name === '@jest/globals' ? { url: globals, shortCircuit: true } : next(name, context),
    });
    addEventHandler((event: Circus.Event) => {
      if (event.name === 'test_done')
        event.test.errors.push(...jestExpect.extractExpectedAssertionsErrors().map(({ error }) => error));
    });
  }

  async runTests(
    tests: readonly Test[],
    watcher: { readonly isInterrupted: () => boolean },
    onStart: (test: Test) => Promise<void>,
    onResult: (test: Test, result: TestResult) => Promise<void>,
    onFailure: (test: Test, error: unknown) => Promise<void>,
  ): Promise<void> {
    for (const test of tests) {
      if (watcher.isInterrupted()) return;
      await onStart(test);
      try {
        await onResult(test, await runFile(test, this.#config));
      } catch (error) {
        await onFailure(test, error);
      }
    }
  }
}

/** Runs one file. Rejects if it cannot be loaded. */
async function runFile({ path, context: { config } }: Test, global: Config.GlobalConfig): Promise<TestResult> {
  const start = Date.now();
  resetState();
  const state = getState();
  state.testTimeout = global.testTimeout ?? state.testTimeout;
  if (global.testNamePattern) state.testNamePattern = new RegExp(global.testNamePattern, 'iu');
  jestExpect.setState({ testPath: path, expand: global.expand });
  const { exitCode } = process;
  const strays = catchStrays(process);
  try {
    await import(pathToFileURL(path).href);
    const { testResults, unhandledErrorsDetailed } = await run();
    const assertions = testResults.map(toAssertion);
    const errors = [...unhandledErrorsDetailed, ...(await strays.left())];
    const messages = [
      formatResultsErrors(assertions, config, global, path) ?? '',
      ...errors.map((error) => formatExecError(error, config, global, path)),
    ].filter((message) => message !== '');
    const count = (status: AssertionResult['status']): number =>
      assertions.filter((assertion) => assertion.status === status).length;
    const [empty, end] = [createEmptyTestResult(), Date.now()];
    const slow = end - start > config.slowTestThreshold * 1_000;
    return {
      ...empty,
      testFilePath: path,
      testResults: assertions,
      numFailingTests: count('failed'),
      numPassingTests: count('passed'),
      numPendingTests: count('pending'),
      numTodoTests: count('todo'),
      perfStats: { ...empty.perfStats, start, end, runtime: end - start, slow },
      failureMessage: messages.length > 0 ? messages.join('\n') : null,
      ...(errors.length > 0 && { testExecError: { message: '', stack: errors.map(String).join('\n') } }),
    };
  } finally {
    strays.stop();
    process.exitCode = exitCode;
  }
}

function toAssertion(result: Circus.TestResult): AssertionResult {
  // The first block is the file's own.
  const [title = '', ...ancestors] = result.testPath.slice(1).toReversed();
  const ancestorTitles = ancestors.toReversed();
  return {
    title,
    ancestorTitles,
    fullName: [...ancestorTitles, title].join(' '),
    status: statusOf(result.status, result.errors.length > 0),
    duration: result.duration ?? null,
    failureMessages: [...result.errors],
    failureDetails: [...result.errorsDetailed],
    invocations: result.invocations,
    numPassingAsserts: result.numPassingAsserts,
  };
}

function statusOf(status: Circus.TestResult['status'], hasErrors: boolean): AssertionResult['status'] {
  if (status === 'skip') return 'pending';
  if (status === 'todo') return 'todo';
  return hasErrors ? 'failed' : 'passed';
}
