# The reference backend as a Space, or any container host, runs it. `npm run image` builds this, starts it and talks to it.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /home/node/app
# The manifests alone, so that this layer lasts until a dependency changes.
COPY package.json package-lock.json ./
COPY packages/understudy/package.json packages/understudy/
COPY apps/tasks/package.json apps/tasks/
# The optional dependencies are a Node for developers' machines; this image has its own.
RUN npm ci --omit=dev --omit=optional --omit=peer --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /home/node/app
ENV NODE_ENV=production HOME=/home/node NODE_COMPILE_CACHE=/home/node/app/.compile-cache
# The only folders here that the service may write to; everything else is root's.
RUN install --directory --owner=1000 --group=1000 --mode=0700 data .compile-cache
COPY --from=dependencies /home/node/app ./
COPY LICENSE ./
COPY packages/understudy/src packages/understudy/src
COPY apps/tasks/start.js apps/tasks/health-check.js apps/tasks/
COPY apps/tasks/src apps/tasks/src
# By number, so that a host can see that it is not root. A Space runs it as 1000 whatever stands here.
USER 1000
# One start and stop: the build fails where the service would, and what is compiled now need not be at each start.
RUN PORT=0 HOST=127.0.0.1 DATABASE_URL=sqlite::memory: node --conditions=understudy-source \
    --eval 'import("./apps/tasks/start.js").then(() => process.kill(process.pid, "SIGTERM"))'
# PORT is not set: the service listens on this one unless the host says otherwise.
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["node", "apps/tasks/health-check.js"]
CMD ["node", "--conditions=understudy-source", "apps/tasks/start.js"]
