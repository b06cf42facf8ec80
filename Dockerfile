# syntax=docker/dockerfile:1

# cpu, or cuda for NVIDIA GPUs: docker build --build-arg ACCELERATOR=cuda -t hy3d:cuda .
ARG ACCELERATOR=cpu

FROM oven/bun:1.4.5-debian AS build
ARG ACCELERATOR
WORKDIR /src
COPY package.json bun.lock bunfig.toml LICENSE ./
RUN bun install --frozen-lockfile --production --ignore-scripts
COPY src src
COPY workers workers
COPY models models
RUN bun run build --outfile /out/hy3d
# Unpacked here, so that the container needs no writable cache; the CUDA libraries go beside the runtime's own.
RUN mkdir -p /out/cache /out/data /out/models \
  && runtime="$(HY3D_CACHE=/out/cache /out/hy3d unpack)" \
  && if [ "$ACCELERATOR" = cuda ]; then \
    bun node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12 \
    && cp node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_*.so "$runtime/"; \
  fi

# Holds the C and C++ libraries and certificates, and no shell.
FROM gcr.io/distroless/cc-debian12:nonroot AS runtime-cpu
FROM nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04 AS runtime-cuda

# hadolint ignore=DL3006
FROM runtime-${ACCELERATOR} AS hy3d
COPY --from=build /out/hy3d /usr/local/bin/hy3d
COPY --from=build /out/hy3d-THIRD-PARTY-LICENSES.txt /usr/local/share/doc/hy3d/THIRD-PARTY-LICENSES.txt
COPY --from=build /out/cache /opt/hy3d/cache
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/models /models
ENV HY3D_HOST=0.0.0.0 \
  HY3D_DATA=/data \
  HY3D_MODELS=/models \
  HY3D_CACHE=/opt/hy3d/cache
WORKDIR /data
VOLUME ["/data", "/models"]
EXPOSE 7860
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s --retries=3 CMD ["/usr/local/bin/hy3d", "health"]
ENTRYPOINT ["/usr/local/bin/hy3d"]
CMD ["serve"]
