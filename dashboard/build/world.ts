// The world map as the module `virtual:world`: every country's outline, projected and written as an SVG path while the
// dashboard is built, so that the page needs neither a projection nor a decoder. Outlines are those of Natural Earth.

import { createRequire } from "node:module";
import { geoEqualEarth, geoPath, type GeoPermissibleObjects } from "d3-geo";
import countries from "i18n-iso-countries";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { Plugin } from "vite";

/** What `virtual:world` exports. */
export interface World {
  width: number;
  height: number;
  /** Code, name and outline; no code where a territory has none of its own. */
  areas: [code: string, name: string, path: string][];
  /** Countries too small for an outline: code, name and where they are. */
  points: [code: string, name: string, x: number, y: number][];
}

interface Outline {
  code: string;
  name: string;
  shape: GeoPermissibleObjects;
}

const ID = "virtual:world";
const [WIDTH, HEIGHT] = [900, 430];
/** Nobody there asks for anything, and it would take a quarter of the map. */
const LEFT_OUT = "AQ";
/** Has a code that is in use, and no number. */
const UNNUMBERED: Record<string, string> = { Kosovo: "XK" };

const require = createRequire(import.meta.url);

export function world(): Plugin {
  const resolved = `\0${ID}`;
  return {
    name: "world",
    resolveId: (id) => (id === ID ? resolved : undefined),
    load: (id) => (id === resolved ? `export default JSON.parse(${JSON.stringify(JSON.stringify(project()))})` : undefined),
  };
}

function project(): World {
  const [coarse, fine] = [outlines("110m"), outlines("50m")];
  const land = { type: "GeometryCollection", geometries: coarse.map(({ shape }) => shape) } as GeoPermissibleObjects;
  const path = geoPath(geoEqualEarth().fitSize([WIDTH, HEIGHT], land)).digits(1);
  const drawn = new Set(coarse.map(({ code }) => code));
  const small = fine.filter(({ code }) => code !== "" && !drawn.has(code));
  const round = (coordinate: number) => Math.round(coordinate * 10) / 10;
  return {
    width: WIDTH,
    height: HEIGHT,
    areas: coarse.map(({ code, name, shape }) => [code, name, path(shape) ?? ""]),
    points: small.map(({ code, name, shape }) => {
      const [x, y] = path.centroid(shape);
      return [code, name, round(x), round(y)];
    }),
  };
}

function outlines(resolution: "110m" | "50m"): Outline[] {
  const atlas = require(`world-atlas/countries-${resolution}.json`) as Topology<{ countries: GeometryCollection<{ name: string }> }>;
  const { features } = feature(atlas, atlas.objects.countries);
  const all = features.map((it) => {
    const name = it.properties.name;
    const code = countries.numericToAlpha2(String(it.id ?? "")) ?? UNNUMBERED[name] ?? "";
    return { code, name, shape: it.geometry as GeoPermissibleObjects };
  });
  return all.filter(({ code }) => code !== LEFT_OUT);
}
