/** Why a Docker-in-Docker service is not started. Stands until the checks find a builder in its stage that needs it. */
export const needlessDind =
  'not started: every image of this stage is built and pushed by Slipway itself, which needs no Docker daemon';
