/** Methods and properties of tensors: what they yield, and which names nothing else has. */
import { TENSOR_METHODS, TENSOR_PROPERTIES } from './facts/tensor';

function invert(groups: Record<string, string>): Map<string, string> {
  const map = new Map<string, string>();
  for (const [result, names] of Object.entries(groups)) for (const name of names.split(' ')) map.set(name, result);
  return map;
}

/** Method name → result notation. */
export const METHOD_RESULTS = invert(TENSOR_METHODS);
/** Property name → type notation. */
export const PROPERTY_TYPES = invert(TENSOR_PROPERTIES);

/** Methods and attributes that numpy arrays, pandas/xarray objects, builtins, files, paths or common user classes have too. */
const SHARED = new Set(
  // numpy.ndarray
  (
    'T all any argmax argmin argsort astype byteswap choose clip compress conj conjugate copy cumprod cumsum data diagonal dot dtype fill flatten ' +
    'imag item itemset itemsize max mean min nbytes ndim nonzero prod ptp put ravel real repeat reshape resize round searchsorted ' +
    'setflags shape size sort squeeze std strides sum swapaxes take tobytes tolist trace transpose var view ' +
    // pandas, xarray, dask
    'abs absolute absolute_ add apply div divide eq expanding ge gt le lt mul multiply ne pow sub subtract mode median quantile rank rename diff cov corr kurt ' +
    'unique values index isin where mask stack unstack floor ceil sqrt exp log sin cos tan chunk chunks expand isnull fix dist histogram ' +
    'cummax cummin prod roll sel indices reciprocal rolling ' +
    // builtins
    'split count real imag union difference add values index hex from_bytes is_integer sort ' +
    // files, configurations, modules, optimizers, devices, loggers, PIL, h5py, user code
    'type to cpu cuda float double half bool int long short byte char log name names device grad norm map_ select render scatter gather ' +
    'type_as requires_grad size id reset set_ get_device numpy is_set_to is_shared share_memory_ zero_grad train eval apply step save new ' +
    'index_put crop rotate resize flip filter layout volatile output_nr H mH equal test cross trunc storage backward bfloat16 requires_grad_ ' +
    'is_complex is_sparse dim t clone update range erf gamma sign outer inner det inverse short cauchy_ xpu ipu mtia reinforce positive ' +
    'negative square minimum maximum less greater not_equal tile narrow close lu qr svd eig solve align_to put_ pin_memory fill_ frac ' +
    'normal_ where round_ view_as map2_ module_load trace relu sigmoid tanh softmax log_softmax matmul bmm mm prelu hardshrink dropout to_dense adjoint'
  ).split(' '),
);

/** Names that only tensors have: seeing one is evidence on its own. */
export const TENSOR_ONLY = new Set([...METHOD_RESULTS.keys()].filter((name) => !SHARED.has(name)));
/** Tensor methods numpy arrays, pandas and xarray objects lack, though other things have them. */
const NOT_OF_ARRAYS = new Set(
  'to cpu cuda float double half bool int long short byte numpy dim grad requires_grad size device backward'.split(' '),
);

/** What numpy's arrays have of it. */
const OF_NUMPY = new Set(
  (
    'T all any argmax argmin argsort clip conj copy cumprod cumsum data diagonal dot dtype flatten imag item itemsize max mean min nbytes ' +
    'ndim nonzero prod put ravel real repeat reshape resize round shape size sort squeeze std sum swapaxes take tolist trace transpose var view'
  ).split(' '),
);

/** Whether a value that is certainly no tensor may have an attribute of this name all the same. */
export function otherHas(of: string, attr: string): boolean {
  if (of === 'int' || of === 'float' || of === 'bool' || of === 'complex') return attr === 'real' || attr === 'imag';
  if (of === 'str' || of === 'bytes') return attr === 'split' || attr === 'index' || attr === 'count';
  if (of === 'none' || of === 'no tensor') return false;
  if (TENSOR_ONLY.has(attr)) return false;
  if (of === 'numpy.ndarray') return OF_NUMPY.has(attr);
  return !((of === 'xarray' || of === 'pandas') && NOT_OF_ARRAYS.has(attr) && attr !== 'size');
}

/** Names a numpy array has too: they show an array of one kind or the other. */
export const ARRAY_NAMES = new Set(
  'shape ndim dtype T reshape transpose squeeze flatten ravel mean std var cumsum cumprod argmax argmin swapaxes clip dot real imag'.split(
    ' ',
  ),
);

/** Tensor methods and properties that lists, dicts, strings, sets or numbers have as well. */
export const CONTAINER_NAMES = new Set('values split sort add index count'.split(' '));

/** Methods of lists, dicts, strings and the like that tensors lack: seeing one is evidence against a tensor. */
export const PYTHON_ONLY: ReadonlyMap<string, 'list' | 'dict' | 'str' | 'set'> = new Map(
  (
    [
      ['list', 'append extend insert pop remove reverse'],
      ['dict', 'keys items get setdefault popitem update'],
      [
        'str',
        'startswith endswith lower upper strip lstrip rstrip format join replace rsplit splitlines encode decode title capitalize isdigit zfill find partition',
      ],
      ['set', 'discard'],
    ] as const
  ).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind] as const)),
);
