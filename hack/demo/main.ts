import { applyBoutique, showEdges, showPolicies, turnOnDefaultDeny } from './acts/boutique.ts';
import { tripBreaker } from './acts/breaker.ts';
import { changeAnnotation, deleteDeployment, meddle } from './acts/changes.ts';
import { askForConsent } from './acts/consent.ts';
import { dialOnPackets, preparePackets } from './acts/packets.ts';
import { comeToRest } from './acts/rest.ts';
import { rollOutDefaultDeny, stopBeforeStray } from './acts/rollout.ts';
import { takeOver } from './acts/takeover.ts';
import { compareWithUpstream } from './acts/upstream.ts';
import { createPage, type Page } from './page.ts';
import { listenForSignals } from './signals.ts';
import { type Stage, setStage } from './stage.ts';

type Act = (stage: Stage) => Promise<void>;

const acts: readonly Act[] = [
  applyBoutique,
  turnOnDefaultDeny,
  showPolicies,
  showEdges,
  compareWithUpstream,
  changeAnnotation,
  deleteDeployment,
  meddle,
  askForConsent,
  rollOutDefaultDeny,
  stopBeforeStray,
  tripBreaker,
  takeOver,
  comeToRest,
];

const options = {
  '--keep': 'leaves the cluster and the operator running until Ctrl-C',
  '--packets': 'ends with an act on real packets; it needs Linux, and root or user namespaces',
};

/** Ends something that was started. */
type Stop = () => Promise<void>;

async function main(args: readonly string[]): Promise<number> {
  const wrong = args.find((arg) => !Object.hasOwn(options, arg));
  if (wrong !== undefined) {
    const known = Object.entries(options).map(
      ([name, does]) => `\n  npm run demo -- ${name}  ${does}`,
    );
    console.error(`demo: "${wrong}" is no option; there are:${known.join('')}`);
    return 2;
  }
  const page = createPage((text) => process.stdout.write(text));
  const stops: Stop[] = [];
  const signals = listenForSignals(() => {
    page.close();
    console.log('\ndemo: interrupted');
    return stopAll(stops);
  });
  try {
    const withPackets = args.includes('--packets');
    if (withPackets) await preparePackets();
    const stage = await setStage(page, (stop) => stops.unshift(stop));
    for (const act of withPackets ? [...acts, dialOnPackets] : acts) {
      await act(stage).catch((error: unknown) => stage.checks.broken(act.name, error));
    }
    page.lines(['']);
    if (args.includes('--keep')) tellHowToUse(page, stage);
    page.summary(stage.checks.summary());
    if (args.includes('--keep')) await signals.next();
    return stage.checks.failed === 0 ? 0 : 1;
  } catch (error) {
    page.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await stopAll(stops);
  }
}

/** The last that was started is the first. */
async function stopAll(stops: Stop[]): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
}

function tellHowToUse(page: Page, { plane, operators }: Stage): void {
  page.lines([
    'The cluster and one replica stay until Ctrl-C:',
    '',
    `export KUBECONFIG=${plane.kubeconfig}`,
    `alias kubectl=${plane.kubectl}`,
    `tail -f ${operators.latest.logFile}`,
    '',
  ]);
}

process.exitCode = await main(process.argv.slice(2));
