# syntax=docker/dockerfile:1
FROM rust:1.95-trixie AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin pulsvagt \
    && install -D target/release/pulsvagt /out/pulsvagt

FROM debian:trixie-slim
# Time zones for the citizens' local days, certificates for outgoing TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pulsvagt \
    # For the keys; a new volume takes over who owns it.
    && install -d -o 10001 -m 700 /var/lib/pulsvagt
COPY --from=build /out/pulsvagt /usr/local/bin/pulsvagt
USER 10001
EXPOSE 8080
ENTRYPOINT ["pulsvagt"]
CMD ["serve", "--config", "/etc/pulsvagt/pulsvagt.toml"]
