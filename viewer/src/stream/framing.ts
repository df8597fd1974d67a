/** Where the camera stands so that a box fills the view. */
import { type Box3, type Matrix4, type PerspectiveCamera, Vector3 } from "three";

/** From the front right, a little above the eaves: how a building is usually photographed. Z is up. */
const FROM = new Vector3(0.62, -1, 0.5).normalize();
/** Leaves the edge of the view to its controls. */
const MARGIN = 1.06;
const LIFT = 0.12;

/** Place the camera so that all corners of the (oriented) box are inside the view; answers the target. */
export function frameBox(camera: PerspectiveCamera, box: Box3, boxToWorld: Matrix4, from = FROM): Vector3 {
  const centre = box.getCenter(new Vector3()).applyMatrix4(boxToWorld);
  const right = new Vector3().crossVectors(camera.up, from).normalize();
  const up = new Vector3().crossVectors(from, right);
  const tanY = Math.tan((camera.fov * Math.PI) / 360) / MARGIN;
  const tanX = tanY * camera.aspect;
  let distance = 1e-3;
  for (let corner = 0; corner < 8; corner += 1) {
    const offset = new Vector3(
      corner & 1 ? box.max.x : box.min.x,
      corner & 2 ? box.max.y : box.min.y,
      corner & 4 ? box.max.z : box.min.z,
    )
      .applyMatrix4(boxToWorld)
      .sub(centre);
    const towards = offset.dot(from);
    distance = Math.max(
      distance,
      towards + Math.abs(offset.dot(right)) / tanX,
      towards + Math.abs(offset.dot(up)) / tanY,
    );
  }
  // Aiming a little below the middle lifts the model clear of the controls at the lower edge.
  const target = centre.addScaledVector(up, -LIFT * tanY * distance);
  camera.position.copy(target).addScaledVector(from, distance);
  return target;
}

/** Keep the depth range around the model, so that millimetres of depth stay apart at any distance. */
export function setDepthRange(camera: PerspectiveCamera, centre: Vector3, radius: number): void {
  const distance = camera.position.distanceTo(centre);
  camera.near = Math.max(distance - radius * 1.1, radius * 1e-3, distance * 1e-3);
  camera.far = Math.max(distance + radius * 1.1, camera.near * 2);
  camera.updateProjectionMatrix();
}
