/** Numbers and dates as the reader's language writes them. */

export interface Format {
  /** a measured number, about four significant digits */
  number(value: number): string;
  /** seven significant digits: enough to follow a formula, without the noise of binary fractions */
  exact(value: number): string;
  integer(value: number): string;
  /** 0.903 → "0.903×" */
  ratio(value: number): string;
  /** −0.097 → "−9.7%" */
  percent(fraction: number): string;
  /** seconds as hours or minutes when that is easier to grasp, else null */
  duration(seconds: number): string | null;
  /** an ISO date as date and time; the text itself when it is none */
  date(iso: string): string;
  list(items: string[]): string;
  /** a tick of an axis */
  tick(value: number): string;
}

const minus = (text: string): string => text.replace('-', '−');

const raised = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' } as const;

/** "-4.616E-5" as "−4.616 × 10⁻⁵". */
function powerOfTen(text: string): string {
  const [digits = '', exponent = '0'] = text.split('E');
  return `${minus(digits)} × 10${[...exponent].map((sign) => raised[sign as keyof typeof raised] ?? sign).join('')}`;
}

export function formatFor(locale: string): Format {
  const significant = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4 });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const full = new Intl.NumberFormat(locale, { maximumSignificantDigits: 7 });
  const scientific = new Intl.NumberFormat(locale, { notation: 'scientific', maximumSignificantDigits: 4 });
  const scientificFull = new Intl.NumberFormat(locale, { notation: 'scientific', maximumSignificantDigits: 7 });
  const thousandths = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const percents = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  const percentsLarge = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
  const hours = new Intl.NumberFormat(locale, { style: 'unit', unit: 'hour', maximumFractionDigits: 1 });
  const minutes = new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', maximumFractionDigits: 1 });
  const tick = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });

  const number = (value: number): string => {
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-4 || size >= 1e9)) return powerOfTen(scientific.format(value));
    return minus(size >= 1000 ? whole.format(value) : significant.format(value));
  };
  return {
    number,
    exact: (value) => {
      const size = Math.abs(value);
      if (size !== 0 && (size < 1e-4 || size >= 1e15)) return powerOfTen(scientificFull.format(value));
      return minus((size >= 1e6 ? whole : full).format(value));
    },
    integer: (value) => minus(whole.format(value)),
    ratio: (value) => `${minus(Math.abs(value) >= 100 || Math.abs(value) < 0.001 ? number(value) : thousandths.format(value))}×`,
    percent: (fraction) => minus((Math.abs(fraction) >= 10 ? percentsLarge : percents).format(fraction)),
    duration: (seconds) => (seconds >= 7200 ? hours.format(seconds / 3600) : seconds >= 120 ? minutes.format(seconds / 60) : null),
    date: (iso) => {
      const time = Date.parse(iso);
      return Number.isNaN(time) ? iso : dates.format(time);
    },
    list: (items) => lists.format(items),
    tick: (value) => {
      const size = Math.abs(value);
      return size !== 0 && (size < 1e-4 || size >= 1e7) ? powerOfTen(scientific.format(value)) : minus(tick.format(value));
    },
  };
}
