import manifest from '../package.json' with { type: 'json' };

/** The version of this command and of the fleet it starts. */
export const { version } = manifest;
