// One file: its traffic by day, variant, country and status code.

import { useState } from "preact/hooks";
import { reportAddress } from "../api/client.ts";
import type { ImageReport, Row } from "../api/reports.ts";
import { CardSkeletons } from "../components/card.tsx";
import { CsvLink } from "../components/csv-link.tsx";
import { Daily } from "../components/daily.tsx";
import { Link } from "../components/link.tsx";
import { Notice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { Rows } from "../components/rows.tsx";
import { SourceNote } from "../components/source-note.tsx";
import { Stack } from "../components/stack.tsx";
import { TableSkeleton } from "../components/table-skeleton.tsx";
import { mediaAddress } from "../components/thumbnail.tsx";
import { Toolbar } from "../components/toolbar.tsx";
import { CARD_TITLES, TotalCards } from "../components/total-cards.tsx";
import { countryName } from "../format/country.ts";
import { withValue } from "../state/filter.ts";
import { view } from "../state/location.ts";
import { ALL, isLive, narrowed, owner } from "../state/query.ts";
import { receivedAt } from "../state/received.ts";
import { useReport } from "../state/report.ts";
import type { View } from "../state/view.ts";

/** The report of one file has no crawlers. */
const TITLES = CARD_TITLES.filter((title) => title !== "Crawlers");

const VIDEO = /\.(3gp|avi|m4v|mkv|mov|mp4|mpe?g|ogv|webm)$/i;
const IMAGE = /\.(apng|avif|bmp|gif|heic|heif|ico|jpe?g|jxl|png|svg|tiff?|webp)$/i;
/** From this status on, responses do not carry the file: they count as other files. */
const FIRST_ERROR = 400;

/** The dimension that lists a file. */
function kindOf(path: string): string {
  return VIDEO.test(path) ? "video" : IMAGE.test(path) ? "image" : "other";
}

export function Image() {
  const { image, filters } = view.value;
  const path = image === null || owner.value === ALL ? null : reportAddress(`images/${image.split("/").map(encodeURIComponent).join("/")}`, narrowed.value);
  const report = useReport<ImageReport>(path, { isLive: isLive() });
  const { data } = report;
  if (image === null || path === null) {
    return (
      <Notice>
        {owner.value === ALL ? "Select an owner first, then open a file from " : "Open a file from "}
        <Link to={{ view: "overview", image: null }}>Overview</Link>.
      </Notice>
    );
  }
  const named = (rows: Row[]) => rows.map((row) => ({ ...row, name: countryName(row.value) }));
  const to = (dimension: string) => (row: Row): Partial<View> => {
    const isError = dimension === "status" && Number(row.value) >= FIRST_ERROR;
    return { view: "overview", image: null, pages: {}, filters: withValue(withValue(filters, isError ? "other" : kindOf(image), image), dimension, row.value) };
  };
  return (
    <>
      <p class="path">
        <Link to={{ view: "overview", image: null }}>Overview</Link> / {owner.value} /
      </p>
      <Toolbar title={image} isFiltered generatedAt={data === null ? undefined : receivedAt(data)} isLive={isLive()}>
        <CsvLink address={path} of={`traffic of ${image}`} />
      </Toolbar>
      <SourceNote report={report} />
      <Stack report={report}>
        {data === null ? <CardSkeletons titles={TITLES} /> : <TotalCards report={data} comparison={null} hasCrawlers={false} />}
        <div class="grid">
          <Panel title="Traffic" class="span-8">
            {data === null ? <div class="daily-skeleton" /> : <Daily report={data} comparison={null} />}
          </Panel>
          <Panel title="Preview" class="span-4">
            <Preview owner={owner.value} image={image} />
          </Panel>
          <Panel title="Transformations" class="span-4">
            {data === null ? <TableSkeleton rows={4} /> : <Rows dimension="variant" rows={data.variants} to={to("variant")} />}
          </Panel>
          <Panel title="Countries" class="span-4">
            {data === null ? <TableSkeleton rows={4} /> : <Rows dimension="country" rows={named(data.countries)} to={to("country")} />}
          </Panel>
          <Panel title="Status codes" class="span-4">
            {data === null ? <TableSkeleton rows={4} /> : <Rows dimension="status" rows={data.statuses} to={to("status")} />}
            <p class="panel-link hint">
              Missing variants aren’t included. See <Link to={{ view: "errors", image: null, pages: {} }}>Errors</Link>.
            </p>
          </Panel>
        </div>
      </Stack>
    </>
  );
}

/** The file itself, on demand, since loading it counts as a request. */
function Preview({ owner: name, image }: { owner: string; image: string }) {
  const [state, setState] = useState<"off" | "on" | "failed">("off");
  const source = mediaAddress(name, image);
  return (
    <div class="preview">
      {state === "on" ? (
        <img src={source} alt={`Preview of ${image}`} onError={() => setState("failed")} />
      ) : (
        <div class="placeholder">
          {state === "failed" && <p>No preview available.</p>}
          {state === "off" && (
            <button type="button" class="control" onClick={() => setState("on")}>
              Load preview
            </button>
          )}
          <p class="hint">Loading the preview counts as a request.</p>
        </div>
      )}
      <a href={source} target="_blank" rel="noreferrer">
        Open in new tab
      </a>
    </div>
  );
}
