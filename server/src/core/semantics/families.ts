/** Which packages are PyTorch or built on it, and what other well-known packages hand out. */

/** The packages whose names are references: roots (`torch`) and packages below others (`nvidia.dali`). Which they are is data: `mappings/targets.json`. */
export class Families {
  private readonly names: ReadonlySet<string>;
  /** first parts of the names that have several */
  private readonly stems: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.names = new Set(names);
    this.stems = new Set([...this.names].filter((name) => name.includes('.')).map((name) => name.slice(0, name.indexOf('.'))));
  }

  /** Whether a dotted name is one of the packages or belongs to one. */
  has(name: string): boolean {
    const dot = name.indexOf('.');
    const root = dot < 0 ? name : name.slice(0, dot);
    if (this.names.has(root)) return true;
    if (dot < 0 || !this.stems.has(root)) return false;
    for (let end = name.indexOf('.', dot + 1); end >= 0; end = name.indexOf('.', end + 1))
      if (this.names.has(name.slice(0, end))) return true;
    return this.names.has(name);
  }
}

/** For notations that speak of PyTorch's own tensors only. */
export const PYTORCH = new Families(['torch']);

/** Packages whose calls and values are certainly no tensors, and the name of what they hand out. */
const NO_TENSORS = new Map<string, string>(
  (
    'numpy:numpy.ndarray np:numpy.ndarray scipy:numpy.ndarray pandas:pandas xarray:xarray netCDF4:netCDF4 h5py:h5py zarr:zarr dask:dask cv2:numpy.ndarray ' +
    'PIL:PIL skimage:numpy.ndarray sklearn:sklearn matplotlib:matplotlib cartopy:cartopy seaborn:seaborn wandb:wandb mlflow:mlflow yaml:yaml ' +
    'ruamel:yaml omegaconf:omegaconf hydra:hydra logging:logging argparse:argparse os:os sys:sys re:re math:float time:float datetime:datetime ' +
    'pathlib:pathlib json:json csv:csv glob:glob shutil:shutil subprocess:subprocess socket:socket platform:platform tempfile:tempfile ' +
    'struct:struct string:str textwrap:str warnings:none inspect:inspect traceback:str uuid:uuid hashlib:hashlib urllib:urllib requests:requests ' +
    'threading:threading signal:signal gc:gc psutil:psutil tabulate:str prettytable:prettytable termcolor:str loguru:logging absl:absl ' +
    'getpass:str zipfile:zipfile tarfile:tarfile gzip:gzip io:io ast:ast abc:abc enum:enum dataclasses:dataclasses locale:str calendar:calendar ' +
    'decimal:decimal fractions:fractions statistics:float bisect:int secrets:str base64:bytes tensorboardX:tensorboardX tensorboard:tensorboard ' +
    'tensorflow:tensorflow jax:jax mindspore:mindspore paddle:paddle gym:gym networkx:networkx numba:numba pytest:pytest unittest:unittest'
  )
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);

/** What calling something of this module yields, when that is certainly no tensor; null when nothing is known. */
export function noTensorOf(module: string): string | null {
  const dot = module.indexOf('.');
  return NO_TENSORS.get(dot < 0 ? module : module.slice(0, dot)) ?? null;
}

/** Kinds of `other` whose attributes, items and results are of the same kind again. */
const CLOSED = new Set(
  (
    'numpy.ndarray pandas xarray netCDF4 h5py zarr dask PIL sklearn matplotlib cartopy seaborn wandb logging os sys re datetime pathlib csv glob shutil ' +
    'subprocess tensorflow jax mindspore paddle networkx str int float bool bytes complex'
  ).split(' '),
);
export function isClosed(of: string): boolean {
  return CLOSED.has(of);
}
