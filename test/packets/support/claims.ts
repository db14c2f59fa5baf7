import type { Claim } from './play.ts';

/** The one that Nodes of examples have, and one that is nobody's. */
const [node, stranger] = ['203.0.113.7', '203.0.113.10'];
const apiServer = '10.96.0.1';

/** What each example that needs more than words is about: packets have to be asked just that. */
export const claims: Readonly<Record<string, readonly Claim[]>> = {
  'admission-webhook': [
    [node, 'admission-webhook-policies/checker', 8443, true],
    [stranger, 'admission-webhook-policies/checker', 8443, false],
  ],
  'argo-rollout': [
    ['argo-rollout-shop/edge', 'argo-rollout-shop/web', 8080, true],
    [stranger, 'argo-rollout-shop/web', 8080, false],
  ],
  audit: [
    ['audit-shop/edge', 'audit-shop/web', 8080, true],
    [stranger, 'audit-shop/web', 8080, true],
    [stranger, 'audit-shop/api', 8080, false],
  ],
  consent: [
    ['consent-shop/web', 'consent-billing/invoices', 8080, true],
    ['consent-shop/batch', 'consent-billing/invoices', 8080, false],
  ],
  'gateway-with-grant': [
    ['gateway-with-grant-infra/public-istio', 'gateway-with-grant-shop/cart', 8080, true],
    ['gateway-with-grant-infra/public-istio', 'gateway-with-grant-bank/vault', 8080, false],
  ],
  ingress: [
    ['ingress-edge/controller', 'ingress-shop/web', 8080, true],
    ['ingress-edge/controller', 'ingress-shop/db', 5432, false],
    ['ingress-shop/db', 'ingress-shop/web', 8080, false],
  ],
  jobs: [
    ['jobs-shop/report-now', 'jobs-shop/db', 5432, true],
    ['jobs-shop/migrate', 'jobs-shop/db', 5432, true],
    ['jobs-shop/web', 'jobs-shop/db', 5432, false],
    ['jobs-shop/migrate', 'jobs-shop/web', 8080, false],
  ],
  'kube-apiserver': [
    ['kube-apiserver-controllers/gardener', apiServer, 443, true],
    ['kube-apiserver-controllers/gardener', stranger, 443, false],
  ],
  'monitoring-and-nodes': [
    ['monitoring-and-nodes-monitoring/prometheus', 'monitoring-and-nodes-shop/db', 9187, true],
    ['monitoring-and-nodes-monitoring/prometheus', 'monitoring-and-nodes-shop/db', 5432, false],
    ['monitoring-and-nodes-monitoring/shell', 'monitoring-and-nodes-shop/db', 9187, false],
    [node, 'monitoring-and-nodes-shop/db', 5432, true],
    [node, 'monitoring-and-nodes-shop/db', 9187, false],
    [stranger, 'monitoring-and-nodes-shop/db', 5432, false],
  ],
  'openshift-dns': [
    ['openshift-dns-shop/web', 'openshift-dns/dns-default', 5353, true],
    ['openshift-dns-shop/web', stranger, 443, false],
  ],
  'pods-by-labels': [
    ['pods-by-labels-shop/web', 'pods-by-labels-shop/cache', 6379, true],
    ['pods-by-labels-shop/jobs', 'pods-by-labels-shop/cache', 6379, false],
    ['pods-by-labels-reports/stats', 'pods-by-labels-shop/cache', 6379, true],
    ['pods-by-labels-lab/trial', 'pods-by-labels-shop/cache', 6379, false],
  ],
  ports: [
    ['ports-shop/client', 'ports-shop/web', 8080, true],
    ['ports-shop/client', 'ports-shop/db', 5432, true],
    ['ports-shop/client', 'ports-shop/queue', 5672, true],
    ['ports-shop/client', 'ports-shop/web', 4999, false],
  ],
  scraping: [
    ['scraping-monitoring/prometheus', 'scraping-shop/web', 9102, true],
    ['scraping-monitoring/prometheus', 'scraping-shop/web', 8080, false],
    ['scraping-monitoring/prometheus', 'scraping-billing/invoices', 9090, true],
    ['scraping-monitoring/prometheus', 'scraping-bank/vault', 9090, false],
    ['scraping-bank/vault', 'scraping-billing/invoices', 9090, false],
  ],
  switches: [
    ['switches-shop/cache', 'switches-shop/web', 8080, true],
    ['switches-shop/cache', 'switches-shop/cache', 6379, false],
  ],
};
