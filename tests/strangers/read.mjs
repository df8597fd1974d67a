/** Reads GLB files with other people's code. stdin: JSON list of paths; stdout: one JSON object a file. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const viewer = createRequire(new URL("../../viewer/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(viewer.resolve(name)).href);
const { WebIO } = await load("@gltf-transform/core");
const { ALL_EXTENSIONS } = await load("@gltf-transform/extensions");
const { MeshoptDecoder } = await load("meshoptimizer");
const draco = viewer("draco3dgltf");
const validator = viewer("gltf-validator");

await MeshoptDecoder.ready;
const io = new WebIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({
  "meshopt.decoder": MeshoptDecoder,
  "draco3d.decoder": await draco.createDecoderModule(),
});

function measure(document) {
  const found = { points: 0, triangles: 0, min: [Infinity, Infinity, Infinity], max: [-Infinity, -Infinity, -Infinity] };
  found.attributes = new Set();
  for (const scene of document.getRoot().listScenes())
    scene.traverse((node) => {
      const matrix = node.getWorldMatrix();
      for (const primitive of node.getMesh()?.listPrimitives() ?? []) {
        const position = primitive.getAttribute("POSITION");
        const indices = primitive.getIndices();
        const count = indices ? indices.getCount() : position.getCount();
        if (primitive.getMode() === 0) found.points += count;
        else if (primitive.getMode() === 4) found.triangles += count / 3;
        else throw new Error(`mode ${primitive.getMode()}`);
        primitive.listSemantics().forEach((name) => found.attributes.add(name));
        const element = [];
        for (let i = 0; i < position.getCount(); i++) {
          position.getElement(i, element);
          for (let r = 0; r < 3; r++) {
            const value = matrix[r] * element[0] + matrix[4 + r] * element[1] + matrix[8 + r] * element[2] + matrix[12 + r];
            if (!Number.isFinite(value)) throw new Error("a position is not finite");
            found.min[r] = Math.min(found.min[r], value);
            found.max[r] = Math.max(found.max[r], value);
          }
        }
        if (indices) for (const index of indices.getArray()) if (index >= position.getCount()) throw new Error("index out of range");
      }
    });
  return { ...found, attributes: [...found.attributes].sort() };
}

for (const path of JSON.parse(readFileSync(0, "utf8"))) {
  const bytes = new Uint8Array(readFileSync(path));
  const report = await validator.validateBytes(bytes, { maxIssues: 5 });
  const issues = report.issues.messages.filter((m) => m.severity === 0).map((m) => `${m.code} ${m.pointer ?? ""}: ${m.message}`);
  const textures = report.info?.resources?.filter((r) => r.image).length ?? 0;
  console.log(JSON.stringify({ path, errors: report.issues.numErrors, issues, textures, ...measure(await io.readBinary(bytes)) }));
}
