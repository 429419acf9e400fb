import { classNames } from './class-names';
import type { RuleFamily } from './family';
import { limits } from './limits';
import { operators } from './operators';

/** Every family, in the order of their codes. */
export const FAMILIES: readonly RuleFamily[] = [operators, classNames, limits];
