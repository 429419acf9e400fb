/** The metrics tool (`python/mindport_metrics`). */
import { pythonTests } from './python-unittests';

pythonTests('metrics from saved fields', 'metrics');
