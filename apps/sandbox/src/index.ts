export { createSandbox, type Sandbox, type SandboxControl } from './sandbox.ts';
export type { TimingInput } from './timing.ts';
export { sandboxConfigSchema } from './config.ts';
