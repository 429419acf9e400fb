"""``python compare.py TORCH MINDSPORE TOLERANCE``: prints the largest relative error of two answers; exit status 1 above the tolerance."""

from __future__ import annotations

import sys

import numpy as np

# below this a number is what is left of larger ones that cancel: a bias after some steps of Adam
FLOOR = 1e-2


def main(torch_answer: str, mindspore_answer: str, tolerance: str) -> int:
    a, b = np.load(torch_answer), np.load(mindspore_answer)
    if a.files != b.files:
        print(f"{len(a.files)} values against {len(b.files)}")
        return 1
    worst = 0.0
    for name in a.files:
        x, y = a[name], b[name]
        if x.shape != y.shape:
            print(f"{name}: shape {x.shape} against {y.shape}")
            return 1
        if x.size == 0:
            continue
        error = float(np.max(np.abs(x - y)) / max(float(np.max(np.abs(x))), FLOOR))
        worst = error if not error <= worst else worst
    total = sum(a[name].size for name in a.files)
    print(f"{worst:.1e} over {total} numbers")
    return 0 if worst <= float(tolerance) and total > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
