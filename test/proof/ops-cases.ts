/** What each operator of `python/mindport_ops` must equal in PyTorch: forward, gradients, PyNative and compiled, three calls each on new numbers. */

export interface OperatorCase {
  given: Record<string, string>;
  torch: string;
  mindspore: string;
  grad?: boolean;
  tolerance?: number;
  /** for layers: the inputs they are called with */
  apply?: string[];
}

type Table = Record<string, OperatorCase>;

const cases = (list: [name: string, given: Record<string, string>, torch: string, mindspore: string][]): Table =>
  Object.fromEntries(list.map(([name, given, torch, mindspore]) => [name, { given, torch, mindspore }]));

/** Every size even and odd, leading and inner dimensions, negative ones, sizes given larger and smaller, all norms. */
const TRANSFORMS: [shape: string, args: string][] = [
  ['4, 6', ''],
  ['5, 7', ''],
  ['2, 8, 9', ", norm='ortho'"],
  ['2, 9, 8', ", norm='forward'"],
  ['2, 6, 10, 3', ", dim=(1, 2), norm='ortho'"],
  ['6, 2, 5', ', dim=(0, -1)'],
  ['6, 2, 5', ", dim=(-1, 0), norm='backward'"],
  ['2, 5, 6', ', s=(8, 9)'],
  ['2, 8, 9', ", s=(5, 4), norm='ortho'"],
  ['2, 32, 64', ", norm='ortho'"],
];

/** A half spectrum of these sizes, and the sizes asked for. */
const INVERSES: [shape: string, args: string][] = [
  ['4, 4', ''],
  ['5, 4', ', s=(5, 7)'],
  ['2, 8, 5', ", s=(8, 9), norm='ortho'"],
  ['2, 8, 5', ", s=(8, 8), norm='forward'"],
  ['2, 6, 4, 3', ", s=(6, 7), dim=(1, 2), norm='ortho'"],
  ['3, 2, 6', ', dim=(-1, 0)'],
  ['2, 5, 4', ', s=(7, 10)'],
  ['2, 8, 9', ", s=(5, 6), norm='ortho'"],
  ['2, 32, 33', ", norm='ortho'"],
];

const fft: Table = {};
for (const [shape, args] of TRANSFORMS) {
  const x = { x: `randn(${shape})` };
  const torch = `torch.fft.rfft2(x${args})`;
  fft[`rfft2 of [${shape}]${args}, framework`] = { given: x, torch, mindspore: `mindport_ops.rfft2(x${args}, method='framework')` };
  fft[`rfft2 of [${shape}]${args}, matmul`] = { given: x, torch, mindspore: `mindport_ops.rfft2(x${args}, method='matmul')` };
  fft[`rfft2_parts of [${shape}]${args}`] = {
    given: x,
    torch: `z = ${torch}\n(z.real, z.imag)`,
    mindspore: `mindport_ops.rfft2_parts(x${args})`,
  };
}
for (const [shape, args] of INVERSES) {
  const z = { z: `complex64(${shape})` };
  const parts = { a: `randn(${shape})`, b: `randn(${shape})` };
  fft[`irfft2 of [${shape}]${args}, framework`] = {
    given: z,
    torch: `torch.fft.irfft2(z${args})`,
    mindspore: `mindport_ops.irfft2(z${args}, method='framework')`,
  };
  fft[`irfft2 of [${shape}]${args}, matmul`] = {
    given: z,
    torch: `torch.fft.irfft2(z${args})`,
    mindspore: `mindport_ops.irfft2(z${args}, method='matmul')`,
  };
  fft[`irfft2_parts of [${shape}]${args}`] = {
    given: parts,
    torch: `torch.fft.irfft2(torch.complex(a, b)${args})`,
    mindspore: `mindport_ops.irfft2_parts(a, b${args})`,
  };
}
Object.assign(
  fft,
  cases([
    ['rfft2 as it is chosen', { x: 'randn(3, 6, 8)' }, 'torch.fft.rfft2(x)', 'mindport_ops.rfft2(x)'],
    ['irfft2 as it is chosen', { z: 'complex64(3, 6, 5)' }, 'torch.fft.irfft2(z)', 'mindport_ops.irfft2(z)'],
    ['rfft2 of float64, matmul', { x: 'randn(6, 7).float64' }, 'torch.fft.rfft2(x)', "mindport_ops.rfft2(x, method='matmul')"],
    [
      'there and back on parts',
      { x: 'randn(2, 9, 12)' },
      "torch.fft.irfft2(torch.fft.rfft2(x, norm='ortho'), s=(9, 12), norm='ortho')",
      "a, b = mindport_ops.rfft2_parts(x, norm='ortho')\nmindport_ops.irfft2_parts(a, b, s=(9, 12), norm='ortho')",
    ],
  ]),
);

const complex = cases([
  ['complex_from_parts', { a: 'randn(2, 3)', b: 'randn(2, 3)' }, 'torch.complex(a, b)', 'mindport_ops.complex_from_parts(a, b)'],
  ['complex_mul', { z: 'complex64(2, 3)', w: 'complex64(2, 3)' }, 'z * w', 'mindport_ops.complex_mul(z, w)'],
  ['complex_mul, broadcast', { z: 'complex64(4, 2, 3)', w: 'complex64(3)' }, 'z * w', 'mindport_ops.complex_mul(z, w)'],
  ['complex_mul by a real one', { z: 'complex64(2, 3)', x: 'randn(3)' }, 'z * x', 'mindport_ops.complex_mul(z, x)'],
  ['complex_mul of a real one', { z: 'complex64(2, 3)', x: 'randn(2, 1)' }, 'x * z', 'mindport_ops.complex_mul(x, z)'],
  ['complex_mul with itself', { z: 'complex64(5)' }, 'z * z', 'mindport_ops.complex_mul(z, z)'],
  ['complex_mul, 0-d', { z: 'complex64()', w: 'complex64()' }, 'z * w', 'mindport_ops.complex_mul(z, w)'],
  [
    'complex_mul_parts',
    { a: 'randn(2, 3)', b: 'randn(2, 3)', c: 'randn(3)', d: 'randn(3)' },
    'z = torch.complex(a, b) * torch.complex(c, d)\n(z.real, z.imag)',
    'mindport_ops.complex_mul_parts(a, b, c, d)',
  ],
  ['view_as_complex', { x: 'randn(3, 4, 2)' }, 'torch.view_as_complex(x)', 'mindport_ops.view_as_complex(x)'],
  ['view_as_complex of a pair', { x: 'randn(2)' }, 'torch.view_as_complex(x)', 'mindport_ops.view_as_complex(x)'],
  ['view_as_real', { z: 'complex64(3, 4)' }, 'torch.view_as_real(z)', 'mindport_ops.view_as_real(z)'],
  ['view_as_real, 0-d', { z: 'complex64()' }, 'torch.view_as_real(z)', 'mindport_ops.view_as_real(z)'],
  ['real', { z: 'complex64(3, 4)' }, 'torch.real(z)', 'mindport_ops.real(z)'],
  ['real of a real one', { x: 'randn(3)' }, 'torch.real(x)', 'mindport_ops.real(x)'],
  ['imag', { z: 'complex64(3, 4)' }, 'torch.imag(z)', 'mindport_ops.imag(z)'],
  ['complex_abs', { z: 'complex64(3, 4)' }, 'torch.abs(z)', 'mindport_ops.complex_abs(z)'],
  ['complex_abs at zero', { z: 'zeros(3).complex64' }, 'torch.abs(z)', 'mindport_ops.complex_abs(z)'],
  ['complex128', { z: 'complex128(3)', w: 'complex128(3)' }, 'z * w', 'mindport_ops.complex_mul(z, w)'],
]);

const EQUATIONS: [equation: string, ...shapes: string[]][] = [
  ['ij,jk->ik', '2, 3', '3, 4'],
  ['...bi,bio->...bo', '2, 5, 3, 4', '3, 4, 6'],
  ['bixy,iox->boxy', '2, 3, 4, 5', '3, 6, 4'],
  ['b l h d, b s h d -> b h l s', '2, 3, 4, 5', '2, 6, 4, 5'],
  ['bhls,bshd->blhd', '2, 4, 3, 6', '2, 6, 4, 5'],
  ['i,j->ij', '3', '4'],
  ['i,i->', '5', '5'],
  ['i,i->i', '5', '5'],
  ['ij,ij->i', '3, 4', '3, 4'],
  ['ij->ji', '3, 4'],
  ['ij->i', '3, 4'],
  ['ij->', '3, 4'],
  ['ij', '3, 4'],
  ['ba', '3, 4'],
  ['ij,jk', '2, 3', '3, 4'],
  ['...ij->...ji', '2, 3, 4'],
  ['...,...->...', '2, 3', '3'],
  ['...ij,...jk->...ik', '5, 2, 3', '1, 3, 4'],
  ['...ij,jk', '2, 5, 2, 3', '3, 4'],
  ['b...i,oi->b...o', '2, 3, 5, 4', '6, 4'],
  ['bn,anm,bm->ba', '2, 3', '5, 3, 4', '2, 4'],
  ['ij,jk,kl,lm->im', '2, 3', '3, 4', '4, 5', '5, 2'],
  ['a,b,c->cab', '2', '3', '4'],
  ['ij,kl->', '2, 3', '4, 5'],
  ['ij,kl->jk', '2, 3', '4, 5'],
  ['ij,jk->ik', '2, 1', '3, 4'],
  ['bij,bjk->bik', '1, 2, 3', '4, 3, 5'],
  ['bhwi,io->bhwo', '2, 3, 4, 5', '5, 6'],
  ['bchw,chw->bc', '2, 3, 4, 5', '3, 4, 5'],
  [',ij->ij', '', '2, 3'],
];

const einsum: Table = {};
for (const [equation, ...shapes] of EQUATIONS) {
  const names = shapes.map((_, i) => 'xyzw'[i]!);
  const given = Object.fromEntries(shapes.map((shape, i) => [names[i]!, `randn(${shape})`]));
  const call = `einsum('${equation}', ${names.join(', ')})`;
  einsum[`${equation} of [${shapes.join('], [')}]`] = { given, torch: `torch.${call}`, mindspore: `mindport_ops.${call}` };
}
Object.assign(
  einsum,
  cases([
    [
      'operands in a list',
      { x: 'randn(2, 3)', y: 'randn(3, 4)' },
      "torch.einsum('ij,jk->ik', [x, y])",
      "mindport_ops.einsum('ij,jk->ik', [x, y])",
    ],
    [
      'complex operands',
      { z: 'complex64(2, 3, 4)', w: 'complex64(3, 4, 5)' },
      "torch.einsum('...bi,bio->...bo', z, w)",
      "mindport_ops.einsum('...bi,bio->...bo', z, w)",
    ],
    [
      'complex and real',
      { z: 'complex64(2, 3)', y: 'randn(3, 5)' },
      "torch.einsum('ij,jk->ki', z, y.to(z.dtype))",
      "mindport_ops.einsum('ij,jk->ki', z, y)",
    ],
    [
      'real and complex, elementwise',
      { x: 'randn(2, 3)', w: 'complex64(3)' },
      "torch.einsum('ij,j->ij', x.to(w.dtype), w)",
      "mindport_ops.einsum('ij,j->ij', x, w)",
    ],
    [
      'parts of a complex tensor, sliced',
      { z: 'complex64(2, 8, 5, 3, 4)', w: 'randn(3, 4, 6)' },
      "torch.einsum('...bi,bio->...bo', z[:, 2:6, :3].real, w) - torch.einsum('...bi,bio->...bo', z[:, 2:6, :3].imag, w)",
      "mindport_ops.einsum('...bi,bio->...bo', mindport_ops.real(z[:, 2:6, :3]), w) - mindport_ops.einsum('...bi,bio->...bo', mindport_ops.imag(z[:, 2:6, :3]), w)",
    ],
    [
      'float64',
      { x: 'randn(2, 3).float64', y: 'randn(3, 4).float64' },
      "torch.einsum('ij,jk->ik', x, y)",
      "mindport_ops.einsum('ij,jk->ik', x, y)",
    ],
  ]),
);

const PATTERNS: [shape: string, pattern: string, axes?: string][] = [
  ['2, 3, 4, 5', 'b c h w -> b (c h w)'],
  ['2, 3, 4, 5', 'b c h w -> b h w c'],
  ['2, 3, 4, 6', 'b c (h p1) (w p2) -> b (h w) (p1 p2 c)', 'p1=2, p2=3'],
  ['2, 6, 36', 'b (h w) (p1 p2 c_out) -> b c_out (h p1) (w p2)', 'h=2, p1=3, p2=4'],
  ['2, 3, 4', 'b ... -> ... b'],
  ['2, 3, 4, 5', 'b ... c -> b (...) c'],
  ['2, 3, 4', '... -> (...)'],
  ['2, 1, 4', 'b 1 c -> b c'],
  ['2, 4', 'b c -> b 1 c ()'],
  ['6', '(a b) -> b a', 'a=2'],
  ['2, 3, 4', 'a b c->c a b'],
  ['2, 3', 'a b -> a b'],
];
const named: Table = {};
for (const [shape, pattern, axes] of PATTERNS) {
  const call = `rearrange(x, '${pattern}'${axes ? `, ${axes}` : ''})`;
  named[`rearrange [${shape}] ${pattern}`] = {
    given: { x: `randn(${shape})` },
    torch: `einops.${call}`,
    mindspore: `mindport_ops.${call}`,
  };
}
const REDUCTIONS: [shape: string, pattern: string, reduction: string, axes?: string][] = [
  ['2, 3, 4, 6', 'b c (h h2) (w w2) -> b c h w', 'max', 'h2=2, w2=3'],
  ['2, 3, 4, 6', 'b c (h 2) (w 2) -> b c h w', 'mean'],
  ['2, 3, 4', 'b c t -> b c', 'sum'],
  ['2, 3, 4', 'b c t -> t', 'min'],
  ['2, 3, 4', 'b ... -> b', 'mean'],
  ['2, 3, 4', 'b c t -> b 1 t', 'prod'],
  ['2, 3, 4', 'b c t -> ', 'sum'],
  ['2, 3, 4', 'b c t -> t b', 'max'],
];
for (const [shape, pattern, reduction, axes] of REDUCTIONS) {
  const call = `reduce(x, '${pattern}', '${reduction}'${axes ? `, ${axes}` : ''})`;
  named[`reduce [${shape}] ${pattern} by ${reduction}`] = {
    given: { x: `distinct(${shape})` },
    torch: `einops.${call}`,
    mindspore: `mindport_ops.${call}`,
  };
}
const REPETITIONS: [shape: string, pattern: string, axes?: string][] = [
  ['2, 3', 'h w -> h w c', 'c=4'],
  ['2, 3', 'h w -> (h h2) (w w2)', 'h2=2, w2=3'],
  ['2, 3', 'h w -> b w h', 'b=2'],
  ['3, 4', '... -> b ...', 'b=2'],
  ['2, 3', 'h w -> h 3 w'],
  ['1, 5, 4', '1 n d -> b n d', 'b=3'],
];
for (const [shape, pattern, axes] of REPETITIONS) {
  const call = `repeat(x, '${pattern}'${axes ? `, ${axes}` : ''})`;
  named[`repeat [${shape}] ${pattern}`] = { given: { x: `randn(${shape})` }, torch: `einops.${call}`, mindspore: `mindport_ops.${call}` };
}
Object.assign(
  named,
  cases([
    [
      'rearrange a list',
      { xs: '[randn(2, 3), randn(2, 3)]' },
      "einops.rearrange(xs, 'n a b -> a (n b)')",
      "mindport_ops.rearrange(xs, 'n a b -> a (n b)')",
    ],
    [
      'rearrange with a size of the input',
      { x: 'randn(2, 6, 4)' },
      "einops.rearrange(x, 'b (h w) c -> b c h w', h=x.shape[1] // 2)",
      "mindport_ops.rearrange(x, 'b (h w) c -> b c h w', h=x.shape[1] // 2)",
    ],
    ['rearrange integers', { x: 'randint(0, 9, 2, 3)' }, "einops.rearrange(x, 'a b -> b a')", "mindport_ops.rearrange(x, 'a b -> b a')"],
    [
      'rearrange complex numbers',
      { z: 'complex64(2, 3)' },
      "einops.rearrange(z, 'a b -> (b a)')",
      "mindport_ops.rearrange(z, 'a b -> (b a)')",
    ],
    ['reduce truth values', { x: 'bools(3, 4)' }, "einops.reduce(x, 'a b -> a', 'any')", "mindport_ops.reduce(x, 'a b -> a', 'any')"],
  ]),
);

named['Rearrange as a layer'] = {
  given: { x: 'randn(2, 3, 4)' },
  torch: "from einops.layers.torch import Rearrange\nRearrange('b (h k) w -> b k (h w)', k=3)",
  mindspore: "mindport_ops.Rearrange('b (h k) w -> b k (h w)', k=3)",
  apply: ['x'],
};
named['Reduce as a layer'] = {
  given: { x: 'distinct(2, 6, 4)' },
  torch: "from einops.layers.torch import Reduce\nReduce('b (h 2) w -> b h w', 'max')",
  mindspore: "mindport_ops.Reduce('b (h 2) w -> b h w', 'max')",
  apply: ['x'],
};

const SDPA = 'scaled_dot_product_attention';
const QKV = { q: 'randn(2, 3, 5, 4)', k: 'randn(2, 3, 6, 4)', v: 'randn(2, 3, 6, 7)' };
const attention = cases([
  ['plain', QKV, `F.${SDPA}(q, k, v)`, `mindport_ops.${SDPA}(q, k, v)`],
  ['scaled', QKV, `F.${SDPA}(q, k, v, scale=0.3)`, `mindport_ops.${SDPA}(q, k, v, scale=0.3)`],
  ['causal', QKV, `F.${SDPA}(q, k, v, is_causal=True)`, `mindport_ops.${SDPA}(q, k, v, is_causal=True)`],
  ['boolean mask', { ...QKV, m: 'bools(5, 6)' }, `F.${SDPA}(q, k, v, attn_mask=m)`, `mindport_ops.${SDPA}(q, k, v, attn_mask=m)`],
  [
    'a row closed',
    { ...QKV, m: 'tensor([[True] * 6, [False] * 6, [True, False] * 3, [True] * 6, [False] * 6])' },
    `F.${SDPA}(q, k, v, attn_mask=m)`,
    `mindport_ops.${SDPA}(q, k, v, attn_mask=m)`,
  ],
  ['added mask', { ...QKV, m: 'randn(2, 1, 5, 6)' }, `F.${SDPA}(q, k, v, attn_mask=m)`, `mindport_ops.${SDPA}(q, k, v, attn_mask=m)`],
  [
    'added mask of minus infinity',
    { q: 'randn(3, 4)', k: 'randn(3, 4)', v: 'randn(3, 4)' },
    `m = torch.full((3, 3), float('-inf')).triu(1)\nF.${SDPA}(q, k, v, attn_mask=m)`,
    `m = ms.Tensor(np.triu(np.full((3, 3), -np.inf, np.float32), 1))\nmindport_ops.${SDPA}(q, k, v, attn_mask=m)`,
  ],
  [
    'grouped queries',
    { q: 'randn(2, 6, 5, 4)', k: 'randn(2, 2, 5, 4)', v: 'randn(2, 2, 5, 4)' },
    `F.${SDPA}(q, k, v, enable_gqa=True)`,
    `mindport_ops.${SDPA}(q, k, v, enable_gqa=True)`,
  ],
]);

const others = cases([
  ['layer_norm', { x: 'randn(2, 3, 8)' }, 'F.layer_norm(x, (8,))', 'mindport_ops.layer_norm(x, (8,))'],
  ['layer_norm by an integer', { x: 'randn(2, 8)' }, 'F.layer_norm(x, [8])', 'mindport_ops.layer_norm(x, 8)'],
  [
    'layer_norm over two dimensions, with weights',
    { x: 'randn(2, 3, 8)', w: 'randn(3, 8)', b: 'randn(3, 8)' },
    'F.layer_norm(x, (3, 8), w, b, 1e-6)',
    'mindport_ops.layer_norm(x, (3, 8), w, b, 1e-6)',
  ],
  ['layer_norm of a small variance', { x: 'randn(4, 8) * 0.001' }, 'F.layer_norm(x, (8,))', 'mindport_ops.layer_norm(x, (8,))'],
  [
    'layer_norm with weight alone',
    { x: 'randn(4, 8)', w: 'randn(8)' },
    'F.layer_norm(x, (8,), weight=w)',
    'mindport_ops.layer_norm(x, (8,), weight=w)',
  ],
  ['roll', { x: 'randn(3, 5)' }, 'torch.roll(x, 2, 1)', 'mindport_ops.roll(x, 2, 1)'],
  ['roll, negative', { x: 'randn(3, 5)' }, 'torch.roll(x, -7, -1)', 'mindport_ops.roll(x, -7, -1)'],
  ['roll, two dimensions', { x: 'randn(3, 4, 6)' }, 'torch.roll(x, (-2, 3), (1, 2))', 'mindport_ops.roll(x, (-2, 3), (1, 2))'],
  ['roll, the same dimension twice', { x: 'randn(7)' }, 'torch.roll(x, (1, 2), (0, 0))', 'mindport_ops.roll(x, (1, 2), (0, 0))'],
  ['roll, flattened', { x: 'randn(3, 4)' }, 'torch.roll(x, 5)', 'mindport_ops.roll(x, 5)'],
  ['fftshift, odd and even', { x: 'randn(5, 4)' }, 'torch.fft.fftshift(x)', 'mindport_ops.fftshift(x)'],
  ['fftshift, one dimension', { x: 'randn(3, 5)' }, 'torch.fft.fftshift(x, dim=-1)', 'mindport_ops.fftshift(x, dim=-1)'],
  ['ifftshift, odd and even', { x: 'randn(5, 4)' }, 'torch.fft.ifftshift(x)', 'mindport_ops.ifftshift(x)'],
  [
    'in-place chain',
    { x: 'randn(3, 4)', y: 'randn(3, 4)' },
    'out = x * 1\nout.add_(y, alpha=0.1).sub_(1.0)\nout',
    'out = x * 1\nmindport_ops.inplace.sub_(mindport_ops.inplace.add_(out, y, alpha=0.1), 1.0)\nout',
  ],
  ['sliding_windows', { x: 'randn(3, 5)' }, 'x.unfold(1, 2, 2)', 'mindport_ops.sliding_windows(x, 1, 2, 2)'],
  ['quantile', { x: 'distinct(3, 5)' }, 'torch.quantile(x, 0.3, dim=0)', 'mindport_ops.quantile(x, 0.3, dim=0)'],
  ['roll by nothing', { x: 'randn(3, 4)' }, 'torch.roll(x, 4, 1)', 'mindport_ops.roll(x, 4, 1)'],
]);

/** Packing, sums over groups and spherical transforms, against what PyTorch and einops say of the same. */
const packing: Table = cases([
  ['pack', { x: 'randn(2, 3, 5)', y: 'randn(2, 4, 3, 5)' }, "einops.pack([x, y], 'n * c')[0]", "mindport_ops.pack([x, y], 'n * c')[0]"],
  [
    'unpack with a rest',
    { x: 'randn(2, 15, 5)' },
    "einops.unpack(x, [(3,), (-1, 2)], 'n * c')",
    "mindport_ops.unpack(x, [(3,), (-1, 2)], 'n * c')",
  ],
  [
    'named_einsum',
    { x: 'randn(2, 3, 5)', y: 'randn(2, 4, 3, 5)' },
    "einops.einsum(x, y, 'bb tt c, bb h tt c -> h bb')",
    "mindport_ops.named_einsum(x, y, 'bb tt c, bb h tt c -> h bb')",
  ],
]);

const INDEX = 'tensor([0, 2, 2, 0, 5, 2])';
const segments: Table = cases([
  [
    'scatter_sum by rows',
    { x: 'randn(6, 3)', i: INDEX },
    'torch.zeros(8, 3).index_add(0, i, x)',
    'mindport_ops.segments.scatter_sum(x, i, 0, None, 8)',
  ],
  [
    'scatter_sum by columns',
    { x: 'randn(3, 6)', i: INDEX },
    'torch.zeros(3, 8).index_add(1, i, x)',
    'mindport_ops.segments.scatter_sum(x, i, -1, None, 8)',
  ],
  [
    'scatter_mean with an index of the same shape',
    { x: 'randn(6, 3)', i: 'randint(0, 4, 6, 3)' },
    "torch.zeros(4, 3).scatter_reduce(0, i, x, 'mean', include_self=False)",
    'mindport_ops.segments.scatter_mean(x, i, 0, None, 4)',
  ],
  [
    'scatter of the largest',
    { x: 'distinct(6, 3)', i: 'randint(0, 4, 6, 3)' },
    "torch.zeros(4, 3).scatter_reduce(0, i, x, 'amax', include_self=False)",
    "mindport_ops.segments.scatter(x, i, 0, 4, 'max')",
  ],
  [
    'softmax of groups',
    { x: 'randn(6, 3)', i: INDEX },
    'torch.exp(x) / torch.zeros(8, 3).index_add(0, i, torch.exp(x))[i]',
    'mindport_ops.segments.softmax(x, i, 8)',
  ],
]);

/** Operators by file of `python/mindport_ops`. */
export const OPERATORS: Record<string, Table> = { fft, complex, einsum, named, attention, packing, segments, others };

/** What must be refused, with the words of the message; in PyNative and, where the message passes, while compiling. */
export const REFUSED: Record<string, { given: Record<string, string>; mindspore: string; because: RegExp }> = {
  'a diagonal': { given: { x: 'randn(3, 3)' }, mindspore: "mindport_ops.einsum('ii->i', x)", because: /diagonal or trace.*not supported/ },
  'operands that do not fit': {
    given: { x: 'randn(2, 3)', y: 'randn(4, 5)' },
    mindspore: "mindport_ops.einsum('ij,jk->ik', x, y)",
    because: /dimension 'j' is 3 in one operand and 4 in another/,
  },
  'a result label from nowhere': { given: { x: 'randn(2, 3)' }, mindspore: "mindport_ops.einsum('ij->k', x)", because: /names 'k'/ },
  'too many labels': { given: { x: 'randn(3)' }, mindspore: "mindport_ops.einsum('ij->i', x)", because: /does not fit an operand with 1/ },
  'an axis that vanishes': { given: { x: 'randn(2, 3)' }, mindspore: "mindport_ops.rearrange(x, 'a b -> a')", because: /'b' is missing/ },
  'an axis that does not divide': {
    given: { x: 'randn(2, 3)' },
    mindspore: "mindport_ops.rearrange(x, 'a (b c) -> a b c', c=2)",
    because: /an axis of size 3 cannot be split by 2/,
  },
  'a size that does not follow': {
    given: { x: 'randn(2, 6)' },
    mindspore: "mindport_ops.rearrange(x, 'a (b c) -> a b c')",
    because: /give all but one/,
  },
  'another number of axes': { given: { x: 'randn(2, 6)' }, mindspore: "mindport_ops.rearrange(x, 'a -> a')", because: /2 dimensions/ },
  'a repetition without size': {
    given: { x: 'randn(2)' },
    mindspore: "mindport_ops.repeat(x, 'a -> a b')",
    because: /size of 'b' is not given/,
  },
  'an unknown norm': { given: { x: 'randn(4, 4)' }, mindspore: "mindport_ops.rfft2_parts(x, norm='other')", because: /norm is one of/ },
  'dimensions named twice': {
    given: { x: 'randn(4, 4)' },
    mindspore: 'mindport_ops.rfft2_parts(x, dim=(1, -1))',
    because: /does not name two/,
  },
  'a last dimension that is no pair': {
    given: { x: 'randn(4, 3)' },
    mindspore: 'mindport_ops.view_as_complex(x)',
    because: /must have size 2/,
  },
  'a shape that is not at the end': {
    given: { x: 'randn(4, 3)' },
    mindspore: 'mindport_ops.layer_norm(x, (4,))',
    because: /does not end with/,
  },
  'two masks': {
    given: { q: 'randn(3, 4)', m: 'bools(3, 3)' },
    mindspore: 'mindport_ops.scaled_dot_product_attention(q, q, q, attn_mask=m, is_causal=True)',
    because: /exclude each other/,
  },
};
