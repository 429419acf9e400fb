/** `mindport verify`: executes a program and its migration and compares them, through `python -m mindport_verify`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command } from 'commander';
import { PythonError, execute, interpreter } from '../python';
import { wordsOf } from '../words';
import { installation } from './engine';

const WORDS = {
  en: {
    description: 'compare outputs, gradients and training steps of a program and its migration',
    source: 'folder of the PyTorch program',
    migrated: 'folder of the migrated program',
    model: 'what makes the model, package.module:Name, in both folders',
    input: 'a positional input, dtype[shape] or dtype[shape]=low..high; once for each input',
    kwargs: 'keyword arguments of the model as JSON',
    loss: 'loss that is differentiated: mse, l1 or projection (default: mse)',
    steps: 'training steps compared (default: 5)',
    calls: 'calls of each compiled function, each with new data (at least 3; default: 3)',
    seed: 'seed of weights and data (default: 0)',
    forward: 'relative error allowed for outputs (default: 1e-5)',
    gradient: 'relative error allowed for gradients (default: 1e-4)',
    curve: 'relative error allowed for the loss of training steps (default: 1e-3)',
    timeout: 'seconds each side may take (default: 600)',
    python: 'interpreter with both frameworks (default: MINDPORT_PYTHON, or the environment made for it)',
    json: 'print the report as JSON',
    lang: 'language of the output: en or zh-cn',
    noPython: 'No interpreter: give --python or set MINDPORT_PYTHON.',
    noVerifier: 'The folder python/mindport_verify is missing beside this program.',
    notStarted: (python: string, reason: string) => `${python} could not be started: ${reason}`,
  },
  zh: {
    description: '比较程序与其迁移结果的输出、梯度与训练步',
    source: 'PyTorch 程序所在目录',
    migrated: '迁移后程序所在目录',
    model: '两个目录中构造模型的名称：包.模块:名称',
    input: '位置输入，dtype[形状] 或 dtype[形状]=下限..上限，每个输入一次',
    kwargs: '模型的关键字参数（JSON）',
    loss: '求导所用损失：mse、l1 或 projection（默认 mse）',
    steps: '比较的训练步数（默认 5）',
    calls: '每个编译函数的调用次数，每次使用新数据（至少 3，默认 3）',
    seed: '权重与数据的随机种子（默认 0）',
    forward: '输出允许的相对误差（默认 1e-5）',
    gradient: '梯度允许的相对误差（默认 1e-4）',
    curve: '训练步损失允许的相对误差（默认 1e-3）',
    timeout: '每一侧允许的秒数（默认 600）',
    python: '装有两个框架的解释器（默认 MINDPORT_PYTHON，或自动创建的环境）',
    json: '以 JSON 输出报告',
    lang: '输出语言：en 或 zh-cn',
    noPython: '没有解释器：请给出 --python 或设置 MINDPORT_PYTHON。',
    noVerifier: '本程序旁缺少目录 python/mindport_verify。',
    notStarted: (python: string, reason: string) => `无法启动 ${python}：${reason}`,
  },
};

/** Options passed on as they are, by their name in both programs. */
const PASSED = [
  'kwargs',
  'loss',
  'steps',
  'calls',
  'seed',
  'forward-tolerance',
  'gradient-tolerance',
  'curve-tolerance',
  'timeout',
] as const;

type Options = { model: string; input: string[]; python?: string; json?: boolean } & Record<string, unknown>;

/** Arguments of `python -m mindport_verify`. */
export function verifierArguments(source: string, migrated: string, options: Options, language: 'en' | 'zh'): string[] {
  const named = (option: string): unknown => options[option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  return [
    '-m',
    'mindport_verify',
    `--source=${source}`,
    `--migrated=${migrated}`,
    `--model=${options.model}`,
    ...options.input.map((spec) => `--input=${spec}`),
    ...PASSED.flatMap((option) => (named(option) === undefined ? [] : [`--${option}=${String(named(option))}`])),
    `--lang=${language === 'zh' ? 'zh-cn' : 'en'}`,
    ...(options.json ? ['--json'] : []),
  ];
}

/** Adds `verify` to the command line. */
export function register(program: Command): void {
  const { language } = wordsOf(process.argv);
  const text = WORDS[language];
  program
    .command('verify')
    .description(text.description)
    .argument('<source>', text.source)
    .argument('<migrated>', text.migrated)
    .requiredOption('--model <name>', text.model)
    .requiredOption('--input <spec>', text.input, (spec: string, before: string[] | undefined) => [...(before ?? []), spec])
    .option('--kwargs <json>', text.kwargs)
    .option('--loss <name>', text.loss)
    .option('--steps <n>', text.steps)
    .option('--calls <n>', text.calls)
    .option('--seed <n>', text.seed)
    .option('--forward-tolerance <x>', text.forward)
    .option('--gradient-tolerance <x>', text.gradient)
    .option('--curve-tolerance <x>', text.curve)
    .option('--timeout <seconds>', text.timeout)
    .option('--python <path>', text.python)
    .option('--json', text.json)
    .option('--lang <language>', text.lang)
    .action(async (source: string, migrated: string, options: Options) => {
      try {
        const root = installation();
        if (!existsSync(join(root, 'python', 'mindport_verify', '__main__.py'))) throw new PythonError(text.noVerifier);
        const args = verifierArguments(source, migrated, options, language);
        process.exitCode = await execute(interpreter(root, options.python, text), root, args, text);
      } catch (error) {
        if (!(error instanceof PythonError)) throw error;
        if (error.message) process.stderr.write(`mindport: ${error.message}\n`);
        process.exitCode = 2;
      }
    });
}
