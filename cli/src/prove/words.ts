/** What `mindport prove` says. */
import { wordsOf } from '../words';

const WORDS = {
  en: {
    description: 'execute catalog examples in PyTorch and MindSpore and record the evidence',
    names: 'APIs, by qualified name or alias; * stands for anything (default: all)',
    changed: 'only APIs whose evidence is missing, stale or failed',
    mindspore: 'version of MindSpore, in an environment of its own, e.g. 2.9.0',
    python: 'interpreter with both frameworks (default: MINDPORT_PYTHON, or the environment made for it)',
    jobs: 'processes with both frameworks, about 700 MB each',
    json: 'print the outcome as JSON',
    lang: 'language of the output: en or zh-cn',
    fuzz: 'draw random calls and look for safe routes that disagree; no evidence is written',
    calls: 'random calls for each API',
    seed: 'seed of the random calls: the same seed draws the same calls',
    limit: 'seconds after which no further call is started',
    signatures: 'bind what is written for the Ascend chip against the signatures of every version; nothing is executed',
    root: 'No mappings/records above the current folder: run it in a checkout of MindPort.',
    unknown: (names: string) => `No API with executable examples is named ${names}.`,
    nothing: 'Nothing to prove: all evidence is fresh.',
    wrongVersion: (python: string, found: string, wanted: string) => `${python} has MindSpore ${found}, not ${wanted}.`,
    head: ['API', 'examples', 'forward', 'gradient', 'modes', 'calls'],
    disagree: 'Examples that disagree:',
    without: (count: number, version: string) => `${count} examples have no automatic route in ${version}`,
    total: (apis: number, examples: number, failed: number, seconds: string) =>
      `${apis} APIs, ${examples} examples, ${failed} failed, ${seconds} s`,
    wrote: (path: string) => `evidence: ${path}`,
    fuzzHead: [
      'API',
      'drawn',
      'compared',
      'refused by PyTorch',
      'no safe route',
      'MindSpore raises',
      'float32 digits',
      'NaN, inf',
      'disagree',
    ],
    fuzzTotal: (apis: number, drawn: number, compared: number, refused: number, found: number, seconds: string) =>
      `${apis} APIs, ${drawn} calls drawn, ${compared} compared, ${refused} refused by PyTorch, ${found} disagree, ${seconds} s`,
    fuzzFound: 'Calls that disagree:',
    fuzzNothing: 'No call was compared.',
    bound: (apis: number, calls: number, undocumented: number, failed: number, seconds: string) =>
      `${apis} APIs, ${calls} calls bound, ${undocumented} without a signature, ${failed} do not fit, ${seconds} s`,
    misfit: 'Calls that do not fit:',
    elsewhere: 'Written for Ascend, but documented for other chips only:',
  },
  zh: {
    description: '在 PyTorch 与 MindSpore 中执行映射目录的示例并记录证据',
    names: '接口全名或别名，* 代表任意内容（默认全部）',
    changed: '仅证据缺失、过期或失败的接口',
    mindspore: 'MindSpore 版本（使用独立环境），例如 2.9.0',
    python: '装有两个框架的解释器（默认 MINDPORT_PYTHON，或自动创建的环境）',
    jobs: '同时加载两个框架的进程数，每个约占 700 MB',
    json: '以 JSON 输出结果',
    lang: '输出语言：en 或 zh-cn',
    fuzz: '随机生成调用，查找结果不一致的 safe 路线；不写入证据',
    calls: '每个接口的随机调用次数',
    seed: '随机种子：相同种子生成相同调用',
    limit: '超过该秒数后不再开始新的调用',
    signatures: '将面向昇腾芯片的改写与各版本的函数签名逐一绑定；不执行任何代码',
    root: '当前目录及其上级没有 mappings/records：请在 MindPort 的代码仓库中运行。',
    unknown: (names: string) => `没有带可执行示例的接口名为 ${names}。`,
    nothing: '无需验证：所有证据均为最新。',
    wrongVersion: (python: string, found: string, wanted: string) => `${python} 中的 MindSpore 为 ${found}，而非 ${wanted}。`,
    head: ['接口', '示例', '前向', '梯度', '模式', '调用'],
    disagree: '不一致的示例：',
    without: (count: number, version: string) => `${count} 个示例在 ${version} 中没有可自动应用的路线`,
    total: (apis: number, examples: number, failed: number, seconds: string) =>
      `${apis} 个接口，${examples} 个示例，${failed} 个失败，用时 ${seconds} 秒`,
    wrote: (path: string) => `证据：${path}`,
    fuzzHead: ['接口', '生成', '已比较', 'PyTorch 拒绝', '无 safe 路线', 'MindSpore 报错', '仅 float32 精度', 'NaN、inf', '不一致'],
    fuzzTotal: (apis: number, drawn: number, compared: number, refused: number, found: number, seconds: string) =>
      `${apis} 个接口，生成 ${drawn} 次调用，比较 ${compared} 次，PyTorch 拒绝 ${refused} 次，不一致 ${found} 次，用时 ${seconds} 秒`,
    fuzzFound: '不一致的调用：',
    fuzzNothing: '没有比较任何调用。',
    bound: (apis: number, calls: number, undocumented: number, failed: number, seconds: string) =>
      `${apis} 个接口，绑定 ${calls} 次调用，${undocumented} 次没有签名，${failed} 次不符，用时 ${seconds} 秒`,
    misfit: '与签名不符的调用：',
    elsewhere: '面向昇腾写出，但文档仅列出其他芯片：',
  },
};

export function words(): (typeof WORDS)['en'] {
  return WORDS[wordsOf(process.argv).language];
}
