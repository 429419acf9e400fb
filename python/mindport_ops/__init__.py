"""Operators and a small runtime for programs moved from PyTorch to MindSpore.

Functions carry the names and semantics of the torch (or einops) functions they stand for, run forward and backward in PyNative and compiled
by ``ms.jit``, and import nothing but MindSpore and numpy: the package is copied beside a migrated program.

All of it has been executed on the CPU. "Every device" in these pages means that only operators are used which MindSpore documents for all
of its devices; elsewhere nothing has been measured yet.
"""

from . import (
    amp,
    checkpoint,
    communication,
    data,
    derivatives,
    devices,
    distributions,
    functional,
    gradients,
    init,
    inplace,
    layers,
    metrics,
    parameters,
    picture_sets,
    pictures,
    schedules,
    segments,
    sequences,
    spherical,
    taking,
    tensors,
    testing,
    torch_files,
    transforms,
    vision,
    weights,
)
from .attention import scaled_dot_product_attention
from .complex_numbers import (
    complex_abs,
    complex_from_parts,
    complex_add,
    complex_div,
    complex_mul,
    complex_mul_parts,
    complex_sub,
    imag,
    real,
    view_as_complex,
    view_as_real,
)
from .einsum import einsum
from .fft import irfft2, irfft2_parts, rfft2, rfft2_parts
from .named_axes import Rearrange, Reduce, rearrange, reduce, repeat
from .normalization import layer_norm
from .order_statistics import quantile
from .packing import named_einsum, pack, unpack
from .polynomials import vander
from .shift import roll
from .signs import copysign, signbit
from .spectrum import fftshift, ifftshift
from .taking import take
from .training import build_once, compiled
from .windows import sliding_windows

__all__ = [
    "Rearrange",
    "Reduce",
    "amp",
    "build_once",
    "checkpoint",
    "communication",
    "compiled",
    "complex_abs",
    "complex_from_parts",
    "complex_add",
    "complex_div",
    "complex_mul",
    "complex_mul_parts",
    "complex_sub",
    "copysign",
    "data",
    "derivatives",
    "devices",
    "distributions",
    "einsum",
    "fftshift",
    "functional",
    "gradients",
    "ifftshift",
    "imag",
    "init",
    "inplace",
    "irfft2",
    "irfft2_parts",
    "layer_norm",
    "layers",
    "metrics",
    "named_einsum",
    "pack",
    "parameters",
    "picture_sets",
    "pictures",
    "quantile",
    "real",
    "rearrange",
    "reduce",
    "repeat",
    "rfft2",
    "rfft2_parts",
    "roll",
    "scaled_dot_product_attention",
    "schedules",
    "segments",
    "signbit",
    "sliding_windows",
    "spherical",
    "tensors",
    "take",
    "testing",
    "torch_files",
    "transforms",
    "unpack",
    "vander",
    "view_as_complex",
    "view_as_real",
    "vision",
    "weights",
]
