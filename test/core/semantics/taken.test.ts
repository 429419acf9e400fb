/** Branches that are not taken where PyTorch is installed: no finding there. Lines marked `# idle` are expected to have none, all others theirs. */
import { describe, expect, it } from 'vitest';
import { findFindings } from '../../../server/src/core/rules/findings';
import { fileOf } from '../scene';

/** Zero-based lines on which `torch.relu` or `torch.tanh` is found. */
function linesOf(text: string): number[] {
  const found = findFindings(fileOf(text)).filter(({ reference }) => /^torch\.(?:relu|tanh)$/.test(reference?.name ?? ''));
  return found.map(({ span }) => text.slice(0, span.start).split('\n').length - 1);
}

function expected(text: string): number[] {
  return text.split('\n').flatMap((line, i) => (/torch\.(?:relu|tanh)\(/.test(line) && !line.includes('# idle') ? [i] : []));
}

const CASES: Readonly<Record<string, string>> = {
  'a fallback for an API that torch has': `
import torch
try:
    from torch.nn.functional import scaled_dot_product_attention as attend
except ImportError:
    def attend(q, k, v):
        return torch.relu(q @ k) @ v  # idle
torch.relu(attend(1, 2, 3))
`,
  'torch itself, another array package in its place': `
try:
    import torch
    HAS_TORCH = True
except ImportError:
    import numpy as torch
    HAS_TORCH = False
    torch.tanh(0)  # idle
if HAS_TORCH:
    def f(x):
        return torch.relu(x)
else:
    def f(x):
        return torch.tanh(x)  # idle
if torch is None:
    torch.tanh(1)  # idle
else:
    torch.relu(1)
`,
  'torch or None': `
try:
    import torch
except ModuleNotFoundError:
    torch = None

def f(x):
    if torch is not None and x:
        return torch.relu(x)
    return (
        torch.tanh(x)  # idle
        if torch is None
        else torch.relu(x)
    )
`,
  'packages that the target may lack': `
import torch
try:
    import torch_npu
except ImportError:
    torch_npu = None
    torch.relu(0)
try:
    from apex.normalization import FusedLayerNorm
    has_apex = True
except ImportError:
    has_apex = False
if has_apex:
    torch.relu(1)
else:
    torch.tanh(1)
if torch_npu is None:
    torch.tanh(2)
`,
  'a name torch no longer has, or never had': `
import torch
try:
    from torch._six import inf
except ImportError:
    torch.relu(0)
try:
    import torch, somewhere
except ImportError:
    torch.relu(1)
if hasattr(torch, "rfft"):
    torch.relu(2)  # idle
else:
    torch.tanh(2)
if hasattr(torch, "no_such_thing"):
    torch.relu(3)
else:
    torch.tanh(3)
`,
  'a handler that catches more than failed imports': `
import torch
try:
    import torch.fft
    torch.relu(0)
except Exception:
    torch.tanh(0)
try:
    import torch.fft
except Exception:
    torch.tanh(1)  # idle
try:
    torch.relu(2)
except ImportError:
    torch.tanh(2)
`,
  hasattr: `
import torch
import torch.nn.functional as F
if not hasattr(torch, "compile"):
    torch.relu(0)  # idle
elif hasattr(F, "gelu") and unknown:
    torch.relu(1)
else:
    torch.tanh(1)
fast = (
    torch.relu(2)
    if hasattr(torch, "inference_mode")
    else torch.tanh(2)  # idle
)
`,
  versions: `
import torch
from packaging import version
from distutils.version import LooseVersion
TORCH_VERSION = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
MAJOR = int(torch.__version__.split(".")[0])
MINOR = int(torch.__version__.split(".")[1])
NEW = version.parse(torch.__version__) >= version.parse("1.10.0")
if TORCH_VERSION < (1, 8):
    torch.relu(0)  # idle
else:
    torch.tanh(0)
if NEW:
    torch.relu(1)
else:
    torch.tanh(1)  # idle
if MAJOR < 2:
    torch.relu(2)  # idle
if MINOR < 2:
    torch.relu(3)
if LooseVersion("1.6") <= LooseVersion(torch.__version__):
    torch.relu(4)
else:
    torch.tanh(4)  # idle
if TORCH_VERSION >= (2, 4):
    torch.relu(5)
else:
    torch.tanh(5)
if torch.__version__ >= "1.5.0" or unknown:
    torch.relu(6)
else:
    torch.tanh(6)  # idle
`,
  'conditions that depend': `
import torch
from typing import TYPE_CHECKING
DEBUG = False
if DEBUG:
    torch.relu(0)
if torch.cuda.is_available():
    torch.relu(1)
else:
    torch.tanh(1)
if TYPE_CHECKING:
    torch.relu(2)
if False:
    torch.relu(3)
if __name__ == "__main__":
    torch.relu(4)
`,
  'names that turn in a circle': `
import torch
try:
    import torch.fft
    A = True
except ImportError:
    A = False
if A:
    B = A
else:
    A = B  # idle
if B:
    torch.relu(0)
`,
};

describe('findings in branches', () => {
  it.each(Object.entries(CASES))('%s', (_, text) => {
    const wanted = expected(text);
    expect(wanted.length).toBeGreaterThan(0);
    expect(linesOf(text)).toEqual(wanted);
  });
});
