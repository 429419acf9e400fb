declare module 'virtual:fourcastnet' {
  /** Python files of examples/fourcastnet: path → text. */
  const files: Record<string, string>;
  export default files;
}
