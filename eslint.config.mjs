// Lint for correctness, and the walls between the folders (docs/architecture.md, "Walls").
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Folder → what it may not import. Everything not listed is allowed. */
const walls = [
  { target: './server/src/core', from: './server/src/lsp' },
  { target: './server/src/core', from: './client' },
  { target: './server/src/core', from: './cli' },
  { target: './server/src/core', from: './runs' },
  { target: './runs', from: './server' },
  { target: './runs', from: './client' },
  { target: './runs', from: './cli' },
  { target: './server/src/lsp', from: './client' },
  { target: './server/src/lsp', from: './cli' },
  { target: './server/src/lsp', from: './runs' },
  { target: './cli', from: './client', except: ['./webview/standalone'] },
  { target: './cli', from: './server/src/lsp' },
  { target: './client', from: './server/src/core' },
  { target: './client', from: './cli' },
  { target: './client/webview', from: './client/src' },
  // the way of the data: each stage imports only the ones before it
  { target: './server/src/core/syntax', from: './server/src/core/semantics' },
  { target: './server/src/core/syntax', from: './server/src/core/catalog' },
  { target: './server/src/core/semantics', from: './server/src/core/catalog' },
  { target: './server/src/core/semantics', from: './server/src/core/rules' },
  { target: './server/src/core/semantics', from: './server/src/core/fixes' },
  { target: './server/src/core/catalog', from: './server/src/core/rules' },
  { target: './server/src/core/catalog', from: './server/src/core/fixes' },
];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'artifacts/**', 'demo-out/**', 'test/fixtures/**', 'coverage/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js', '.json'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: walls }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'smart'],
    },
  },
  {
    files: ['runs/**/*.ts', 'cli/**/*.ts', 'server/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['vscode'], patterns: [{ group: ['vscode-languageclient*'], message: 'Only client/ knows VS Code.' }] },
      ],
    },
  },
  {
    files: ['server/src/core/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*', 'fs', 'path', 'vscode', 'vscode-*'], message: 'The core does no I/O and knows neither VS Code nor LSP.' },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'require', '__dirname', 'Buffer'],
    },
  },
);
