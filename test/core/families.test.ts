/** Packages whose names are references: which they are, and what is said of those with kernels for one vendor's chips. */
import { describe, expect, it } from 'vitest';
import { Families } from '../../server/src/core/semantics/families';
import { findFindings } from '../../server/src/core/rules/findings';
import { catalog, fileOf } from './scene';

const CHIPS = ['torch@dcu-z100l', 'torch_npu@ascend910b', 'mindspore@cpu', 'mindspore@ascend910b'];

describe('families', () => {
  it('are whole packages: roots, and packages below others', () => {
    const families = new Families(['torch', 'nvidia.dali']);
    const names = ['torch', 'torch.nn', 'nvidia.dali', 'nvidia.dali.fn.readers', 'torchy', 'nvidia', 'nvidia.dalite', 'a.torch', ''];
    expect(names.filter((name) => families.has(name))).toEqual(names.slice(0, 4));
  });

  it.each([
    [
      'import triton\nimport triton.language as tl\n@triton.jit\ndef k(p):\n    return tl.load(p)\n',
      ['triton.jit', 'triton.language.load'],
    ],
    ['import nvidia.dali.fn as fn\nx = fn.readers.file(file_root=root)\n', ['nvidia.dali.fn.readers.file']],
    ['import nvidia.dali\np = nvidia.dali.Pipeline(batch_size=2)\n', ['nvidia.dali.Pipeline']],
    ['from nvidia.dali.pipeline import Pipeline\nclass P(Pipeline):\n    pass\n', ['nvidia.dali.pipeline.Pipeline']],
    ['from nvidia import dali\np = dali.pipeline_def(f)\n', ['nvidia.dali.pipeline_def']],
    ['from flash_attn import flash_attn_func\ny = flash_attn_func(q, k, v)\n', ['flash_attn.flash_attn_func']],
    ['import xformers.ops as xops\ny = xops.memory_efficient_attention(q, k, v)\n', ['xformers.ops.memory_efficient_attention']],
    ['from apex.optimizers import FusedAdam\no = FusedAdam(ps)\n', ['apex.optimizers.FusedAdam']],
    [
      'from torch.utils.cpp_extension import load, CUDAExtension\nm = load(name="a", sources=["a.cu"])\ne = CUDAExtension("a", ["a.cu"])\n',
      ['torch.utils.cpp_extension.load', 'torch.utils.cpp_extension.CUDAExtension'],
    ],
  ])('are flagged for chips their kernels are not for: %j', (text, names) => {
    for (const chip of CHIPS) {
      const findings = findFindings(fileOf(text, [chip]));
      expect([...new Set(findings.map(({ reference }) => reference?.name))], chip).toEqual(names);
      for (const { reference } of findings) {
        const route = catalog
          .entry(reference!.name)!
          .routes.find(({ route: { on } }) => on.some((id) => id === chip || id === `${chip.split('@')[0]}@*`));
        expect(route?.route.note?.en.length, `${reference!.name} ${chip}`).toBeGreaterThan(30);
      }
    }
    expect(findFindings(fileOf(text, ['torch@nvidia']))).toEqual([]);
  });
});
