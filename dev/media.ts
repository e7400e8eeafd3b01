// Sample media of several owners: real files in every format that matters, drawn at set-up from a few shapes,
// so that the repository carries no pictures. The video is shipped: it is small, and nothing here can make one.

import { readFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { seeded } from "./random.ts";

export interface SampleFile {
  /** owner/album/file, or a derived object's key */
  key: string;
  contentType: string;
  body: Buffer;
  metadata?: Record<string, string>;
}

const MEDIA = path.join(import.meta.dirname, "media");

type Format = "jpeg" | "png" | "webp" | "avif" | "gif" | "svg";

const CONTENT_TYPES: Record<Format, string> = {
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  avif: "image/avif",
  gif: "image/gif",
  svg: "image/svg+xml",
};

/** Key, format, width, and the number that its picture is drawn from. */
const PICTURES: [key: string, format: Format, width: number, seed: number][] = [
  ["alice/pics/sunset.jpg", "jpeg", 1600, 1],
  ["alice/pics/harbour.webp", "webp", 1400, 2],
  ["alice/pics/meadow.avif", "avif", 1200, 3],
  ["alice/pics/logo.svg", "svg", 400, 4],
  ["alice/screens/home.png", "png", 1000, 5],
  ["alice/screens/spinner.gif", "gif", 240, 6],
  ["bob/shop/boots.jpg", "jpeg", 1000, 7],
  ["bob/shop/lamp.jpg", "jpeg", 900, 8],
  ["bob/shop/chair.webp", "webp", 1100, 9],
  ["bob/shop/mug.png", "png", 700, 10],
  ["bob/banners/sale.avif", "avif", 1600, 11],
  ["carol/blog/header.jpg", "jpeg", 1500, 12],
  ["carol/blog/figure 1.png", "png", 800, 13],
];

/** Every sample file. */
export async function sampleMedia(): Promise<SampleFile[]> {
  const dino = await readFile(path.join(MEDIA, "dino.svg"));
  const video = await readFile(path.join(MEDIA, "waves.mp4"));
  const original = await encode(dino, "jpeg", 1200);
  const pictures = PICTURES.map(async ([key, format, width, seed]) => ({
    key,
    contentType: CONTENT_TYPES[format],
    body: await encode(Buffer.from(landscape(seed)), format, width),
  }));
  return [
    { key: "alice/pics/dino.jpg", contentType: "image/jpeg", body: original },
    {
      key: "_derived/alice/pics/dino.jpg/w512",
      contentType: "image/jpeg",
      body: await encode(dino, "jpeg", 512),
      metadata: { "source-bytes": String(original.length) },
    },
    ...(await Promise.all(pictures)),
    { key: "alice/clips/waves.mp4", contentType: "video/mp4", body: video },
    { key: "carol/blog/notes.txt", contentType: "text/plain; charset=utf-8", body: Buffer.from("Notes.\n".repeat(400)) },
  ];
}

async function encode(svg: Buffer, format: Format, width: number): Promise<Buffer> {
  if (format === "svg") return svg;
  const image = sharp(svg, { density: 96 }).resize({ width });
  const quality = { quality: 78 };
  switch (format) {
    case "jpeg":
      return image.jpeg(quality).toBuffer();
    case "webp":
      return image.webp(quality).toBuffer();
    case "avif":
      return image.avif({ quality: 50, effort: 2 }).toBuffer();
    case "gif":
      return image.gif().toBuffer();
    case "png":
      return image.png().toBuffer();
  }
}

/** A sky, a sun and hills; the same seed draws the same picture. */
function landscape(seed: number): string {
  const next = seeded(seed);
  const random = (least: number, most: number) => least + (most - least) * next();
  const hue = random(0, 360);
  const colour = (shift: number, light: number) => `hsl(${((hue + shift) % 360).toFixed(0)} 70% ${light}%)`;
  const hills = [0, 1, 2, 3].map((layer) => {
    const top = 380 + layer * 90;
    const points = Array.from({ length: 13 }, (_, index) => `${index * 100},${(top + random(-60, 60)).toFixed(0)}`);
    return `<polygon points="0,800 ${points.join(" ")} 1200,800" fill="${colour(40 + layer * 15, 55 - layer * 11)}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 800" width="1200" height="800">
    <defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${colour(0, 80)}"/><stop offset="1" stop-color="${colour(30, 60)}"/></linearGradient></defs>
    <rect width="1200" height="800" fill="url(#s)"/>
    <circle cx="${random(200, 1000).toFixed(0)}" cy="${random(120, 260).toFixed(0)}" r="${random(50, 110).toFixed(0)}" fill="#fffbeb"/>
    ${hills.join("\n    ")}
  </svg>`;
}
