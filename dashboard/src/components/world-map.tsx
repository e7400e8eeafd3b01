// The world map: the darker a country, the more traffic it has. The list beside it has the same data as text.

import { useEffect, useRef, useState } from "preact/hooks";
import type { World } from "../../build/world.ts";
import type { Breakdown, ValueRow } from "../api/reports.ts";
import { bytes, count } from "../format/number.ts";
import { ORDERS, shareWords } from "../format/order.ts";
import { LIST_BEATS } from "../state/clock.ts";
import { withValue } from "../state/filter.ts";
import { go, view } from "../state/location.ts";
import { shownWhole } from "../state/list.ts";
import { isLive } from "../state/query.ts";
import { useReport } from "../state/report.ts";
import type { Sort } from "../state/view.ts";

const SHADES = 5;

export function WorldMap({ isPaused }: { isPaused: boolean }) {
  const [world, setWorld] = useState<World | null>(null);
  const [pointed, point] = useState<string | null>(null);
  const sort: Sort = view.value.sorted.country ?? "bandwidth";
  const report = useReport<Breakdown>(isPaused ? null : shownWhole("country", sort), { isLive: isLive("country"), beats: LIST_BEATS });
  const frame = useRef<HTMLDivElement>(null);
  // The outlines are a third of the page: they load when the reader comes near them.
  useEffect(() => {
    const near = new IntersectionObserver(([entry]) => {
      if (!entry!.isIntersecting) return;
      near.disconnect();
      void import("virtual:world").then((module) => setWorld(module.default));
    }, { rootMargin: "400px" });
    near.observe(frame.current!);
    return () => near.disconnect();
  }, []);
  const rows = new Map(report.data?.rows.map((row) => [row.value, row]));
  const key = ORDERS[sort].amount;
  const most = Math.max(0, ...[...rows.values()].map((row) => row[key]));
  const shade = (code: string) => {
    const amount = rows.get(code)?.[key] ?? 0;
    // The root makes small countries differ from those without traffic.
    return amount === 0 ? 0 : Math.max(1, Math.ceil(Math.sqrt(amount / most) * SHADES));
  };
  const filter = (code: string) => rows.has(code) && go({ filters: withValue(view.value.filters, "country", code), pages: {} });
  const shapes = (code: string) => ({
    class: `shade-${shade(code)}${rows.has(code) ? " known" : ""}${pointed === code ? " pointed" : ""}`,
    onPointerEnter: () => point(code),
    onPointerLeave: () => point(null),
    onClick: () => filter(code),
  });
  const name = world?.areas.find(([code]) => code === pointed)?.[1] ?? world?.points.find(([code]) => code === pointed)?.[1];
  return (
    <div ref={frame} class={`map${report.isStale ? " stale" : ""}`}>
      {world === null ? (
        <div class="world" />
      ) : (
        <svg viewBox={`0 0 ${world.width} ${world.height}`} role="img" aria-label={`World map of ${sort} by country. The list of countries has the same data.`}>
          {world.areas.map(([code, territory, path]) => (
            <path key={code || territory} d={path} {...(code === "" ? { class: "shade-0" } : shapes(code))} />
          ))}
          {world.points.filter(([code]) => rows.has(code)).map(([code, , x, y]) => (
            <circle key={code} cx={x} cy={y} r={4} {...shapes(code)} />
          ))}
        </svg>
      )}
      <div class="scale" aria-hidden="true">
        {pointed !== null && name !== undefined ? (
          <Words name={rows.get(pointed)?.name ?? name} row={rows.get(pointed)} sort={sort} />
        ) : (
          <>
            <span>0</span>
            {Array.from({ length: SHADES }, (_, index) => (
              <i key={index} class={`shade-${index + 1}`} />
            ))}
            <span>{sort === "bandwidth" ? bytes(most) : `${count(most)} requests`}</span>
          </>
        )}
      </div>
    </div>
  );
}

function Words({ name, row, sort }: { name: string; row: ValueRow | undefined; sort: Sort }) {
  if (!row) return <span>{name}: no traffic</span>;
  const share = shareWords(row, sort);
  return (
    <span>
      <strong>{name}</strong>: {bytes(row.bandwidth_bytes)}, {count(row.requests)} requests{share === null ? "" : `, ${share}`}
    </span>
  );
}
