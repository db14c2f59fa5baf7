/** A process that starts a control plane, says so, and does nothing until it is killed. */
import { startControlPlane } from '../control-plane.ts';

const { folder } = await startControlPlane();
console.log(folder);
setInterval(() => undefined, 1_000);
