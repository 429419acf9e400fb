// What scripts/python-env.mjs tells the user, by code, in English and Chinese.

/** The Python both frameworks have wheels for. */
export const PYTHON_VERSION = '3.11';

export const MESSAGES = {
  given: {
    en: (p) => `MINDPORT_PYTHON names ${p}, which is not an executable file.`,
    zh: (p) => `MINDPORT_PYTHON 指定的 ${p} 不是可执行文件。`,
  },
  none: {
    en: () =>
      `No Python ${PYTHON_VERSION} found. Install it (Debian: apt-get install python3.11 python3.11-venv), or set MINDPORT_PYTHON to an interpreter with the packages of python/requirements.txt.`,
    zh: () =>
      `未找到 Python ${PYTHON_VERSION}。请安装（Debian：apt-get install python3.11 python3.11-venv），或将 MINDPORT_PYTHON 设为已装有 python/requirements.txt 中各包的解释器。`,
  },
  packages: {
    en: (home) => `installing the packages of python/requirements-packages.txt into ${home}`,
    zh: (home) => `正在把 python/requirements-packages.txt 中的包安装到 ${home}`,
  },
  venv: {
    en: (p) => `${p} has no module venv or ensurepip. Install it (Debian: apt-get install python3.11-venv).`,
    zh: (p) => `${p} 缺少 venv 或 ensurepip 模块。请安装（Debian：apt-get install python3.11-venv）。`,
  },
  disk: {
    en: (dir, free, needed) =>
      `Not enough disk space in ${dir}: ${free} GB free, about ${needed} GB needed. Free some, or set XDG_CACHE_HOME to a folder with room.`,
    zh: (dir, free, needed) =>
      `${dir} 磁盘空间不足：剩余 ${free} GB，约需 ${needed} GB。请清理磁盘，或将 XDG_CACHE_HOME 设为空间充足的目录。`,
  },
  write: {
    en: (dir, why) => `Cannot write to ${dir}: ${why}. Set XDG_CACHE_HOME to a folder you may write to.`,
    zh: (dir, why) => `无法写入 ${dir}：${why}。请将 XDG_CACHE_HOME 设为可写目录。`,
  },
  pip: {
    en: (last) => `pip could not install the packages. Its last lines:\n${last}`,
    zh: (last) => `pip 未能安装所需的包。最后的输出：\n${last}`,
  },
  network: {
    en: (last) =>
      `pip could not reach a package index (no network, or a proxy or mirror is needed: see "pip config"). Its last lines:\n${last}`,
    zh: (last) => `pip 无法访问软件包索引（没有网络，或需要代理或镜像，参见 “pip config”）。最后的输出：\n${last}`,
  },
  full: {
    en: (last) => `The disk became full during installation (pip also uses TMPDIR). pip's last lines:\n${last}`,
    zh: (last) => `安装过程中磁盘已满（pip 还会使用 TMPDIR）。pip 最后的输出：\n${last}`,
  },
  make: {
    en: (dir, python) => `Making the Python environment (torch, mindspore; about 3.7 GB, some minutes) in ${dir} with ${python}`,
    zh: (dir, python) => `正在用 ${python} 在 ${dir} 中创建 Python 环境（torch、mindspore；约 3.7 GB，需数分钟）`,
  },
  layer: {
    en: (version, dir) => `Making the environment for MindSpore ${version} (about 2.3 GB, PyTorch is shared) in ${dir}`,
    zh: (version, dir) => `正在 ${dir} 中创建 MindSpore ${version} 的环境（约 2.3 GB，共用 PyTorch）`,
  },
  version: {
    en: (version) => `${version} is not a version of MindSpore: write it as 2.9.0.`,
    zh: (version) => `${version} 不是 MindSpore 的版本号：请写成 2.9.0 的形式。`,
  },
  wait: {
    en: (pid) => `Another process (${pid}) is making the Python environment; waiting for it`,
    zh: (pid) => `另一个进程（${pid}）正在创建 Python 环境，等待其完成`,
  },
  collecting: { en: (what) => `resolving ${what}`, zh: (what) => `解析 ${what}` },
  downloading: { en: (what) => `downloading ${what}`, zh: (what) => `下载 ${what}` },
  installing: { en: (n) => `installing ${n} packages`, zh: (n) => `安装 ${n} 个包` },
  done: { en: (s) => `ready after ${s} s`, zh: (s) => `已就绪，用时 ${s} 秒` },
};
