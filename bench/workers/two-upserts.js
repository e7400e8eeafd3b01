// The obvious way to count: two upserts for every request, as the products do it that Pixtally replaces. Built
// for the benchmark alone.

import { serve } from "./plain.js";

const PER_IMAGE = `INSERT INTO per_image (owner, date, image_id, variant, country, status, requests, bytes)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)
  ON CONFLICT DO UPDATE SET requests = requests + 1, bytes = bytes + excluded.bytes`;
const PER_OWNER = `INSERT INTO per_owner (owner, date, requests, bytes) VALUES (?1, ?2, 1, ?3)
  ON CONFLICT DO UPDATE SET requests = requests + 1, bytes = bytes + excluded.bytes`;

export default {
  async fetch(request, env, ctx) {
    const response = await serve(request, env, ctx);
    const [, owner, album, file] = new URL(request.url).pathname.split("/");
    const date = new Date().toISOString().slice(0, 10);
    const bytes = Number(response.headers.get("content-length") ?? env.BYTES);
    const country = request.headers.get("cf-ipcountry") ?? "XX";
    ctx.waitUntil(
      env.DB.batch([
        env.DB.prepare(PER_IMAGE).bind(owner, date, `${album}/${file}`, "original", country, response.status, bytes),
        env.DB.prepare(PER_OWNER).bind(owner, date, bytes),
      ]),
    );
    return response;
  },
};
