/**
 * Decodes every GLB of a packed tileset by the decoder that meshoptimizer's author publishes on npm.
 *
 * argv: the folder of the tileset.
 * stdout: for each tile, in the order of its key, a little-endian uint32, so many bytes of JSON
 * {key, document, bytes: [of each buffer view]}, then the decoded buffer views one after the other.
 */
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const viewer = createRequire(new URL("../../viewer/package.json", import.meta.url));
const { MeshoptDecoder } = await import(pathToFileURL(viewer.resolve("meshoptimizer")).href);
await MeshoptDecoder.ready;

const [folder] = process.argv.slice(2);
const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
const packs = index.packs.map((name) => openSync(join(folder, name), "r"));

function write(bytes) {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at, bytes.length - at);
}

function parsed(glb) {
  const view = new DataView(glb.buffer, glb.byteOffset, glb.byteLength);
  if (view.getUint32(0, true) !== 0x46546c67 || view.getUint32(8, true) !== glb.length) throw new Error("no GLB");
  const length = view.getUint32(12, true);
  const document = JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + length)));
  return { document, binary: glb.subarray(28 + length, 28 + length + view.getUint32(20 + length, true)) };
}

function decoded(view, binary) {
  const packed = view.extensions?.EXT_meshopt_compression ?? view.extensions?.KHR_meshopt_compression;
  if (!packed) return binary.subarray(view.byteOffset ?? 0, (view.byteOffset ?? 0) + view.byteLength);
  const source = binary.subarray(packed.byteOffset ?? 0, (packed.byteOffset ?? 0) + packed.byteLength);
  const target = new Uint8Array(packed.count * packed.byteStride);
  if (target.length !== view.byteLength) throw new Error("a view is not as long as what it is decoded from");
  MeshoptDecoder.decodeGltfBuffer(target, packed.count, packed.byteStride, source, packed.mode, packed.filter);
  return target;
}

const byLevel = (a, b) => a.localeCompare(b, "en", { numeric: true });
for (const key of Object.keys(index.entries).sort(byLevel)) {
  const [pack, offset, length, type] = index.entries[key];
  if (type !== "model/gltf-binary") continue;
  const glb = new Uint8Array(length);
  if (readSync(packs[pack], glb, 0, length, offset) !== length) throw new Error(`${key} is cut`);
  const { document, binary } = parsed(glb);
  const views = document.bufferViews.map((view) => decoded(view, binary));
  const head = new TextEncoder().encode(JSON.stringify({ key, document, bytes: views.map((view) => view.length) }));
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, head.length, true);
  for (const part of [size, head, ...views]) write(part);
}
packs.forEach((pack) => closeSync(pack));
