import * as vscode from 'vscode';
import { RunError } from '../../../runs/src/errors';
import type { Language } from '../../../runs/src/messages';

/** The run engine's language for VS Code's display language. */
export const language = (): Language => (vscode.env.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');

/** An error in the person's words. */
export const explain = (error: unknown): string =>
  error instanceof RunError ? error.text(language()) : error instanceof Error ? error.message : String(error);
