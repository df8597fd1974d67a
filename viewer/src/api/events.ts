/** Server-sent events of a version's jobs. */
import type { Job } from "./types";

type Listener = { onJob(job: Job): void; onEnd(): void };

/** Follow the jobs of a version until all are at rest; the answer stops listening. */
export function followJobs(versionId: string, listener: Listener): () => void {
  const source = new EventSource(`/v1/versions/${versionId}/events`);
  source.addEventListener("job", (event) => listener.onJob(JSON.parse((event as MessageEvent<string>).data)));
  source.addEventListener("end", () => {
    source.close();
    listener.onEnd();
  });
  return () => source.close();
}
