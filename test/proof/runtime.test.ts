/** The runtime of migrated programs (`python/mindport_ops`). */
import { pythonTests } from './python-unittests';

pythonTests('runtime of migrated programs', 'runtime');
