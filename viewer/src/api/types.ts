/** What the API answers, as far as the pages read it (OpenAPI at /openapi.json is the final word). */

export type Text = { vi?: string | null; en?: string | null };
export type Page<Item> = { items: Item[]; next: string | null };
export type Role = "viewer" | "contributor" | "curator" | "admin";

export type Me = {
  person: { id: string; name: string };
  organisations: { id: string; code: string; name: string; role: Role }[];
  server_admin: boolean;
};

export type Subject = {
  id: string;
  parent_id: string | null;
  kind: string;
  code: string;
  path: string;
  name: Text;
  local_code: string | null;
  visibility: "private" | "public" | null;
  /** Address of the newest preview picture in it or below. */
  picture: string | null;
};
export type Tree = { subject: Subject; children: Tree[] };

export type Capture = {
  id: string;
  code: string;
  method: string;
  date_edtf: string;
  sensor: string | null;
  operators: string[] | null;
  accuracy_m: number | null;
};

export type Asset = {
  id: string;
  subject_id: string;
  kind: string;
  name: string;
  title: Text | null;
  latest: { id: string; number: number | null } | null;
};

export type PlacementState = "accepted" | "ambiguous" | "rejected";
export type Matrix = number[][];
export type PlacementBrief = {
  id: string;
  state: PlacementState;
  method: string;
  rms_m: number | null;
  site_from_scan: Matrix;
};
export type Placement = PlacementBrief & {
  overlap: number | null;
  evidence: Record<string, unknown>;
  alternatives: Alternative[];
  decisions: Decision[];
};
export type Alternative = { site_from_scan?: Matrix; score?: number; ratio?: number };
export type Decision = {
  state: PlacementState;
  reason: string;
  decided_by: string | null;
  agent: string | null;
  /** The number of the alternative decided on, from 0; null: the place that registration found. */
  alternative: number | null;
  site_from_scan: Matrix;
  at: string;
};

export type DerivedFile = {
  name: string;
  role: string;
  media_type: string;
  size_bytes: number;
  url: string | null;
};
export type Level = {
  name: string;
  ratio: number;
  triangles: number;
  bytes: number;
  rms_m: number | null;
  p95_m: number | null;
  hausdorff_m: number | null;
};
export type Derivative = {
  id: string;
  kind: "preview" | "tileset" | "lod" | "picture";
  recipe: string;
  recipe_version: string | number;
  result: { levels?: Level[] | number } | null;
  bytes: number | null;
  files: DerivedFile[];
};

export type Version = {
  id: string;
  asset_id: string;
  asset: { id: string; name: string; kind: string; title: Text | null };
  subject_id: string;
  subject: { id: string; path: string; name: Text };
  number: number | null;
  state: "draft" | "published" | "withdrawn";
  kind: string | null;
  format: string | null;
  points: number | null;
  vertices: number | null;
  triangles: number | null;
  bounds: [number[], number[]] | null;
  crs: {
    name?: string | null;
    declared?: string | null;
    treated_as?: string | null;
  } | null;
  stated: { up_axis?: string; unit_m?: number };
  attributes: string[] | null;
  stations: unknown[] | null;
  warnings: { kind: string; message: string }[] | null;
  files: {
    path: string;
    size_bytes: number;
    sha256: string | null;
    media_type: string;
    role: string;
  }[];
  bytes: number | null;
  capture_id: string | null;
  represents_edtf: string | null;
  public: boolean;
  manifest_sha256: string | null;
  created_at: string;
  published_at: string | null;
  withdrawn_at: string | null;
  withdrawn_reason: string | null;
  credit?: string | null;
  licence?: string | null;
  placement: PlacementBrief | null;
  derivatives: Derivative[];
  picture: string | null;
};

export type Endpoint = {
  url: string;
  quality: "preview" | "full";
  expires: string | null;
};

export type Fault = {
  kind: string;
  message: string;
  hint?: string | null;
  text?: string | null;
};
export type JobState = "waiting" | "queued" | "running" | "cancelling" | "succeeded" | "failed" | "cancelled";
export type Job = {
  id: string;
  operation: string;
  state: JobState;
  stage: string | null;
  done: number | null;
  total: number | null;
  unit: string | null;
  error: Fault | null;
  /** Kinds of derivatives that can be had already. */
  made: string[];
  created_at: string;
};

export type UploadFile = {
  id: string;
  path: string;
  size_bytes: number;
  part_size_bytes: number;
  parts: number;
  received: { number: number; size_bytes: number; sha256?: string | null }[];
  early: EarlyFile | null;
};
export type Remark = { kind: string; message: string; hint?: string | null };
/** What the ends of a file declare; nothing else of it was looked at. */
export type EarlyFile = {
  format: string | null;
  points: number | null;
  triangles: number | null;
  stations: unknown[];
  crs: { name: string | null } | null;
  problems: Remark[];
  warnings: Remark[];
};
export type Upload = {
  id: string;
  state: "open" | "received" | "verified" | "refused" | "aborted";
  asset_id: string;
  version_id: string | null;
  created_at: string;
  error: Fault | null;
  early: { state: string; error: Remark | null } | null;
  files: UploadFile[];
};
export type SignedPart = {
  file_id: string;
  number: number;
  url: string;
  method: string;
  headers: Record<string, string>;
};

/** One line of a subject's timeline. */
export type Entry = {
  entry: "event" | "statement" | "capture" | "version";
  id: string;
  code: string;
  title: Text;
  edtf: string | null;
  certainty: number | null;
};
type Label = { code: string; label: Text };
export type Statement = {
  id: string;
  code: string;
  predicate: Label;
  concept: Label | null;
  value: Record<string, unknown>;
  edtf: string;
  basis: string;
  certainty: number;
  sources: { code: string; citation: string }[];
  note: string | null;
};
