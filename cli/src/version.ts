declare const MINDPORT_VERSION: string | undefined;

/** Set by the bundler from package.json. */
export const VERSION = typeof MINDPORT_VERSION === 'string' ? MINDPORT_VERSION : 'development';
