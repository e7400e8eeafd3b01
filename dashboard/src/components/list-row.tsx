// A row of a list: a value, its traffic and its change. A press on it filters by the value.

import type { TargetedMouseEvent } from "preact";
import type { ValueRow } from "../api/reports.ts";
import type { Change } from "../format/change.ts";
import { OTHER, noun, valueLabel, valueTitle } from "../format/label.ts";
import { exact, percent } from "../format/number.ts";
import { ORDERS, shareWords } from "../format/order.ts";
import { withValue } from "../state/filter.ts";
import { isStrict } from "../state/health.ts";
import { canComplete, isComplete } from "../state/list.ts";
import { view } from "../state/location.ts";
import { thumbnails } from "../state/preference.ts";
import { ALL, owner } from "../state/query.ts";
import type { Sort } from "../state/view.ts";
import { Bytes, ChangeMark, Count } from "./figure.tsx";
import { Hint } from "./hint.tsx";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";
import { ShareBar } from "./share-bar.tsx";
import { Thumbnail } from "./thumbnail.tsx";

/** The dimensions with files as values. */
export const FILES = ["image", "video", "other"];

/** Whether the values of a dimension have their own view. */
export function canOpen(dimension: string): boolean {
  return FILES.includes(dimension) && owner.value !== ALL;
}

export type Changes = (row: ValueRow) => Change | null;

interface RowProperties {
  dimension: string;
  sort: Sort;
  row: ValueRow;
  changes: Changes | null;
  undercount?: number;
}

export function ListRow({ dimension, sort, row, changes, undercount }: RowProperties) {
  const order = ORDERS[sort];
  const words = shareWords(row, sort) ?? percent(0);
  return (
    <tr onClick={followRow}>
      <th scope="row" title={`${words} of all ${order.noun}`}>
        <ShareBar share={row[order.share]} />
        <div class="value">
          <Value dimension={dimension} row={row} undercount={undercount} />
          <span class="share">{words}</span>
        </div>
      </th>
      <td class={sort === "bandwidth" ? "amount by" : "amount"}>
        <Bytes value={row.bandwidth_bytes} />
      </td>
      <td class={sort === "requests" ? "amount by" : "amount"}>
        <Count value={row.requests} />
      </td>
      {changes !== null && (
        <td class="amount change-column">
          <ChangeMark change={changes(row)} />
        </td>
      )}
      {canOpen(dimension) && <td class="amount open-column">{!row.value.startsWith("(") && <Open file={row.value} />}</td>}
    </tr>
  );
}

/** With a finger, a press anywhere in the row follows the link of its name. */
function followRow({ target, currentTarget }: TargetedMouseEvent<HTMLTableRowElement>): void {
  if (!matchMedia("(pointer: coarse)").matches || !(target instanceof Element) || target.closest("a, button, [popover]")) return;
  currentTarget.querySelector<HTMLElement>("a.name")?.click();
}

function Open({ file }: { file: string }) {
  return (
    <Link class="open" label={`Open ${file}`} title="Open file details" to={{ view: "image", image: file, pages: {} }}>
      <Icon name="right" />
    </Link>
  );
}

function Value({ dimension, row, undercount }: { dimension: string; row: ValueRow; undercount?: number }) {
  const label = valueLabel(dimension, row.value, row.name, isStrict.value);
  if (row.value === OTHER) return <Other dimension={dimension} label={label} undercount={undercount} />;
  if (dimension === "owner") {
    return row.value.startsWith("_") ? <span class="name">{label}</span> : <Link class="name" label={`Show ${label}`} to={{ owner: row.value, filters: [], pages: {} }}>{label}</Link>;
  }
  const isFile = !row.value.startsWith("(");
  return (
    <>
      {isFile && canOpen(dimension) && thumbnails.value === "on" && dimension === "image" && <Thumbnail owner={owner.value} image={row.value} size={24} />}
      <Link class={isFile && FILES.includes(dimension) ? "name file" : "name"} label={`Filter by ${label}`} title={row.operator ?? valueTitle(dimension, row.value, row.name)} to={{ filters: withValue(view.value.filters, dimension, row.value), pages: {} }}>
        <bdi dir="ltr">{label}</bdi>
      </Link>
      {row.own && <span class="aside">own</span>}
    </>
  );
}

/** The values without a row, and the way to them. */
function Other({ dimension, label, undercount }: { dimension: string; label: string; undercount?: number }) {
  const { complete, pages } = view.value;
  const most = undercount ? ` None has more than ${exact(undercount)} of these requests.` : "";
  return (
    <>
      <span class="name other">{label}</span>
      <Hint about="all others">Smaller values combined.{most}</Hint>
      {canComplete(dimension) && !isComplete(dimension) && (
        <Link class="show" label={`Show all ${noun(dimension, 2)}`} title={`Show all ${noun(dimension, 2)}`} to={{ complete: [...complete, dimension], pages: { ...pages, [dimension]: 1 } }}>
          Show all
        </Link>
      )}
    </>
  );
}

/** As high as a row. */
export function SkeletonRow({ dimension, hasChanges }: { dimension: string; hasChanges: boolean }) {
  const amounts = 2 + Number(hasChanges);
  return (
    <tr aria-hidden="true">
      <td>
        <span class="skeleton wide" />
      </td>
      {Array.from({ length: amounts }, (_, index) => (
        <td key={index} class={index === 2 ? "amount change-column" : "amount"}>
          <span class="skeleton" />
        </td>
      ))}
      {canOpen(dimension) && <td />}
    </tr>
  );
}
