// A total at the top of a view: its name, value, change and course.

import type { ComponentChildren } from "preact";
import type { Change } from "../format/change.ts";
import { ChangeMark, LOADING } from "./figure.tsx";
import { Hint } from "./hint.tsx";
import { sentence } from "./notice.tsx";
import { Sparkline } from "./sparkline.tsx";

interface Properties {
  title: string;
  /** What the metric means. */
  hint: string;
  /** The value in full. */
  exact?: string;
  children: ComponentChildren;
  note?: ComponentChildren;
  change?: Change | typeof LOADING | null;
  better?: "up" | "down";
  course?: (number | null)[];
}

export function Card({ title, hint, exact, children, note, change, better, course }: Properties) {
  return (
    <div class="card">
      <dt title={hint}>
        {title}
        <Hint about={title.toLowerCase()}>
          <p>{sentence(hint)}</p>
          {exact !== undefined && <p>Exact value: {exact}</p>}
        </Hint>
      </dt>
      <dd>
        <div class="value">{children}</div>
        <div class="beside">
          {change !== undefined && <ChangeMark change={change} better={better} />}
          {note !== undefined && <span class="note">{note}</span>}
        </div>
        {course !== undefined && <Sparkline values={course} />}
      </dd>
    </div>
  );
}

const COLUMNS: Record<number, string> = { 3: "three", 5: "five" };

/** As high as cards. */
export function CardSkeletons({ titles }: { titles: string[] }) {
  return (
    <dl class={`cards ${COLUMNS[titles.length] ?? ""}`} aria-busy="true">
      {titles.map((title) => (
        <div class="card" key={title}>
          <dt>{title}</dt>
          <dd>
            <div class="value">
              <span class="skeleton wide" />
            </div>
            <div class="beside">
              <span class="skeleton" />
            </div>
            <div class="sparkline" />
          </dd>
        </div>
      ))}
    </dl>
  );
}
