/**
 * The health check of every container: healthy when something answers /readyz on an app's port, and nothing that answers is
 * unready. A container has a network of its own, so what listens on these ports is the app it runs.
 */
const ports = {
  POSTHORN_INGRESS_PORT: 8080,
  POSTHORN_OPS_PORT: 8081,
  POSTHORN_WORKER_PORT: 8082,
  POSTHORN_SCHEDULER_PORT: 8083,
  POSTHORN_FORWARDER_PORT: 8087,
  POSTHORN_SANDBOX_PORT: 8090,
};

/** The status of /readyz, or null where nothing listens. */
async function ask(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3000) });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    return error?.cause?.code === 'ECONNREFUSED' ? null : 0;
  }
}

const asked = Object.entries(ports).map(async ([variable, port]) => await ask(process.env[variable] || port));
const answers = (await Promise.all(asked)).filter((status) => status !== null);
const isHealthy = answers.length > 0 && answers.every((status) => status === 200);
console.log(isHealthy ? 'ready' : `not ready: ${answers.join(', ') || 'nothing listens'}`);
process.exitCode = isHealthy ? 0 : 1;
