/** A program of many small modules and functions, in the style of the example, with so many lines. */
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
