/** Programs that are measured on: made up, the same in every run. */

/** A program of many small modules and functions, nothing but PyTorch, with so many lines: every second line has a finding. */
export function program(lines) {
  const head = ['import torch', 'import torch.nn as nn', 'import torch.nn.functional as F', ''];
  const body = (i) => [
    `class Block${i}(nn.Module):`,
    '    def __init__(self, dim, hidden):',
    '        super().__init__()',
    '        self.norm = nn.LayerNorm(dim)',
    '        self.fc1 = nn.Linear(dim, hidden)',
    '        self.fc2 = nn.Linear(hidden, dim, bias=False)',
    '',
    '    def forward(self, x):',
    '        residual = x',
    '        x = F.gelu(self.fc1(self.norm(x)))',
    '        x = torch.cat([x, x.transpose(1, 2).flatten(2)], dim=-1)  # widen',
    `        if x.shape[0] > ${i}:`,
    '            x = x.permute(0, 2, 1).reshape(-1, x.size(1))',
    '        return residual + self.fc2(x).mean(dim=1, keepdim=True)',
    '',
    '',
    `def step${i}(model, loader, scale=1.0):`,
    '    total = torch.zeros(1)',
    '    for inp, tar in loader:',
    '        out = model(inp)',
    '        total += F.mse_loss(out, tar) * scale',
    '    return total.item()',
    '',
    '',
  ];
  const out = [...head];
  for (let i = 0; out.length < lines; i++) out.push(...body(i));
  return out.slice(0, lines).join('\n') + '\n';
}

/** Lines of the larger top-level statements of real code, by quantile: 23 in the middle, some hundreds at the end (24 public repositories). */
const SIZES = [6, 7, 8, 10, 10, 12, 14, 16, 18, 20, 23, 27, 32, 38, 44, 51, 62, 80, 115, 178, 403];

/** Statements of a method's body: those with `§` are PyTorch's. */
const STATEMENTS = [
  ['x = self.norm(x)  # §'],
  ['out = F.relu(self.proj(x))  # §'],
  ['x = torch.cat([x, out], dim=1)  # §'],
  ['loss = F.mse_loss(out, target)  # §'],
  ['out = x.permute(0, 2, 1).contiguous()  # §'],
  ['batch, channels = x.size(0), x.size(1)  # §'],
  ['mask = torch.zeros(batch, dtype=torch.bool)  # §'],
  ['if self.verbose:', "    logger.info('step %d of %d', step, self.steps)"],
  ["path = os.path.join(self.root, 'fields', f'{name}_{step:04d}.npy')"],
  [
    'values = np.load(path).astype(np.float32)',
    'mean = values.mean(axis=(0, 1), keepdims=True)',
    'values = (values - mean) / (values.std() + 1e-6)',
  ],
  [
    'for key, value in sorted(self.options.items()):',
    "    if key.startswith('train_') and value is not None:",
    "        settings[key[len('train_') :]] = value",
  ],
  ['if step % self.every == 0 or step == self.steps - 1:', "    scores.append({'step': step, 'name': name, 'score': float(score)})"],
  ['# the last levels are coarser than the ones below', 'levels = [level for level in self.levels if level > 50]'],
  [
    'try:',
    '    settings = dict(self.options)',
    'except (OSError, ValueError) as error:',
    "    logger.warning('no settings: %s', error)",
    '    settings = {}',
  ],
  ['if not isinstance(name, str):', "    raise TypeError('a name is a string, not ' + type(name).__name__)"],
  ['count = len(levels) * max(1, step)', 'share = count / (1 + len(settings))'],
  ['names = [", ".join(str(part) for part in (name, step, count)) for step in range(3)]'],
  ['table = {', "    'levels': levels,", "    'count': count,", "    'share': round(share, 3),", '}'],
  ['while count > 0 and share < 1.0:', '    count -= 1', '    share *= 1.5'],
  [
    "with open(os.path.join(self.root, 'scores.csv'), 'a') as stream:",
    "    stream.write(','.join(str(entry) for entry in scores) + '\\n')",
  ],
];

/** A program with sizes, comments, texts and density of findings as in real code, with so many lines. */
export function ordinaryProgram(lines, seed = 11) {
  let state = seed;
  const random = (n) => (state = (state * 48271) % 2147483647) % n;
  const out = [
    '"""A made-up program: models, data and training in one file."""',
    'import logging',
    'import os',
    '',
    'import numpy as np',
    'import torch',
    'import torch.nn as nn',
    'import torch.nn.functional as F',
    '',
    'logger = logging.getLogger(__name__)',
    '',
    '',
  ];
  const body = (indent, target) => {
    const from = out.length;
    while (out.length - from < target) {
      // one finding in seven lines, as in real code
      const torch = random(100) < 33;
      const statement = torch ? STATEMENTS[random(7)] : STATEMENTS[7 + random(STATEMENTS.length - 7)];
      for (const line of statement) out.push(indent + line.replace('  # §', ''));
      if (random(6) === 0) out.push('');
    }
  };
  for (let i = 0; out.length < lines; i++) {
    const size = SIZES[random(SIZES.length)];
    if (size < 20) {
      out.push(`def compute_${i}(self, x, target, name='t2m', step=0, score=0.0, settings=None, scores=()):`, '    """Computes something.');
      out.push('', '    A longer text says what comes in and what goes out.', '    """');
      body('    ', size - 6);
      out.push('    return settings');
    } else {
      out.push(
        `class Model${i}(nn.Module):`,
        '    """A model with its data."""',
        '',
        '    def __init__(self, dim, hidden, root, **options):',
      );
      out.push('        super().__init__()', '        self.norm = nn.LayerNorm(dim)', '        self.proj = nn.Linear(dim, hidden)');
      out.push(
        '        self.root = root',
        '        self.options = options',
        '        self.levels = [50, 500, 850]',
        '        self.verbose = False',
      );
      const from = out.length - 10;
      for (let j = 0; out.length - from < size; j++) {
        out.push('', `    def part_${j}(self, x, target, name='t2m', step=0, score=0.0, settings=None, scores=()):`);
        out.push('        """One part of it."""');
        body('        ', Math.min(size - (out.length - from), 6 + random(30)));
        out.push('        return x');
      }
    }
    out.push('', '');
  }
  return out.slice(0, lines).join('\n') + '\n';
}
