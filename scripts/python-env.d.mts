/** What went wrong, in the user's language. */
export class PythonEnvironmentError extends Error {
  readonly code: 'given' | 'none' | 'venv' | 'disk' | 'write' | 'pip' | 'network' | 'full' | 'version';
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
  /** another version of MindSpore than the requirements name, such as 2.9.0: a layer over that environment */
  mindspore?: string;
}

/** The path of an interpreter with both frameworks; makes the environment when there is none. */
export function ensurePython(options?: PythonEnvironmentOptions): Promise<string>;
