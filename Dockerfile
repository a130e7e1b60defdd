# The server alone: no shell, no package manager, nobody but user 65532.
FROM node:20-bookworm-slim AS web
WORKDIR /src/web
# Where the network asks for another npm registry: --build-arg NPM_CONFIG_REGISTRY=…
ARG NPM_CONFIG_REGISTRY
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web/ ./
RUN npm run -s build

FROM golang:1.26-bookworm AS build
WORKDIR /src
# Where the network asks for another Go proxy: --build-arg GOPROXY=…
ARG GOPROXY
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist/ web/dist/
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.release=${VERSION}" \
      -o /image/communitypass ./cmd/communitypass \
 && mkdir -p /image/data /image/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /image/ /
USER 65532:65532
ENV COMMUNITYPASS_LISTEN=0.0.0.0:8080 \
    COMMUNITYPASS_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["/communitypass", "health"]
ENTRYPOINT ["/communitypass"]
CMD ["serve"]
