/** What went wrong, in the user's language. */
export class PythonEnvironmentError extends Error {
  readonly code: 'given' | 'none' | 'venv' | 'disk' | 'write' | 'pip' | 'network' | 'full';
}

export interface PythonEnvironmentOptions {
  /** no progress on stderr */
  quiet?: boolean;
  /** takes the progress lines instead of stderr */
  progress?: (line: string) => void;
  /** the variables to read instead of the process's own */
  env?: NodeJS.ProcessEnv;
  /** another requirements file */
  requirements?: string;
}

/** The path of an interpreter with both frameworks; makes the environment when there is none. */
export function ensurePython(options?: PythonEnvironmentOptions): Promise<string>;
