/** What migrated programs import: the framework, and the small runtime in `mindport_ops`. */
import type { ImportNeed, Piece } from '../rewrite';

const MINDSPORE: ImportNeed = { module: 'mindspore', name: null, prefer: 'ms', otherwise: 'mindspore' };
const OPS: ImportNeed = { module: 'mindspore', name: 'ops', prefer: 'ops', otherwise: 'ms_ops' };
const RUNTIME: ImportNeed = { module: 'mindport_ops', name: null, prefer: 'mindport_ops', otherwise: 'mindport_operators' };

/** Pieces that name something of the target framework or of the runtime, with the import it needs. */
export const mindspore = (name: string): Piece[] => [{ import: MINDSPORE }, `.${name}`];
export const ops = (name: string): Piece[] => [{ import: OPS }, `.${name}`];
export const runtime = (name: string): Piece[] => [{ import: RUNTIME }, `.${name}`];
