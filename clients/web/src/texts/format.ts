/**
 * Dates, numbers, money and ages as people of a language write them, by the platform's own `Intl`. Amounts are whole
 * minor units and stay so until the last step; dates without a time are the calendar's (`2026-11-27`), never a moment.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Digits of a currency's minor unit (ISO 4217), where they are not two; the model's `minor_digits` says the same. */
const MINOR_DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map((code) => [code, 0]),
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3])),
  CLF: 4,
  UYW: 4,
};

/** A unit of length, and how many metres it has. */
interface Length {
  readonly unit: "meter" | "kilometer" | "foot" | "mile";
  readonly size: number;
}
/** The unit for what is near, that for what is far, and from how many metres on. */
interface Units {
  readonly near: Length;
  readonly far: Length;
  readonly from: number;
}
const METRES: Units = { near: { unit: "meter", size: 1 }, far: { unit: "kilometer", size: 1_000 }, from: 1_000 };
const MILE_M = 1_609.344;
const MILES: Units = { near: { unit: "foot", size: 0.3048 }, far: { unit: "mile", size: MILE_M }, from: 0.2 * MILE_M };
/** Where nothing else is known. */
const MILE_REGIONS = ["US", "LR"];

export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2;
}

/** The calendar's day of a moment here, as `2026-11-27`. */
export function isoDay(ms: number): string {
  const day = new Date(ms);
  return `${padded(day.getFullYear(), 4)}-${padded(day.getMonth() + 1, 2)}-${padded(day.getDate(), 2)}`;
}

/** Midnight here at which a calendar day begins; null for what is no day. */
export function dayStart(iso: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (parts === null) return null;
  const [year, month, date] = parts.slice(1).map(Number) as [number, number, number];
  const day = new Date(year, month - 1, date);
  const real = day.getMonth() === month - 1 && day.getDate() === date;
  return real ? day.getTime() : null;
}

/** The moment of a day and a time of it here, as forms hold them; null for what is neither. */
export function momentOf(iso: string, time: string): number | null {
  const midnight = dayStart(iso);
  const parts = /^(\d{2}):(\d{2})/.exec(time);
  if (midnight === null || parts === null) return null;
  return new Date(midnight).setHours(Number(parts[1]), Number(parts[2]));
}

/** The moment that a form's local time names, as the API takes it; null for what is no moment. */
export function isoMoment(local: string): string | null {
  const [day = "", time = ""] = local.split("T");
  const ms = momentOf(day, time);
  return ms === null ? null : new Date(ms).toISOString();
}

/** The time of day of a moment here, as `09:30`. */
export function timeOfDay(ms: number): string {
  const at = new Date(ms);
  return `${padded(at.getHours(), 2)}:${padded(at.getMinutes(), 2)}`;
}

/** The calendar's day so many days after a moment; summer time moves no day. */
export function dayAfter(ms: number, days: number): string {
  const day = new Date(ms);
  return isoDay(new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime());
}

/** Midnight here before a moment, and the next one. */
export function dayBounds(ms: number): readonly [from: number, to: number] {
  const day = new Date(ms);
  const midnight = (offset: number): number =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate() + offset).getTime();
  return [midnight(0), midnight(1)];
}

/** Whole days from the day of `from` to that of `to`, by the calendar. */
export function daysBetween(from: number, to: number): number {
  const noon = (ms: number): number => new Date(ms).setHours(12, 0, 0, 0);
  return Math.round((noon(to) - noon(from)) / DAY);
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}

/** Everything of one language; make it once, as the formats of `Intl` are dear to make. */
export class Formats {
  readonly #time: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #dayOfOtherYear: Intl.DateTimeFormat;
  readonly #longDay: Intl.DateTimeFormat;
  readonly #number: Intl.NumberFormat;
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #money = new Map<string, Intl.NumberFormat>();
  readonly #decimal: string;

  constructor(readonly locale: string) {
    this.#time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
    this.#day = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });
    this.#dayOfOtherYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
    this.#longDay = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.#number = new Intl.NumberFormat(locale);
    this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
    this.#decimal = this.#number.formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";
  }

  time(ms: number): string {
    return this.#time.format(ms);
  }

  longDay(ms: number): string {
    return this.#longDay.format(ms);
  }

  /** The day of `2026-11-27` with its weekday, whatever day it is now. */
  weekday(iso: string): string {
    const start = dayStart(iso);
    return start === null ? iso : this.#day.format(start);
  }

  /** "today", "tomorrow", "yesterday", else the day; with its year where that is not this one. */
  day(ms: number, now: number): string {
    const apart = daysBetween(now, ms);
    if (Math.abs(apart) <= 1) return this.#relative.format(apart, "day");
    const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
    return (sameYear ? this.#day : this.#dayOfOtherYear).format(ms);
  }

  /** The day of `2026-11-27`; what is no day stays as it was written. */
  isoDay(iso: string, now: number): string {
    const start = dayStart(iso);
    return start === null ? iso : this.day(start, now);
  }

  /** The time if it is of today, else the day and the time. */
  moment(ms: number, now: number): string {
    return daysBetween(now, ms) === 0 ? this.time(ms) : `${this.day(ms, now)}, ${this.time(ms)}`;
  }

  /** How long ago or ahead, in the largest unit that fits: "2 hours ago", "in 3 days". */
  ago(ms: number, now: number): string {
    const apart = ms - now;
    const size = Math.abs(apart);
    if (size < MINUTE) return this.#relative.format(0, "second");
    if (size < HOUR) return this.#relative.format(Math.trunc(apart / MINUTE), "minute");
    if (size < DAY) return this.#relative.format(Math.trunc(apart / HOUR), "hour");
    return this.#relative.format(Math.trunc(apart / DAY), "day");
  }

  /** A span such as "2 hours", "12 minutes"; the least is a minute. */
  span(ms: number): string {
    const [unit, size] =
      ms < HOUR ? (["minute", MINUTE] as const) : ms < 2 * DAY ? (["hour", HOUR] as const) : (["day", DAY] as const);
    const count = Math.max(1, Math.round(ms / size));
    return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "long" }).format(count);
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  /** Millionths of a degree as degrees: to a metre. */
  degrees(microdegrees: number): string {
    const format = { minimumFractionDigits: 5, maximumFractionDigits: 5 };
    return `${new Intl.NumberFormat(this.locale, format).format(microdegrees / 1e6)}°`;
  }

  /** Basis points as per cent: 1250 becomes "12.5 %". */
  percent(basisPoints: number): string {
    return new Intl.NumberFormat(this.locale, { style: "percent", maximumFractionDigits: 2 }).format(
      basisPoints / 10_000,
    );
  }

  /** An amount in minor units. An unknown currency is written by its letters. */
  money(minor: number, currency: string): string {
    const digits = minorDigits(currency);
    return this.#moneyFormat(currency, digits).format(decimalText(minor, digits));
  }

  /** An amount as one types it: no sign of the currency, no groups. */
  amount(minor: number, currency: string): string {
    return decimalText(minor, minorDigits(currency)).replace(".", this.#decimal);
  }

  /** What someone typed, in minor units; null if it is no amount, or has more digits than the currency. */
  parseAmount(text: string, currency: string): number | null {
    return parseDecimal(text, minorDigits(currency));
  }

  /** What someone typed as per cent, in basis points. */
  parsePercent(text: string): number | null {
    return parseDecimal(text.replace("%", ""), 2);
  }

  bytes(count: number): string {
    const [unit, size] =
      count >= 1e9
        ? (["gigabyte", 1e9] as const)
        : count >= 1e6
          ? (["megabyte", 1e6] as const)
          : (["kilobyte", 1e3] as const);
    const format = { style: "unit", unit, maximumFractionDigits: count / size < 10 ? 1 : 0 } as const;
    return new Intl.NumberFormat(this.locale, format).format(count / size);
  }

  /** Metres as people say them. */
  distance(metres: number): string {
    const { unit, size } = this.#lengthOf(metres);
    const isNear = unit === "meter" || unit === "foot";
    const value = isNear ? Math.max(10, Math.round(metres / size / 10) * 10) : metres / size;
    const format = { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 } as const;
    return new Intl.NumberFormat(this.locale, format).format(value);
  }

  /** How many metres the unit has in which a distance is said. */
  unitOf(metres: number): number {
    return this.#lengthOf(metres).size;
  }

  #lengthOf(metres: number): Length {
    const { near, far, from } = MILE_REGIONS.includes(new Intl.Locale(this.locale).region ?? "") ? MILES : METRES;
    return metres < from ? near : far;
  }

  #moneyFormat(currency: string, digits: number): Intl.NumberFormat {
    const known = this.#money.get(currency);
    if (known !== undefined) return known;
    const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    const format = /^[A-Z]{3}$/.test(currency)
      ? new Intl.NumberFormat(this.locale, {
          style: "currency",
          currency,
          currencyDisplay: "narrowSymbol",
          ...fraction,
        })
      : new Intl.NumberFormat(this.locale, fraction);
    this.#money.set(currency, format);
    return format;
  }
}

/** Exact: a quotient in floating point could show a cent that is not there. */
export function decimalText(minor: number, digits: number): `${number}` {
  const sign = minor < 0 ? "-" : "";
  const all = String(Math.abs(minor)).padStart(digits + 1, "0");
  const whole = all.slice(0, all.length - digits);
  return (digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${all.slice(-digits)}`) as `${number}`;
}

/** Either sign may part the digits, as keyboards of phones offer one or the other; groups are not understood. */
export function parseDecimal(text: string, digits: number): number | null {
  const parts = /^(\d{1,12})(?:[.,](\d{0,4}))?$/.exec(text.trim());
  if (parts === null) return null;
  const fraction = parts[2] ?? "";
  if (fraction.length > digits) return null;
  return Number(`${parts[1] ?? "0"}${fraction.padEnd(digits, "0")}`);
}
