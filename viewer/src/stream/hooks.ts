/** What the page tells a program that drives it (tests, kiosks): `window.heritwin`. */
import type { Reading } from "./reading";
import type { Stage } from "./stage";

export type Heritwin = {
  stats(): Reading & { settled: boolean; drawnPrimitives: number; quality: string | null };
  draw(): void;
  fit(): void;
  hideModel(): void;
  showModel(): void;
  open(url: string): void;
};

declare global {
  interface Window {
    heritwin?: Heritwin;
  }
}

export function exposeStage(stage: Stage, quality: () => string | null): void {
  window.heritwin = {
    stats: () => ({
      ...stage.reading(),
      failed: stage.failures(),
      drawnPrimitives: stage.drawnPrimitives(),
      quality: quality(),
    }),
    draw: () => stage.draw(),
    fit: () => stage.fit(),
    hideModel: () => stage.setModelShown(false),
    showModel: () => stage.setModelShown(true),
    open: (url) => {
      stage.close();
      stage.open(url);
    },
  };
}
