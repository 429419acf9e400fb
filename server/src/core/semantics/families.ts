/** Which packages are PyTorch or built on it, and what other well-known packages hand out. Data, and the look-ups on it. */

/** Packages whose names are references. */
const FAMILIES = new Set(
  (
    'torch torchvision torchaudio torchtext torchdata torchmetrics timm einops torch_geometric torch_scatter torch_sparse torch_cluster ' +
    'torch_spline_conv pytorch_lightning lightning lightning_fabric apex torch_harmonics xformers flash_attn deepspeed accelerate transformers ' +
    'diffusers peft fairscale functorch torch_npu dgl tltorch neuralop physicsnemo modulus kornia torchsummary torchinfo'
  ).split(' '),
);

/** Whether a dotted name belongs to a PyTorch-family package. */
export function isFamily(name: string): boolean {
  const dot = name.indexOf('.');
  return FAMILIES.has(dot < 0 ? name : name.slice(0, dot));
}

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
