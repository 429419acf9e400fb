/** Starts the results page in the host it finds itself in. */
import 'uplot/dist/uPlot.min.css';
import './styles/theme.css';
import './styles/page.css';
import './styles/table.css';
import './styles/chart.css';
import './styles/figures.css';
import './styles/print.css';
import { findHost } from './host';
import { Page } from './view/page';

const root = document.getElementById('mindport-results');
if (root) new Page(root, findHost()).start();
