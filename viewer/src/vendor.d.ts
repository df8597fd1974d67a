/** Exports that 3d-tiles-renderer 0.5.3 has at run time but leaves out of its types. */
import "3d-tiles-renderer/plugins";

declare module "3d-tiles-renderer/plugins" {
  export class PointCloudEffectsPlugin {
    edlStrength: number;
    minPointSize: number;
    constructor(options?: {
      pointShape?: "square" | "round" | "sphere";
      minPointSize?: number;
      edlStrength?: number;
      edlRadius?: number;
    });
  }
}
