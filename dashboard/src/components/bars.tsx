// One metric as bars, for a day or two: too few for a line.

interface Properties {
  days: Bar[];
  format: (value: number) => string;
}

export interface Bar {
  name: string;
  /** Null: unknown. */
  value: number | null;
  /** A day of the previous period. */
  isThen: boolean;
}

export function Bars({ days, format }: Properties) {
  const most = Math.max(1, ...days.map((day) => day.value ?? 0));
  return (
    <ul class="bars">
      {days.map(({ name, value, isThen }) => (
        <li key={`${name} ${isThen}`} class={isThen ? "then" : ""}>
          <span class="day">{name}</span>
          <span class="track" aria-hidden="true">
            <i style={{ width: `${(((value ?? 0) / most) * 100).toFixed(2)}%` }} />
          </span>
          <span class="amount">{value === null ? "unknown" : format(value)}</span>
        </li>
      ))}
    </ul>
  );
}
