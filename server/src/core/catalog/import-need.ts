/** A module or a name out of one, to be bound in the file under `prefer` or a free name. */
export interface ImportNeed {
  module: string;
  /** null: the module itself */
  name: string | null;
  /** the local name to use when it is free or already means this */
  prefer: string;
  /** tried when `prefer` means something else in this file */
  otherwise: string;
}
