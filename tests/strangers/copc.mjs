/** Reads COPC files with npm `copc`: every page and node. stdin: JSON list of paths; stdout: one object a file. */
import { open } from "node:fs/promises";
import { createRequire } from "node:module";

const viewer = createRequire(new URL("../../viewer/package.json", import.meta.url));
const { Copc, Hierarchy, Las } = viewer("copc");
const { createLazPerf } = viewer("laz-perf");
const lazPerf = await createLazPerf();

const rotated = (value, by) => (value << by) | (value >>> (32 - by));

/** MurmurHash3 x86_32 (Appleby 2011) of each record, summed: the order of records plays no part. */
function summed(bytes, size, seed) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += size) {
    let hash = seed;
    for (let i = 0; i < size; i += 4) {
      let word = 0;
      if (i + 4 <= size) word = view.getInt32(at + i, true);
      else for (let b = 0; i + b < size; b++) word |= bytes[at + i + b] << (8 * b);
      hash ^= Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
      hash = (Math.imul(rotated(hash, 13), 5) + 0xe6546b64) | 0;
    }
    hash ^= size;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    sum = (sum + ((hash ^ (hash >>> 16)) >>> 0)) % 2 ** 32;
  }
  return sum;
}

/** Every node of every page, none twice. */
async function nodesOf(read, info) {
  const found = {};
  const pages = [info.rootHierarchyPage];
  while (pages.length) {
    const { nodes, pages: below } = await Copc.loadHierarchyPage(read, pages.pop());
    Object.assign(found, nodes);
    pages.push(...Object.values(below));
  }
  return found;
}

for (const path of JSON.parse((await process.stdin.toArray()).join(""))) {
  const file = await open(path);
  const read = async (begin, end) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - begin), 0, end - begin, begin);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead);
  };
  const copc = await Copc.create(read);
  const { pointDataRecordFormat, pointDataRecordLength: size, pointCount } = copc.header;
  const nodes = await nodesOf(read, copc.info);
  let points = 0;
  let first = 0;
  let second = 0;
  let filled = 0;
  for (const [key, node] of Object.entries(nodes)) {
    if (!node.pointCount) continue;
    const parent = key.split("-").map((part, i) => (i ? Number(part) >> 1 : Number(part) - 1));
    if (parent[0] >= 0 && !nodes[parent.join("-")]) throw new Error(`${key} has no parent`);
    const packed = await Copc.loadCompressedPointDataBuffer(read, node);
    const meta = { pointCount: node.pointCount, pointDataRecordFormat, pointDataRecordLength: size };
    const bytes = await Las.PointData.decompressChunk(packed, meta, lazPerf);
    if (bytes.length !== node.pointCount * size) throw new Error(`${key} holds ${bytes.length} bytes`);
    points += node.pointCount;
    filled += 1;
    first = (first + summed(bytes, size, 1)) % 2 ** 32;
    second = (second + summed(bytes, size, 2)) % 2 ** 32;
  }
  await file.close();
  const extra = (copc.eb ?? []).map((one) => one.name);
  const said = { path, points, declared: pointCount, nodes: filled, hash: [first, second], extra };
  process.stdout.write(`${JSON.stringify({ ...said, wkt: Boolean(copc.wkt) })}\n`);
}
