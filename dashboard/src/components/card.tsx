// One of the figures at the top: what it is, how much, since when it has changed by how much, and its course.

import type { ComponentChildren } from "preact";
import type { Change } from "../format/change.ts";
import { ChangeMark } from "./figure.tsx";
import { Sparkline } from "./sparkline.tsx";

interface Properties {
  title: string;
  /** What is counted, for those who wonder. */
  hint: string;
  children: ComponentChildren;
  note?: ComponentChildren;
  change?: Change | null;
  better?: "up" | "down";
  course?: (number | null)[];
}

export function Card({ title, hint, children, note, change, better, course }: Properties) {
  return (
    <div class="card">
      <dt title={hint}>{title}</dt>
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

/** As high as cards are, while there are none. */
export function CardSkeletons({ titles }: { titles: string[] }) {
  return (
    <dl class="cards" aria-busy="true">
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
